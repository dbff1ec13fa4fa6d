/* mw_records.h: the raw records that a table or a live source stands for, one at a time, by number.
 *
 *   once         the tenant
 *   per period   spend (channel by channel, place by place), outcome (place by place; none in a gap),
 * factors, the clock at the end of the period, the command that settles it
 *
 * Record k depends on k alone, so whoever was interrupted goes on at the number it stored. Ids are hashes of
 * what a record says: the same table twice gives the same ids and is dropped as repeats; a corrected cell has
 * a new id and is a restatement. Everything of a period is observed at its end, midnight UTC; a table knows
 * no better. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_messages.h"

/* The numbers of one period, borrowed. Factors are controls, then events. */
struct mw_period {
    mw_date date;          /* its first day */
    const double *spend;   /* [channel][geo] */
    const double *outcome; /* [geo]; all NaN: a gap */
    const double *factors; /* [factor] */
};

/* What all periods of a source share. */
struct mw_source {
    const struct mw_tenant *tenant; /* complete: names, grid, currency; channels, controls and events */
    struct mw_span source;          /* "table" */
    const struct mw_span *geos;     /* one empty text for a table without places */
    size_t n_geos;
    struct mw_hash128 tenant_hash; /* of all that the tenant says */
};

/* 1 or 7. */
int mw_period_days(const struct mw_tenant *tenant);
/* Fills tenant_hash from the tenant. MW_E_MEMORY. */
MW_MUST_USE enum mw_status mw_source_seal(struct mw_source *source, struct mw_error *err);

/* One record; which member is filled follows from the type. Texts of the record live in it or with the
 * source. */
struct mw_raw {
    const struct mw_type *type; /* NULL: nothing in this place (a gap) */
    const void *body;           /* points into this struct, or at the source's tenant */
    struct mw_span id;          /* for the headers of the record */
    int64_t time_us;
    union {
        struct mw_spend spend;
        struct mw_outcome outcome;
        struct mw_factor factor;
        struct mw_clock clock;
        struct mw_command command;
        struct mw_test test;
    } as;
    struct mw_command_settle settle;
    char id_text[40];
};

/* An id from a text that says all there is to say, put into `out`. */
void mw_raw_identify(struct mw_raw *out, struct mw_span text);

/* How many records a period stands for, gaps included. */
size_t mw_period_records(const struct mw_source *source);
/* Record i of a period. `out` must not be moved: body points into it. `final`: no period will follow. */
void mw_period_record(const struct mw_source *source, const struct mw_period *period, bool final, size_t i,
                      struct mw_raw *out);
/* The tenant as a record: `out` must not be moved. */
void mw_tenant_record(const struct mw_source *source, mw_date first, struct mw_raw *out);
