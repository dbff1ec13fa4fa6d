// SPDX-License-Identifier: Apache-2.0
#include "mw_frames.h"

#include "mw_charset.h"
#include "mw_messages.h"

#include <inttypes.h>
#include <stdio.h>

/* ---- topics and keys
 * --------------------------------------------------------------------------------------- */

static const char *const kinds[] = {[MW_LATEST] = "latest", [MW_PUBLISHED] = "published"};
static const char *const severities[] = {[MW_SEVERITY_INFO] = "info",
                                         [MW_SEVERITY_WARNING] = "warning",
                                         [MW_SEVERITY_ERROR] = "error",
                                         [MW_SEVERITY_CRITICAL] = "critical"};

static enum mw_status name_of(const char *const names[], size_t n, int value, const char **out,
                              struct mw_error *err)
{
    if (value < 0 || (size_t)value >= n) {
        return MW_FAIL(err, MW_E_DATA, "%d is none of the %zu values from \"%s\" on", value, n, names[0]);
    }
    *out = names[value];
    return MW_OK;
}

/* What a topic's segment may hold as it is: the bytes of a name without '/'. */
static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.' || c == ':';
}

/* One segment of a topic, percent-encoded where needed. Its data is NULL when memory is out. */
static struct mw_span segment(struct mw_arena *arena, struct mw_span name)
{
    static const char digits[] = "0123456789ABCDEF";
    char *text = mw_arena_take_array(arena, name.len, 3);
    if (text == NULL) {
        return (struct mw_span){0};
    }
    size_t n = 0;
    for (size_t i = 0; i < name.len; i++) {
        const unsigned char c = (unsigned char)name.data[i];
        if (is_plain((char)c)) {
            text[n++] = (char)c;
        } else {
            text[n++] = '%';
            text[n++] = digits[c >> 4];
            text[n++] = digits[c & 15];
        }
    }
    return (struct mw_span){text, n};
}

/* "<stem>/v1/<a>/" and, where there are more segments, "<stem>/v1/<a>/<b>/" or "<stem>/v1/<a>/<b>/<c>/". */
static struct mw_span topic_of(struct mw_arena *arena, const char *stem, size_t n,
                               const struct mw_span names[])
{
    struct mw_span topic = mw_arena_printf(arena, "%s/v1/", stem);
    for (size_t i = 0; i < n && topic.data != NULL; i++) {
        const struct mw_span part = segment(arena, names[i]);
        if (part.data == NULL) {
            return part;
        }
        topic = mw_arena_printf(arena, MW_SPAN_FMT MW_SPAN_FMT "/", MW_SPAN_ARG(topic), MW_SPAN_ARG(part));
    }
    return topic;
}

static int64_t ms_of(int64_t time_us)
{
    return time_us == MW_TIME_NONE ? MW_TIME_NONE : time_us / 1000;
}

/* The instant at which the day after `date` begins in UTC: a publisher knows no tenant's time zone, and
 * advice that holds some hours too long at the end of its last day is the smaller fault. */
static int64_t end_of_day_ms(mw_date date)
{
    return date == MW_DATE_NONE ? MW_TIME_NONE : ((int64_t)date + 1) * (MW_US_PER_DAY / 1000);
}

static enum mw_status route_by_kind(const char *stem, struct mw_span outcome, int kind,
                                    struct mw_arena *arena, struct mw_frames *out, struct mw_error *err)
{
    const char *name = NULL;
    MW_TRY(name_of(kinds, sizeof kinds / sizeof kinds[0], kind, &name, err));
    out->topic = topic_of(arena, stem, 2, (struct mw_span[]){out->tenant, mw_span(name)});
    out->key = mw_arena_printf(arena, MW_SPAN_FMT "/%s", MW_SPAN_ARG(outcome), name);
    return MW_OK;
}

static enum mw_status route_estimate(const void *body, struct mw_arena *arena, struct mw_frames *out,
                                     struct mw_error *err)
{
    const struct mw_estimate *estimate = body;
    out->rev = estimate->rev;
    return route_by_kind("estimate", estimate->outcome, estimate->kind, arena, out, err);
}

static enum mw_status route_allocation(const void *body, struct mw_arena *arena, struct mw_frames *out,
                                       struct mw_error *err)
{
    const struct mw_allocation *allocation = body;
    out->rev = allocation->rev;
    out->valid_until_ms = end_of_day_ms(allocation->valid_until);
    return route_by_kind("alloc", allocation->outcome, allocation->kind, arena, out, err);
}

static enum mw_status route_experiment(const void *body, struct mw_arena *arena, struct mw_frames *out,
                                       struct mw_error *err)
{
    (void)err;
    const struct mw_experiment *experiment = body;
    out->rev = experiment->rev;
    out->key = experiment->test;
    out->topic = topic_of(arena, "experiment", 2, (struct mw_span[]){out->tenant, experiment->test});
    return MW_OK;
}

static enum mw_status route_alert(const void *body, struct mw_arena *arena, struct mw_frames *out,
                                  struct mw_error *err)
{
    const struct mw_alert *alert = body;
    const char *severity = NULL;
    MW_TRY(name_of(severities, sizeof severities / sizeof severities[0], alert->severity, &severity, err));
    out->rev = alert->rev;
    out->key = alert->key;
    out->valid_until_ms = ms_of(alert->expires_at);
    out->topic = topic_of(arena, "alert", 3, (struct mw_span[]){out->tenant, mw_span(severity), alert->rule});
    return MW_OK;
}

static enum mw_status route_deadletter(const void *body, struct mw_arena *arena, struct mw_frames *out,
                                       struct mw_error *err)
{
    (void)body;
    (void)err;
    out->key = out->id;
    out->topic = topic_of(arena, "deadletter", 1, &out->tenant);
    return MW_OK;
}

static const struct route {
    const struct mw_type *type;
    enum mw_status (*fill)(const void *body, struct mw_arena *arena, struct mw_frames *out,
                           struct mw_error *err);
} routes[] = {
    {&mw_type_estimate, route_estimate},     {&mw_type_allocation, route_allocation},
    {&mw_type_experiment, route_experiment}, {&mw_type_alert, route_alert},
    {&mw_type_deadletter, route_deadletter},
};

static const struct route *route_of(const struct mw_type *type)
{
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        if (routes[i].type == type) {
            return &routes[i];
        }
    }
    return NULL;
}

bool mw_frames_is_routed(const struct mw_type *type)
{
    return route_of(type) != NULL;
}

enum mw_status mw_frames_route(const struct mw_message *in, struct mw_arena *arena, struct mw_frames *out,
                               struct mw_error *err)
{
    const struct route *route = route_of(in->type);
    mw_invariant(route != NULL);
    *out = (struct mw_frames){.type = in->type,
                              .id = in->id,
                              .tenant = in->tenant,
                              .event_ms = ms_of(in->time_us),
                              .valid_until_ms = MW_TIME_NONE,
                              .body = in->raw};
    MW_TRY(route->fill(in->body, arena, out, err));
    if (out->topic.data == NULL || (out->key.data == NULL && out->key.len > 0)) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for the frames of %s " MW_SPAN_FMT, in->type->topic,
                       MW_SPAN_ARG(in->id));
    }
    return MW_OK;
}

/* ---- JSON
 * ---------------------------------------------------------------------------------------------------- */

static void put(struct mw_writer *out, const char *text)
{
    mw_write_bytes(out, text, strlen(text));
}

static void put_char(struct mw_writer *out, unsigned char c, bool is_ascii_only)
{
    char text[8] = {(char)c, '\0'};
    if (c == '"' || c == '\\') {
        (void)snprintf(text, sizeof text, "\\%c", c);
    } else if (c < 0x20 || (is_ascii_only && c >= 0x80)) {
        (void)snprintf(text, sizeof text, "\\u%04x", c);
    }
    put(out, text);
}

/* A dead letter's tenant is the key of a record that was refused, so it may be any bytes: what is not UTF-8 is written
 * byte by byte as Latin-1, because a header must be JSON whatever happens. */
static void put_text(struct mw_writer *out, const char *name, struct mw_span value)
{
    put(out, name);
    const bool is_ascii_only = !mw_text_is_utf8(value);
    put(out, "\"");
    for (size_t i = 0; i < value.len; i++) {
        put_char(out, (unsigned char)value.data[i], is_ascii_only);
    }
    put(out, "\"");
}

static void put_int(struct mw_writer *out, const char *name, int64_t value)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%" PRId64, value);
    put(out, name);
    put(out, value == MW_TIME_NONE ? "null" : text);
}

void mw_frames_write_header(const struct mw_frames *frames, int64_t now_ms, struct mw_writer *out)
{
    put_int(out, "{\"v\":", MW_FRAMES_VERSION);
    put_text(out, ",\"type\":", mw_span(frames->type->topic));
    put_text(out, ",\"id\":", frames->id);
    put_text(out, ",\"tenant\":", frames->tenant);
    put_text(out, ",\"key\":", frames->key);
    put_int(out, ",\"rev\":", frames->rev);
    put_int(out, ",\"ts_pub_ms\":", now_ms);
    put_int(out, ",\"ts_event_ms\":", frames->event_ms);
    put_int(out, ",\"valid_until_ms\":", frames->valid_until_ms);
    put(out, ",\"schema\":\"");
    put(out, frames->type->topic); /* the name of a file in schemas/; topics need no escaping */
    put(out, ".schema.json\"}");
}

void mw_heartbeat_write_header(const struct mw_heartbeat *heartbeat, struct mw_writer *out)
{
    put_int(out, "{\"v\":", MW_FRAMES_VERSION);
    put(out, ",\"type\":\"heartbeat\"");
    put_int(out, ",\"rev\":", heartbeat->seq);
    put_int(out, ",\"ts_pub_ms\":", heartbeat->now_ms);
    put(out, "}");
}

static void put_stream(struct mw_writer *out, const struct mw_stream_position *stream)
{
    put_text(out, "{\"topic\":", stream->topic);
    put_int(out, ",\"partition\":", stream->partition);
    put_int(out, ",\"offset\":", stream->offset);
    put(out, "}");
}

void mw_heartbeat_write_body(const struct mw_heartbeat *heartbeat, struct mw_writer *out)
{
    put_int(out, "{\"started_ms\":", heartbeat->started_ms);
    put_int(out, ",\"interval_ms\":", heartbeat->interval_ms);
    put_int(out, ",\"tick_ms\":", heartbeat->tick_ms);
    put_int(out, ",\"tenant_tick_ms\":", heartbeat->tenant_tick_ms);
    put(out, ",\"streams\":[");
    for (size_t i = 0; i < heartbeat->n_streams; i++) {
        put(out, i == 0 ? "" : ",");
        put_stream(out, &heartbeat->streams[i]);
    }
    put_int(out, "],\"sent\":", (int64_t)heartbeat->n_sent);
    put_int(out, ",\"canary_lost\":", (int64_t)heartbeat->n_canary_lost);
    put_int(out, ",\"keys\":", (int64_t)heartbeat->n_keys);
    put_int(out, ",\"not_kept\":", (int64_t)heartbeat->n_not_kept);
    put(out, "}");
}
