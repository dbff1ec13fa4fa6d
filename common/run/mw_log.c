// SPDX-License-Identifier: Apache-2.0
#include "mw_log.h"

#include "mw_bytes.h"
#include "mw_charset.h"
#include "mw_clock.h"
#include "mw_rng.h"
#include "mw_time.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

static const char *const level_names[] = {"debug", "info", "warn", "error"};

void mw_log_init(struct mw_log *log, FILE *stream, const char *service, enum mw_log_form form)
{
    *log = (struct mw_log){
        .stream = stream == NULL ? stderr : stream, .service = service, .level = MW_LOG_INFO, .form = form};
    if (form == MW_LOG_AUTO) {
        log->form = isatty(fileno(log->stream)) ? MW_LOG_HUMAN : MW_LOG_JSON;
    }
    /* Time and pid tell starts apart; nothing depends on this number. */
    const uint64_t run = mw_rng_key(mw_rng_key((uint64_t)mw_clock_now_us(), (uint64_t)getpid()), 1);
    (void)snprintf(log->run, sizeof log->run, "%016llx", (unsigned long long)run);
}

bool mw_log_level_parse(const char *text, enum mw_log_level *out)
{
    for (size_t i = 0; i < sizeof level_names / sizeof level_names[0]; i++) {
        if (strcmp(text, level_names[i]) == 0) {
            *out = (enum mw_log_level)i;
            return true;
        }
    }
    return false;
}

static void put(struct mw_writer *out, const char *text)
{
    mw_write_bytes(out, text, strlen(text));
}

/* JSON strings are UTF-8; a byte that is none becomes '?', so that a log line is always a JSON object. */
static size_t utf8_length(struct mw_span text, size_t at)
{
    for (size_t n = 1; n <= 4 && at + n <= text.len; n++) {
        if (mw_text_is_utf8((struct mw_span){text.data + at, n})) {
            return n;
        }
    }
    return 0;
}

static void put_string(struct mw_writer *out, struct mw_span text)
{
    put(out, "\"");
    for (size_t i = 0; i < text.len;) {
        const unsigned char byte = (unsigned char)text.data[i];
        const size_t n = utf8_length(text, i);
        char escaped[8];
        if (byte == '"' || byte == '\\') {
            (void)snprintf(escaped, sizeof escaped, "\\%c", byte);
            put(out, escaped);
        } else if (byte < 0x20) {
            (void)snprintf(escaped, sizeof escaped, "\\u%04x", byte);
            put(out, escaped);
        } else if (n == 0) {
            put(out, "?");
        } else {
            mw_write_bytes(out, text.data + i, n);
        }
        i += n == 0 ? 1 : n;
    }
    put(out, "\"");
}

static void put_value(struct mw_writer *out, const struct mw_log_field *field)
{
    char number[40];
    if (field->kind == MW_LOG_TEXT) {
        put_string(out, field->text);
        return;
    }
    if (field->kind == MW_LOG_INT) {
        (void)snprintf(number, sizeof number, "%lld", (long long)field->i);
    } else if (isfinite(field->x)) {
        (void)snprintf(number, sizeof number, "%.9g", field->x);
    } else {
        (void)snprintf(number, sizeof number, "null");
    }
    put(out, number);
}

static void put_pair(struct mw_writer *out, const char *name, const char *value)
{
    put_string(out, mw_span(name));
    put(out, ":");
    put_string(out, mw_span(value));
}

static void write_json(const struct mw_log *log, enum mw_log_level level, const char *id,
                       const struct mw_log_field *fields, const char *text, struct mw_writer *out)
{
    char now[32];
    mw_time_format(mw_clock_now_us(), now);
    const char *const pairs[][2] = {{"time", now},     {"level", level_names[level]},
                                    {"id", id},        {"service", log->service},
                                    {"run", log->run}, {"text", text}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        put(out, i == 0 ? "{" : ",");
        put_pair(out, pairs[i][0], pairs[i][1]);
    }
    for (; fields != NULL && fields->kind != MW_LOG_END; fields++) {
        put(out, ",");
        put_string(out, mw_span(fields->name));
        put(out, ":");
        put_value(out, fields);
    }
    put(out, "}\n");
}

/* "08:00:00 warn updater CACHE-DEGRADED no answer within 200 ms (path="/run/redis.sock")" */
static void write_human(const struct mw_log *log, enum mw_log_level level, const char *id,
                        const struct mw_log_field *fields, const char *text, struct mw_writer *out)
{
    char now[32], head[160];
    mw_time_format(mw_clock_now_us(), now);
    (void)snprintf(head, sizeof head, "%.8s %-5s %s %s ", now + 11, level_names[level], log->service, id);
    put(out, head);
    put(out, text);
    for (bool first = true; fields != NULL && fields->kind != MW_LOG_END; fields++, first = false) {
        put(out, first ? " (" : ", ");
        put(out, fields->name);
        put(out, "=");
        put_value(out, fields);
        put(out, fields[1].kind == MW_LOG_END ? ")" : "");
    }
    put(out, "\n");
}

void mw_log_line(const struct mw_log *log, enum mw_log_level level, const char *id,
                 const struct mw_log_field *fields, const char *fmt, ...)
{
    if (log == NULL || level < log->level) {
        return;
    }
    char text[1024];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    struct mw_writer line = {0};
    (log->form == MW_LOG_HUMAN ? write_human : write_json)(log, level, id, fields, text, &line);
    if (!line.failed) {
        (void)fwrite(line.data, 1, line.len, log->stream);
        (void)fflush(log->stream);
    }
    mw_writer_fini(&line);
}

void mw_log_error(const struct mw_log *log, enum mw_log_level level, const char *id,
                  const struct mw_error *error)
{
    char place[256];
    (void)snprintf(place, sizeof place, "%s:%d", error->where == NULL ? "" : error->where, error->line);
    mw_log_line(
        log, level, id,
        MW_LOG_FIELDS(mw_log_str("status", mw_status_name(error->status)), mw_log_str("place", place)), "%s",
        error->text);
}
