/* mw_rules_suggest.h: which known word a misspelt one was meant to be. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_span.h"

/* The nearest of the words by edits (Levenshtein), at most a third of its letters away; NULL when none is
 * near. */
const char *mw_rules_nearest(struct mw_span word, const char *const words[], size_t n_words);
