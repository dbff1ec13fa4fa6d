/* mw_text.h: small things that reading people's texts needs. Letters are compared without case in ASCII only;
 * other bytes of UTF-8 must match. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_span.h"

/* Without ASCII blanks and no-break spaces (U+00A0, U+202F) at both ends. */
struct mw_span mw_text_trim(struct mw_span text);
/* Length of the blank at text[at]: 1 for ASCII blanks, 2 or 3 for U+00A0, U+2009 (thin) and U+202F, 0 for
 * none. */
size_t mw_text_blank_at(struct mw_span text, size_t at);
/* The position of the first byte that is not UTF-8 or is NUL; SIZE_MAX when all is well. */
size_t mw_utf8_fault(struct mw_span text);

/* Equality and prefix; `lower` is in lower case. */
bool mw_text_is(struct mw_span text, const char *lower);
bool mw_text_starts(struct mw_span text, const char *lower);
/* Whether `word` is the beginning of `lower`, or all of it. */
bool mw_text_abbreviates(struct mw_span word, const char *lower);
/* The position of a text in a NULL-terminated list in lower case; SIZE_MAX when it is not there. */
size_t mw_text_find(struct mw_span text, const char *const list[]);

/* The words of a column's name: "tv_S" is tv, S; "FacebookSpend" is Facebook, Spend; "Cost (EUR)" is Cost,
 * EUR. Digits belong to the word they follow. Returns how many, at most n_max; words borrow from `text`. */
size_t mw_text_words(struct mw_span text, struct mw_span words[], size_t n_max);
