// SPDX-License-Identifier: Apache-2.0
#include "mw_status.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *text;
} statuses[] = {
#define X(name, text) {#name, text},
    MW_STATUS_LIST(X)
#undef X
};

static bool is_known(enum mw_status status)
{
    return (size_t)status < sizeof statuses / sizeof statuses[0];
}

const char *mw_status_name(enum mw_status status)
{
    return is_known(status) ? statuses[status].name : "MW_E_UNKNOWN";
}

const char *mw_status_text(enum mw_status status)
{
    return is_known(status) ? statuses[status].text : "unknown status";
}

enum mw_status mw_fail_at(struct mw_error *err, enum mw_status status, const char *where, int line,
                          const char *fmt, ...)
{
    if (err == NULL || err->status != MW_OK) {
        return status;
    }
    err->status = status;
    err->where = where;
    err->line = line;
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(err->text, sizeof err->text, fmt, args);
    va_end(args);
    return status;
}

void mw_error_prefix(struct mw_error *err, const char *fmt, ...)
{
    if (err == NULL || err->status == MW_OK) {
        return;
    }
    char text[sizeof err->text];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    const size_t used = strlen(text);
    (void)snprintf(text + used, sizeof text - used, ": %s", err->text);
    memcpy(err->text, text, sizeof text);
}

void mw_invariant_failed(const char *cond, const char *file, int line)
{
    (void)fprintf(stderr, "mixwatch: invariant broken at %s:%d: %s\n", file, line, cond);
    abort();
}
