/* POSIX TZ rules (IEEE Std 1003.1, 8.3): std offset [dst [offset] [,start[/time],end[/time]]]. */
// SPDX-License-Identifier: Apache-2.0
#include "mw_time.h"

struct cursor {
    struct mw_span text;
    size_t at;
    bool bad;
};

static char peek(const struct cursor *c)
{
    return c->at < c->text.len ? c->text.data[c->at] : '\0';
}

static bool accept(struct cursor *c, char wanted)
{
    if (peek(c) != wanted || c->at >= c->text.len) {
        return false;
    }
    c->at++;
    return true;
}

/* A zone's abbreviation, "CET" or "<+0330>": skipped, since offsets are what counts. */
static void skip_name(struct cursor *c)
{
    const size_t first = c->at;
    if (accept(c, '<')) {
        while (c->at < c->text.len && peek(c) != '>') {
            c->at++;
        }
        c->bad |= !accept(c, '>');
        return;
    }
    while ((peek(c) >= 'A' && peek(c) <= 'Z') || (peek(c) >= 'a' && peek(c) <= 'z')) {
        c->at++;
    }
    c->bad |= c->at - first < 3;
}

static int read_number(struct cursor *c, int most)
{
    const size_t first = c->at;
    int value = 0;
    while (peek(c) >= '0' && peek(c) <= '9' && c->at - first < 4) {
        value = value * 10 + (c->text.data[c->at++] - '0');
    }
    c->bad |= c->at == first || value > most;
    return value;
}

/* [+|-]hh[:mm[:ss]] in seconds. */
static int32_t read_hms(struct cursor *c)
{
    const int sign = accept(c, '-') ? -1 : (accept(c, '+'), 1);
    int32_t s = read_number(c, 167) * 3600;
    if (accept(c, ':')) {
        s += read_number(c, 59) * 60;
        if (accept(c, ':')) {
            s += read_number(c, 59);
        }
    }
    return sign * s;
}

static struct mw_tz_change read_change(struct cursor *c)
{
    struct mw_tz_change change = {.at_s = 2 * 3600};
    c->bad |= !accept(c, ',') || !accept(c, 'M');
    change.month = read_number(c, 12);
    c->bad |= !accept(c, '.');
    change.week = read_number(c, 5);
    c->bad |= !accept(c, '.');
    change.weekday = read_number(c, 6);
    c->bad |= change.month < 1 || change.week < 1;
    if (accept(c, '/')) {
        change.at_s = read_hms(c);
    }
    return change;
}

enum mw_status mw_tz_parse(struct mw_span rule, struct mw_tz *out, struct mw_error *err)
{
    struct cursor c = {.text = rule};
    struct mw_tz tz = {0};
    skip_name(&c);
    tz.std_offset_s = -read_hms(&c); /* POSIX counts west of Greenwich */
    if (!c.bad && c.at < rule.len) {
        tz.has_dst = true;
        skip_name(&c);
        tz.dst_offset_s = peek(&c) == ',' ? tz.std_offset_s + 3600 : -read_hms(&c);
        tz.to_dst = read_change(&c);
        tz.to_std = read_change(&c);
    }
    if (c.bad || c.at != rule.len) {
        return MW_FAIL(err, MW_E_DATA,
                       "\"" MW_SPAN_FMT "\" is not a time zone rule like CET-1CEST,M3.5.0,M10.5.0/3",
                       MW_SPAN_ARG(rule));
    }
    *out = tz;
    return MW_OK;
}

/* Local wall seconds since the epoch at which a change happens in a year. */
static int64_t change_wall_s(const struct mw_tz_change *change, int year)
{
    const mw_date first = mw_date_from_civil((struct mw_civil){year, change->month, 1});
    const int first_weekday = (mw_date_weekday(first) + 1) % 7; /* Sunday = 0, as in the rule */
    mw_date day = first + (change->weekday - first_weekday + 7) % 7 + 7 * (change->week - 1);
    while (mw_date_to_civil(day).month != change->month) {
        day -= 7; /* week 5 means the last one */
    }
    return (int64_t)day * 86400 + change->at_s;
}

int32_t mw_tz_offset_s(const struct mw_tz *tz, int64_t time_us)
{
    if (!tz->has_dst) {
        return tz->std_offset_s;
    }
    const int64_t utc_s = time_us / MW_US_PER_S - (time_us % MW_US_PER_S < 0);
    const int64_t local_s = utc_s + tz->std_offset_s;
    const int year = mw_date_to_civil((mw_date)(local_s / 86400 - (local_s % 86400 < 0))).year;
    const int64_t to_dst = change_wall_s(&tz->to_dst, year) - tz->std_offset_s;
    const int64_t to_std = change_wall_s(&tz->to_std, year) - tz->dst_offset_s;
    const bool dst = to_dst < to_std ? utc_s >= to_dst && utc_s < to_std : utc_s >= to_dst || utc_s < to_std;
    return dst ? tz->dst_offset_s : tz->std_offset_s;
}

mw_date mw_tz_date(const struct mw_tz *tz, int64_t time_us)
{
    const int64_t local_us = time_us + mw_tz_offset_s(tz, time_us) * MW_US_PER_S;
    return (mw_date)(local_us / MW_US_PER_DAY - (local_us % MW_US_PER_DAY < 0));
}

/* One of the two offsets holds at midnight. The larger one gives the earlier instant: that of a date that has its
 * first hour twice. It still lies on the day before in winter, and where summer time begins by skipping midnight. */
int64_t mw_tz_midnight_us(const struct mw_tz *tz, mw_date date)
{
    const bool is_dst_larger = tz->has_dst && tz->dst_offset_s > tz->std_offset_s;
    const int32_t other_s = tz->has_dst ? tz->dst_offset_s : tz->std_offset_s;
    const int32_t larger_s = is_dst_larger ? tz->dst_offset_s : tz->std_offset_s;
    const int32_t smaller_s = is_dst_larger ? tz->std_offset_s : other_s;
    const int64_t wall_us = (int64_t)date * MW_US_PER_DAY, early_us = wall_us - larger_s * MW_US_PER_S;
    return mw_tz_date(tz, early_us) == date ? early_us : wall_us - smaller_s * MW_US_PER_S;
}
