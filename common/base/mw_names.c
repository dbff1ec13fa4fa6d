// SPDX-License-Identifier: Apache-2.0
#include "mw_names.h"

#include <stdlib.h>

void mw_names_fini(struct mw_names *names)
{
    free(names->items);
    mw_index_fini(&names->index);
    mw_arena_fini(&names->arena);
    *names = (struct mw_names){0};
}

static bool is_name(const void *items, uint32_t i, const void *key)
{
    return mw_span_eq(((const struct mw_span *)items)[i], *(const struct mw_span *)key);
}

uint32_t mw_names_find(const struct mw_names *names, struct mw_span text)
{
    return mw_index_find(&names->index, mw_span_hash(text), is_name, names->items, &text);
}

enum mw_status mw_names_add(struct mw_names *names, struct mw_span text, uint32_t *out, struct mw_error *err)
{
    const uint32_t known = mw_names_find(names, text);
    if (known != MW_INDEX_NONE) {
        *out = known;
        return MW_OK;
    }
    void *items = names->items;
    MW_TRY(mw_vector_grow(&items, names->n, &names->capacity, sizeof *names->items, err));
    names->items = items;
    const struct mw_span copy = mw_arena_copy(&names->arena, text);
    if (copy.data == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for name %zu", names->n);
    }
    MW_TRY(mw_index_add(&names->index, mw_span_hash(text), (uint32_t)names->n, err));
    names->items[names->n] = copy;
    *out = (uint32_t)names->n++;
    return MW_OK;
}

void mw_names_save(const struct mw_names *names, struct mw_writer *out)
{
    mw_write_u64(out, names->n);
    for (size_t i = 0; i < names->n; i++) {
        mw_write_span(out, names->items[i]);
    }
}

enum mw_status mw_names_load(struct mw_names *names, struct mw_reader *in, struct mw_error *err)
{
    const size_t n = mw_read_count(in, sizeof(uint32_t));
    for (size_t i = 0; i < n; i++) {
        uint32_t number = 0;
        MW_TRY(mw_names_add(names, mw_read_span(in), &number, err));
        in->failed |= number != i; /* a name twice: the numbers of all that follow would be others */
    }
    return mw_reader_status(in, err);
}
