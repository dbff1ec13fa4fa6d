// SPDX-License-Identifier: Apache-2.0
#include "ingest_script.h"

#include "mw_ingest_core.h"
#include "mw_messages.h"
#include "mw_real.h"
#include "mw_wire.h"

#include <math.h>
#include <stdio.h>

enum { FIRST = 19723, CELLS_MAX = 4096 };

/* ---- bytes ---- */

struct bytes {
    const uint8_t *data;
    size_t n, at;
};

static unsigned pick(struct bytes *in, unsigned n)
{
    return in->at < in->n ? in->data[in->at++] % n : 0;
}

#define PICK(in, list) ((list)[pick((in), sizeof(list) / sizeof((list)[0]))])

/* ---- what is known of the tenant, from its facts alone ---- */

struct told_cell {
    char key[400]; /* kind, name, date, and behind them source, campaign, geo */
    size_t group_len;
    double value;
};

struct oracle {
    struct told_cell cells[CELLS_MAX];
    size_t n_cells;
    int64_t n, version;
    mw_date next_close;
};

static void key_of(const struct mw_fact_cell *cell, struct told_cell *out)
{
    const int group = snprintf(out->key, sizeof out->key, "%d/" MW_SPAN_FMT "/%d", cell->cell,
                               MW_SPAN_ARG(cell->name), cell->date);
    mw_invariant(group > 0 && group < (int)sizeof out->key);
    out->group_len = (size_t)group;
}

/* A fact says the period of a cell, not its date: cells of one week share a key there, and only the daily grid can be
 * checked cell by cell. */
static void check_cell(struct oracle *oracle, const struct mw_fact_cell *cell)
{
    struct told_cell told = {.value = cell->value};
    double sum = 0;
    size_t n = 0, known = oracle->n_cells;
    key_of(cell, &told);
    (void)snprintf(told.key + told.group_len, sizeof told.key - told.group_len,
                   "|" MW_SPAN_FMT "|" MW_SPAN_FMT "|" MW_SPAN_FMT, MW_SPAN_ARG(cell->source),
                   MW_SPAN_ARG(cell->campaign), MW_SPAN_ARG(cell->geo));
    for (size_t i = 0; i < oracle->n_cells; i++) {
        known = strcmp(oracle->cells[i].key, told.key) == 0 ? i : known;
    }
    mw_invariant(known < CELLS_MAX);
    oracle->n_cells += known == oracle->n_cells;
    oracle->cells[known] = told;
    for (size_t i = 0; i < oracle->n_cells; i++) {
        const struct told_cell *other = &oracle->cells[i];
        if (other->group_len == told.group_len && memcmp(other->key, told.key, told.group_len + 1) == 0) {
            sum += other->value;
            n++;
        }
    }
    const double want = cell->cell == MW_CELL_FACTOR ? sum / (double)n : sum;
    mw_invariant(fabs(cell->total - want) <= 1e-9 * (fabs(want) + 1));
}

static void check_fact(struct oracle *oracle, const struct mw_fact *fact, bool is_daily,
                       struct ingest_script_info *info)
{
    mw_invariant(fact->n == ++oracle->n);
    info->facts++;
    if (fact->kind == MW_FACT_CELL && is_daily) {
        check_cell(oracle, fact->cell);
        info->cells++;
    } else if (fact->kind == MW_FACT_CLOSE) {
        mw_invariant(oracle->next_close == MW_DATE_NONE || fact->close->from == oracle->next_close);
        oracle->next_close = fact->close->to + 1;
        info->closes++;
    } else if (fact->kind == MW_FACT_BIRTH) {
        mw_invariant(fact->birth->version == ++oracle->version);
        mw_invariant(fact->birth->scales.outcome > 0);
        info->births++;
    }
}

/* ---- two cores ---- */

struct pair {
    struct ingest_core *plain, *broken; /* broken: through snapshots */
    struct mw_effects effects, again;
    struct oracle oracle;
    int64_t offset;
    bool is_daily;
    struct ingest_script_info *info;
};

static void check_effects(struct pair *pair)
{
    struct mw_writer json = {0}, other = {0};
    mw_invariant(pair->effects.n == pair->again.n);
    for (size_t i = 0; i < pair->effects.n; i++) {
        const struct mw_effect *effect = &pair->effects.items[i];
        mw_writer_reset(&json);
        mw_writer_reset(&other);
        mw_invariant(mw_encode(effect->type, effect->body, &json, NULL) == MW_OK);
        mw_invariant(mw_encode(pair->again.items[i].type, pair->again.items[i].body, &other, NULL) == MW_OK);
        mw_invariant(mw_span_eq(mw_writer_span(&json), mw_writer_span(&other)));
        if (effect->type == &mw_type_fact) {
            check_fact(&pair->oracle, effect->body, pair->is_daily, pair->info);
        }
        pair->info->refused += effect->type == &mw_type_deadletter;
    }
    mw_writer_fini(&json);
    mw_writer_fini(&other);
}

static void send(struct pair *pair, const struct mw_type *type, const char *key, const void *body)
{
    const struct mw_message in = {.type = type,
                                  .body = body,
                                  .tenant = mw_span(key),
                                  .id = mw_span("id"),
                                  .raw = mw_span("{}"),
                                  .topic = type->topic,
                                  .offset = pair->offset++,
                                  .time_us = FIRST * MW_US_PER_DAY};
    mw_effects_reset(&pair->effects);
    mw_effects_reset(&pair->again);
    mw_invariant(ingest_core_ops.step(pair->plain, &in, &pair->effects, NULL) == MW_OK);
    mw_invariant(ingest_core_ops.step(pair->broken, &in, &pair->again, NULL) == MW_OK);
    pair->info->steps++;
    check_effects(pair);
}

/* Moves one tenant of the broken core into a fresh one; both cores must have the same to save. */
static void move(struct pair *pair, struct ingest_core *fresh, struct mw_span tenant)
{
    struct mw_writer plain = {0}, broken = {0};
    mw_invariant(ingest_core_ops.save(pair->plain, tenant, &plain, NULL) == MW_OK);
    mw_invariant(ingest_core_ops.save(pair->broken, tenant, &broken, NULL) == MW_OK);
    mw_invariant(mw_span_eq(mw_writer_span(&plain), mw_writer_span(&broken)));
    struct mw_reader in = mw_reader(mw_writer_span(&broken));
    mw_invariant(ingest_core_ops.load(fresh, tenant, &in, NULL) == MW_OK && mw_reader_left(&in) == 0);
    mw_writer_fini(&plain);
    mw_writer_fini(&broken);
}

static void break_here(struct pair *pair)
{
    struct ingest_core *fresh = NULL;
    struct mw_span tenant;
    mw_invariant(ingest_core_open(&fresh, NULL) == MW_OK);
    for (size_t i = 0; ingest_core_ops.tenant_at(pair->broken, i, &tenant); i++) {
        move(pair, fresh, tenant);
    }
    ingest_core_ops.close(pair->broken);
    pair->broken = fresh;
    pair->info->snapshots++;
}

/* ---- what the bytes may say ---- */

static const char *const channel_names[] = {"tv", "search", "radio", "brand_tv"};
static const char *const sources[] = {"ads", "shop"};
static const char *const campaigns[] = {"", "spring", "brand"};
static const char *const geos[] = {"", "north", "south"};
static const char *const keys[] = {"acme", "acme", "acme", "acme", "acme", "acme", "acme", "rival"};
static const double values[] = {0, 0.1, 5, 100.000001, 250, -3, 1e15, 1e308, -1e15};

static mw_date a_date(struct bytes *in)
{
    static const mw_date odd[] = {-135140, 2932896, FIRST - 400, FIRST + 1499, FIRST + 1500};
    const unsigned how = pick(in, 32);
    return how == 0 ? PICK(in, odd) : FIRST + (mw_date)pick(in, 250);
}

static struct mw_span an_id(struct bytes *in)
{
    static const char *const ids[] = {"1", "2", "3", "4", "5", "6", "7", "8"};
    return mw_span(PICK(in, ids));
}

static void say_spend(struct pair *pair, struct bytes *in)
{
    const struct mw_spend event = {.id = an_id(in),
                                   .tenant = mw_span("acme"),
                                   .source = mw_span(PICK(in, sources)),
                                   .channel = mw_span(PICK(in, channel_names)),
                                   .campaign = mw_span(PICK(in, campaigns)),
                                   .geo = mw_span(PICK(in, geos)),
                                   .currency = mw_span("EUR"),
                                   .kind = (int)pick(in, 2),
                                   .observed_at = pick(in, 8),
                                   .date = a_date(in),
                                   .spend = fmin(PICK(in, values), 9e12),
                                   .impressions = pick(in, 3) == 0 ? MW_NAN : pick(in, 4),
                                   .clicks = pick(in, 3) == 0 ? MW_NAN : pick(in, 4),
                                   .conversions = MW_NAN,
                                   .platform_value = MW_NAN};
    send(pair, &mw_type_spend, PICK(in, keys), &event);
}

static void say_outcome(struct pair *pair, struct bytes *in)
{
    const struct mw_outcome event = {.id = an_id(in),
                                     .tenant = mw_span("acme"),
                                     .source = mw_span(PICK(in, sources)),
                                     .outcome = mw_span("orders"),
                                     .geo = mw_span(PICK(in, geos)),
                                     .kind = (int)pick(in, 2),
                                     .observed_at = pick(in, 8),
                                     .date = a_date(in),
                                     .amount = pick(in, 16) == 0 ? 1 : MW_NAN,
                                     .value = PICK(in, values)};
    send(pair, &mw_type_outcome, PICK(in, keys), &event);
}

static void say_factor(struct pair *pair, struct bytes *in)
{
    static const char *const factors[] = {"price", "sale", "weather"};
    const struct mw_factor event = {.id = an_id(in),
                                    .tenant = mw_span("acme"),
                                    .source = mw_span(PICK(in, sources)),
                                    .factor = mw_span(PICK(in, factors)),
                                    .observed_at = pick(in, 8),
                                    .date = a_date(in),
                                    .value = PICK(in, values)};
    send(pair, &mw_type_factor, PICK(in, keys), &event);
}

/* A run of days, so that models are born within a short script. */
static void say_days(struct pair *pair, struct bytes *in)
{
    const mw_date from = FIRST + (mw_date)pick(in, 200);
    for (mw_date date = from; date < from + 30; date++) {
        const struct mw_spend spend = {.id = mw_span("s"),
                                       .tenant = mw_span("acme"),
                                       .source = mw_span("ads"),
                                       .channel = mw_span("tv"),
                                       .currency = mw_span("EUR"),
                                       .date = date,
                                       .spend = 10,
                                       .impressions = MW_NAN,
                                       .clicks = MW_NAN,
                                       .conversions = MW_NAN,
                                       .platform_value = MW_NAN};
        const struct mw_outcome outcome = {.id = mw_span("o"),
                                           .tenant = mw_span("acme"),
                                           .source = mw_span("shop"),
                                           .outcome = mw_span("orders"),
                                           .date = date,
                                           .amount = MW_NAN,
                                           .value = 100};
        send(pair, &mw_type_spend, "acme", &spend);
        send(pair, &mw_type_outcome, "acme", &outcome);
    }
}

static void say_time(struct pair *pair, struct bytes *in)
{
    const struct mw_clock clock = {.tenant = mw_span(pick(in, 2) == 0 ? "acme" : ""),
                                   .time = (FIRST + (int64_t)pick(in, 255)) * MW_US_PER_DAY + pick(in, 3)};
    send(pair, &mw_type_clock, clock.tenant.len == 0 ? "" : "acme", &clock);
}

static void say_command(struct pair *pair, struct bytes *in)
{
    const struct mw_command_settle settle = {FIRST + (mw_date)pick(in, 255), pick(in, 4) == 0};
    const struct mw_command_decide decide = {.decision = mw_span("d"), .choice = mw_span("accepted")};
    const bool is_settle = pick(in, 2) == 0;
    const struct mw_command command = {.id = an_id(in),
                                       .tenant = mw_span("acme"),
                                       .by = mw_span("me"),
                                       .kind = is_settle ? MW_COMMAND_SETTLE : MW_COMMAND_DECIDE,
                                       .settle = is_settle ? &settle : NULL,
                                       .decide = is_settle ? NULL : &decide};
    send(pair, &mw_type_command, PICK(in, keys), &command);
}

static void say_config(struct pair *pair, struct bytes *in)
{
    static const struct mw_tenant_channel channels[] = {
        {.channel = {"tv", 2}, .spend_min = MW_NAN, .spend_max = MW_NAN},
        {.channel = {"search", 6}, .spend_min = MW_NAN, .spend_max = MW_NAN},
        {.channel = {"tv", 2}, .spend_min = MW_NAN, .spend_max = MW_NAN}};
    static const struct mw_tenant_control controls[] = {{.name = {"price", 5}}};
    static const struct mw_tenant_event events[] = {{.name = {"sale", 4}}};
    static const struct mw_tenant_taxonomy taxonomy[] = {{.channel = {"brand_*", 7}, .to = {"tv", 2}}};
    static const char *const rules[] = {"", "CET-1CEST,M3.5.0,M10.5.0/3", "<+14>-14", "<-12>12", "nowhere"};
    const struct mw_tenant config = {
        .tenant = mw_span("acme"),
        .currency = mw_span(pick(in, 16) == 1 ? "USD" : "EUR"),
        .time_zone_rule = mw_span(PICK(in, rules)),
        .grid = pair->is_daily ? MW_GRID_DAY : MW_GRID_WEEK,
        .week_start = -1,
        .clock = (int)pick(in, 2),
        .outcome = {.name = mw_span("orders"), .kind = MW_OUTCOME_OTHER, .margin = MW_NAN},
        .channels = channels,
        .n_channels = 1 + pick(in, 3),
        .controls = controls,
        .n_controls = pick(in, 2),
        .events = events,
        .n_events = pick(in, 2),
        .taxonomy = taxonomy,
        .n_taxonomy = pick(in, 2)};
    send(pair, &mw_type_tenant, "acme", &config);
}

static void say(struct pair *pair, struct bytes *in)
{
    static void (*const words[])(struct pair * pair, struct bytes * in) = {
        say_spend, say_spend, say_outcome, say_factor, say_days, say_time, say_command, say_config,
    };
    const unsigned word = pick(in, 10);
    if (word < sizeof words / sizeof words[0]) {
        words[word](pair, in);
    } else {
        break_here(pair);
    }
}

void ingest_script_run(const uint8_t *data, size_t n_bytes, struct ingest_script_info *out)
{
    static struct pair pair; /* large, and one at a time */
    struct bytes in = {data, n_bytes, 0};
    *out = (struct ingest_script_info){0};
    memset(&pair, 0, sizeof pair);
    pair.info = out;
    pair.oracle.next_close = MW_DATE_NONE;
    pair.is_daily = pick(&in, 2) == 0;
    mw_invariant(ingest_core_open(&pair.plain, NULL) == MW_OK &&
                 ingest_core_open(&pair.broken, NULL) == MW_OK);
    say_config(&pair, &in);
    while (in.at < in.n && pair.oracle.n_cells < CELLS_MAX - 64) {
        say(&pair, &in);
    }
    break_here(&pair);
    mw_effects_fini(&pair.effects);
    mw_effects_fini(&pair.again);
    ingest_core_ops.close(pair.plain);
    ingest_core_ops.close(pair.broken);
}
