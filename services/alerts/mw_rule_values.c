// SPDX-License-Identifier: Apache-2.0
/* The scalars of a rule: numbers, durations, bounds and the table of settings. */
#include "mw_rule.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

const char *const mw_rule_field_names[] = {"value",       "magnitude", "lower", "upper",
                                           "probability", "money",     NULL};
const char *const mw_rule_op_names[] = {"<", "<=", ">", ">=", NULL};
static const char *const severity_names[] = {"info", "warning", "error", "critical", NULL};
static const char *const nodata_names[] = {"keep", "alert", "ok", NULL};

#define AT(member) offsetof(struct mw_rule, member)
const struct mw_setting mw_settings[] = {
    {"about", MW_SET_TEXT, AT(about), "", 0, 0, NULL, false},
    {"severity", MW_SET_ENUM, AT(severity), "warning", 0, 0, severity_names, false},
    {"owner", MW_SET_TEXT, AT(owner), "", 0, 0, NULL, false},
    {"runbook", MW_SET_TEXT, AT(runbook), "", 0, 0, NULL, false},
    {"headline", MW_SET_TEXT, AT(headline), "", 0, 0, NULL, false},
    {"action", MW_SET_TEXT, AT(action), "", 0, 0, NULL, false},
    {"persistence.closed_days", MW_SET_COUNT, AT(closed_days), "0", 0, 366, NULL, true},
    {"persistence.closed_weeks", MW_SET_COUNT, AT(closed_weeks), "0", 0, 53, NULL, true},
    {"for", MW_SET_DURATION, AT(for_us), "0s", 0, 0, NULL, true},
    {"keep_firing_for", MW_SET_DURATION, AT(keep_firing_us), "0s", 0, 0, NULL, true},
    {"no_data.policy", MW_SET_ENUM, AT(nodata), "keep", 0, 0, nodata_names, true},
    {"no_data.after", MW_SET_DURATION, AT(nodata_after_us), "0s", 0, 0, NULL, true},
    {"expires_after", MW_SET_DURATION, AT(expire_us), "2w", 0, 0, NULL, true},
    {"acknowledge_for", MW_SET_DURATION, AT(acknowledge_us), "1w", 0, 0, NULL, false},
    {"min_age.metric", MW_SET_NAME, AT(age_metric), "", 0, 0, NULL, true},
    {"min_age.days", MW_SET_NUMBER, AT(age_days), "0", 0, 3660, NULL, true},
    {"materiality.money_per_week", MW_SET_NUMBER, AT(money_per_week), "0", 0, 1e15, NULL, true},
    {"flapping.transitions", MW_SET_COUNT, AT(flap_transitions), "6", 2, MW_RULE_FLAPS_MAX, NULL, true},
    {"flapping.within", MW_SET_DURATION, AT(flap_within_us), "1w", 0, 0, NULL, true},
};
#undef AT
const size_t mw_settings_n = sizeof mw_settings / sizeof mw_settings[0];

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_name_char(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-' ||
           c == '.' || c == ':' || c == '/';
}

bool mw_metric_name_is_valid(struct mw_span name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (!is_name_char(name.data[i])) {
            return false;
        }
    }
    return name.len >= 1 && name.len <= MW_NAME_MAX;
}

bool mw_rule_name_is_valid(struct mw_span name)
{
    for (size_t i = 0; i < name.len; i++) {
        const char c = name.data[i];
        if (!((c >= 'a' && c <= 'z') || (i > 0 && (c == '_' || is_digit(c))))) {
            return false;
        }
    }
    return name.len >= 1 && name.len <= MW_RULE_NAME_MAX;
}

/* Digits from *at on; the value saturates, so a longer text is refused by its size and not by luck. */
static int64_t read_digits(struct mw_span text, size_t *at, int *n_digits)
{
    int64_t value = 0;
    for (*n_digits = 0; *at < text.len && is_digit(text.data[*at]); ++*at, ++*n_digits) {
        value = value < INT64_C(1000000000000000) ? value * 10 + (text.data[*at] - '0') : value;
    }
    return value;
}

static bool read_exponent(struct mw_span text, size_t *at, int *exponent)
{
    if (*at == text.len || (text.data[*at] != 'e' && text.data[*at] != 'E')) {
        return true;
    }
    ++*at;
    const bool negative = *at < text.len && text.data[*at] == '-';
    *at += *at < text.len && (text.data[*at] == '-' || text.data[*at] == '+');
    int n_digits;
    const int64_t value = read_digits(text, at, &n_digits);
    *exponent += negative ? -(int)(value % 1000) : (int)(value % 1000);
    return n_digits >= 1 && n_digits <= 2;
}

/* Clinger's fast path (1990): a mantissa below 2^53 times or over an exact power of ten rounds once, so
 * correctly. */
static double scale_by_ten(double mantissa, int exponent)
{
    double power = 1;
    for (int i = 0; i < abs(exponent); i++) {
        power *= 10;
    }
    return exponent < 0 ? mantissa / power : mantissa * power;
}

bool mw_decimal_read(struct mw_span text, double *out)
{
    size_t at = text.len > 0 && text.data[0] == '-';
    int n_whole, n_fraction = 0, exponent = 0;
    int64_t mantissa = read_digits(text, &at, &n_whole);
    if (at < text.len && text.data[at] == '.') {
        at++;
        const int64_t fraction = read_digits(text, &at, &n_fraction);
        if (n_fraction == 0 || n_whole + n_fraction > 15) {
            return false;
        }
        mantissa = (int64_t)scale_by_ten((double)mantissa, n_fraction) + fraction;
        exponent = -n_fraction;
    }
    if (n_whole == 0 || n_whole > 15 || !read_exponent(text, &at, &exponent) || at != text.len ||
        exponent > 22 || exponent < -22) {
        return false;
    }
    const double magnitude = scale_by_ten((double)mantissa, exponent);
    *out = text.data[0] == '-' ? -magnitude : magnitude;
    return true;
}

static int64_t unit_us(char unit)
{
    switch (unit) {
    case 's':
        return MW_US_PER_S;
    case 'm':
        return 60 * MW_US_PER_S;
    case 'h':
        return 3600 * MW_US_PER_S;
    case 'd':
        return MW_US_PER_DAY;
    case 'w':
        return 7 * MW_US_PER_DAY;
    default:
        return 0;
    }
}

static bool duration_read(struct mw_span text, int64_t *out_us)
{
    size_t at = 0;
    int n_digits;
    const int64_t count = read_digits(text, &at, &n_digits);
    const int64_t unit = at + 1 == text.len ? unit_us(text.data[at]) : 0;
    *out_us = count * unit;
    return unit != 0 && n_digits >= 1 && n_digits <= 6; /* 999,999 weeks are 6e17 us: no overflow */
}

static enum mw_status fail_enum(const struct mw_setting *setting, struct mw_span text, struct mw_error *err)
{
    char list[128] = "";
    for (size_t i = 0; setting->names[i] != NULL; i++) {
        const size_t used = strlen(list);
        (void)snprintf(list + used, sizeof list - used, "%s%s", i == 0 ? "" : ", ", setting->names[i]);
    }
    return MW_FAIL(err, MW_E_DATA, "%s is \"" MW_SPAN_FMT "\"; write one of: %s", setting->key,
                   MW_SPAN_ARG(text), list);
}

static enum mw_status read_enum(const struct mw_setting *setting, struct mw_span text, int *out,
                                struct mw_error *err)
{
    for (int i = 0; setting->names[i] != NULL; i++) {
        if (mw_span_is(text, setting->names[i])) {
            *out = i;
            return MW_OK;
        }
    }
    return fail_enum(setting, text, err);
}

static enum mw_status read_number(const struct mw_setting *setting, struct mw_span text, double *out,
                                  struct mw_error *err)
{
    double value;
    const bool whole = setting->kind == MW_SET_COUNT;
    if (!mw_decimal_read(text, &value) || !(value >= setting->min && value <= setting->max) ||
        (whole && floor(value) != value)) {
        return MW_FAIL(err, MW_E_DATA, "%s is \"" MW_SPAN_FMT "\"; write a %s from %.15g to %.15g",
                       setting->key, MW_SPAN_ARG(text), whole ? "whole number" : "number", setting->min,
                       setting->max);
    }
    *out = value;
    return MW_OK;
}

static bool is_printable(struct mw_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        const unsigned char c = (unsigned char)text.data[i];
        if ((c < 0x20 && c != '\n') || c == 0x7f) {
            return false;
        }
    }
    return text.len <= MW_RULE_TEXT_MAX;
}

static enum mw_status read_text(const struct mw_setting *setting, struct mw_span text, struct mw_arena *arena,
                                struct mw_span *out, struct mw_error *err)
{
    if (!is_printable(text)) {
        return MW_FAIL(err, MW_E_DATA,
                       "%s has %zu bytes or control characters; write at most %d bytes of text", setting->key,
                       text.len, MW_RULE_TEXT_MAX);
    }
    if (setting->kind == MW_SET_NAME && text.len > 0 && !mw_metric_name_is_valid(text)) {
        return MW_FAIL(err, MW_E_DATA, "%s is \"" MW_SPAN_FMT "\"; write a name of letters, digits and _-.:/",
                       setting->key, MW_SPAN_ARG(text));
    }
    *out = mw_arena_copy(arena, text);
    return out->data == NULL ? MW_FAIL(err, MW_E_MEMORY, "no memory for %s", setting->key) : MW_OK;
}

const struct mw_setting *mw_setting_find(struct mw_span key)
{
    for (size_t i = 0; i < mw_settings_n; i++) {
        if (mw_span_is(key, mw_settings[i].key)) {
            return &mw_settings[i];
        }
    }
    return NULL;
}

enum mw_status mw_setting_read(const struct mw_setting *setting, struct mw_span text, struct mw_arena *arena,
                               struct mw_rule *rule, struct mw_error *err)
{
    void *at = (char *)rule + setting->offset;
    double count = 0;
    switch (setting->kind) {
    case MW_SET_TEXT:
    case MW_SET_NAME:
        return read_text(setting, text, arena, at, err);
    case MW_SET_ENUM:
        return read_enum(setting, text, at, err);
    case MW_SET_NUMBER:
        return read_number(setting, text, at, err);
    case MW_SET_COUNT:
        MW_TRY(read_number(setting, text, &count, err));
        *(int64_t *)at = (int64_t)count;
        return MW_OK;
    case MW_SET_DURATION:
        return duration_read(text, at)
                   ? MW_OK
                   : MW_FAIL(err, MW_E_DATA,
                             "%s is \"" MW_SPAN_FMT "\"; write a duration like 30s, 10m, 6h, 2d or 1w",
                             setting->key, MW_SPAN_ARG(text));
    }
    return MW_FAIL(err, MW_E_CONTRACT, "setting %s has an unknown kind", setting->key);
}

enum mw_status mw_rule_init(struct mw_rule *rule, struct mw_arena *arena, struct mw_error *err)
{
    *rule = (struct mw_rule){0};
    for (size_t i = 0; i < mw_settings_n; i++) {
        MW_TRY(mw_setting_read(&mw_settings[i], mw_span(mw_settings[i].fallback), arena, rule, err));
    }
    return MW_OK;
}

static struct mw_span skip_spaces(struct mw_span text)
{
    while (text.len > 0 && text.data[0] == ' ') {
        text = (struct mw_span){text.data + 1, text.len - 1};
    }
    return text;
}

enum mw_status mw_rule_bound_read(struct mw_span text, struct mw_rule_bound *out, struct mw_error *err)
{
    const struct mw_span trimmed = skip_spaces(text);
    size_t n_op = 0;
    while (n_op < trimmed.len &&
           (trimmed.data[n_op] == '<' || trimmed.data[n_op] == '>' || trimmed.data[n_op] == '=')) {
        n_op++;
    }
    const struct mw_span number = skip_spaces((struct mw_span){trimmed.data + n_op, trimmed.len - n_op});
    for (int op = 0; mw_rule_op_names[op] != NULL; op++) {
        if (mw_span_is((struct mw_span){trimmed.data, n_op}, mw_rule_op_names[op]) &&
            mw_decimal_read(number, &out->number)) {
            out->op = op;
            return MW_OK;
        }
    }
    return MW_FAIL(err, MW_E_DATA,
                   "\"" MW_SPAN_FMT "\" is not a bound; write <, <=, > or >= and a number, like \">= 0.9\"",
                   MW_SPAN_ARG(text));
}

struct mw_rule_bound mw_rule_bound_opposite(struct mw_rule_bound enter)
{
    static const int opposite[] = {[MW_RULE_LT] = MW_RULE_GE,
                                   [MW_RULE_LE] = MW_RULE_GT,
                                   [MW_RULE_GT] = MW_RULE_LE,
                                   [MW_RULE_GE] = MW_RULE_LT};
    return (struct mw_rule_bound){opposite[enter.op], enter.number};
}

bool mw_rule_bound_holds(struct mw_rule_bound bound, double x)
{
    switch (bound.op) {
    case MW_RULE_LT:
        return x < bound.number;
    case MW_RULE_LE:
        return x <= bound.number;
    case MW_RULE_GT:
        return x > bound.number;
    default:
        return x >= bound.number;
    }
}
