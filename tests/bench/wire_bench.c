/* wire_bench: records a second through decoder and encoder, beside the raw limit of jansson's parser on the same
 * bytes. A JSON object a line. */
// SPDX-License-Identifier: Apache-2.0
#include "mw_wire.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { SECONDS_NS = 1000000000, RUN_NS = SECONDS_NS / 2 };

struct record {
    const struct mw_type *type;
    struct mw_writer json;
    struct mw_arena arena;
    struct mw_writer out;
    const void *body;
};

static int64_t now_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * SECONDS_NS + t.tv_nsec;
}

static void parse_only(struct record *r)
{
    json_error_t error;
    json_decref(json_loadb(r->json.data, r->json.len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error));
}

static void decode(struct record *r)
{
    mw_arena_reset(&r->arena);
    if (mw_decode(r->type, mw_writer_span(&r->json), &r->arena, &r->body, NULL, NULL) != MW_OK) {
        abort();
    }
}

static void encode(struct record *r)
{
    mw_writer_reset(&r->out);
    if (mw_encode(r->type, r->body, &r->out, NULL) != MW_OK) {
        abort();
    }
}

static double per_second(struct record *r, void (*step)(struct record *r))
{
    const int64_t start = now_ns();
    int64_t n = 0, end = start;
    for (; end - start < RUN_NS; end = now_ns()) {
        for (int i = 0; i < 64; i++, n++) {
            step(r);
        }
    }
    return (double)n * SECONDS_NS / (double)(end - start);
}

/* The canonical form of an example, so that blanks do not count. */
static void load(struct record *r, const char *topic, const char *example)
{
    char path[512], block[4096];
    size_t n;
    (void)snprintf(path, sizeof path, "%s/schemas/examples/%s/%s.json", MW_SOURCE_DIR, topic, example);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        (void)fprintf(stderr, "wire_bench: %s: missing\n", path);
        exit(1);
    }
    while ((n = fread(block, 1, sizeof block, file)) > 0) {
        mw_write_bytes(&r->json, block, n);
    }
    (void)fclose(file);
    r->type = mw_type_of(mw_span(topic));
    decode(r);
    encode(r);
    mw_writer_reset(&r->json);
    mw_write_bytes(&r->json, r->out.data, r->out.len);
}

static void run(const char *topic, const char *example)
{
    struct record r = {0};
    load(&r, topic, example);
    const double raw = per_second(&r, parse_only), decoded = per_second(&r, decode),
                 encoded = per_second(&r, encode);
    (void)printf(
        "{\"bench\":\"wire\",\"topic\":\"%s\",\"bytes\":%zu,\"jansson_per_s\":%.0f,\"decode_per_s\":%.0f,"
        "\"decode_share\":%.2f,\"encode_per_s\":%.0f}\n",
        topic, r.json.len, raw, decoded, decoded / raw, encoded);
    mw_arena_fini(&r.arena);
    mw_writer_fini(&r.json);
    mw_writer_fini(&r.out);
}

int main(void)
{
    run("mw.spend.v1", "valid-snapshot");
    run("mw.fact.v1", "valid-cell");
    run("mw.estimate.v1", "valid-latest");
    return 0;
}
