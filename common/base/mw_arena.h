/* mw_arena.h: memory that is freed all at once.
 *
 * Three lifetimes exist: the process, a model or window, and one message. Each is an arena. An arena grows by
 * blocks up to a declared limit; reset keeps its largest block, so a message arena stops allocating soon. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_span.h"
#include "mw_status.h"

struct mw_arena_block;

struct mw_arena {
    struct mw_arena_block *head;
    size_t limit_bytes; /* 0: none */
    size_t used_bytes;  /* handed out since the last reset */
};

/* All zero is a valid empty arena without a limit, so `struct mw_arena arena = {0};` will do. */
void mw_arena_init(struct mw_arena *arena, size_t limit_bytes);
/* Everything handed out becomes invalid; memory is kept for the next use. */
void mw_arena_reset(struct mw_arena *arena);
/* Gives the memory back. May be called twice. */
void mw_arena_fini(struct mw_arena *arena);

/* n_bytes zeroed bytes aligned to 64 (a cache line and the widest vector register); n_bytes 0 gives a valid
 * pointer. NULL when memory is out or the limit is reached. */
MW_MUST_USE void *mw_arena_take(struct mw_arena *arena, size_t n_bytes);
/* n elements of `size` bytes; NULL also when n * size overflows. */
MW_MUST_USE void *mw_arena_take_array(struct mw_arena *arena, size_t n, size_t size);
/* A terminated copy. Its data is NULL when memory is out. */
MW_MUST_USE struct mw_span mw_arena_copy(struct mw_arena *arena, struct mw_span text);
/* A formatted, terminated text. Its data is NULL when memory is out. */
MW_MUST_USE struct mw_span mw_arena_printf(struct mw_arena *arena, const char *fmt, ...) MW_PRINTF(2, 3);

/* mw_new(&arena, struct x) and mw_new_array(&arena, struct x, n): zeroed, or NULL. */
#define mw_new(arena, type) ((type *)mw_arena_take((arena), sizeof(type)))
#define mw_new_array(arena, type, n) ((type *)mw_arena_take_array((arena), (n), sizeof(type)))

/* Tests make the n-th allocation from now fail (1 = the next); 0 switches it off. Process-wide. */
void mw_arena_fail_after(size_t n);
