/* mw_check_internal.h: what decoder and encoder share: the place in a record, and the rules of one value. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_charset.h"

/* A place, as a list from the value up to the record; lives on the stack of the walk. */
struct mw_path {
    const struct mw_path *up; /* NULL: this is the record itself */
    struct mw_span key;       /* of an object's member; data NULL: an element of an array */
    size_t index;
};

/* As a JSON pointer (RFC 6901); one that does not fit ends in "...". */
void mw_path_print(const struct mw_path *path, char *out, size_t out_bytes);

/* The first bytes of a text for an error, cut between characters, in quotes. */
struct mw_excerpt {
    char text[72];
};
struct mw_excerpt mw_excerpt(struct mw_span text);

/* Whether a number, or a count, is within bounds; NaN is not. */
bool mw_bounds_hold(const struct mw_bounds *bounds, double x);
/* What is wrong with it: "is not above 0". Only for an x that does not hold. */
struct mw_excerpt mw_bounds_text(const struct mw_bounds *bounds, double x);
