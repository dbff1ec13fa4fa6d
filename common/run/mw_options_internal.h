/* mw_options_internal.h: the parts of option reading.
 *   mw_options.c        the order of the sources, flags and environment, --help
 *   mw_options_value.c  one text into one typed value, and back; nearest names
 *   mw_options_file.c   the flat YAML file */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_options.h"

struct mw_options_state {
    const struct mw_command_line *command;
    void *config;
    struct mw_arena *arena;
    enum mw_option_origin *origins;
};

/* Stores a text as the row's value. The error says what a value must be; callers put the place before it. */
MW_MUST_USE enum mw_status mw_option_set(const struct mw_options_state *state, size_t i_row,
                                         struct mw_span text, enum mw_option_origin origin,
                                         struct mw_error *err);
/* The value as text: what --help and the log of the start show. */
void mw_option_write(const struct mw_option *row, const void *config, struct mw_writer *out);
size_t mw_options_count(const struct mw_option *rows);
/* Index of a row by its name, or the count. */
size_t mw_options_find(const struct mw_option *rows, struct mw_span name);
/* "unknown setting "parcticles"; did you mean "particles"?" */
MW_MUST_USE enum mw_status mw_options_unknown(const struct mw_command_line *command, const char *what,
                                              struct mw_span name, struct mw_error *err);
MW_MUST_USE enum mw_status mw_options_read_file(const struct mw_options_state *state, const char *path,
                                                bool must_exist, struct mw_error *err);
