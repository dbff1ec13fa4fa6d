// SPDX-License-Identifier: Apache-2.0
#include "mw_rules_suggest.h"

enum { WORD_MAX = 64 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Edits between two words, one row of the usual table at a time; long words count as far away. */
static size_t distance(struct mw_span a, struct mw_span b)
{
    size_t row[WORD_MAX + 1];
    if (a.len > WORD_MAX || b.len > WORD_MAX) {
        return SIZE_MAX;
    }
    for (size_t j = 0; j <= b.len; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= a.len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            const size_t replaced = diagonal + (a.data[i - 1] != b.data[j - 1]);
            diagonal = row[j];
            row[j] = least(least(row[j], row[j - 1]) + 1, replaced);
        }
    }
    return row[b.len];
}

const char *mw_rules_nearest(struct mw_span word, const char *const words[], size_t n_words)
{
    const char *nearest = NULL;
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < n_words; i++) {
        const struct mw_span candidate = mw_span(words[i]);
        const size_t edits = distance(word, candidate);
        if (edits < best && edits <= 1 + candidate.len / 3) {
            best = edits;
            nearest = words[i];
        }
    }
    return nearest;
}
