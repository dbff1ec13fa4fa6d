// SPDX-License-Identifier: Apache-2.0
#include "mw_subscribe.h"

#include "mw_messages.h"
#include "mw_summary.h"
#include "mw_wire.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <zmq.h>

enum { TURN_MS = 200, N_FRAMES = 3, PREFIX_MAX = 256 };
#define HEARTBEAT_TOPIC "hb/"

#define AT(member) offsetof(struct mw_subscribe_config, member)
/* late, stale and silent_beats: the figures of the suicidal-snail and Clone patterns in the ZeroMQ guide. */
const struct mw_option mw_subscribe_options[] = {
    {"endpoint", MW_OPT_STR, "tcp://127.0.0.1:5556", AT(endpoint), "where the publisher listens",
     .value = "ADDRESS"},
    {"json", MW_OPT_BOOL, "false", AT(json), "print each record as one JSON object", .value = NULL},
    {"count", MW_OPT_I64, "0", AT(count), "end after so many records; 0: never", .max = 1e15},
    {"for", MW_OPT_MS, "0", AT(for_ms), "end after so long; 0: never", .max = 1e12},
    {"receive-hwm", MW_OPT_I64, "10000", AT(receive_hwm), "messages queued before some are dropped", .min = 1,
     .max = 1e8},
    {"receive-buffer", MW_OPT_I64, "0", AT(receive_buffer_bytes),
     "bytes of the kernel's buffer; 0: its own choice", .max = 1 << 30},
    {"message-bytes-max", MW_OPT_I64, "16Mi", AT(message_bytes_max), "larger messages end the connection",
     .min = 1024, .max = 1 << 30},
    {"reconnect", MW_OPT_MS, "100ms", AT(reconnect_ms), "first pause before connecting again", .min = 1,
     .max = 6e4},
    {"reconnect-max", MW_OPT_MS, "5s", AT(reconnect_max_ms), "longest pause before connecting again",
     .min = 1, .max = 6e5},
    {"zmtp-heartbeat", MW_OPT_MS, "2s", AT(zmtp_heartbeat_ms), "pings on the connection", .max = 6e5},
    {"zmtp-timeout", MW_OPT_MS, "6s", AT(zmtp_timeout_ms), "a connection silent for so long is dropped",
     .max = 6e5},
    {"late", MW_OPT_MS, "2s", AT(late_ms), "warn of records older than this on arrival", .min = 1,
     .max = 1e9},
    {"stale", MW_OPT_MS, "10s", AT(stale_ms), "discard the queue and join again beyond this", .min = 1,
     .max = 1e9},
    {"silent-beats", MW_OPT_I64, "3", AT(silent_beats), "missing heartbeats that mean silence", .min = 1,
     .max = 1000},
    {"clock-stopped", MW_OPT_MS, "60s", AT(clock_stopped_ms), "warn when the monitor's clock is older",
     .min = 1000, .max = 1e12},
    {0},
};
#undef AT

struct client {
    const struct mw_subscribe *cfg;
    struct mw_subscribe_info *info;
    struct mw_follow follow;
    void *context, *socket;
    struct mw_arena arena; /* of one message */
    struct mw_writer line;
    int64_t end_ms;
};

struct message {
    zmq_msg_t frames[N_FRAMES];
    size_t n_frames; /* more than N_FRAMES are counted, not kept */
};

static int64_t now_ms(const struct client *client)
{
    return client->cfg->now_us() / 1000;
}

static void remark(struct client *client, const char *fmt, ...) MW_PRINTF(2, 3);
static void remark(struct client *client, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    (void)vfprintf(client->cfg->remarks, fmt, args);
    va_end(args);
    (void)fputc('\n', client->cfg->remarks);
    (void)fflush(client->cfg->remarks);
}

/* ---- the socket
 * ----------------------------------------------------------------------------------------------- */

static enum mw_status set_int(void *socket, int option, int64_t value, const char *name, struct mw_error *err)
{
    const int v = value > INT_MAX ? INT_MAX : (int)value;
    if (zmq_setsockopt(socket, option, &v, sizeof v) != 0) {
        return MW_FAIL(err, MW_E_CONTRACT, "subscribe: %s %d: %s", name, v, zmq_strerror(zmq_errno()));
    }
    return MW_OK;
}

/* SNDHWM 0: subscriptions are what a SUB socket sends, and with more of them than its mark some are lost on
 * reconnecting (libzmq #2258). */
static enum mw_status set_options(void *socket, const struct mw_subscribe_config *config,
                                  struct mw_error *err)
{
    const int64_t max_bytes = config->message_bytes_max;
    MW_TRY(set_int(socket, ZMQ_LINGER, 0, "linger", err));
    MW_TRY(set_int(socket, ZMQ_SNDHWM, 0, "send mark", err));
    MW_TRY(set_int(socket, ZMQ_RCVHWM, config->receive_hwm, "receive-hwm", err));
    if (config->receive_buffer_bytes > 0) {
        MW_TRY(set_int(socket, ZMQ_RCVBUF, config->receive_buffer_bytes, "receive-buffer", err));
    }
    MW_TRY(set_int(socket, ZMQ_RECONNECT_IVL, config->reconnect_ms, "reconnect", err));
    MW_TRY(set_int(socket, ZMQ_RECONNECT_IVL_MAX, config->reconnect_max_ms, "reconnect-max", err));
    MW_TRY(set_int(socket, ZMQ_HEARTBEAT_IVL, config->zmtp_heartbeat_ms, "zmtp-heartbeat", err));
    MW_TRY(set_int(socket, ZMQ_HEARTBEAT_TIMEOUT, config->zmtp_timeout_ms, "zmtp-timeout", err));
    if (zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &max_bytes, sizeof max_bytes) != 0) {
        return MW_FAIL(err, MW_E_CONTRACT, "subscribe: message-bytes-max: %s", zmq_strerror(zmq_errno()));
    }
    return MW_OK;
}

static enum mw_status subscribe_to(void *socket, const char *prefix, struct mw_error *err)
{
    char text[PREFIX_MAX + 2];
    const size_t len = strlen(prefix);
    if (len > PREFIX_MAX) {
        return MW_FAIL(err, MW_E_CONTRACT, "prefix of %zu bytes: at most %d are taken", len, PREFIX_MAX);
    }
    const bool is_open = len > 0 && prefix[len - 1] != '/';
    (void)snprintf(text, sizeof text, "%s%s", prefix, is_open ? "/" : "");
    if (zmq_setsockopt(socket, ZMQ_SUBSCRIBE, text, strlen(text)) != 0) {
        return MW_FAIL(err, MW_E_IO, "subscribing to %s: %s", text, zmq_strerror(zmq_errno()));
    }
    return MW_OK;
}

/* Closing the socket drops what is queued in it: that is how one joins again. */
static enum mw_status join(struct client *client, struct mw_error *err)
{
    const struct mw_subscribe *cfg = client->cfg;
    if (client->socket != NULL) {
        (void)zmq_close(client->socket);
    }
    client->socket = zmq_socket(client->context, ZMQ_SUB);
    if (client->socket == NULL) {
        return MW_FAIL(err, MW_E_IO, "subscribe: no socket: %s", zmq_strerror(zmq_errno()));
    }
    MW_TRY(set_options(client->socket, &cfg->config, err));
    MW_TRY(subscribe_to(client->socket, HEARTBEAT_TOPIC, err));
    for (size_t i = 0; i < cfg->n_prefixes; i++) {
        MW_TRY(subscribe_to(client->socket, cfg->prefixes[i], err));
    }
    if (cfg->n_prefixes == 0) {
        MW_TRY(subscribe_to(client->socket, "", err));
    }
    if (zmq_connect(client->socket, cfg->config.endpoint) != 0) {
        return MW_FAIL(err, MW_E_CONTRACT,
                       "cannot connect to %s: %s; write it as tcp://HOST:PORT or ipc://PATH",
                       cfg->config.endpoint, zmq_strerror(zmq_errno()));
    }
    return MW_OK;
}

/* All frames of one message, or n_frames 0 when none is waiting. */
static enum mw_status receive(struct client *client, struct message *out, struct mw_error *err)
{
    int more = 1;
    out->n_frames = 0;
    while (more != 0) {
        zmq_msg_t spare, *frame = out->n_frames < N_FRAMES ? &out->frames[out->n_frames] : &spare;
        (void)zmq_msg_init(frame);
        if (zmq_msg_recv(frame, client->socket, ZMQ_DONTWAIT) < 0) {
            const int code = zmq_errno();
            (void)zmq_msg_close(frame);
            if (code == EINTR) {
                continue;
            }
            return code == EAGAIN ? MW_OK : MW_FAIL(err, MW_E_IO, "receiving: %s", zmq_strerror(code));
        }
        more = zmq_msg_more(frame);
        if (frame == &spare) {
            (void)zmq_msg_close(frame);
        }
        out->n_frames++;
    }
    return MW_OK;
}

static void release(struct message *message)
{
    for (size_t i = 0; i < message->n_frames && i < N_FRAMES; i++) {
        (void)zmq_msg_close(&message->frames[i]);
    }
}

static struct mw_span frame_of(struct message *message, size_t i)
{
    return (struct mw_span){zmq_msg_data(&message->frames[i]), zmq_msg_size(&message->frames[i])};
}

/* ---- one message
 * ---------------------------------------------------------------------------------------------- */

static struct mw_span text_of(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    return (struct mw_span){json_string_value(value), json_string_length(value)};
}

static int64_t int_of(const json_t *object, const char *name, int64_t absent)
{
    const json_t *value = json_object_get(object, name);
    return json_is_integer(value) ? (int64_t)json_integer_value(value) : absent;
}

/* A header without these is not ours, whatever else it says. */
static bool read_header(const json_t *object, struct mw_follow_header *out)
{
    *out = (struct mw_follow_header){.type = text_of(object, "type"),
                                     .tenant = text_of(object, "tenant"),
                                     .key = text_of(object, "key"),
                                     .rev = int_of(object, "rev", -1),
                                     .published_ms = int_of(object, "ts_pub_ms", MW_TIME_NONE),
                                     .event_ms = int_of(object, "ts_event_ms", MW_TIME_NONE),
                                     .valid_until_ms = int_of(object, "valid_until_ms", MW_TIME_NONE)};
    return int_of(object, "v", 0) == 1 && out->type.len > 0 && out->rev >= 0 &&
           out->published_ms != MW_TIME_NONE;
}

static void write_clock(struct mw_writer *out, int64_t time_ms)
{
    char text[32];
    mw_time_format(time_ms * 1000, text);
    mw_write_bytes(out, text + strlen("2026-01-31T"), strlen("08:00:00"));
}

static void write_words(struct mw_writer *out, struct mw_span a, struct mw_span b, struct mw_span c)
{
    const struct mw_span words[] = {a, b, c};
    for (size_t i = 0; i < 3; i++) {
        mw_write_u8(out, ' ');
        for (size_t j = 0; j < words[i].len; j++) {
            const unsigned char byte = (unsigned char)words[i].data[j];
            mw_write_u8(out, byte < 0x20 || byte == 0x7f ? ' ' : byte);
        }
    }
}

/* "alert" of "mw.alert.v1". */
static struct mw_span short_type(struct mw_span type)
{
    const struct mw_span head = mw_span("mw."), tail = mw_span(".v1");
    if (type.len > head.len + tail.len && memcmp(type.data, head.data, head.len) == 0 &&
        memcmp(type.data + type.len - tail.len, tail.data, tail.len) == 0) {
        return (struct mw_span){type.data + head.len, type.len - head.len - tail.len};
    }
    return type;
}

/* A body that our tables do not know (a later version) still gets its line, without a summary. */
static void write_summary(struct client *client, struct mw_span type_name, struct mw_span body)
{
    const struct mw_type *type = mw_type_of(type_name);
    const void *decoded = NULL;
    struct mw_fault fault;
    mw_arena_reset(&client->arena);
    if (type != NULL && mw_decode(type, body, &client->arena, &decoded, &fault, NULL) == MW_OK) {
        mw_summary_write(type, decoded, &client->line);
    } else {
        static const char text[] = "(no summary: body unknown to this version; --json shows it)";
        mw_write_bytes(&client->line, text, strlen(text));
    }
}

static void write_human(struct client *client, const struct mw_follow_header *header, struct mw_span body)
{
    struct mw_writer *line = &client->line;
    char rev[32];
    write_clock(line, header->published_ms);
    write_words(line, short_type(header->type), header->tenant, header->key);
    (void)snprintf(rev, sizeof rev, header->rev > 0 ? " #%" PRId64 "  " : "  ", header->rev);
    mw_write_bytes(line, rev, strlen(rev));
    write_summary(client, header->type, body);
}

static void write_span(struct mw_writer *out, const char *before, struct mw_span text)
{
    mw_write_bytes(out, before, strlen(before));
    mw_write_bytes(out, text.data, text.len);
}

static enum mw_status print_record(struct client *client, struct message *message,
                                   const struct mw_follow_header *header, struct mw_error *err)
{
    struct mw_writer *line = &client->line;
    mw_writer_reset(line);
    if (client->cfg->config.json) {
        write_span(line, "{\"topic\":\"", frame_of(message, 0));
        write_span(line, "\",\"header\":", frame_of(message, 1));
        write_span(line, ",\"body\":", frame_of(message, 2));
        mw_write_u8(line, '}');
    } else {
        write_human(client, header, frame_of(message, 2));
    }
    mw_write_u8(line, '\n');
    MW_TRY(mw_writer_status(line, err));
    /* Flushed by the line, so that whoever reads the pipe sees it now. */
    if (fwrite(line->data, 1, line->len, client->cfg->out) != line->len || fflush(client->cfg->out) != 0) {
        return MW_FAIL(err, MW_E_IO,
                       "cannot write the records: nobody reads them any more, or the disk is full");
    }
    client->info->n_records++;
    return MW_OK;
}

static void remark_on(struct client *client, const struct mw_follow_header *header,
                      const struct mw_follow_verdict *verdict)
{
    client->info->n_missed += (uint64_t)verdict->n_missed;
    client->info->n_late += verdict->age == MW_FOLLOW_LATE;
    mw_writer_reset(&client->line);
    write_words(&client->line, header->type, header->tenant, header->key);
    const struct mw_span name = mw_writer_span(&client->line);
    if (verdict->n_missed > 0) {
        remark(client, "gap:" MW_SPAN_FMT ": %" PRId64 " missed before #%" PRId64, MW_SPAN_ARG(name),
               verdict->n_missed, header->rev);
    }
    if (verdict->news == MW_FOLLOW_OVER) {
        remark(client, "over:" MW_SPAN_FMT ": numbered from #%" PRId64 " again: the journal is another one",
               MW_SPAN_ARG(name), header->rev);
    }
    if (verdict->age == MW_FOLLOW_LATE) {
        remark(client, "late:" MW_SPAN_FMT ": %.1f s old on arrival", MW_SPAN_ARG(name),
               (double)verdict->age_ms / 1000);
    }
    if (verdict->expired) {
        remark(client, "expired:" MW_SPAN_FMT " #%" PRId64 " is past its validity: do not act on it",
               MW_SPAN_ARG(name), header->rev);
    }
}

/* What is queued behind a stale record is as stale, and acting on it is worse than missing it. */
static enum mw_status join_again(struct client *client, int64_t age_ms, struct mw_error *err)
{
    client->info->n_stale++;
    client->info->n_rejoins++;
    remark(client, "stale: %.1f s behind: queue discarded, joined again", (double)age_ms / 1000);
    return join(client, err);
}

static enum mw_status take_record(struct client *client, struct message *message,
                                  const struct mw_follow_header *header, struct mw_error *err)
{
    struct mw_follow_verdict verdict;
    MW_TRY(mw_follow_take(&client->follow, header, now_ms(client), &verdict, err));
    if (verdict.age == MW_FOLLOW_STALE) {
        return join_again(client, verdict.age_ms, err);
    }
    if (verdict.news == MW_FOLLOW_REPEAT) {
        client->info->n_repeats++;
        return MW_OK;
    }
    remark_on(client, header, &verdict);
    return print_record(client, message, header, err);
}

static void remark_health(struct client *client, enum mw_follow_health health)
{
    const double silence_s = (double)mw_follow_silence_ms(&client->follow, now_ms(client)) / 1000;
    client->info->n_silences += health == MW_FOLLOW_SILENT;
    client->info->n_restarts += health == MW_FOLLOW_RESTARTED;
    switch (health) {
    case MW_FOLLOW_STEADY:
        break;
    case MW_FOLLOW_SILENT:
        remark(client, "silent: no heartbeat from %s for %.1f s", client->cfg->config.endpoint, silence_s);
        break;
    case MW_FOLLOW_BACK:
        remark(client, "back: the publisher is heard again");
        break;
    case MW_FOLLOW_RESTARTED:
        remark(client, "restarted: another publisher process; revisions go on");
        break;
    case MW_FOLLOW_CLOCK_STOPPED:
        remark(client, "clock: the monitor has not ticked for a minute or more: no alert can fire");
        break;
    case MW_FOLLOW_CLOCK_RUNS:
        remark(client, "clock: the monitor ticks again");
        break;
    }
}

static void take_heartbeat(struct client *client, struct mw_span body, const struct mw_follow_header *header)
{
    json_t *object = json_loadb(body.data, body.len, JSON_REJECT_DUPLICATES, NULL);
    const struct mw_follow_beat beat = {.started_ms = int_of(object, "started_ms", 0),
                                        .interval_ms = int_of(object, "interval_ms", 0),
                                        .tick_ms = int_of(object, "tick_ms", MW_TIME_NONE)};
    /* An old one from a queue says nothing about now. */
    const bool is_fresh = now_ms(client) - header->published_ms <= client->cfg->config.stale_ms;
    if (object == NULL) {
        client->info->n_malformed++;
    } else if (is_fresh) {
        client->info->n_heartbeats++;
        remark_health(client, mw_follow_beat(&client->follow, &beat, now_ms(client)));
    }
    json_decref(object);
}

static enum mw_status take_message(struct client *client, struct message *message, struct mw_error *err)
{
    if (message->n_frames != N_FRAMES) {
        client->info->n_malformed++;
        return MW_OK;
    }
    const struct mw_span text = frame_of(message, 1);
    json_t *object = json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES, NULL);
    struct mw_follow_header header;
    enum mw_status status = MW_OK;
    if (object == NULL || !read_header(object, &header)) {
        client->info->n_malformed++;
    } else if (mw_span_is(frame_of(message, 0), HEARTBEAT_TOPIC)) {
        take_heartbeat(client, frame_of(message, 2), &header);
    } else {
        status = take_record(client, message, &header, err);
    }
    json_decref(object);
    return status;
}

/* ---- the loop
 * ------------------------------------------------------------------------------------------------- */

static bool is_over(const struct client *client)
{
    const struct mw_subscribe *cfg = client->cfg;
    return (cfg->config.count > 0 && client->info->n_records >= (uint64_t)cfg->config.count) ||
           now_ms(client) >= client->end_ms || (cfg->stopped != NULL && cfg->stopped(cfg->stopped_self));
}

static enum mw_status drain(struct client *client, struct mw_error *err)
{
    while (!is_over(client)) {
        struct message message;
        MW_TRY(receive(client, &message, err));
        if (message.n_frames == 0) {
            return MW_OK;
        }
        const enum mw_status status = take_message(client, &message, err);
        release(&message);
        MW_TRY(status);
    }
    return MW_OK;
}

static enum mw_status wait_for_news(struct client *client, struct mw_error *err)
{
    zmq_pollitem_t item = {.socket = client->socket, .events = ZMQ_POLLIN};
    const int64_t left_ms = client->end_ms - now_ms(client);
    const long wait_ms = left_ms > TURN_MS ? TURN_MS : left_ms > 0 ? (long)left_ms : 0;
    if (zmq_poll(&item, 1, wait_ms) < 0 && zmq_errno() != EINTR) {
        return MW_FAIL(err, MW_E_IO, "waiting for the publisher: %s", zmq_strerror(zmq_errno()));
    }
    return MW_OK;
}

static enum mw_status follow_until_over(struct client *client, struct mw_error *err)
{
    MW_TRY(join(client, err));
    while (!is_over(client)) {
        MW_TRY(drain(client, err));
        remark_health(client, mw_follow_idle(&client->follow, now_ms(client)));
        MW_TRY(wait_for_news(client, err));
    }
    if (client->info->n_records == 0 && client->info->n_heartbeats == 0) {
        return MW_FAIL(err, MW_E_IO,
                       "no publisher was heard at %s: is it running, and is --endpoint its address?",
                       client->cfg->config.endpoint);
    }
    return MW_OK;
}

enum mw_status mw_subscribe_run(const struct mw_subscribe *subscribe, struct mw_subscribe_info *info,
                                struct mw_error *err)
{
    const struct mw_subscribe_config *config = &subscribe->config;
    const struct mw_follow_limits limits = {.late_ms = config->late_ms,
                                            .stale_ms = config->stale_ms,
                                            .silent_beats = config->silent_beats,
                                            .clock_stopped_ms = config->clock_stopped_ms,
                                            .keys_max = mw_follow_defaults.keys_max};
    struct client client = {.cfg = subscribe, .info = info, .context = zmq_ctx_new()};
    if (client.context == NULL) {
        return MW_FAIL(err, MW_E_IO, "subscribe: no ZeroMQ context: %s", zmq_strerror(zmq_errno()));
    }
    *info = (struct mw_subscribe_info){0};
    client.end_ms = config->for_ms > 0 ? now_ms(&client) + config->for_ms : INT64_MAX;
    mw_follow_init(&client.follow, &limits, now_ms(&client));
    const enum mw_status status = follow_until_over(&client, err);

    if (client.socket != NULL) {
        (void)zmq_close(client.socket);
    }
    (void)zmq_ctx_term(client.context);
    mw_follow_fini(&client.follow);
    mw_arena_fini(&client.arena);
    mw_writer_fini(&client.line);
    return status;
}
