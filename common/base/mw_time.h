/* mw_time.h: time as a value. Nothing here reads a clock.
 *
 * Dates are days since 1970-01-01 in the proleptic Gregorian calendar; instants are microseconds since
 * 1970-01-01T00:00:00Z. Civil conversions after Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms". */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_span.h"
#include "mw_status.h"

typedef int32_t mw_date; /* days since 1970-01-01; MW_DATE_NONE where there is none */
#define MW_DATE_NONE INT32_MIN
#define MW_US_PER_S INT64_C(1000000)
#define MW_US_PER_DAY (INT64_C(86400) * MW_US_PER_S)

struct mw_civil {
    int year, month, day; /* month 1..12, day 1..31 */
};

mw_date mw_date_from_civil(struct mw_civil civil);
struct mw_civil mw_date_to_civil(mw_date date);
bool mw_civil_is_valid(struct mw_civil civil);
/* 0 = Monday .. 6 = Sunday. */
int mw_date_weekday(mw_date date);

/* "2026-01-31"; MW_E_DATA otherwise, also for 2026-02-30. */
MW_MUST_USE enum mw_status mw_date_parse(struct mw_span text, mw_date *out, struct mw_error *err);
void mw_date_format(mw_date date, char out[16]);

/* RFC 3339, "2026-01-31T08:00:00Z" or with fraction and offset; MW_E_DATA otherwise. */
MW_MUST_USE enum mw_status mw_time_parse(struct mw_span text, int64_t *out_us, struct mw_error *err);
/* Always UTC with six decimals: "2026-01-31T08:00:00.000000Z". */
void mw_time_format(int64_t time_us, char out[32]);

/* A time zone as a POSIX TZ rule ("CET-1CEST,M3.5.0,M10.5.0/3", "UTC0", "<+0330>-3:30"): what the last line of
 * a tzfile holds, so a shell can resolve an IANA name to it once and the core needs no files. It describes
 * today's rule for all years: days before a change of law may be off by an hour, never by a day's closing. */
struct mw_tz_change {
    int month, week, weekday; /* Mm.w.d: weekday 0 = Sunday, week 5 = last */
    int32_t at_s;             /* local wall time of the change */
};
struct mw_tz {
    int32_t std_offset_s, dst_offset_s; /* seconds east of UTC */
    bool has_dst;
    struct mw_tz_change to_dst, to_std;
};
/* MW_E_DATA for an empty or malformed rule and for the Julian forms (Jn, n), which no zone in use needs. */
MW_MUST_USE enum mw_status mw_tz_parse(struct mw_span rule, struct mw_tz *out, struct mw_error *err);
/* Seconds east of UTC at an instant. */
int32_t mw_tz_offset_s(const struct mw_tz *tz, int64_t time_us);
/* The local date of an instant. */
mw_date mw_tz_date(const struct mw_tz *tz, int64_t time_us);
/* The instant at which a local date begins. */
int64_t mw_tz_midnight_us(const struct mw_tz *tz, mw_date date);
