// SPDX-License-Identifier: Apache-2.0
#include "mw_event.h"

#define SPEC_VERSION "1.0"
#define CONTENT_TYPE "application/json"

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool same_ignoring_case(struct mw_span text, const char *name)
{
    const size_t len = strlen(name);
    bool same = text.len == len;
    for (size_t i = 0; same && i < len; i++) {
        same = lower(text.data[i]) == name[i];
    }
    return same;
}

enum mw_status mw_event_write(const struct mw_event *event, struct mw_arena *arena,
                              struct mw_attribute out[MW_EVENT_ATTRIBUTES], size_t *n, struct mw_error *err)
{
    size_t at = 0;
    if (event->id.len == 0 || event->source.len == 0 || event->type.len == 0) {
        return MW_FAIL(err, MW_E_CONTRACT, "an event needs an id, a source and a type");
    }
    out[at++] = (struct mw_attribute){mw_span("ce_specversion"), mw_span(SPEC_VERSION)};
    out[at++] = (struct mw_attribute){mw_span("ce_id"), event->id};
    out[at++] = (struct mw_attribute){mw_span("ce_source"), event->source};
    out[at++] = (struct mw_attribute){mw_span("ce_type"), event->type};
    if (event->subject.len > 0) {
        out[at++] = (struct mw_attribute){mw_span("ce_subject"), event->subject};
    }
    if (event->time_us != MW_TIME_NONE) {
        char text[32];
        mw_time_format(event->time_us, text);
        const struct mw_span time = mw_arena_copy(arena, mw_span(text));
        if (time.data == NULL) {
            return MW_FAIL(err, MW_E_MEMORY,
                           "no memory for an event's headers: raise the limit of its arena");
        }
        out[at++] = (struct mw_attribute){mw_span("ce_time"), time};
    }
    out[at++] = (struct mw_attribute){mw_span("content-type"), mw_span(CONTENT_TYPE)};
    *n = at;
    return MW_OK;
}

/* The header of a name; MW_E_DATA when it comes twice. Absent: an empty span. */
static enum mw_status find(const struct mw_attribute *headers, size_t n, const char *name,
                           struct mw_span *out, struct mw_error *err)
{
    *out = (struct mw_span){0};
    for (size_t i = 0; i < n; i++) {
        if (!same_ignoring_case(headers[i].name, name)) {
            continue;
        }
        if (out->data != NULL) {
            return MW_FAIL(err, MW_E_DATA, "header %s comes twice: send it once", name);
        }
        *out = headers[i].value;
    }
    return MW_OK;
}

static enum mw_status find_required(const struct mw_attribute *headers, size_t n, const char *name,
                                    struct mw_span *out, struct mw_error *err)
{
    MW_TRY(find(headers, n, name, out, err));
    return out->len > 0 ? MW_OK
                        : MW_FAIL(err, MW_E_DATA, "header %s is missing: CloudEvents 1.0 asks for it", name);
}

/* "application/json", whatever parameters follow. */
static bool is_json(struct mw_span content_type)
{
    size_t len = 0;
    while (len < content_type.len && content_type.data[len] != ';' && content_type.data[len] != ' ') {
        len++;
    }
    return same_ignoring_case((struct mw_span){content_type.data, len}, CONTENT_TYPE);
}

enum mw_status mw_event_read(const struct mw_attribute *headers, size_t n, struct mw_event *out,
                             struct mw_error *err)
{
    struct mw_span version, time, content_type;
    MW_TRY(find_required(headers, n, "ce_specversion", &version, err));
    MW_TRY(find_required(headers, n, "ce_id", &out->id, err));
    MW_TRY(find_required(headers, n, "ce_source", &out->source, err));
    MW_TRY(find_required(headers, n, "ce_type", &out->type, err));
    MW_TRY(find(headers, n, "ce_subject", &out->subject, err));
    MW_TRY(find(headers, n, "ce_time", &time, err));
    MW_TRY(find(headers, n, "content-type", &content_type, err));
    if (!mw_span_is(version, SPEC_VERSION)) {
        return MW_FAIL(err, MW_E_DATA,
                       "header ce_specversion is \"" MW_SPAN_FMT "\", but must be " SPEC_VERSION,
                       MW_SPAN_ARG(version));
    }
    if (content_type.len > 0 && !is_json(content_type)) {
        return MW_FAIL(err, MW_E_DATA,
                       "header content-type is \"" MW_SPAN_FMT "\", but must be " CONTENT_TYPE,
                       MW_SPAN_ARG(content_type));
    }
    out->time_us = MW_TIME_NONE;
    if (time.len > 0 && mw_time_parse(time, &out->time_us, err) != MW_OK) {
        mw_error_prefix(err, "header ce_time");
        return MW_E_DATA;
    }
    return MW_OK;
}
