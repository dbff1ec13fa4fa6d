// SPDX-License-Identifier: Apache-2.0
#include "output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 4096 };

enum mw_status output_folder(const char *path, struct mw_error *err)
{
    if (mkdir(path, 0777) == 0) {
        return MW_OK;
    }
    struct stat st;
    if (errno == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
        return MW_OK;
    }
    return MW_FAIL(err, MW_E_IO, "cannot make the folder %s: %s", path, strerror(errno));
}

/* A file under way: FILE.part until it is whole. */
struct part {
    FILE *file;
    const char *path;
    char part_path[PATH_BYTES];
};

static enum mw_status part_open(struct part *part, const char *path, struct mw_error *err)
{
    part->path = path;
    const int len = snprintf(part->part_path, sizeof part->part_path, "%s.part", path);
    part->file = len < PATH_BYTES ? fopen(part->part_path, "wb") : NULL;
    return part->file == NULL ? MW_FAIL(err, MW_E_IO, "cannot write %s: %s", path, strerror(errno)) : MW_OK;
}

static void part_write(struct part *part, struct mw_span text)
{
    (void)fwrite(text.data, 1, text.len, part->file);
}

/* Writing errors, a full disk among them, show at the latest here. */
static enum mw_status part_close(struct part *part, enum mw_status so_far, struct mw_error *err)
{
    const bool written = fflush(part->file) == 0 && ferror(part->file) == 0;
    const int why = errno;
    const bool closed = fclose(part->file) == 0;
    if (so_far == MW_OK && written && closed && rename(part->part_path, part->path) == 0) {
        return MW_OK;
    }
    (void)unlink(part->part_path);
    return so_far != MW_OK
               ? so_far
               : MW_FAIL(err, MW_E_IO, "cannot write %s: %s", part->path, strerror(written ? errno : why));
}

enum mw_status output_file(const char *path, struct mw_span text, struct mw_error *err)
{
    struct part part;
    MW_TRY(part_open(&part, path, err));
    part_write(&part, text);
    return part_close(&part, MW_OK, err);
}

static enum mw_status copy_topic(struct mw_broker *broker, const char *topic, struct part *part,
                                 struct mw_error *err)
{
    struct mw_bus_reader *reader = NULL;
    for (int32_t p = 0; p < mw_broker_n_partitions(broker); p++) {
        const struct mw_bus_range range = {topic, p, 0, MW_OFFSET_NONE};
        MW_TRY(mw_broker_read(broker, &range, 1, &reader, err));
        const struct mw_record *record = NULL;
        enum mw_status status = mw_bus_reader_next(reader, &record, err);
        for (; status == MW_OK && record != NULL; status = mw_bus_reader_next(reader, &record, err)) {
            part_write(part, record->value);
            part_write(part, mw_span("\n"));
        }
        mw_bus_reader_close(&reader);
        MW_TRY(status);
    }
    return MW_OK;
}

enum mw_status output_topics(struct mw_broker *broker, const char *dir, struct mw_error *err)
{
    for (size_t i = 0; mw_types[i] != NULL; i++) {
        if (mw_types[i]->input) {
            continue;
        }
        char path[PATH_BYTES];
        (void)snprintf(path, sizeof path, "%s/%s.jsonl", dir, mw_types[i]->topic);
        struct part part;
        MW_TRY(part_open(&part, path, err));
        MW_TRY(part_close(&part, copy_topic(broker, mw_types[i]->topic, &part, err), err));
    }
    return MW_OK;
}
