// SPDX-License-Identifier: Apache-2.0
#include "mw_time.h"

#include <stdio.h>

mw_date mw_date_from_civil(struct mw_civil civil)
{
    const int y = civil.month <= 2 ? civil.year - 1 : civil.year;
    const int era = (y >= 0 ? y : y - 399) / 400;
    const int yoe = y - era * 400;
    const int doy = (153 * (civil.month + (civil.month > 2 ? -3 : 9)) + 2) / 5 + civil.day - 1;
    const int doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + doe - 719468;
}

struct mw_civil mw_date_to_civil(mw_date date)
{
    const int z = date + 719468;
    const int era = (z >= 0 ? z : z - 146096) / 146097;
    const int doe = z - era * 146097;
    const int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    const int doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    const int mp = (5 * doy + 2) / 153;
    const int month = mp < 10 ? mp + 3 : mp - 9;
    return (struct mw_civil){yoe + era * 400 + (month <= 2), month, doy - (153 * mp + 2) / 5 + 1};
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

bool mw_civil_is_valid(struct mw_civil civil)
{
    return civil.year >= 1600 && civil.year <= 9999 && civil.month >= 1 && civil.month <= 12 && civil.day >= 1 &&
           civil.day <= days_in_month(civil.year, civil.month);
}

int mw_date_weekday(mw_date date)
{
    const int w = (date + 3) % 7; /* 1970-01-01 was a Thursday */
    return w < 0 ? w + 7 : w;
}

/* Exactly n digits at text[at]; -1 otherwise. */
static int digits(struct mw_span text, size_t at, size_t n)
{
    int value = 0;
    for (size_t i = at; i < at + n; i++) {
        if (i >= text.len || text.data[i] < '0' || text.data[i] > '9') {
            return -1;
        }
        value = value * 10 + (text.data[i] - '0');
    }
    return value;
}

static bool has_char(struct mw_span text, size_t at, char c)
{
    return at < text.len && text.data[at] == c;
}

enum mw_status mw_date_parse(struct mw_span text, mw_date *out, struct mw_error *err)
{
    const struct mw_civil civil = {digits(text, 0, 4), digits(text, 5, 2), digits(text, 8, 2)};
    if (text.len != 10 || !has_char(text, 4, '-') || !has_char(text, 7, '-') || !mw_civil_is_valid(civil)) {
        return MW_FAIL(err, MW_E_DATA, "\"" MW_SPAN_FMT "\" is not a date like 2026-01-31", MW_SPAN_ARG(text));
    }
    *out = mw_date_from_civil(civil);
    return MW_OK;
}

void mw_date_format(mw_date date, char out[16])
{
    const struct mw_civil c = mw_date_to_civil(date);
    (void)snprintf(out, 16, "%04d-%02d-%02d", c.year, c.month, c.day);
}

/* Reads ".123456" at *at; more digits than six are cut, not rounded. */
static int32_t parse_fraction_us(struct mw_span text, size_t *at)
{
    int32_t us = 0;
    if (!has_char(text, *at, '.')) {
        return 0;
    }
    int32_t unit = 100000;
    const size_t first = ++*at;
    for (; digits(text, *at, 1) >= 0; (*at)++, unit /= 10) {
        us += digits(text, *at, 1) * unit;
    }
    return *at == first ? -1 : us;
}

/* Reads "Z", "+02:00" or "-03:30" up to the end of the text; false when there is anything else. */
static bool parse_offset_s(struct mw_span text, size_t at, int32_t *out)
{
    if ((has_char(text, at, 'Z') || has_char(text, at, 'z')) && at + 1 == text.len) {
        *out = 0;
        return true;
    }
    const int hours = digits(text, at + 1, 2), minutes = digits(text, at + 4, 2);
    const bool sign = has_char(text, at, '+') || has_char(text, at, '-');
    if (!sign || !has_char(text, at + 3, ':') || at + 6 != text.len || hours < 0 || hours > 23 || minutes < 0 ||
        minutes > 59) {
        return false;
    }
    *out = (hours * 60 + minutes) * 60 * (text.data[at] == '-' ? -1 : 1);
    return true;
}

enum mw_status mw_time_parse(struct mw_span text, int64_t *out_us, struct mw_error *err)
{
    mw_date date = 0;
    int32_t offset_s = 0;
    const int hour = digits(text, 11, 2), minute = digits(text, 14, 2), second = digits(text, 17, 2);
    size_t at = 19;
    const int32_t fraction_us = parse_fraction_us(text, &at);
    const bool shape = text.len >= 20 && (has_char(text, 10, 'T') || has_char(text, 10, 't')) &&
                       has_char(text, 13, ':') && has_char(text, 16, ':');
    const bool range = hour >= 0 && hour <= 23 && minute >= 0 && minute <= 59 && second >= 0 && second <= 60;
    if (!shape || !range || fraction_us < 0 || !parse_offset_s(text, at, &offset_s) ||
        mw_date_parse((struct mw_span){text.data, 10}, &date, NULL) != MW_OK) {
        return MW_FAIL(err, MW_E_DATA, "\"" MW_SPAN_FMT "\" is not a time like 2026-01-31T08:00:00Z",
                       MW_SPAN_ARG(text));
    }
    const int64_t seconds = (int64_t)date * 86400 + hour * 3600 + minute * 60 + second - offset_s;
    *out_us = seconds * MW_US_PER_S + fraction_us;
    return MW_OK;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

void mw_time_format(int64_t time_us, char out[32])
{
    const int64_t days = floor_div(time_us, MW_US_PER_DAY);
    const int64_t us = time_us - days * MW_US_PER_DAY;
    const struct mw_civil c = mw_date_to_civil((mw_date)days);
    const int s = (int)(us / MW_US_PER_S);
    (void)snprintf(out, 32, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", c.year % 10000, c.month, c.day, s / 3600,
                   s / 60 % 60, s % 60, (int)(us % MW_US_PER_S));
}
