/* load.h: what a user hands over, made ready: the table with its description, and the alert rules. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_table.h"

struct load_options {
    const char *data, *table; /* files; table may be NULL: guessed */
    int64_t seed, particles;  /* 0: as the description says, or the default */
    bool quiet;               /* do not print the guess */
};

struct load {
    struct mw_arena arena;
    struct mw_csv *csv;
    struct mw_table_guess *guess; /* its tenant is the accepted description */
    struct mw_table *table;       /* NULL after load_describe */
};

/* Reads both files and completes the description; prints the guess where anything was guessed. MW_E_DATA,
 * MW_E_IO as mw_csv_read, mw_decode and mw_table_guess say. Fini in any case. */
MW_MUST_USE enum mw_status load_describe(struct load *load, const struct load_options *options,
                                         struct mw_error *err);
/* The same, and the table checked and opened; prints its warnings. */
MW_MUST_USE enum mw_status load_table(struct load *load, const struct load_options *options,
                                      struct mw_error *err);
void load_fini(struct load *load);
/* Sizes of a population that ingest would refuse, with every record after it. MW_E_DATA naming `where` it was said;
 * model may be NULL: the default. */
MW_MUST_USE enum mw_status load_check_model(const struct mw_tenant_model *model, const char *where,
                                            struct mw_error *err);
/* The accepted description as JSON with a line end. */
MW_MUST_USE enum mw_status load_write_description(const struct load *load, const char *path,
                                                  struct mw_error *err);

/* A whole file, terminated, in the arena. MW_E_IO; MW_E_FULL beyond limit_bytes. */
MW_MUST_USE enum mw_status load_file(const char *path, size_t limit_bytes, struct mw_arena *arena,
                                     struct mw_span *out, struct mw_error *err);

struct load_rules {
    struct mw_span text, version; /* normal form */
};
/* The rules of a file, or those that mixwatch ships when path is NULL. Errors name file, line and column. */
MW_MUST_USE enum mw_status load_alert_rules(const char *path, struct mw_arena *arena, struct load_rules *out,
                                            struct mw_error *err);
