// SPDX-License-Identifier: Apache-2.0
#include "mw_arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__)
#define MW_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MW_ASAN 1
#endif
#endif
#ifdef MW_ASAN
#include <sanitizer/asan_interface.h>
#define poison(p, n) ASAN_POISON_MEMORY_REGION((p), (n))
#define unpoison(p, n) ASAN_UNPOISON_MEMORY_REGION((p), (n))
#else
#define poison(p, n) ((void)(p), (void)(n))
#define unpoison(p, n) ((void)(p), (void)(n))
#endif

enum { ALIGN = 64, BLOCK_MIN = 16 * 1024 };

/* A block's header takes one cache line; its bytes follow. Blocks are chained newest first. */
struct mw_arena_block {
    struct mw_arena_block *next;
    size_t capacity, used;
};

static size_t fail_countdown;

void mw_arena_fail_after(size_t n)
{
    fail_countdown = n;
}

static bool must_fail(void)
{
    return fail_countdown > 0 && --fail_countdown == 0;
}

static char *block_bytes(struct mw_arena_block *block)
{
    return (char *)block + ALIGN;
}

static struct mw_arena_block *block_open(size_t capacity)
{
    struct mw_arena_block *block = aligned_alloc(ALIGN, ALIGN + capacity);
    if (block == NULL) {
        return NULL;
    }
    *block = (struct mw_arena_block){.capacity = capacity};
    poison(block_bytes(block), capacity);
    return block;
}

static void block_close(struct mw_arena_block *block)
{
    unpoison(block_bytes(block), block->capacity);
    free(block);
}

void mw_arena_init(struct mw_arena *arena, size_t limit_bytes)
{
    *arena = (struct mw_arena){.limit_bytes = limit_bytes};
}

void mw_arena_reset(struct mw_arena *arena)
{
    struct mw_arena_block *largest = arena->head;
    for (struct mw_arena_block *block = arena->head; block != NULL; block = block->next) {
        largest = block->capacity > largest->capacity ? block : largest;
    }
    for (struct mw_arena_block *block = arena->head, *next; block != NULL; block = next) {
        next = block->next;
        if (block != largest) {
            block_close(block);
        }
    }
    if (largest != NULL) {
        largest->next = NULL;
        largest->used = 0;
        poison(block_bytes(largest), largest->capacity);
    }
    arena->head = largest;
    arena->used_bytes = 0;
}

void mw_arena_fini(struct mw_arena *arena)
{
    for (struct mw_arena_block *block = arena->head, *next; block != NULL; block = next) {
        next = block->next;
        block_close(block);
    }
    *arena = (struct mw_arena){.limit_bytes = arena->limit_bytes};
}

/* Blocks double, so a long-lived arena has few of them. */
static struct mw_arena_block *grow(struct mw_arena *arena, size_t n_bytes)
{
    size_t capacity = arena->head == NULL ? BLOCK_MIN : 2 * arena->head->capacity;
    while (capacity < n_bytes) {
        capacity *= 2;
    }
    struct mw_arena_block *block = block_open(capacity);
    if (block != NULL) {
        block->next = arena->head;
        arena->head = block;
    }
    return block;
}

void *mw_arena_take(struct mw_arena *arena, size_t n_bytes)
{
    if (n_bytes > SIZE_MAX / 4 || must_fail()) {
        return NULL;
    }
    const size_t rounded = n_bytes == 0 ? ALIGN : (n_bytes + ALIGN - 1) / ALIGN * ALIGN;
    if (arena->limit_bytes != 0 && rounded > arena->limit_bytes - arena->used_bytes) {
        return NULL;
    }
    struct mw_arena_block *block = arena->head;
    if (block == NULL || rounded > block->capacity - block->used) {
        block = grow(arena, rounded);
    }
    if (block == NULL) {
        return NULL;
    }
    char *bytes = block_bytes(block) + block->used;
    block->used += rounded;
    arena->used_bytes += rounded;
    unpoison(bytes, n_bytes);
    return memset(bytes, 0, n_bytes);
}

void *mw_arena_take_array(struct mw_arena *arena, size_t n, size_t size)
{
    return size != 0 && n > SIZE_MAX / size ? NULL : mw_arena_take(arena, n * size);
}

struct mw_span mw_arena_copy(struct mw_arena *arena, struct mw_span text)
{
    char *copy = mw_arena_take(arena, text.len + 1);
    if (copy == NULL) {
        return (struct mw_span){0};
    }
    if (text.len > 0) {
        memcpy(copy, text.data, text.len);
    }
    return (struct mw_span){copy, text.len};
}

struct mw_span mw_arena_printf(struct mw_arena *arena, const char *fmt, ...)
{
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    const int len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    char *text = len < 0 ? NULL : mw_arena_take(arena, (size_t)len + 1);
    if (text != NULL) {
        (void)vsnprintf(text, (size_t)len + 1, fmt, again);
    }
    va_end(again);
    return (struct mw_span){text, text == NULL ? 0 : (size_t)len};
}
