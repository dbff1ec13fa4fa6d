/* mw_log.h: one line per event on stderr: a JSON object for programs, a short form for a person at a
 * terminal.
 *
 *   {"time":"2026-01-31T08:00:00.000000Z","level":"warn","id":"CACHE-DEGRADED","service":"updater",
 *    "run":"5f0c..","text":"no answer within 200 ms","path":"/run/redis.sock"}
 *
 * `id` is stable and greppable: subject first, upper case. `run` is drawn once per start of a process. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_span.h"
#include "mw_status.h"

#include <stdio.h>

enum mw_log_level { MW_LOG_DEBUG, MW_LOG_INFO, MW_LOG_WARN, MW_LOG_ERROR };
enum mw_log_form { MW_LOG_AUTO, MW_LOG_JSON, MW_LOG_HUMAN }; /* AUTO: HUMAN when the stream is a terminal */

struct mw_log {
    FILE *stream;
    const char *service;
    enum mw_log_level level; /* lines below are not written */
    enum mw_log_form form;
    char run[17]; /* 16 hexadecimal digits */
};

enum mw_log_kind { MW_LOG_END, MW_LOG_TEXT, MW_LOG_INT, MW_LOG_NUM };
struct mw_log_field {
    const char *name;
    enum mw_log_kind kind;
    struct mw_span text;
    int64_t i;
    double x;
};
#define mw_log_str(field, value)                                                                             \
    {                                                                                                        \
        .name = (field), .kind = MW_LOG_TEXT, .text = mw_span(value)                                         \
    }
#define mw_log_span(field, value)                                                                            \
    {                                                                                                        \
        .name = (field), .kind = MW_LOG_TEXT, .text = (value)                                                \
    }
#define mw_log_int(field, value)                                                                             \
    {                                                                                                        \
        .name = (field), .kind = MW_LOG_INT, .i = (int64_t)(value)                                           \
    }
#define mw_log_num(field, value)                                                                             \
    {                                                                                                        \
        .name = (field), .kind = MW_LOG_NUM, .x = (value)                                                    \
    }
/* Call as mw_log_line(log, MW_LOG_INFO, "BUS-OPEN", MW_LOG_FIELDS(mw_log_str("path", path)), "%d topics", n).
 */
#define MW_LOG_FIELDS(...) ((const struct mw_log_field[]){__VA_ARGS__, {0}})

/* Draws the run id; `service` is borrowed. A stream of NULL means stderr. */
void mw_log_init(struct mw_log *log, FILE *stream, const char *service, enum mw_log_form form);
/* "debug", "info", "warn", "error". */
bool mw_log_level_parse(const char *text, enum mw_log_level *out);
/* `log` and `fields` may be NULL. One write call per line, so that lines of several processes do not mix. */
void mw_log_line(const struct mw_log *log, enum mw_log_level level, const char *id,
                 const struct mw_log_field *fields, const char *fmt, ...) MW_PRINTF(5, 6);
/* The error as a line: its text, status and place. */
void mw_log_error(const struct mw_log *log, enum mw_log_level level, const char *id,
                  const struct mw_error *error);
