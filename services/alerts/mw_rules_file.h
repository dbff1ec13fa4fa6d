/* mw_rules_file.h: config/rules.yaml to the normal form of mw_rule.h. Shell: it reads files and uses libyaml.
 *
 * Every error says where: "config/rules.yaml:12:5: what is wrong; what to write". A key that nobody knows is
 * an error too, with the nearest known one, because a misspelt threshold that is silently ignored never
 * fires. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_rule.h"

/* All of `out` lives in the arena; out->text is the normal form, out->version its hash. `name` is what errors
 * call the file. MW_E_DATA, MW_E_MEMORY, MW_E_FULL past MW_RULES_MAX rules. */
MW_MUST_USE enum mw_status mw_rules_parse(struct mw_span yaml, const char *name, struct mw_arena *arena,
                                          struct mw_rule_set *out, struct mw_error *err);
/* The same of a file; MW_E_IO when it cannot be read. */
MW_MUST_USE enum mw_status mw_rules_load(const char *path, struct mw_arena *arena, struct mw_rule_set *out,
                                         struct mw_error *err);
