/* mw_schema DIR: writes the schema of every type and asyncapi.yaml into DIR. */
// SPDX-License-Identifier: Apache-2.0
#include "mw_schema.h"

#include <errno.h>
#include <stdio.h>

static enum mw_status save(const char *dir, const char *name, const struct mw_writer *text,
                           struct mw_error *err)
{
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *file = fopen(path, "wb");
    if (file == NULL) {
        return MW_FAIL(err, MW_E_IO, "%s: cannot be written: %s", path, strerror(errno));
    }
    const bool written = fwrite(text->data, 1, text->len, file) == text->len;
    const bool closed = fclose(file) == 0;
    return written && closed ? MW_OK
                             : MW_FAIL(err, MW_E_IO, "%s: cannot be written: %s", path, strerror(errno));
}

static enum mw_status save_all(const char *dir, struct mw_writer *text, struct mw_error *err)
{
    for (size_t i = 0; mw_types[i] != NULL; i++) {
        char name[128];
        (void)snprintf(name, sizeof name, "%s.schema.json", mw_types[i]->topic);
        mw_writer_reset(text);
        MW_TRY(mw_schema_write(mw_types[i], text, err));
        MW_TRY(save(dir, name, text, err));
    }
    mw_writer_reset(text);
    MW_TRY(mw_asyncapi_write(text, err));
    return save(dir, "asyncapi.yaml", text, err);
}

int main(int argc, char **argv)
{
    struct mw_writer text = {0};
    struct mw_error err = {0};
    if (argc != 2) {
        (void)fprintf(stderr, "usage: mw_schema DIR\n");
        return 2;
    }
    const enum mw_status status = save_all(argv[1], &text, &err);
    mw_writer_fini(&text);
    if (status != MW_OK) {
        (void)fprintf(stderr, "mw_schema: %s\n", err.text);
        return 1;
    }
    return 0;
}
