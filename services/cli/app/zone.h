/* zone.h: the POSIX rule of a time zone's name: what the last line of its zoneinfo file (RFC 9636, footer) says. Cores
 * read no files, so a tenant that has a name travels with the rule. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_arena.h"

/* "Europe/Paris" -> "CET-1CEST,M3.5.0,M10.5.0/3". MW_E_DATA for a name that is none, or that this machine's zoneinfo
 * lacks; MW_E_MEMORY. */
MW_MUST_USE enum mw_status zone_rule(struct mw_span name, struct mw_arena *arena, struct mw_span *out,
                                     struct mw_error *err);
