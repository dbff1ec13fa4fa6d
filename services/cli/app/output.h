/* output.h: what a command leaves in its folder. Nothing is half-written: every file is made under another name
 * and takes its own when it is whole, and the files of a folder are made beside it and move in together. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_bus.h"
#include "mw_messages.h"

enum { OUTPUT_PATH_BYTES = 4096 };

/* Makes the folder (one level) if it is not there. MW_E_IO. */
MW_MUST_USE enum mw_status output_folder(const char *path, struct mw_error *err);

/* The folder under way: DIR.part until everything in it is there. All zero is valid and nothing. */
struct output_stage {
    char dir[OUTPUT_PATH_BYTES], path[OUTPUT_PATH_BYTES]; /* DIR; DIR.part */
};
/* Makes DIR.part, empty. MW_E_IO; MW_E_DATA when the name is too long. */
MW_MUST_USE enum mw_status output_stage_open(struct output_stage *stage, const char *dir,
                                             struct mw_error *err);
/* Moves every file into DIR, which is made if it is not there. MW_E_IO. */
MW_MUST_USE enum mw_status output_stage_commit(struct output_stage *stage, struct mw_error *err);
/* Removes what has not been moved. */
void output_stage_close(struct output_stage *stage);

/* path with the bytes of `text`. MW_E_IO names what the system said. */
MW_MUST_USE enum mw_status output_file(const char *path, struct mw_span text, struct mw_error *err);
/* One file per topic that the services write, DIR/<topic>.jsonl, a record a line. */
MW_MUST_USE enum mw_status output_topics(struct mw_broker *broker, const char *dir, struct mw_error *err);
