/* What happens to one record. The same code runs live, in a restore and in an audit; they differ in what becomes of
 * the output. */
// SPDX-License-Identifier: Apache-2.0
#include "mw_charset.h"
#include "mw_event.h"
#include "mw_service_internal.h"
#include "mw_wire.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- setting up --------------------------------------------------------------------------------------------- */

enum mw_status mw_stepper_init(struct mw_stepper *stepper, const struct mw_service_config *config,
                               struct mw_error *err)
{
    const int32_t n_partitions = mw_broker_n_partitions(config->broker);
    *stepper = (struct mw_stepper){.config = config, .n_partitions = n_partitions};
    stepper->by_journal = config->n_inputs == 1 && config->inputs[0] == &mw_type_fact;
    stepper->positions = calloc(config->n_inputs * (size_t)n_partitions + 1, sizeof *stepper->positions);
    return stepper->positions != NULL
               ? MW_OK
               : MW_FAIL(err, MW_E_MEMORY, "no memory for service %s", config->ops->service);
}

void mw_stepper_fini(struct mw_stepper *stepper)
{
    mw_arena_fini(&stepper->arena);
    mw_effects_fini(&stepper->effects);
    mw_writer_fini(&stepper->json);
    free(stepper->positions);
    *stepper = (struct mw_stepper){0};
}

int64_t *mw_stepper_position(const struct mw_stepper *stepper, size_t i_input, int32_t partition)
{
    return &stepper->positions[i_input * (size_t)stepper->n_partitions + (size_t)partition];
}

int64_t mw_stepper_progress(const struct mw_stepper *stepper, int32_t partition)
{
    int64_t sum = 0;
    for (size_t i = 0; i < stepper->config->n_inputs; i++) {
        sum += *mw_stepper_position(stepper, i, partition);
    }
    return sum;
}

bool mw_stepper_has_tenant(const struct mw_stepper *stepper, struct mw_span tenant, int32_t partition)
{
    return tenant.len == 0 || mw_partition_of(tenant, stepper->n_partitions) == partition;
}

bool mw_core_tenant(const struct mw_core_ops *ops, const void *core, size_t i, struct mw_span *out)
{
    struct mw_span first = {0};
    const bool lists_empty = ops->tenant_at(core, 0, &first) && first.len == 0;
    *out = (struct mw_span){"", 0};
    return i == 0 || ops->tenant_at(core, lists_empty ? i : i - 1, out);
}

void mw_state_topic(const char *service, char out[MW_TOPIC_NAME_MAX + 1])
{
    (void)snprintf(out, MW_TOPIC_NAME_MAX + 1, "mw.state.%s.v1", service);
}

static size_t input_index(const struct mw_stepper *stepper, const char *topic)
{
    size_t i = 0;
    while (i < stepper->config->n_inputs && strcmp(stepper->config->inputs[i]->topic, topic) != 0) {
        i++;
    }
    return i;
}

/* ---- identity ----------------------------------------------------------------------------------------------- */

static struct mw_span position_text(struct mw_stepper *stepper, const struct mw_record *record)
{
    return mw_arena_printf(&stepper->arena, "%s/%d/%lld", record->topic, (int)record->partition,
                           (long long)record->offset);
}

/* See mw_service.h, "Identity". data is NULL when memory is out. */
static struct mw_span input_identity(struct mw_stepper *stepper, const struct mw_record *record,
                                     const struct mw_type *type, const void *body)
{
    if (type == &mw_type_fact && body != NULL) {
        const struct mw_fact *fact = body;
        return mw_arena_printf(&stepper->arena, MW_SPAN_FMT "/%lld", MW_SPAN_ARG(fact->tenant),
                               (long long)fact->n);
    }
    const struct mw_span id = mw_record_header(record, MW_HEADER_ID);
    return type->input || id.len == 0 ? position_text(stepper, record) : id;
}

/* A number that grows with every input of the partition: n of the fact, or the sum of the positions. */
static enum mw_status set_fence(struct mw_stepper *stepper, const struct mw_record *record, const void *body,
                                struct mw_error *err)
{
    const char *stream = mw_broker_id(stepper->config->broker);
    stepper->fence = (struct mw_cache_fence){.n = 0};
    if (stepper->by_journal) {
        const struct mw_fact *fact = body;
        stepper->fence.n = fact->n;
        stepper->fence.stream = fact->journal;
    }
    if (stepper->fence.stream.len == 0) {
        stepper->fence.n = mw_stepper_progress(stepper, record->partition);
        stepper->fence.stream = mw_arena_copy(&stepper->arena, mw_span(stream));
    }
    return stepper->fence.stream.data != NULL ? MW_OK : MW_FAIL(err, MW_E_MEMORY, "no memory for a fence");
}

/* ---- outputs ------------------------------------------------------------------------------------------------ */

enum { HEADERS_MAX = MW_EVENT_ATTRIBUTES + 2 };

static enum mw_status write_headers(struct mw_stepper *stepper, const struct mw_record *input,
                                    const struct mw_effect *effect, struct mw_span id,
                                    struct mw_attribute out[HEADERS_MAX], size_t *n, struct mw_error *err)
{
    const struct mw_event event = {.id = id,
                                   .source = mw_span(stepper->config->ops->service),
                                   .type = mw_span(effect->type->topic),
                                   .subject = effect->subject,
                                   .time_us = input->time_us};
    MW_TRY(mw_event_write(&event, &stepper->arena, out, n, err));
    const struct mw_span number = mw_arena_printf(&stepper->arena, "%lld", (long long)stepper->fence.n);
    if (number.data == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for the headers of a record");
    }
    out[(*n)++] = (struct mw_attribute){mw_span(MW_HEADER_STREAM), stepper->fence.stream};
    out[(*n)++] = (struct mw_attribute){mw_span(MW_HEADER_N), number};
    return MW_OK;
}

static enum mw_status add_output(struct mw_stepper *stepper, const struct mw_record *input,
                                 const struct mw_effect *effect, struct mw_span id,
                                 struct mw_record_list *out, struct mw_error *err)
{
    struct mw_attribute headers[HEADERS_MAX];
    size_t n_headers;
    mw_writer_reset(&stepper->json);
    MW_TRY(mw_encode(effect->type, effect->body, &stepper->json, err));
    MW_TRY(write_headers(stepper, input, effect, id, headers, &n_headers, err));
    const struct mw_record record = {
        .topic = effect->type->topic,
        .partition = effect->tenant.len > 0 ? mw_partition_of(effect->tenant, stepper->n_partitions)
                                            : input->partition,
        .offset = MW_OFFSET_NONE,
        .time_us = input->time_us,
        .key = effect->tenant,
        .value = mw_writer_span(&stepper->json),
        .headers = {headers, n_headers},
    };
    return mw_record_list_add(out, &record, effect->type->topic, err);
}

static enum mw_status add_outputs(struct mw_stepper *stepper, const struct mw_record *input,
                                  struct mw_span identity, struct mw_record_list *out, struct mw_error *err)
{
    for (size_t i = 0; i < stepper->effects.n; i++) {
        const struct mw_effect *effect = &stepper->effects.items[i];
        const struct mw_span id = mw_arena_printf(&stepper->arena, "%s/" MW_SPAN_FMT "/%zu",
                                                  stepper->config->ops->service, MW_SPAN_ARG(identity), i);
        if (id.data == NULL) {
            return MW_FAIL(err, MW_E_MEMORY, "no memory for the id of an effect");
        }
        const enum mw_status status = add_output(stepper, input, effect, id, out, err);
        if (status != MW_OK) { /* what the core made cannot be written: a fault of ours, never the record's */
            mw_error_prefix(err, "effect " MW_SPAN_FMT " on %s", MW_SPAN_ARG(id), effect->type->topic);
            return status;
        }
    }
    return MW_OK;
}

/* ---- dead letters ------------------------------------------------------------------------------------------- */

static struct mw_span base64(struct mw_arena *arena, struct mw_span in)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *out = mw_arena_take(arena, (in.len + 2) / 3 * 4 + 1);
    size_t n = 0;
    for (size_t i = 0; out != NULL && i < in.len; i += 3) {
        const size_t left = in.len - i;
        const unsigned char *b = (const unsigned char *)in.data + i;
        const uint32_t bits =
            (uint32_t)b[0] << 16 | (left > 1 ? (uint32_t)b[1] << 8 : 0) | (left > 2 ? b[2] : 0u);
        out[n++] = digits[bits >> 18];
        out[n++] = digits[(bits >> 12) & 63];
        out[n++] = left > 1 ? digits[(bits >> 6) & 63] : '=';
        out[n++] = left > 2 ? digits[bits & 63] : '=';
    }
    return (struct mw_span){out, n};
}

/* Whoever wrote the record also wrote its key and id, so neither is trusted to be text. */
static struct mw_span text_or_nothing(struct mw_span text)
{
    return text.len <= 1024 && mw_text_is_utf8(text) ? text : (struct mw_span){"", 0};
}

/* A text of a fixed buffer may have been cut inside of a character. */
static struct mw_span whole_characters(const char *text)
{
    struct mw_span out = mw_span(text);
    while (out.len > 0 && !mw_text_is_utf8(out)) {
        out.len--;
    }
    return out;
}

struct refusal {
    char reason[48];
    struct mw_span detail, pointer;
};

/* "delta_too_old: send a snapshot" names its reason; other texts are a detail. */
static void split_reason(const struct mw_error *error, const char *otherwise, struct refusal *out)
{
    const size_t len = strspn(error->text, "abcdefghijklmnopqrstuvwxyz0123456789_");
    const bool has_reason = len > 0 && len < sizeof out->reason && strncmp(error->text + len, ": ", 2) == 0;
    (void)snprintf(out->reason, sizeof out->reason, "%.*s", has_reason ? (int)len : (int)strlen(otherwise),
                   has_reason ? error->text : otherwise);
    out->detail = whole_characters(has_reason ? error->text + len + 2 : error->text);
}

static enum mw_status reject(struct mw_stepper *stepper, const struct mw_record *record,
                             const struct refusal *why, struct mw_error *err)
{
    mw_effects_reset(&stepper->effects);
    stepper->rejected = true;
    const bool is_text = mw_text_is_utf8(record->value);
    struct mw_deadletter *letter = mw_new(&stepper->effects.arena, struct mw_deadletter);
    if (letter == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for a dead letter");
    }
    *letter = (struct mw_deadletter){
        .topic = mw_span(record->topic),
        .tenant = text_or_nothing(record->key),
        .id = text_or_nothing(mw_record_header(record, MW_HEADER_ID)),
        .reason = mw_arena_copy(&stepper->effects.arena, mw_span(why->reason)),
        .detail = mw_arena_copy(&stepper->effects.arena, why->detail),
        .pointer = mw_arena_copy(&stepper->effects.arena, why->pointer),
        .partition = record->partition,
        .offset = record->offset,
        .time = mw_time_clamp(record->time_us),
        .record = is_text ? record->value : base64(&stepper->effects.arena, record->value),
        .encoding = mw_span(is_text ? "" : "base64"),
    };
    if (letter->reason.data == NULL || letter->detail.data == NULL || letter->pointer.data == NULL ||
        (letter->record.data == NULL && record->value.len > 0)) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for a dead letter");
    }
    return mw_effects_emit(&stepper->effects, &mw_type_deadletter, record->key, (struct mw_span){0}, letter,
                           err);
}

/* A record of our own topics that cannot be used is a fault of ours: stop, and say where it lies. */
static enum mw_status stop_at(const struct mw_stepper *stepper, const struct mw_record *record,
                              const struct mw_error *error, struct mw_error *err)
{
    (void)MW_FAIL(err, error->status, "service %s cannot go on past %s partition %d offset %lld: %s",
                  stepper->config->ops->service, record->topic, (int)record->partition,
                  (long long)record->offset, error->text);
    if (err != NULL) {
        err->fatal = true;
    }
    return error->status;
}

/* ---- one record --------------------------------------------------------------------------------------------- */

static bool is_refusal(const struct mw_error *error)
{
    return (error->status == MW_E_DATA || error->status == MW_E_FULL) && !error->fatal;
}

static enum mw_status decode(struct mw_stepper *stepper, const struct mw_record *record,
                             const struct mw_type *type, const void **body, struct refusal *why,
                             struct mw_error *error)
{
    struct mw_fault fault = {0};
    if (type->input && record->key.len > 0 &&
        mw_partition_of(record->key, stepper->n_partitions) != record->partition) {
        (void)snprintf(why->reason, sizeof why->reason, "wrong_partition");
        why->detail = mw_span("produce with the murmur2 partitioner of Java's clients, keyed by tenant");
        return MW_FAIL(error, MW_E_DATA, "the record lies on the wrong partition for its key");
    }
    const enum mw_status status = mw_decode(type, record->value, &stepper->arena, body, &fault, error);
    if (status == MW_E_DATA) {
        (void)snprintf(why->reason, sizeof why->reason, "%s", fault.reason);
        why->detail = mw_arena_copy(&stepper->arena, whole_characters(fault.text));
        why->pointer = mw_arena_copy(&stepper->arena, whole_characters(fault.pointer));
    }
    return status;
}

static enum mw_status step_core(struct mw_stepper *stepper, const struct mw_record *record,
                                const struct mw_type *type, const void *body, struct mw_error *error)
{
    struct mw_span id = mw_record_header(record, MW_HEADER_ID);
    id = id.len > 0 ? id : position_text(stepper, record);
    if (id.data == NULL) {
        return MW_FAIL(error, MW_E_MEMORY, "no memory for the id of a record");
    }
    const struct mw_message message = {.type = type,
                                       .body = body,
                                       .tenant = record->key,
                                       .id = id,
                                       .raw = record->value,
                                       .topic = record->topic,
                                       .partition = record->partition,
                                       .offset = record->offset,
                                       .time_us = record->time_us};
    const struct mw_core_ops *ops = stepper->config->ops;
    const enum mw_status status = ops->step(stepper->config->core, &message, &stepper->effects, error);
    mw_invariant(status == MW_OK || error->status != MW_OK); /* a core says why */
    return status;
}

/* Decodes and steps; a refusal becomes the dead letter that stands in the effects instead. */
static enum mw_status decode_and_step(struct mw_stepper *stepper, const struct mw_record *record,
                                      const struct mw_type *type, const void **body, struct mw_error *err)
{
    struct mw_error error = {0};
    struct refusal why = {.reason = ""};
    if (decode(stepper, record, type, body, &why, &error) == MW_OK) {
        if (step_core(stepper, record, type, *body, &error) == MW_OK) {
            return MW_OK;
        }
        split_reason(&error, error.status == MW_E_FULL ? "full" : "refused", &why);
    }
    return type->input && is_refusal(&error) ? reject(stepper, record, &why, err)
                                             : stop_at(stepper, record, &error, err);
}

enum mw_status mw_stepper_run(struct mw_stepper *stepper, const struct mw_record *record,
                              struct mw_record_list *out, struct mw_error *err)
{
    const size_t i_input = input_index(stepper, record->topic);
    mw_invariant(i_input < stepper->config->n_inputs); /* the bus gives what was asked for */
    const struct mw_type *type = stepper->config->inputs[i_input];
    const void *body = NULL;
    mw_arena_reset(&stepper->arena);
    mw_effects_reset(&stepper->effects);
    stepper->rejected = false;
    MW_TRY(decode_and_step(stepper, record, type, &body, err));
    *mw_stepper_position(stepper, i_input, record->partition) = record->offset + 1;
    MW_TRY(set_fence(stepper, record, body, err));
    if (out == NULL) {
        return MW_OK;
    }
    const struct mw_span identity = input_identity(stepper, record, type, stepper->rejected ? NULL : body);
    return identity.data != NULL ? add_outputs(stepper, record, identity, out, err)
                                 : MW_FAIL(err, MW_E_MEMORY, "no memory for the id of a record");
}

/* ---- ranges ------------------------------------------------------------------------------------------------- */

static enum mw_status check_kept(const struct mw_stepper *stepper, const struct mw_bus_range *range,
                                 struct mw_error *err)
{
    struct mw_bus_extent extent;
    MW_TRY(mw_broker_extent(stepper->config->broker, range->topic, range->partition, &extent, err));
    if (extent.first <= range->from || mw_broker_topic(stepper->config->broker, range->topic)->is_compacted) {
        return MW_OK;
    }
    (void)MW_FAIL(
        err, MW_E_DATA,
        "service %s needs %s partition %d from offset %lld to rebuild its state, but the log begins at %lld "
        "and no usable snapshot is newer: restore the log or the snapshots from a backup",
        stepper->config->ops->service, range->topic, (int)range->partition, (long long)range->from,
        (long long)extent.first);
    if (err != NULL) {
        err->fatal = true;
    }
    return MW_E_DATA;
}

enum mw_status mw_stepper_ranges(const struct mw_stepper *stepper, int32_t partition,
                                 struct mw_bus_range *ranges, size_t *n, struct mw_error *err)
{
    *n = 0;
    for (size_t i = 0; i < stepper->config->n_inputs; i++) {
        struct mw_bus_range range = {.topic = stepper->config->inputs[i]->topic,
                                     .partition = partition,
                                     .from = *mw_stepper_position(stepper, i, partition)};
        MW_TRY(mw_broker_committed(stepper->config->broker, stepper->config->ops->service, range.topic,
                                   partition, &range.to, err));
        if (range.to != MW_OFFSET_NONE && range.to > range.from) {
            MW_TRY(check_kept(stepper, &range, err));
            ranges[(*n)++] = range;
        }
    }
    return MW_OK;
}
