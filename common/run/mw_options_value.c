// SPDX-License-Identifier: Apache-2.0
#include "mw_options_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- nearest names ------------------------------------------------------------------------------------------ */

enum { NAME_MAX_LEN = 64 };

/* Optimal string alignment: insertions, deletions, replacements and swaps of neighbours cost one each. */
static size_t distance(const char *a, const char *b)
{
    const size_t n = strlen(a), m = strlen(b);
    if (n >= NAME_MAX_LEN || m >= NAME_MAX_LEN) {
        return SIZE_MAX;
    }
    size_t rows[3][NAME_MAX_LEN + 1];
    for (size_t k = 0; k <= m; k++) {
        rows[0][k] = k;
    }
    for (size_t i = 1; i <= n; i++) {
        size_t *now = rows[i % 3];
        const size_t *before = rows[(i - 1) % 3], *before_that = rows[(i + 1) % 3];
        now[0] = i;
        for (size_t k = 1; k <= m; k++) {
            size_t best = before[k - 1] + (a[i - 1] != b[k - 1]);
            best = before[k] + 1 < best ? before[k] + 1 : best;
            best = now[k - 1] + 1 < best ? now[k - 1] + 1 : best;
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1] &&
                before_that[k - 2] + 1 < best) {
                best = before_that[k - 2] + 1;
            }
            now[k] = best;
        }
    }
    return rows[n % 3][m];
}

const char *mw_nearest_name(const char *name, const char *const *names, size_t n)
{
    const char *best = NULL;
    size_t least = strlen(name) / 3 + 1; /* farther away it would be a guess */
    for (size_t i = 0; i < n; i++) {
        const size_t d = distance(name, names[i]);
        if (d < least + (best == NULL)) {
            best = names[i];
            least = d;
        }
    }
    return best;
}

size_t mw_options_count(const struct mw_option *rows)
{
    size_t n = 0;
    while (rows[n].name != NULL) {
        n++;
    }
    return n;
}

size_t mw_options_find(const struct mw_option *rows, struct mw_span name)
{
    size_t i = 0;
    while (rows[i].name != NULL && !mw_span_is(name, rows[i].name)) {
        i++;
    }
    return i;
}

enum mw_status mw_options_unknown(const struct mw_command_line *command, const char *what,
                                  struct mw_span name, struct mw_error *err)
{
    enum { ROWS_MAX = 200 };
    const char *names[ROWS_MAX];
    char text[NAME_MAX_LEN];
    size_t n = 0;
    for (; n < ROWS_MAX && command->options[n].name != NULL; n++) {
        names[n] = command->options[n].name;
    }
    (void)snprintf(text, sizeof text, MW_SPAN_FMT, MW_SPAN_ARG(name));
    const char *nearest = mw_nearest_name(text, names, n);
    if (nearest != NULL) {
        return MW_FAIL(err, MW_E_DATA, "unknown %s \"%s\"; did you mean \"%s\"?", what, text, nearest);
    }
    return MW_FAIL(err, MW_E_DATA, "unknown %s \"%s\"; `%s --help` lists them all", what, text,
                   command->program);
}

/* ---- one value ---------------------------------------------------------------------------------------------- */

static void *place_of(const struct mw_option *row, void *config)
{
    return (char *)config + row->offset;
}

static enum mw_status wrong(const struct mw_option *row, const char *text, const char *want,
                            struct mw_error *err)
{
    return MW_FAIL(err, MW_E_DATA, "%s: \"%s\" is not %s", row->name, row->secret ? "***" : text, want);
}

static enum mw_status check_range(const struct mw_option *row, const char *text, double x,
                                  struct mw_error *err)
{
    if ((row->min == 0 && row->max == 0) || (x >= row->min && x <= row->max)) {
        return MW_OK;
    }
    return MW_FAIL(err, MW_E_DATA, "%s: %s is outside of %.15g..%.15g", row->name, text, row->min, row->max);
}

struct suffix {
    const char *text;
    uint64_t factor;
};

static const struct suffix sizes[] = {{"", 1},         {"k", 1000},     {"M", 1000000}, {"G", 1000000000},
                                      {"Ki", 1 << 10}, {"Mi", 1 << 20}, {"Gi", 1 << 30}};
static const struct suffix spans[] = {{"", 1},      {"ms", 1},      {"s", 1000},
                                      {"m", 60000}, {"h", 3600000}, {"d", 86400000}};

/* Digits and a suffix; a fraction is not a number of anything here. */
static bool parse_unsigned(const char *text, const struct suffix *suffixes, size_t n, uint64_t *out)
{
    if (*text < '0' || *text > '9') {
        return false;
    }
    errno = 0;
    char *end;
    const unsigned long long digits = strtoull(text, &end, 10);
    for (size_t i = 0; i < n && errno == 0; i++) {
        if (strcmp(end, suffixes[i].text) == 0) {
            *out = digits * suffixes[i].factor;
            return digits <= UINT64_MAX / suffixes[i].factor;
        }
    }
    return false;
}

static bool parse_signed(const char *text, const struct suffix *suffixes, size_t n, int64_t *out)
{
    const bool negative = *text == '-';
    uint64_t magnitude;
    if (!parse_unsigned(text + negative, suffixes, n, &magnitude) || magnitude > INT64_MAX) {
        return false;
    }
    *out = negative ? -(int64_t)magnitude : (int64_t)magnitude;
    return true;
}

static enum mw_status set_integer(const struct mw_option *row, const char *text, void *to,
                                  struct mw_error *err)
{
    const size_t n_sizes = sizeof sizes / sizeof sizes[0], n_spans = sizeof spans / sizeof spans[0];
    int64_t i = 0;
    uint64_t u = 0;
    if (row->kind == MW_OPT_U64) {
        if (!parse_unsigned(text, sizes, n_sizes, &u)) {
            return wrong(row, text, "a whole number from 0 on (k, M, G, Ki, Mi, Gi may follow)", err);
        }
        *(uint64_t *)to = u;
        return check_range(row, text, (double)u, err);
    }
    if (row->kind == MW_OPT_MS) {
        if (!parse_signed(text, spans, n_spans, &i)) {
            return wrong(row, text, "a length of time such as 250ms, 5s, 2m, 1h or 7d", err);
        }
        *(int64_t *)to = i;
        return check_range(row, text, (double)i, err);
    }
    const bool fits = parse_signed(text, sizes, n_sizes, &i);
    if (!fits || (row->kind == MW_OPT_INT && (i < INT32_MIN || i > INT32_MAX))) {
        return wrong(row, text, "a whole number (k, M, G, Ki, Mi, Gi may follow)", err);
    }
    if (row->kind == MW_OPT_INT) {
        *(int *)to = (int)i;
    } else {
        *(int64_t *)to = i;
    }
    return check_range(row, text, (double)i, err);
}

/* strtod takes the locale's decimal sign and hexadecimal, so what it may see is checked first. */
static enum mw_status set_number(const struct mw_option *row, const char *text, double *to,
                                 struct mw_error *err)
{
    char *end = NULL;
    const bool plain = text[0] != '\0' && strspn(text, "0123456789.eE+-") == strlen(text);
    const double x = plain ? strtod(text, &end) : (double)NAN;
    if (!plain || *end != '\0' || !isfinite(x)) {
        return wrong(row, text, "a finite number", err);
    }
    *to = x;
    return check_range(row, text, x, err);
}

static enum mw_status set_bool(const struct mw_option *row, const char *text, bool *to, struct mw_error *err)
{
    static const char *const words[] = {"false", "true", "no", "yes", "off", "on", "0", "1"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(text, words[i]) == 0) {
            *to = i % 2 == 1;
            return MW_OK;
        }
    }
    return wrong(row, text, "true or false", err);
}

static enum mw_status set_enum(const struct mw_option *row, const char *text, int *to, struct mw_error *err)
{
    char list[256] = "";
    for (int i = 0; row->choices[i] != NULL; i++) {
        if (strcmp(text, row->choices[i]) == 0) {
            *to = i;
            return MW_OK;
        }
        const size_t used = strlen(list);
        (void)snprintf(list + used, sizeof list - used, "%s%s", i == 0 ? "one of " : ", ", row->choices[i]);
    }
    return wrong(row, text, list, err);
}

enum mw_status mw_option_set(const struct mw_options_state *state, size_t i_row, struct mw_span text,
                             enum mw_option_origin origin, struct mw_error *err)
{
    const struct mw_option *row = &state->command->options[i_row];
    const struct mw_span copy = mw_arena_copy(state->arena, text);
    if (copy.data == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for the value of %s", row->name);
    }
    void *to = place_of(row, state->config);
    enum mw_status status = MW_OK;
    switch (row->kind) {
    case MW_OPT_STR:
        *(const char **)to = copy.data;
        break;
    case MW_OPT_NUM:
        status = set_number(row, copy.data, to, err);
        break;
    case MW_OPT_BOOL:
        status = set_bool(row, copy.data, to, err);
        break;
    case MW_OPT_ENUM:
        status = set_enum(row, copy.data, to, err);
        break;
    default:
        status = set_integer(row, copy.data, to, err);
    }
    state->origins[i_row] = status == MW_OK ? origin : state->origins[i_row];
    return status;
}

void mw_option_write(const struct mw_option *row, const void *config, struct mw_writer *out)
{
    const void *at = (const char *)config + row->offset;
    char text[64] = "";
    const char *shown = text;
    switch (row->kind) {
    case MW_OPT_STR:
        shown = *(const char *const *)at == NULL ? "(none)" : *(const char *const *)at;
        shown = row->secret && *(const char *const *)at != NULL ? "***" : shown;
        break;
    case MW_OPT_I64:
        (void)snprintf(text, sizeof text, "%" PRId64, *(const int64_t *)at);
        break;
    case MW_OPT_U64:
        (void)snprintf(text, sizeof text, "%" PRIu64, *(const uint64_t *)at);
        break;
    case MW_OPT_INT:
        (void)snprintf(text, sizeof text, "%d", *(const int *)at);
        break;
    case MW_OPT_NUM:
        (void)snprintf(text, sizeof text, "%.15g", *(const double *)at);
        break;
    case MW_OPT_BOOL:
        shown = *(const bool *)at ? "true" : "false";
        break;
    case MW_OPT_MS:
        (void)snprintf(text, sizeof text, "%" PRId64 "ms", *(const int64_t *)at);
        break;
    case MW_OPT_ENUM:
        shown = row->choices[*(const int *)at];
        break;
    }
    mw_write_bytes(out, shown, strlen(shown));
}
