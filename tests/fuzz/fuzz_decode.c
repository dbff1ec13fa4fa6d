/* fuzz_decode: every decoder of common/wire. The first byte picks the message type, the rest is the record;
 * one value past the types picks CloudEvents headers instead, as name, NUL, value, NUL, ...
 *
 * What is accepted must encode, and decoding that must give the same bytes again; a copy through the binary
 * form of snapshots must encode to the same bytes too. Seeds: seeds_decode.py SCHEMAS/examples CORPUS. */
// SPDX-License-Identifier: Apache-2.0
#include "mw_event.h"
#include "mw_shape.h"
#include "mw_wire.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t n_types(void)
{
    size_t n = 0;
    while (mw_types[n] != NULL) {
        n++;
    }
    return n;
}

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void check_record(const struct mw_type *type, struct mw_span json, struct mw_arena *arena,
                         struct mw_writer out[3])
{
    const void *body, *again;
    struct mw_fault fault = {0};
    struct mw_error err = {0};
    if (mw_decode(type, json, arena, &body, &fault, &err) != MW_OK) {
        require(err.status == MW_E_MEMORY || fault.reason[0] != '\0');
        return;
    }
    require(mw_encode(type, body, &out[0], &err) == MW_OK);
    require(mw_decode(type, mw_writer_span(&out[0]), arena, &again, &fault, &err) == MW_OK);
    require(mw_encode(type, again, &out[1], &err) == MW_OK);
    require(mw_span_eq(mw_writer_span(&out[0]), mw_writer_span(&out[1])));
    const void *copy = mw_shape_copy(&type->shape, body, arena);
    require(copy != NULL && mw_encode(type, copy, &out[2], &err) == MW_OK);
    require(mw_span_eq(mw_writer_span(&out[0]), mw_writer_span(&out[2])));
}

static struct mw_span next_text(struct mw_span *rest)
{
    const char *end = rest->len == 0 ? NULL : memchr(rest->data, '\0', rest->len);
    const struct mw_span text = {rest->data, end == NULL ? rest->len : (size_t)(end - rest->data)};
    const size_t used = end == NULL ? rest->len : text.len + 1;
    *rest = (struct mw_span){rest->data + used, rest->len - used};
    return text;
}

static void check_headers(struct mw_span rest, struct mw_arena *arena)
{
    enum { HEADERS_MAX = 16 };
    struct mw_attribute headers[HEADERS_MAX], written[MW_EVENT_ATTRIBUTES];
    struct mw_event event, again;
    size_t n = 0, n_written = 0;
    while (rest.len > 0 && n < HEADERS_MAX) {
        headers[n].name = next_text(&rest);
        headers[n++].value = next_text(&rest);
    }
    if (mw_event_read(headers, n, &event, NULL) != MW_OK) {
        return;
    }
    require(mw_event_write(&event, arena, written, &n_written, NULL) == MW_OK);
    require(mw_event_read(written, n_written, &again, NULL) == MW_OK);
    require(mw_span_eq(event.id, again.id) && mw_span_eq(event.source, again.source) &&
            mw_span_eq(event.type, again.type) && mw_span_eq(event.subject, again.subject) &&
            event.time_us == again.time_us);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mw_arena arena = {.limit_bytes = 64 << 20};
    struct mw_writer out[3] = {{0}};
    if (size == 0) {
        return 0;
    }
    const size_t pick = data[0] % (n_types() + 1);
    const struct mw_span rest = {(const char *)data + 1, size - 1};
    if (pick < n_types()) {
        check_record(mw_types[pick], rest, &arena, out);
    } else {
        check_headers(rest, &arena);
    }
    for (size_t i = 0; i < 3; i++) {
        mw_writer_fini(&out[i]);
    }
    mw_arena_fini(&arena);
    return 0;
}
