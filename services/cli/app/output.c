// SPDX-License-Identifier: Apache-2.0
#include "output.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* ---- a folder under way ---- */

/* One file of the stage: into `to`, or away when it is NULL. */
static enum mw_status stage_move(const struct output_stage *stage, const char *name, const char *to,
                                 struct mw_error *err)
{
    char from[2 * OUTPUT_PATH_BYTES], path[2 * OUTPUT_PATH_BYTES];
    (void)snprintf(from, sizeof from, "%s/%s", stage->path, name);
    (void)snprintf(path, sizeof path, "%s/%s", to == NULL ? "" : to, name);
    if (to == NULL ? unlink(from) == 0 : rename(from, path) == 0) {
        return MW_OK;
    }
    return MW_FAIL(err, MW_E_IO, "cannot write %s: %s", to == NULL ? from : path, strerror(errno));
}

static enum mw_status stage_empty(const struct output_stage *stage, const char *to, struct mw_error *err)
{
    DIR *folder = opendir(stage->path);
    if (folder == NULL) {
        return MW_FAIL(err, MW_E_IO, "cannot read the folder %s: %s", stage->path, strerror(errno));
    }
    enum mw_status status = MW_OK;
    for (const struct dirent *entry; status == MW_OK && (entry = readdir(folder)) != NULL;) {
        const bool is_file = strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
        status = is_file ? stage_move(stage, entry->d_name, to, err) : MW_OK;
    }
    (void)closedir(folder);
    return status;
}

enum mw_status output_stage_open(struct output_stage *stage, const char *dir, struct mw_error *err)
{
    *stage = (struct output_stage){{0}, {0}};
    const int len = snprintf(stage->dir, sizeof stage->dir, "%s", dir);
    if (len < 1 || len >= OUTPUT_PATH_BYTES - 8) {
        return MW_FAIL(err, MW_E_DATA, "the folder's name is %s", len < 1 ? "empty" : "too long");
    }
    for (size_t end = (size_t)len; end > 1 && stage->dir[end - 1] == '/'; end--) {
        stage->dir[end - 1] = '\0';
    }
    struct stat st;
    if (stat(stage->dir, &st) == 0 && !S_ISDIR(st.st_mode)) {
        return MW_FAIL(err, MW_E_IO, "%s is a file: name a folder", stage->dir);
    }
    (void)snprintf(stage->path, sizeof stage->path, "%.4087s.part", stage->dir);
    MW_TRY(output_folder(stage->path, err));
    return stage_empty(stage, NULL, err);
}

enum mw_status output_stage_commit(struct output_stage *stage, struct mw_error *err)
{
    MW_TRY(output_folder(stage->dir, err));
    return stage_empty(stage, stage->dir, err);
}

void output_stage_close(struct output_stage *stage)
{
    if (stage->path[0] != '\0' && stage_empty(stage, NULL, NULL) == MW_OK) {
        (void)rmdir(stage->path);
    }
    stage->path[0] = '\0';
}

/* ---- a file under way: FILE.part until it is whole ---- */

struct part {
    FILE *file;
    const char *path;
    char part_path[OUTPUT_PATH_BYTES];
};

static enum mw_status part_open(struct part *part, const char *path, struct mw_error *err)
{
    part->path = path;
    const int len = snprintf(part->part_path, sizeof part->part_path, "%s.part", path);
    part->file = len < OUTPUT_PATH_BYTES ? fopen(part->part_path, "wb") : NULL;
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
        char path[OUTPUT_PATH_BYTES];
        (void)snprintf(path, sizeof path, "%s/%s.jsonl", dir, mw_types[i]->topic);
        struct part part;
        MW_TRY(part_open(&part, path, err));
        MW_TRY(part_close(&part, copy_topic(broker, mw_types[i]->topic, &part, err), err));
    }
    return MW_OK;
}
