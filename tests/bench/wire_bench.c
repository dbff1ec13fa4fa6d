/* wire_bench: records a second through decoder and encoder, beside the raw limit of jansson's parser on the same
 * bytes. A JSON object a line. */
// SPDX-License-Identifier: Apache-2.0
#include "bench_figure.h"
#include "mw_wire.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static const double run_seconds = 1.0; /* of each comparison */

struct record {
    const struct mw_type *type;
    struct mw_writer json;
    struct mw_arena arena;
    struct mw_writer out;
    const void *body;
};

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

static double seconds_of(struct record *r, void (*step)(struct record *r))
{
    enum { REPEATS = 64 };
    const double start = bench_wall_seconds();
    for (int i = 0; i < REPEATS; i++) {
        step(r);
    }
    return (bench_wall_seconds() - start) / REPEATS;
}

struct rates {
    double step, raw; /* records a second */
};

/* In turns, so that a machine that is busy for a moment slows both. */
static struct rates rates_of(struct record *r, void (*step)(struct record *r))
{
    double stepped = 0, parsed = 0, n = 0;
    for (const double start = bench_wall_seconds(); bench_wall_seconds() - start < run_seconds; n++) {
        parsed += seconds_of(r, parse_only);
        stepped += seconds_of(r, step);
    }
    return (struct rates){n / stepped, n / parsed};
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

static void print(struct record *r, const char *what, void (*step)(struct record *r))
{
    char name[96], anchor[64];
    const struct rates rates = rates_of(r, step);
    (void)snprintf(name, sizeof name, "wire/%s/%s", r->type->topic, what);
    (void)snprintf(anchor, sizeof anchor, "jansson parsing %zu bytes", r->json.len);
    bench_print(&(struct bench_figure){name, "records/s", rates.step, anchor, rates.raw, 0});
}

static void run(const char *topic, const char *example)
{
    struct record r = {0};
    load(&r, topic, example);
    print(&r, "decode", decode);
    print(&r, "encode", encode);
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
