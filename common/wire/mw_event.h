/* mw_event.h: CloudEvents 1.0 attributes, as headers of a record in Kafka's binary content mode.
 *
 * The body of a record is the event's data; what it is, who says it and when stands in headers named ce_ and
 * the attribute (CloudEvents Kafka protocol binding 1.0.2, section 3.2). Unknown ce_ headers are extensions
 * and are ignored. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_arena.h"
#include "mw_field.h"

enum { MW_EVENT_ATTRIBUTES = 7 };

struct mw_attribute {
    struct mw_span name, value;
};

struct mw_event {
    struct mw_span id, source; /* together the identity of an event */
    struct mw_span type;       /* the topic: "mw.spend.v1" */
    struct mw_span subject;    /* "channel/tv"; may be empty */
    int64_t time_us;           /* MW_TIME_NONE: none */
};

/* Fills `out` (room for MW_EVENT_ATTRIBUTES) and *n in a fixed order; texts borrow from the event or live in
 * `arena`. MW_E_CONTRACT when id, source or type is empty. MW_E_MEMORY. */
MW_MUST_USE enum mw_status mw_event_write(const struct mw_event *event, struct mw_arena *arena,
                                          struct mw_attribute out[MW_EVENT_ATTRIBUTES], size_t *n,
                                          struct mw_error *err);

/* Header names are compared without regard to case, as HTTP proxies may change it. Texts are borrowed.
 * MW_E_DATA when id, source, type or specversion is missing or empty, specversion is not 1.0, a header comes
 * twice, the time is not RFC 3339, or content-type is anything but application/json. */
MW_MUST_USE enum mw_status mw_event_read(const struct mw_attribute *headers, size_t n, struct mw_event *out,
                                         struct mw_error *err);
