// SPDX-License-Identifier: Apache-2.0
#include "mw_template.h"

#include <math.h>
#include <stdio.h>

enum word {
    WORD_VALUE,
    WORD_LOWER,
    WORD_UPPER,
    WORD_THRESHOLD,
    WORD_PROBABILITY,
    WORD_MONEY,
    WORD_MONEY_LOWER,
    WORD_MONEY_UPPER,
    WORD_UNIT,
    WORD_ACTION,
    WORD_REASON,
    WORD_TENANT,
    WORD_RULE,
    WORD_AS_OF,
    WORD_EVALUATIONS,
    WORD_LABEL,
};
/* Those before WORD_TENANT belong to a point and may follow a metric's name. */
static const char *const words[] = {"value",  "lower",       "upper",       "threshold", "probability",
                                    "money",  "money_lower", "money_upper", "unit",      "action",
                                    "reason", "tenant",      "rule",        "as_of",     "evaluations"};
enum { N_WORDS = sizeof words / sizeof words[0] };

struct placeholder {
    int word;
    size_t i_label;     /* WORD_LABEL */
    size_t i_condition; /* whose point */
    struct mw_span format;
};

static struct mw_span tail(struct mw_span text, size_t from)
{
    return (struct mw_span){text.data + from, text.len - from};
}

/* Where c is in the text, or its length. */
static size_t find_char(struct mw_span text, char c)
{
    const char *at = text.len == 0 ? NULL : memchr(text.data, c, text.len);
    return at == NULL ? text.len : (size_t)(at - text.data);
}

static int find_word(struct mw_span name)
{
    for (int i = 0; i < N_WORDS; i++) {
        if (mw_span_is(name, words[i])) {
            return i;
        }
    }
    return -1;
}

static bool find_label(const struct mw_rule *rule, struct mw_span name, size_t *out)
{
    for (*out = 0; *out < rule->n_by; ++*out) {
        if (mw_span_eq(rule->by[*out], name)) {
            return true;
        }
    }
    return false;
}

/* "forecast_bias_pct.value": metric names may hold dots, so the field is what follows the last one. */
static bool find_metric_word(const struct mw_rule *rule, struct mw_span name, struct placeholder *out)
{
    size_t dot = name.len;
    while (dot > 0 && name.data[dot - 1] != '.') {
        dot--;
    }
    out->word = dot == 0 ? -1 : find_word(tail(name, dot));
    const struct mw_span metric = {name.data, dot == 0 ? 0 : dot - 1};
    for (size_t i = 0; i < rule->n_conditions && out->word >= 0 && out->word < WORD_TENANT; i++) {
        if (mw_span_eq(rule->conditions[i].metric, metric)) {
            out->i_condition = i;
            return true;
        }
    }
    return false;
}

static bool format_is_valid(struct mw_span format)
{
    return format.len == 0 || mw_span_is(format, ",") || mw_span_is(format, "%") ||
           (format.len == 2 && format.data[0] == '.' && format.data[1] >= '0' && format.data[1] <= '6');
}

/* What stands between the braces. */
static bool parse_placeholder(const struct mw_rule *rule, struct mw_span inside, struct placeholder *out)
{
    const size_t colon = find_char(inside, ':');
    const struct mw_span name = {inside.data, colon};
    *out =
        (struct placeholder){.format = colon == inside.len ? (struct mw_span){0} : tail(inside, colon + 1)};
    if (!format_is_valid(out->format) || (colon + 1 == inside.len)) {
        return false;
    }
    if (find_label(rule, name, &out->i_label)) {
        out->word = WORD_LABEL;
        return true;
    }
    out->word = find_word(name);
    return out->word >= 0 || find_metric_word(rule, name, out);
}

static enum mw_status fail_unknown(const struct mw_rule *rule, struct mw_span inside, struct mw_error *err)
{
    char labels[MW_RULE_LABELS_MAX * (MW_NAME_MAX + 4) + 1] = "";
    for (size_t i = 0; i < rule->n_by; i++) {
        const size_t used = strlen(labels);
        (void)snprintf(labels + used, sizeof labels - used, "{" MW_SPAN_FMT "} ", MW_SPAN_ARG(rule->by[i]));
    }
    return MW_FAIL(
        err, MW_E_DATA,
        "there is no placeholder {" MW_SPAN_FMT
        "}; write %s{value} {lower} {upper} {threshold} {probability} "
        "{money} {money_lower} {money_upper} {unit} {action} {reason} {tenant} {rule} {as_of} {evaluations}, "
        "{METRIC.value} of a metric of the rule, a format like {value:.2} {value:,} {value:%%}, or {{ for a "
        "brace",
        MW_SPAN_ARG(inside), labels);
}

/* The next piece of a template: literal bytes, or what is inside a pair of braces. */
struct piece {
    struct mw_span text;
    bool is_placeholder, is_broken;
};

static struct piece next_piece(struct mw_span *rest)
{
    const char c = rest->data[0];
    const bool brace = c == '{' || c == '}';
    if (brace && rest->len > 1 && rest->data[1] == c) {
        const struct piece piece = {.text = {rest->data, 1}};
        *rest = tail(*rest, 2);
        return piece;
    }
    if (brace) {
        const size_t end = find_char(*rest, '}');
        const bool closed = c == '{' && end < rest->len;
        const struct piece piece = {
            .text = {rest->data + 1, closed ? end - 1 : 0}, .is_placeholder = true, .is_broken = !closed};
        *rest = tail(*rest, closed ? end + 1 : 1);
        return piece;
    }
    const size_t open = find_char(*rest, '{'), close = find_char(*rest, '}');
    const size_t n = open < close ? open : close;
    const struct piece piece = {.text = {rest->data, n}};
    *rest = tail(*rest, n);
    return piece;
}

enum mw_status mw_template_check(const struct mw_rule *rule, struct mw_span text, struct mw_error *err)
{
    while (text.len > 0) {
        const struct piece piece = next_piece(&text);
        struct placeholder placeholder;
        if (piece.is_broken) {
            return MW_FAIL(err, MW_E_DATA, "a brace stands alone; write {name}, or {{ and }} for braces");
        }
        if (piece.is_placeholder && !parse_placeholder(rule, piece.text, &placeholder)) {
            return fail_unknown(rule, piece.text, err);
        }
    }
    return MW_OK;
}

bool mw_template_names(struct mw_span text, struct mw_span name)
{
    while (text.len > 0) {
        const struct piece piece = next_piece(&text);
        const struct mw_span inside = {piece.text.data, find_char(piece.text, ':')};
        if (piece.is_placeholder && !piece.is_broken && mw_span_eq(inside, name)) {
            return true;
        }
    }
    return false;
}

/* ---- numbers for people ------------------------------------------------------------------------- */

enum { NUMBER_MAX = 96 };

/* "18,400": whole, with separators. */
static void format_thousands(double x, char out[NUMBER_MAX])
{
    char digits[NUMBER_MAX];
    (void)snprintf(digits, sizeof digits, "%.0f", fabs(x) < 1e30 ? fabs(x) : 1e30);
    const size_t n = strlen(digits);
    size_t at = 0;
    if (x <= -0.5) {
        out[at++] = '-';
    }
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0) {
            out[at++] = ',';
        }
        out[at++] = digits[i];
    }
    out[at] = '\0';
}

/* A probability is never rounded to certainty. */
static void format_percent(double x, bool is_probability, char out[NUMBER_MAX])
{
    if (is_probability && x > 0.995) {
        (void)snprintf(out, NUMBER_MAX, ">99 %%");
    } else if (is_probability && x < 0.005) {
        (void)snprintf(out, NUMBER_MAX, "<1 %%");
    } else {
        (void)snprintf(out, NUMBER_MAX, "%.0f %%", 100 * (fabs(x) < 1e30 ? x : 1e30));
    }
}

static void format_plain(double x, char out[NUMBER_MAX])
{
    const double size = fabs(x);
    if (size >= 1000) {
        format_thousands(x, out);
    } else {
        (void)snprintf(out, NUMBER_MAX, "%.*f", size >= 100 ? 0 : size >= 10 ? 1 : 2, x);
    }
}

/* Units as the producers name them; a currency is its code, and numbers without a unit stay bare. */
static void format_with_unit(double x, struct mw_span unit, char out[NUMBER_MAX])
{
    if (mw_span_is(unit, "share") || mw_span_is(unit, "probability")) {
        format_percent(x, mw_span_is(unit, "probability"), out);
        return;
    }
    format_plain(x, out);
    const size_t used = strlen(out);
    const bool is_currency = unit.len == 3 && unit.data[0] >= 'A' && unit.data[0] <= 'Z';
    if (mw_span_is(unit, "%")) {
        (void)snprintf(out + used, NUMBER_MAX - used, " %%");
    } else if (mw_span_is(unit, "days") || is_currency) {
        (void)snprintf(out + used, NUMBER_MAX - used, " " MW_SPAN_FMT, MW_SPAN_ARG(unit));
    }
}

struct mw_span mw_point_currency(const struct mw_point *point)
{
    for (size_t i = 0; i < point->n_labels; i++) {
        if (mw_span_is(point->labels[i].name, "currency")) {
            return point->labels[i].value;
        }
    }
    return (struct mw_span){0};
}

static double point_number(const struct mw_point *point, int word)
{
    const double numbers[] = {[WORD_VALUE] = point->value,
                              [WORD_LOWER] = point->lower,
                              [WORD_UPPER] = point->upper,
                              [WORD_THRESHOLD] = point->threshold,
                              [WORD_PROBABILITY] = point->probability,
                              [WORD_MONEY] = point->money,
                              [WORD_MONEY_LOWER] = point->money_lower,
                              [WORD_MONEY_UPPER] = point->money_upper};
    return numbers[word];
}

static void format_number(const struct mw_point *point, const struct placeholder *placeholder,
                          char out[NUMBER_MAX])
{
    const double x = point_number(point, placeholder->word);
    const struct mw_span format = placeholder->format;
    const bool is_money = placeholder->word >= WORD_MONEY && placeholder->word <= WORD_MONEY_UPPER;
    if (isnan(x)) {
        (void)snprintf(out, NUMBER_MAX, "unknown");
    } else if (format.len == 2) {
        (void)snprintf(out, NUMBER_MAX, "%.*f", format.data[1] - '0', fabs(x) < 1e30 ? x : 1e30);
    } else if (mw_span_is(format, ",")) {
        format_thousands(x, out);
    } else if (mw_span_is(format, "%") || placeholder->word == WORD_PROBABILITY) {
        format_percent(x, placeholder->word == WORD_PROBABILITY, out);
    } else if (is_money) {
        const struct mw_span currency = mw_point_currency(point);
        format_thousands(x, out);
        const size_t used = strlen(out);
        (void)snprintf(out + used, NUMBER_MAX - used, "%s" MW_SPAN_FMT, currency.len > 0 ? " " : "",
                       currency.len < 8 ? (int)currency.len : 8, currency.data == NULL ? "" : currency.data);
    } else {
        format_with_unit(x, point->unit, out);
    }
}

/* ---- rendering ---------------------------------------------------------------------------------- */

struct page {
    char *out;
    size_t capacity, len;
    bool full;
};

static void put(struct page *page, struct mw_span text)
{
    const size_t room = page->capacity - 1 - page->len;
    const size_t n = text.len < room ? text.len : room;
    if (n > 0) {
        memcpy(page->out + page->len, text.data, n);
    }
    page->len += n;
    page->full = page->full || n < text.len;
}

static void put_point_word(struct page *page, const struct placeholder *placeholder,
                           const struct mw_point *point)
{
    char number[NUMBER_MAX] = "unknown";
    if (point == NULL) {
        put(page, mw_span(number));
    } else if (placeholder->word == WORD_UNIT) {
        put(page, point->unit);
    } else if (placeholder->word == WORD_ACTION) {
        put(page, point->action);
    } else if (placeholder->word == WORD_REASON) {
        put(page, point->reason);
    } else {
        format_number(point, placeholder, number);
        put(page, mw_span(number));
    }
}

static void put_placeholder(struct page *page, const struct mw_rule *rule,
                            const struct placeholder *placeholder, const struct mw_template_values *values)
{
    char text[NUMBER_MAX] = "";
    switch (placeholder->word) {
    case WORD_LABEL:
        put(page, values->labels[placeholder->i_label]);
        return;
    case WORD_TENANT:
        put(page, values->tenant);
        return;
    case WORD_RULE:
        put(page, rule->name);
        return;
    case WORD_AS_OF:
        mw_date_format(values->as_of, text);
        put(page, mw_span(text));
        return;
    case WORD_EVALUATIONS:
        (void)snprintf(text, sizeof text, "%lld", (long long)values->evaluations);
        put(page, mw_span(text));
        return;
    default:
        put_point_word(page, placeholder, values->points[placeholder->i_condition]);
    }
}

/* Takes a broken character and three bytes more off the end. */
static void put_ellipsis(struct page *page)
{
    page->len = page->len > 3 ? page->len - 3 : 0;
    while (page->len > 0 && ((unsigned char)page->out[page->len] & 0xc0) == 0x80) {
        page->len--;
    }
    page->full = false;
    put(page, mw_span("..."));
}

size_t mw_template_render(const struct mw_rule *rule, struct mw_span text,
                          const struct mw_template_values *values, char *out, size_t capacity)
{
    struct page page = {.out = out, .capacity = capacity};
    while (text.len > 0) {
        const struct piece piece = next_piece(&text);
        struct placeholder placeholder;
        if (!piece.is_placeholder) {
            put(&page, piece.text);
        } else if (!piece.is_broken && parse_placeholder(rule, piece.text, &placeholder)) {
            put_placeholder(&page, rule, &placeholder, values);
        }
    }
    if (page.full) {
        put_ellipsis(&page);
    }
    while (page.len > 0 && out[page.len - 1] == ' ') {
        page.len--; /* a placeholder at the end may have had nothing to say */
    }
    out[page.len] = '\0';
    return page.len;
}
