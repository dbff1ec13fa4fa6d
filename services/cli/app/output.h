/* output.h: what a replay leaves in its folder. Nothing is half-written: every file is made under another
 * name and takes its own when it is whole. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_bus.h"
#include "mw_messages.h"

/* Makes the folder (one level) if it is not there. MW_E_IO. */
MW_MUST_USE enum mw_status output_folder(const char *path, struct mw_error *err);
/* path with the bytes of `text`. MW_E_IO names what the system said. */
MW_MUST_USE enum mw_status output_file(const char *path, struct mw_span text, struct mw_error *err);
/* One file per topic that the services write, DIR/<topic>.jsonl, a record a line. */
MW_MUST_USE enum mw_status output_topics(struct mw_broker *broker, const char *dir, struct mw_error *err);
