/* The audit: a fresh core is given the recorded inputs, and every output it makes must lie on the bus, in the same
 * order, byte for byte. One reader follows each (topic, partition), passing over what other services wrote there. */
// SPDX-License-Identifier: Apache-2.0
#include "mw_service_internal.h"

#include <stdio.h>
#include <stdlib.h>

enum { LOOKS_MAX = 1000 };

struct follower {
    struct mw_bus_reader *reader;
    const struct mw_record *ahead; /* the next output of the service, NULL at the end; valid once is_read */
    bool is_read;
    int64_t end; /* of what was there with the last input that is looked at */
};

/* What one look at the bus gave: where the inputs end and, in the followers, where the outputs do. */
struct bounds {
    struct mw_bus_range *ranges;
    size_t n;
};

struct audit {
    const struct mw_service_config *config;
    struct mw_verify_report *report;
    struct mw_stepper stepper;
    struct mw_record_list outputs;
    struct follower *followers; /* [topic][partition] of the broker */
    size_t n_topics;
    struct mw_arena arena;
    struct mw_set (*sets)[2]; /* [partition] */
    size_t *n_sets;
};

static enum mw_status differ(struct audit *audit, enum mw_verify_outcome outcome, const char *text)
{
    audit->report->outcome = outcome;
    (void)snprintf(audit->report->text, sizeof audit->report->text, "%s", text);
    return MW_OK;
}

/* ---- outputs ------------------------------------------------------------------------------------------------ */

static bool is_own(const struct audit *audit, const struct mw_record *record)
{
    return mw_span_is(mw_record_header(record, MW_HEADER_SOURCE), audit->config->ops->service);
}

static enum mw_status look_ahead(struct audit *audit, size_t i_topic, int32_t partition,
                                 const struct mw_record **out, struct mw_error *err)
{
    struct follower *follower =
        &audit->followers[i_topic * (size_t)audit->stepper.n_partitions + (size_t)partition];
    if (follower->reader == NULL) {
        const struct mw_bus_range range = {mw_broker_topic_at(audit->config->broker, i_topic)->name,
                                           partition, 0, follower->end};
        MW_TRY(mw_broker_read(audit->config->broker, &range, 1, &follower->reader, err));
    }
    while (!follower->is_read) {
        MW_TRY(mw_bus_reader_next(follower->reader, &follower->ahead, err));
        follower->is_read = follower->ahead == NULL || is_own(audit, follower->ahead);
    }
    *out = follower->ahead;
    return MW_OK;
}

static void take(struct audit *audit, size_t i_topic, int32_t partition)
{
    audit->followers[i_topic * (size_t)audit->stepper.n_partitions + (size_t)partition].is_read = false;
}

static size_t topic_index(const struct audit *audit, const char *topic)
{
    size_t i = 0;
    while (i < audit->n_topics && strcmp(mw_broker_topic_at(audit->config->broker, i)->name, topic) != 0) {
        i++;
    }
    return i;
}

/* The name of the first thing that differs, or NULL. */
static const char *difference(const struct mw_record *now, const struct mw_record *recorded)
{
    static const char *const headers[] = {MW_HEADER_ID, MW_HEADER_SUBJECT, MW_HEADER_STREAM, MW_HEADER_N};
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        if (!mw_span_eq(mw_record_header(now, headers[i]), mw_record_header(recorded, headers[i]))) {
            return headers[i];
        }
    }
    return !mw_span_eq(now->key, recorded->key)       ? "key"
           : now->time_us != recorded->time_us        ? "time"
           : !mw_span_eq(now->value, recorded->value) ? "value"
                                                      : NULL;
}

static enum mw_status say(struct audit *audit, enum mw_verify_outcome outcome, const struct mw_record *input,
                          const struct mw_record *output, const char *what)
{
    char text[sizeof audit->report->text];
    (void)snprintf(text, sizeof text,
                   "%s partition %d: output \"" MW_SPAN_FMT "\" of %s partition %d offset %lld: %s",
                   output->topic, (int)output->partition, MW_SPAN_ARG(mw_record_header(output, MW_HEADER_ID)),
                   input->topic, (int)input->partition, (long long)input->offset, what);
    return differ(audit, outcome, text);
}

static enum mw_status compare_output(struct audit *audit, const struct mw_record *input,
                                     const struct mw_record *now, struct mw_error *err)
{
    const size_t i_topic = topic_index(audit, now->topic);
    const struct mw_record *recorded = NULL;
    if (i_topic < audit->n_topics) {
        MW_TRY(look_ahead(audit, i_topic, now->partition, &recorded, err));
    }
    if (recorded == NULL) {
        return say(audit, MW_VERIFY_OUTPUT_MISSING, input, now,
                   "the core makes it and the bus does not hold it");
    }
    const char *what = difference(now, recorded);
    if (what != NULL) {
        char text[160];
        (void)snprintf(text, sizeof text, "its %s differs from what is recorded at offset %lld", what,
                       (long long)recorded->offset);
        return say(audit, MW_VERIFY_OUTPUT_DIFFERS, input, now, text);
    }
    take(audit, i_topic, now->partition);
    audit->report->n_outputs++;
    return MW_OK;
}

static enum mw_status compare_rest(struct audit *audit, struct mw_error *err)
{
    char state[MW_TOPIC_NAME_MAX + 1];
    mw_state_topic(audit->config->ops->service, state);
    for (size_t i = 0; i < audit->n_topics; i++) {
        const char *topic = mw_broker_topic_at(audit->config->broker, i)->name;
        for (int32_t p = 0; p < audit->stepper.n_partitions && strcmp(topic, state) != 0; p++) {
            const struct mw_record *recorded;
            MW_TRY(look_ahead(audit, i, p, &recorded, err));
            if (recorded != NULL) {
                char text[sizeof audit->report->text];
                (void)snprintf(text, sizeof text,
                               "%s partition %d offset %lld: the core does not make output \"" MW_SPAN_FMT
                               "\"",
                               topic, (int)p, (long long)recorded->offset,
                               MW_SPAN_ARG(mw_record_header(recorded, MW_HEADER_ID)));
                return differ(audit, MW_VERIFY_OUTPUT_EXTRA, text);
            }
        }
    }
    return MW_OK;
}

/* ---- snapshots ---------------------------------------------------------------------------------------------- */

static bool is_here(const struct audit *audit, const struct mw_set *set, int32_t partition)
{
    bool here = set->state_version == audit->config->ops->state_version &&
                mw_span_is(set->broker, mw_broker_id(audit->config->broker)) &&
                set->n_positions == audit->config->n_inputs;
    for (size_t i = 0; here && i < audit->config->n_inputs; i++) {
        here = mw_set_position(set, audit->config->inputs[i]->topic) ==
               *mw_stepper_position(&audit->stepper, i, partition);
    }
    return here;
}

/* What belongs to no tenant depends on all partitions that a process had, so it is compared where there is one. */
static enum mw_status compare_set(struct audit *audit, const struct mw_set *set, struct mw_error *err)
{
    struct mw_writer bytes = {0};
    enum mw_status status = MW_OK;
    for (size_t i = 0; i < set->n_tenants && status == MW_OK; i++) {
        const struct mw_set_tenant *tenant = &set->tenants[i];
        if (tenant->tenant.len == 0 && audit->stepper.n_partitions > 1) {
            continue;
        }
        mw_writer_reset(&bytes);
        status = audit->config->ops->save(audit->config->core, tenant->tenant, &bytes, err);
        const struct mw_hash128 hash = mw_hash128(bytes.data, bytes.len);
        if (status == MW_OK && (hash.lo != tenant->hash.lo || hash.hi != tenant->hash.hi)) {
            char text[256];
            (void)snprintf(text, sizeof text,
                           "snapshot %llu: the state of tenant \"" MW_SPAN_FMT "\" differs",
                           (unsigned long long)set->number, MW_SPAN_ARG(tenant->tenant));
            status = differ(audit, MW_VERIFY_STATE_DIFFERS, text);
            break;
        }
    }
    mw_writer_fini(&bytes);
    audit->report->n_snapshots++;
    return status;
}

static enum mw_status compare_sets(struct audit *audit, int32_t partition, struct mw_error *err)
{
    for (size_t k = 0; k < audit->n_sets[partition]; k++) {
        const struct mw_set *set = &audit->sets[partition][k];
        if (audit->report->outcome == MW_VERIFY_SAME && is_here(audit, set, partition)) {
            MW_TRY(compare_set(audit, set, err));
        }
    }
    return MW_OK;
}

/* ---- the run ------------------------------------------------------------------------------------------------ */

static enum mw_status verify_one(struct audit *audit, const struct mw_record *input, struct mw_error *err)
{
    mw_record_list_reset(&audit->outputs);
    MW_TRY(mw_stepper_run(&audit->stepper, input, &audit->outputs, err));
    audit->report->n_inputs++;
    for (size_t i = 0; i < audit->outputs.n && audit->report->outcome == MW_VERIFY_SAME; i++) {
        MW_TRY(compare_output(audit, input, &audit->outputs.items[i], err));
    }
    return audit->report->outcome == MW_VERIFY_SAME ? compare_sets(audit, input->partition, err) : MW_OK;
}

static enum mw_status verify_inputs(struct audit *audit, struct mw_bus_reader *reader, struct mw_error *err)
{
    while (audit->report->outcome == MW_VERIFY_SAME) {
        const struct mw_record *input;
        MW_TRY(mw_bus_reader_next(reader, &input, err));
        if (input == NULL) {
            return compare_rest(audit, err);
        }
        MW_TRY(verify_one(audit, input, err));
    }
    return MW_OK;
}

static enum mw_status hash_state(struct audit *audit, struct mw_error *err)
{
    struct mw_service as_service = {.config = *audit->config};
    return mw_service_state_hash(&as_service, &audit->report->state, err);
}

static enum mw_status set_up(struct audit *audit, struct mw_error *err)
{
    const size_t n_partitions = (size_t)mw_broker_n_partitions(audit->config->broker);
    MW_TRY(mw_stepper_init(&audit->stepper, audit->config, err));
    while (mw_broker_topic_at(audit->config->broker, audit->n_topics) != NULL) {
        audit->n_topics++;
    }
    audit->followers = calloc(audit->n_topics * n_partitions + 1, sizeof *audit->followers);
    audit->sets = calloc(n_partitions, sizeof *audit->sets);
    audit->n_sets = calloc(n_partitions, sizeof *audit->n_sets);
    if (audit->followers == NULL || audit->sets == NULL || audit->n_sets == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory to verify service %s", audit->config->ops->service);
    }
    for (size_t p = 0; p < n_partitions; p++) {
        size_t n_odd;
        MW_TRY(mw_sets_read(audit->config->broker, audit->config->ops->service, (int32_t)p, &audit->arena,
                            audit->sets[p], &audit->n_sets[p], &n_odd, err));
    }
    return MW_OK;
}

static enum mw_status read_inputs(struct audit *audit, struct bounds *out, struct mw_error *err)
{
    out->n = 0;
    for (int32_t p = 0; p < audit->stepper.n_partitions; p++) {
        size_t n;
        MW_TRY(mw_stepper_ranges(&audit->stepper, p, out->ranges + out->n, &n, err));
        out->n += n;
    }
    return MW_OK;
}

static enum mw_status read_outputs(struct audit *audit, struct mw_error *err)
{
    const size_t n_partitions = (size_t)audit->stepper.n_partitions;
    for (size_t i = 0; i < audit->n_topics * n_partitions; i++) {
        struct mw_bus_extent extent;
        MW_TRY(mw_broker_extent(audit->config->broker,
                                mw_broker_topic_at(audit->config->broker, i / n_partitions)->name,
                                (int32_t)(i % n_partitions), &extent, err));
        audit->followers[i].end = extent.end;
    }
    return MW_OK;
}

static bool is_same(const struct bounds *a, const struct bounds *b)
{
    bool same = a->n == b->n;
    for (size_t i = 0; same && i < a->n; i++) {
        same = a->ranges[i].topic == b->ranges[i].topic && a->ranges[i].partition == b->ranges[i].partition &&
               a->ranges[i].to == b->ranges[i].to;
    }
    return same;
}

/* The service may be at work meanwhile. It commits inputs and outputs as one, so outputs that were looked at between
 * two looks at the inputs that saw the same are exactly theirs. */
static enum mw_status find_bounds(struct audit *audit, struct bounds *out, struct mw_error *err)
{
    const size_t n = audit->config->n_inputs * (size_t)audit->stepper.n_partitions;
    struct bounds again = {mw_new_array(&audit->arena, struct mw_bus_range, n), 0};
    *out = (struct bounds){mw_new_array(&audit->arena, struct mw_bus_range, n), 0};
    if (out->ranges == NULL || again.ranges == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory to verify service %s", audit->config->ops->service);
    }
    for (int look = 0; look < LOOKS_MAX; look++) {
        MW_TRY(read_inputs(audit, out, err));
        MW_TRY(read_outputs(audit, err));
        MW_TRY(read_inputs(audit, &again, err));
        if (is_same(out, &again)) {
            return MW_OK;
        }
    }
    return MW_FAIL(err, MW_E_BUSY,
                   "service %s commits faster than it can be looked at: verify when it is calmer",
                   audit->config->ops->service);
}

static enum mw_status run(struct audit *audit, struct mw_error *err)
{
    MW_TRY(set_up(audit, err));
    struct bounds bounds;
    MW_TRY(find_bounds(audit, &bounds, err));
    struct mw_bus_reader *reader = NULL;
    MW_TRY(mw_broker_read(audit->config->broker, bounds.ranges, bounds.n, &reader, err));
    const enum mw_status status = verify_inputs(audit, reader, err);
    mw_bus_reader_close(&reader);
    return status == MW_OK ? hash_state(audit, err) : status;
}

enum mw_status mw_service_verify(const struct mw_service_config *config, struct mw_verify_report *out,
                                 struct mw_error *err)
{
    *out = (struct mw_verify_report){.outcome = MW_VERIFY_SAME};
    struct audit audit = {.config = config, .report = out};
    const enum mw_status status = run(&audit, err);
    for (size_t i = 0; audit.followers != NULL && i < audit.n_topics * (size_t)audit.stepper.n_partitions;
         i++) {
        mw_bus_reader_close(&audit.followers[i].reader);
    }
    free(audit.followers);
    free(audit.sets);
    free(audit.n_sets);
    mw_arena_fini(&audit.arena);
    mw_record_list_fini(&audit.outputs);
    mw_stepper_fini(&audit.stepper);
    return status;
}

const char *mw_verify_outcome_name(enum mw_verify_outcome outcome)
{
    static const char *const names[] = {"same", "output differs", "output missing", "output extra",
                                        "state differs"};
    return names[outcome];
}
