// SPDX-License-Identifier: Apache-2.0
#include "state.h"

#include "import.h"
#include "mw_bus_sqlite.h"
#include "output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool join(char out[STATE_PATH_BYTES], const char *dir, const char *name)
{
    return snprintf(out, STATE_PATH_BYTES, "%s/%s", dir, name) < STATE_PATH_BYTES;
}

enum mw_status state_paths(const char *dir, struct state_paths *out, struct mw_error *err)
{
    const bool fits = join(out->log, dir, "mixwatch.db") && join(out->socket, dir, "redis.sock") &&
                      join(out->table, dir, "table.json");
    return fits ? MW_OK : MW_FAIL(err, MW_E_DATA, "--state: the folder's name is too long");
}

static enum mw_status remove_file(const char *path, const char *suffix, struct mw_error *err)
{
    char name[STATE_PATH_BYTES + 8];
    (void)snprintf(name, sizeof name, "%s%s", path, suffix);
    return unlink(name) == 0 || errno == ENOENT
               ? MW_OK
               : MW_FAIL(err, MW_E_IO, "cannot remove %s: %s", name, strerror(errno));
}

/* Only the holder of the lock may start over; a log that cannot be read at all may go as well. */
static enum mw_status empty(const char *path, struct mw_error *err)
{
    if (access(path, F_OK) != 0) {
        return MW_OK;
    }
    struct mw_broker *broker = NULL;
    struct mw_error why = {0};
    const struct mw_bus_sqlite_options options = {.path = path, .is_instance = true, .must_exist = true};
    const enum mw_status status = mw_bus_sqlite_open(&broker, &options, &why);
    mw_broker_close(&broker);
    if (status == MW_E_BUSY) {
        return MW_FAIL(err, MW_E_BUSY, "%s", why.text);
    }
    MW_TRY(remove_file(path, "", err));
    MW_TRY(remove_file(path, "-wal", err));
    return remove_file(path, "-shm", err);
}

enum mw_status state_open(const char *dir, bool fresh, struct mw_broker **out, struct mw_error *err)
{
    struct state_paths paths;
    MW_TRY(state_paths(dir, &paths, err));
    MW_TRY(output_folder(dir, err));
    if (fresh) {
        MW_TRY(empty(paths.log, err));
    }
    MW_TRY(mw_bus_sqlite_open(out, &(struct mw_bus_sqlite_options){.path = paths.log, .is_instance = true},
                              err));
    return import_declare(*out, err);
}

enum mw_status state_look(const char *dir, struct mw_broker **out, struct mw_error *err)
{
    struct state_paths paths;
    MW_TRY(state_paths(dir, &paths, err));
    if (access(paths.log, F_OK) != 0) {
        return MW_FAIL(err, MW_E_IO, "there is no monitor's log in %s: `mixwatch run --state %s` makes one",
                       dir, dir);
    }
    return mw_bus_sqlite_open(out, &(struct mw_bus_sqlite_options){.path = paths.log, .must_exist = true},
                              err);
}
