// SPDX-License-Identifier: Apache-2.0
#include "mw_timeline.h"

#include "mw_real.h"
#include "mw_rules_file.h"
#include "mw_wire.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { POINTS_MAX = 64, LABELS_MAX = 8, KEYS_MAX = 64 };

/* The latest incident of each key, for `ack`. */
struct incident {
    char key[256], id[64];
};

struct run {
    const struct mw_timeline *timeline;
    struct mw_alerts_core *core;
    struct mw_arena arena; /* rules and the step's structs */
    struct mw_span default_rules;
    struct mw_effects out;
    struct mw_error err;
    int64_t now_us, n;
    struct incident incidents[KEYS_MAX];
    size_t n_incidents;
    char *text;
    size_t len, capacity;
};

static void say(struct run *run, const char *fmt, ...) MW_PRINTF(2, 3);
static void say(struct run *run, const char *fmt, ...)
{
    char line[4096];
    va_list args;
    va_start(args, fmt);
    const int n = vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    while (run->len + (size_t)n + 1 > run->capacity) {
        run->capacity = 2 * run->capacity + 4096;
        run->text = realloc(run->text, run->capacity);
    }
    memcpy(run->text + run->len, line, (size_t)n + 1);
    run->len += (size_t)n;
}

char *mw_timeline_slurp(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return NULL;
    }
    char *text = calloc(1, 1 << 20);
    const size_t n = fread(text, 1, (1 << 20) - 1, file);
    text[n] = '\0';
    (void)fclose(file);
    return text;
}

/* ---- what leaves -------------------------------------------------------------------------------- */

static void note_incident(struct run *run, const struct mw_alert *alert)
{
    size_t i = 0;
    while (i < run->n_incidents && !mw_span_is(alert->key, run->incidents[i].key)) {
        i++;
    }
    if (i < KEYS_MAX) {
        run->n_incidents = i == run->n_incidents ? i + 1 : run->n_incidents;
        (void)snprintf(run->incidents[i].key, sizeof run->incidents[i].key, MW_SPAN_FMT,
                       MW_SPAN_ARG(alert->key));
        (void)snprintf(run->incidents[i].id, sizeof run->incidents[i].id, MW_SPAN_FMT,
                       MW_SPAN_ARG(alert->alert));
    }
}

static void check_encodes(struct run *run, const struct mw_effect *effect)
{
    struct mw_writer bytes = {0};
    struct mw_error err = {0};
    if (mw_encode(effect->type, effect->body, &bytes, &err) != MW_OK) {
        say(run, "the wire refuses: %s\n", err.text);
    }
    mw_writer_fini(&bytes);
}

static void say_effects(struct run *run)
{
    static const char *const states[] = {"inactive", "pending", "firing",   "recovering",
                                         "resolved", "nodata",  "silenced", "expired"};
    for (size_t i = 0; i < run->out.n; i++) {
        const struct mw_alert *alert = run->out.items[i].body;
        char time[32];
        mw_time_format(alert->time, time);
        note_incident(run, alert);
        check_encodes(run, &run->out.items[i]);
        say(run, "%.16s %s " MW_SPAN_FMT " rev=%lld n=%lld", time, states[alert->state],
            MW_SPAN_ARG(alert->key), (long long)alert->rev, (long long)alert->evaluations);
        if (alert->silenced_by.len > 0) {
            const bool is_incident = strncmp(alert->silenced_by.data, "alr_", 4) == 0;
            say(run, " by=%s", is_incident ? "INCIDENT" : alert->silenced_by.data);
        }
        say(run, "%s : " MW_SPAN_FMT "\n", alert->acknowledged ? " ack" : "", MW_SPAN_ARG(alert->cause));
        if (run->timeline->headlines) {
            say(run, "    " MW_SPAN_FMT "%s" MW_SPAN_FMT "\n", MW_SPAN_ARG(alert->headline),
                alert->action.len > 0 ? " -> " : "", MW_SPAN_ARG(alert->action));
        }
    }
}

static bool step(struct run *run, struct mw_metric *metric, const char *tenant)
{
    const struct mw_message in = {
        .type = &mw_type_metric, .body = metric, .tenant = mw_span(tenant), .time_us = metric->time};
    mw_effects_reset(&run->out);
    run->err = (struct mw_error){0};
    const bool done = mw_alerts_core_ops.step(run->core, &in, &run->out, &run->err) == MW_OK;
    if (done) {
        say_effects(run);
    }
    return done;
}

/* ---- words -------------------------------------------------------------------------------------- */

/* Cuts the next word (or everything up to `end`) off the line. */
static char *cut(char **line, char end)
{
    while (**line == ' ') {
        ++*line;
    }
    char *word = *line, *at = strchr(word, end);
    *line = at == NULL ? word + strlen(word) : at + 1;
    if (at != NULL) {
        *at = '\0';
    }
    for (size_t n = strlen(word); n > 0 && word[n - 1] == ' '; n--) {
        word[n - 1] = '\0';
    }
    return word;
}

static struct mw_span unspaced(char *text)
{
    for (char *c = text; *c != '\0'; c++) {
        *c = *c == '_' ? ' ' : *c;
    }
    return mw_span(text);
}

static double *number_field(struct mw_point *point, const char *name)
{
    const struct {
        const char *name;
        double *at;
    } fields[] = {{"v", &point->value},
                  {"lower", &point->lower},
                  {"upper", &point->upper},
                  {"p", &point->probability},
                  {"threshold", &point->threshold},
                  {"money", &point->money},
                  {"money_lower", &point->money_lower},
                  {"money_upper", &point->money_upper}};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if (strcmp(fields[i].name, name) == 0) {
            return fields[i].at;
        }
    }
    return NULL;
}

static bool read_field(struct mw_point *point, char *word)
{
    const char *name = cut(&word, '=');
    double *number = number_field(point, name);
    if (number != NULL) {
        *number = strcmp(word, "null") == 0 ? MW_NAN : strtod(word, NULL);
    } else if (strcmp(name, "reason") == 0) {
        point->reason = unspaced(word);
    } else if (strcmp(name, "action") == 0) {
        point->action = unspaced(word);
    } else if (strcmp(name, "unit") == 0) {
        point->unit = mw_span(word);
    } else {
        return false;
    }
    return true;
}

/* "mroas{channel=tv,currency=USD} p=0.95 money=500" */
static bool read_point(struct run *run, char *text, struct mw_point *point)
{
    struct mw_label *labels = mw_new_array(&run->arena, struct mw_label, LABELS_MAX);
    *point = mw_point_of("", "");
    point->labels = labels;
    char *name = cut(&text, ' '), *brace = strchr(name, '{');
    if (brace != NULL) {
        *brace++ = '\0';
        brace[strlen(brace) - 1] = '\0';
        while (*brace != '\0') {
            char *pair = cut(&brace, ',');
            const char *label = cut(&pair, '=');
            labels[point->n_labels++] = (struct mw_label){mw_span(label), mw_span(pair)};
        }
    }
    point->metric = mw_span(name);
    bool good = true;
    while (*text != '\0' && good) {
        good = read_field(point, cut(&text, ' '));
    }
    return good;
}

/* ---- steps -------------------------------------------------------------------------------------- */

static bool do_tick(struct run *run, char *line, const char *tenant)
{
    int64_t time;
    if (mw_time_parse(mw_span(cut(&line, ' ')), &time, &run->err) != MW_OK) {
        return false;
    }
    run->now_us = time;
    struct mw_metric metric = {.kind = MW_METRIC_TICK, .time = time, .tick = &(struct mw_metric_tick){time}};
    return step(run, &metric, tenant);
}

static bool do_points(struct run *run, char *line, int64_t period_days)
{
    struct mw_point points[POINTS_MAX];
    struct mw_metric_points body = {.service = mw_span("test"),
                                    .as_of = MW_DATE_NONE,
                                    .n = ++run->n,
                                    .period_days = period_days,
                                    .points = points};
    const char *date = cut(&line, '|');
    if (period_days > 0 && mw_date_parse(mw_span(date), &body.as_of, &run->err) != MW_OK) {
        return false;
    }
    while (*line != '\0') {
        if (!read_point(run, cut(&line, '|'), &points[body.n_points++])) {
            return false;
        }
    }
    const int64_t after_us = body.as_of == MW_DATE_NONE ? 0 : ((int64_t)body.as_of + 1) * MW_US_PER_DAY;
    struct mw_metric metric = {
        .kind = MW_METRIC_POINTS, .time = run->now_us != 0 ? run->now_us : after_us, .points = &body};
    return step(run, &metric, "acme");
}

static bool do_command(struct run *run, struct mw_command *command)
{
    struct mw_metric metric = {.kind = MW_METRIC_COMMAND, .time = run->now_us, .command = command};
    command->by = mw_span("duty");
    return step(run, &metric, "acme");
}

static bool do_silence(struct run *run, char *line)
{
    struct mw_matcher matchers[MW_RULE_CONDITIONS_MAX];
    struct mw_command_silence body = {.matchers = matchers, .comment = mw_span("planned")};
    body.silence = mw_span(cut(&line, ' '));
    if (mw_time_parse(mw_span(cut(&line, ' ')), &body.starts_at, &run->err) != MW_OK ||
        mw_time_parse(mw_span(cut(&line, ' ')), &body.ends_at, &run->err) != MW_OK) {
        return false;
    }
    while (*line != '\0') {
        char *word = cut(&line, ' ');
        const char *op = strstr(word, "!=") != NULL ? "!=" : "=";
        const char *name = cut(&word, op[0]);
        matchers[body.n_matchers++] =
            (struct mw_matcher){mw_span(name), mw_span(op), mw_span(word + strlen(op) - 1)};
    }
    return do_command(run, &(struct mw_command){.kind = MW_COMMAND_SILENCE, .silence = &body});
}

static bool do_ack(struct run *run, char *line)
{
    const char *key = cut(&line, ' ');
    struct mw_command_acknowledge body = {.alert = mw_span("alr_none"), .comment = mw_span("seen")};
    for (size_t i = 0; i < run->n_incidents; i++) {
        if (strcmp(run->incidents[i].key, key) == 0) {
            body.alert = mw_span(run->incidents[i].id);
        }
    }
    return do_command(run, &(struct mw_command){.kind = MW_COMMAND_ACKNOWLEDGE, .acknowledge = &body});
}

static bool do_rules(struct run *run, char *line)
{
    const char *name = cut(&line, ' ');
    struct mw_rule_set set;
    for (size_t i = 0; i < run->timeline->n_files; i++) {
        const struct mw_timeline_file *file = &run->timeline->files[i];
        if (strcmp(file->name, name) == 0 &&
            mw_rules_parse(mw_span(file->yaml), name, &run->arena, &set, &run->err) == MW_OK) {
            struct mw_command_rules body = {mw_span(set.version), set.text};
            return do_command(run, &(struct mw_command){.kind = MW_COMMAND_RULES, .rules = &body});
        }
    }
    return false;
}

static bool open_core(struct run *run)
{
    const struct mw_alerts_options options = {.default_rules = run->default_rules,
                                              .alerts_max = run->timeline->alerts_max,
                                              .silences_max = run->timeline->silences_max};
    return mw_alerts_core_open(&run->core, &options, &run->err) == MW_OK;
}

static bool do_restart(struct run *run)
{
    struct mw_writer all = {0}, one = {0};
    struct mw_span tenant = mw_span("acme"), first;
    const bool known = mw_alerts_core_ops.tenant_at(run->core, 0, &first);
    bool good = mw_alerts_core_ops.save(run->core, (struct mw_span){0}, &all, &run->err) == MW_OK &&
                (!known || mw_alerts_core_ops.save(run->core, tenant, &one, &run->err) == MW_OK);
    mw_alerts_core_ops.close(run->core);
    run->core = NULL;
    struct mw_reader in_all = mw_reader(mw_writer_span(&all)), in_one = mw_reader(mw_writer_span(&one));
    good = good && open_core(run) &&
           mw_alerts_core_ops.load(run->core, (struct mw_span){0}, &in_all, &run->err) == MW_OK &&
           (!known || mw_alerts_core_ops.load(run->core, tenant, &in_one, &run->err) == MW_OK);
    mw_writer_fini(&all);
    mw_writer_fini(&one);
    return good;
}

static bool do_step(struct run *run, char *line)
{
    const char *verb = cut(&line, ' ');
    if (strcmp(verb, "fail") == 0) {
        return !do_step(run, line) && run->err.status == MW_E_DATA;
    }
    return strcmp(verb, "tick") == 0       ? do_tick(run, line, "")
           : strcmp(verb, "own-tick") == 0 ? do_tick(run, line, "acme")
           : strcmp(verb, "days") == 0     ? do_points(run, line, 1)
           : strcmp(verb, "weeks") == 0    ? do_points(run, line, 7)
           : strcmp(verb, "now") == 0      ? do_points(run, line, 0)
           : strcmp(verb, "silence") == 0  ? do_silence(run, line)
           : strcmp(verb, "ack") == 0      ? do_ack(run, line)
           : strcmp(verb, "rules") == 0    ? do_rules(run, line)
           : strcmp(verb, "restart") == 0  ? do_restart(run)
                                           : false;
}

static void run_lines(struct run *run, const char *script)
{
    char *copy = calloc(1, strlen(script) + 1);
    memcpy(copy, script, strlen(script));
    char *rest = copy;
    for (int number = 1; *rest != '\0'; number++) {
        char *line = cut(&rest, '\n');
        if (line[0] == '\0' || line[0] == '#') {
            continue;
        }
        if ((run->timeline->restart_each && !do_restart(run)) || !do_step(run, line)) {
            say(run, "line %d (%s) could not be carried out: %s\n", number, line, run->err.text);
            break;
        }
    }
    free(copy);
}

static bool read_default_rules(struct run *run)
{
    struct mw_rule_set set;
    const char *yaml = run->timeline->rules;
    const enum mw_status status =
        yaml == NULL ? mw_rules_load(MW_SOURCE_DIR "/config/rules.yaml", &run->arena, &set, &run->err)
                     : mw_rules_parse(mw_span(yaml), "rules.yaml", &run->arena, &set, &run->err);
    run->default_rules = set.text;
    return status == MW_OK;
}

char *mw_timeline_run(const struct mw_timeline *timeline, const char *script)
{
    struct run *run = calloc(1, sizeof *run);
    run->timeline = timeline;
    say(run, "%s", "");
    if (read_default_rules(run) && open_core(run)) {
        run_lines(run, script);
    } else {
        say(run, "no start: %s\n", run->err.text);
    }
    mw_alerts_core_ops.close(run->core);
    mw_effects_fini(&run->out);
    mw_arena_fini(&run->arena);
    char *text = run->text;
    free(run);
    return text;
}
