// SPDX-License-Identifier: Apache-2.0
#include "zone.h"

#include "load.h"
#include "mw_time.h"

#include <stdio.h>

enum { ZONE_BYTES_MAX = 1 << 16 };

/* Names are letters, digits, '/', '_', '-' and '+'; anything else, ".." above all, has no business in a path. */
static bool is_name(struct mw_span name)
{
    for (size_t i = 0; i < name.len; i++) {
        const char c = name.data[i];
        const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!letter && !(c == '/' && i > 0) && c != '_' && c != '-' && c != '+') {
            return false;
        }
    }
    return name.len > 0;
}

/* The text between the last two line ends. */
static struct mw_span last_line(struct mw_span file)
{
    if (file.len == 0 || file.data[file.len - 1] != '\n') {
        return (struct mw_span){0};
    }
    size_t from = file.len - 1;
    while (from > 0 && file.data[from - 1] != '\n') {
        from--;
    }
    return (struct mw_span){file.data + from, file.len - 1 - from};
}

enum mw_status zone_rule(struct mw_span name, struct mw_arena *arena, struct mw_span *out,
                         struct mw_error *err)
{
    char path[512];
    const int len = snprintf(path, sizeof path, "/usr/share/zoneinfo/" MW_SPAN_FMT, MW_SPAN_ARG(name));
    struct mw_span file = {0};
    struct mw_tz tz;
    if (!is_name(name) || len >= (int)sizeof path ||
        load_file(path, ZONE_BYTES_MAX, arena, &file, NULL) != MW_OK ||
        mw_tz_parse(last_line(file), &tz, NULL) != MW_OK) {
        return MW_FAIL(err, MW_E_DATA,
                       "\"" MW_SPAN_FMT "\" is no time zone of this machine; write one like Europe/Paris",
                       MW_SPAN_ARG(name));
    }
    *out = last_line(file);
    return MW_OK;
}
