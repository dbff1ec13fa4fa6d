/* wire_lines: lets a script ask the decoder. Each line in is "TOPIC BODY"; each line out is "ok CANONICAL" or
 * "no REASON POINTER". What is accepted must also encode, decode again and encode to the same bytes. */
// SPDX-License-Identifier: Apache-2.0
#include "mw_wire.h"

#include <stdio.h>
#include <stdlib.h>

struct session {
    struct mw_arena arena;
    struct mw_writer first, second;
};

static void encode_or_die(const struct mw_type *type, const void *body, struct mw_writer *out)
{
    struct mw_error err = {0};
    mw_writer_reset(out);
    if (mw_encode(type, body, out, &err) != MW_OK) {
        (void)fprintf(stderr, "wire_lines: %s was accepted but %s\n", type->topic, err.text);
        exit(1);
    }
}

static void answer(struct session *s, const struct mw_type *type, struct mw_span json)
{
    struct mw_error err = {0};
    struct mw_fault fault;
    const void *body;
    mw_arena_reset(&s->arena);
    if (mw_decode(type, json, &s->arena, &body, &fault, &err) != MW_OK) {
        (void)printf("no %s %s\n", fault.reason, fault.pointer);
        return;
    }
    encode_or_die(type, body, &s->first);
    if (mw_decode(type, mw_writer_span(&s->first), &s->arena, &body, &fault, &err) != MW_OK) {
        (void)fprintf(stderr, "wire_lines: refused what was encoded: %s\n", err.text);
        exit(1);
    }
    encode_or_die(type, body, &s->second);
    if (!mw_span_eq(mw_writer_span(&s->first), mw_writer_span(&s->second))) {
        (void)fprintf(stderr, "wire_lines: not a fixed point: %.*s\n", (int)s->first.len, s->first.data);
        exit(1);
    }
    (void)printf("ok %.*s\n", (int)s->first.len, s->first.data);
}

int main(void)
{
    struct session s = {0};
    char *line = NULL;
    size_t capacity = 0;
    ssize_t len;
    while ((len = getline(&line, &capacity, stdin)) > 0) {
        len -= line[len - 1] == '\n';
        const char *space = memchr(line, ' ', (size_t)len);
        const struct mw_type *type =
            space == NULL ? NULL : mw_type_of((struct mw_span){line, (size_t)(space - line)});
        if (type == NULL) {
            (void)fprintf(stderr, "wire_lines: a line is TOPIC BODY\n");
            return 2;
        }
        answer(&s, type, (struct mw_span){space + 1, (size_t)(line + len - space - 1)});
    }
    free(line);
    mw_arena_fini(&s.arena);
    mw_writer_fini(&s.first);
    mw_writer_fini(&s.second);
    return 0;
}
