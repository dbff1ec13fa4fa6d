/* mw_vocabulary.h: what the words in a column's name say about the column, in English, German, French,
 * Spanish, Italian and Portuguese. Only names are looked at here; contents are mw_profile.h. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_arena.h"

enum mw_word { /* a set */
               MW_WORD_DATE = 1 << 0,
               MW_WORD_REVENUE = 1 << 1,     /* revenue, sales, umsatz */
               MW_WORD_CONVERSIONS = 1 << 2, /* conversions, orders, leads */
               MW_WORD_TARGET = 1 << 3,      /* y, kpi, target */
               MW_WORD_SPEND = 1 << 4,       /* spend, cost; "_S" */
               MW_WORD_EXPOSURE = 1 << 5,    /* impressions, clicks; "_I" and "_P" */
               MW_WORD_MEDIUM = 1 << 6,      /* tv, facebook, search */
               MW_WORD_BRAND = 1 << 7,       /* media with a long memory: tv, print, out of home, radio */
               MW_WORD_CONTROL = 1 << 8,     /* price, temperature; "_B" */
               MW_WORD_RIVAL = 1 << 9,       /* competitors: theirs is a control, whatever it counts */
               MW_WORD_EVENT = 1 << 10,      /* holiday, promo */
               MW_WORD_GEO = 1 << 11,
               MW_WORD_POPULATION = 1 << 12,
               MW_WORD_ORGANIC = 1 << 13,  /* newsletter, organic */
               MW_WORD_RATE = 1 << 14,     /* per, ctr, average: no total of anything */
               MW_WORD_VALUE_OF = 1 << 15, /* revenue per conversion, average order value */
               MW_WORD_TOTAL = 1 << 16,
               MW_WORD_CHANNEL = 1 << 17,  /* the word channel, platform, medium itself */
               MW_WORD_NUMBERED = 1 << 18, /* x1, media2, channel_3: media perhaps */
               MW_WORD_ID = 1 << 19,
               MW_WORD_SEARCH = 1 << 20, /* search for a brand is forgotten as fast as any search */
};

/* All that the words of a column's name say. */
unsigned mw_words_of(struct mw_span column);
/* The currency that a column's name mentions ("cost_eur", "Spend ($)"), or empty. */
struct mw_span mw_words_currency(struct mw_span column);
/* A name for what is left of a column's name without the words of `drop` and without currencies: "tv_S" is
 * tv, "Cost (EUR) Facebook" is Facebook; `fallback` when nothing is left. Only characters of a name
 * (mw_messages.h), at most 56 of them, so that a number fits behind. Its data is NULL when memory is out. */
struct mw_span mw_words_name(struct mw_arena *arena, struct mw_span column, unsigned drop,
                             const char *fallback);
