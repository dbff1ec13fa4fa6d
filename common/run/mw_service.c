// SPDX-License-Identifier: Apache-2.0
#include "mw_clock.h"
#include "mw_service_internal.h"

#include <stdlib.h>

/* ---- topics ------------------------------------------------------------------------------------------------- */

enum mw_status mw_service_declare(struct mw_broker *broker, const char *const *services, size_t n,
                                  struct mw_error *err)
{
    for (size_t i = 0; mw_types[i] != NULL; i++) {
        const struct mw_topic topic = {
            .name = mw_types[i]->topic, .is_open = mw_types[i]->input, .has_latest = mw_types[i]->compacted};
        MW_TRY(mw_broker_declare(broker, &topic, 1, err));
    }
    for (size_t i = 0; i < n; i++) {
        char name[MW_TOPIC_NAME_MAX + 1];
        mw_state_topic(services[i], name);
        MW_TRY(mw_broker_declare(broker, &(struct mw_topic){.name = name, .is_compacted = true}, 1, err));
    }
    return MW_OK;
}

/* ---- tenants ------------------------------------------------------------------------------------------------ */

enum mw_status mw_service_tenant(struct mw_service *service, struct mw_span tenant,
                                 struct mw_tenant_entry **out, struct mw_error *err)
{
    uint32_t i;
    MW_TRY(mw_names_add(&service->tenants, tenant, &i, err));
    while (service->n_entries <= i) {
        MW_TRY(mw_vector_grow((void **)&service->entries, service->n_entries, &service->entries_capacity,
                              sizeof *service->entries, err));
        service->entries[service->n_entries++] = (struct mw_tenant_entry){.stream = ""};
    }
    *out = &service->entries[i];
    return MW_OK;
}

/* A stream's name that does not fit is replaced by its hash: it only has to differ from others. */
static void set_fence(struct mw_tenant_entry *entry, const struct mw_cache_fence *fence)
{
    entry->n = fence->n;
    if (fence->stream.len < sizeof entry->stream) {
        memcpy(entry->stream, fence->stream.data, fence->stream.len);
        entry->stream[fence->stream.len] = '\0';
    } else {
        mw_hash128_hex(mw_hash128(fence->stream.data, fence->stream.len), entry->stream);
    }
}

enum mw_status mw_service_note_fence(struct mw_service *service, struct mw_span tenant,
                                     const struct mw_cache_fence *fence, struct mw_error *err)
{
    if (!service->stepper.by_journal) {
        return MW_OK; /* the positions say it */
    }
    struct mw_tenant_entry *entry;
    MW_TRY(mw_service_tenant(service, tenant, &entry, err));
    set_fence(entry, fence);
    return MW_OK;
}

enum mw_status mw_service_fence(struct mw_service *service, struct mw_span tenant, struct mw_cache_fence *out,
                                struct mw_error *err)
{
    if (!service->stepper.by_journal) {
        const int32_t partition = mw_partition_of(tenant, service->stepper.n_partitions);
        *out = (struct mw_cache_fence){mw_span(mw_broker_id(service->config.broker)),
                                       mw_stepper_progress(&service->stepper, partition)};
        return MW_OK;
    }
    struct mw_tenant_entry *entry;
    MW_TRY(mw_service_tenant(service, tenant, &entry, err));
    *out = (struct mw_cache_fence){mw_span(entry->stream), entry->n};
    return MW_OK;
}

/* ---- opening ------------------------------------------------------------------------------------------------ */

static int64_t or_default(int64_t value, int64_t otherwise)
{
    return value == 0 ? otherwise : value;
}

static struct mw_service_settings with_defaults(const struct mw_service_settings *in)
{
    return (struct mw_service_settings){
        .batch_records = in->batch_records == 0 ? 500 : in->batch_records,
        .batch_bytes = in->batch_bytes == 0 ? (size_t)1 << 20 : in->batch_bytes,
        .batch_us = or_default(in->batch_us, 100000),
        .snapshot_records = or_default(in->snapshot_records, 20000),
        .snapshot_bytes = or_default(in->snapshot_bytes, (int64_t)32 << 20),
        .snapshot_us = or_default(in->snapshot_us, 5000000),
        .cache_ttl_ms = or_default(in->cache_ttl_ms, (int64_t)7 * 86400 * 1000),
    };
}

struct meter_row {
    struct mw_meter **meter;
    const char *name, *help;
};

static enum mw_status declare_counters(struct mw_service *service, struct mw_error *err)
{
    struct mw_service_meters *m = &service->meters;
    const struct meter_row rows[] = {
        {&m->records, "mw_service_records_total", "records stepped"},
        {&m->effects, "mw_service_effects_total", "records produced"},
        {&m->deadletters, "mw_service_deadletters_total", "records refused"},
        {&m->commits, "mw_service_commits_total", "transactions committed"},
        {&m->snapshots, "mw_service_snapshots_total", "snapshot sets written"},
        {&m->restored, "mw_service_restored_records_total", "records replayed to restore state"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct mw_meter_declaration what = {.name = rows[i].name,
                                                  .help = rows[i].help,
                                                  .unit = "1",
                                                  .kind = MW_METER_COUNTER,
                                                  .labels = {{"service", service->config.ops->service}}};
        MW_TRY(mw_metrics_declare(service->config.metrics, &what, rows[i].meter, err));
    }
    return MW_OK;
}

static enum mw_status declare_meters(struct mw_service *service, struct mw_error *err)
{
    if (service->config.metrics == NULL) {
        return MW_OK;
    }
    MW_TRY(declare_counters(service, err));
    double bounds[14];
    mw_meter_bounds(0.00025, 2, 14, bounds);
    const struct mw_meter_declaration seconds = {.name = "mw_service_commit_seconds",
                                                 .help = "time of a commit",
                                                 .unit = "seconds",
                                                 .kind = MW_METER_HISTOGRAM,
                                                 .labels = {{"service", service->config.ops->service}},
                                                 .bounds = bounds,
                                                 .n_bounds = 14};
    MW_TRY(mw_metrics_declare(service->config.metrics, &seconds, &service->meters.commit_seconds, err));
    const struct mw_meter_declaration up = {.name = "mw_service_cache_up",
                                            .help = "1 while the cache answers",
                                            .unit = "1",
                                            .kind = MW_METER_GAUGE,
                                            .labels = {{"service", service->config.ops->service}}};
    return mw_metrics_declare(service->config.metrics, &up, &service->meters.cache_up, err);
}

static enum mw_status take_seat(struct mw_service *service, struct mw_error *err)
{
    const struct mw_service_config *config = &service->config;
    const char *topics[MW_TOPICS_MAX];
    if (config->n_inputs > MW_TOPICS_MAX) {
        return MW_FAIL(err, MW_E_CONTRACT, "service %s reads more than %d topics", config->ops->service,
                       MW_TOPICS_MAX);
    }
    for (size_t i = 0; i < config->n_inputs; i++) {
        topics[i] = config->inputs[i]->topic;
    }
    const struct mw_bus_options options = {.service = config->ops->service,
                                           .topics = topics,
                                           .n_topics = config->n_inputs,
                                           .committed_only = config->is_outward};
    return mw_bus_open(config->broker, &options, &service->bus, err);
}

enum mw_status mw_service_open(struct mw_service **out, const struct mw_service_config *config,
                               struct mw_error *err)
{
    *out = NULL;
    struct mw_service *service = calloc(1, sizeof *service);
    if (service == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for service %s", config->ops->service);
    }
    service->config = *config;
    service->config.settings = with_defaults(&config->settings);
    service->info.service = config->ops->service;
    service->cache_state = MW_CACHE_UP; /* so that a cache that is away from the start is said once */
    enum mw_status status = mw_stepper_init(&service->stepper, &service->config, err);
    status = status == MW_OK ? declare_meters(service, err) : status;
    status = status == MW_OK ? take_seat(service, err) : status;
    if (status != MW_OK) {
        mw_service_close(&service);
        return status;
    }
    *out = service;
    return MW_OK;
}

void mw_service_close(struct mw_service **service)
{
    struct mw_service *self = *service;
    if (self == NULL) {
        return;
    }
    mw_bus_close(&self->bus);
    mw_stepper_fini(&self->stepper);
    mw_record_list_fini(&self->outputs);
    mw_names_fini(&self->tenants);
    free(self->entries);
    free(self);
    *service = NULL;
}

const struct mw_service_info *mw_service_info(const struct mw_service *service)
{
    return &service->info;
}

/* ---- one record --------------------------------------------------------------------------------------------- */

static enum mw_status produce(struct mw_service *service, size_t from, struct mw_error *err)
{
    for (size_t i = from; i < service->outputs.n; i++) {
        MW_TRY(mw_bus_produce(service->bus, &service->outputs.items[i], err));
    }
    const size_t n = service->outputs.n - from;
    service->info.n_effects += n;
    mw_meter_add(service->meters.effects, (double)n);
    return MW_OK;
}

static void note_refusal(struct mw_service *service, const struct mw_record *record)
{
    service->info.n_deadletters++;
    mw_meter_add(service->meters.deadletters, 1);
    mw_log_line(service->config.log, MW_LOG_DEBUG, "RECORD-REFUSED",
                MW_LOG_FIELDS(mw_log_str("topic", record->topic), mw_log_int("partition", record->partition),
                              mw_log_int("offset", record->offset)),
                "the record is a dead letter now");
}

/* Without anybody to deliver to, outputs need not outlive their commit. */
static void drop_undelivered(struct mw_service *service)
{
    if (service->config.cache == NULL && service->config.sink == NULL) {
        mw_record_list_reset(&service->outputs);
    }
}

static enum mw_status step_record(struct mw_service *service, const struct mw_record *record,
                                  struct mw_error *err)
{
    if (!service->is_open) {
        service->is_open = true;
        service->batch_records = 0;
        service->staged_bytes = 0;
        service->batch_begin_us = mw_clock_steady_us();
        drop_undelivered(service);
    }
    const size_t from = service->outputs.n, bytes_before = service->outputs.n_bytes;
    const int64_t begin_us = mw_clock_steady_us();
    MW_TRY(mw_stepper_run(&service->stepper, record, &service->outputs, err));
    service->since_snapshot_us += mw_clock_steady_us() - begin_us;
    MW_TRY(produce(service, from, err));
    MW_TRY(mw_service_note_fence(service, record->key, &service->stepper.fence, err));
    if (service->stepper.rejected) {
        note_refusal(service, record);
    }
    service->batch_records++;
    service->staged_bytes += service->outputs.n_bytes - bytes_before;
    service->since_snapshot_records++;
    service->since_snapshot_bytes += (int64_t)record->value.len;
    service->info.n_records++;
    service->info.last_time_us = record->time_us;
    mw_meter_add(service->meters.records, 1);
    return MW_OK;
}

static enum mw_status revoke(struct mw_service *service, const struct mw_bus_event *event,
                             struct mw_error *err)
{
    if (event->lost && service->is_open) {
        (void)MW_FAIL(err, MW_E_IO,
                      "service %s lost partition %d to another instance in the middle of a batch",
                      service->config.ops->service, (int)event->partition);
        if (err != NULL) {
            err->retriable = true;
        }
        return MW_E_IO;
    }
    MW_TRY(mw_service_commit(service, err));
    mw_service_forget(service, event->partition);
    return MW_OK;
}

static enum mw_status handle(struct mw_service *service, const struct mw_bus_event *event,
                             struct mw_error *err)
{
    switch (event->kind) {
    case MW_BUS_RECORD:
        return step_record(service, event->record, err);
    case MW_BUS_ASSIGNED:
        MW_TRY(mw_service_restore(service, event->partition, err));
        service->is_assigned[event->partition] = true;
        return MW_OK;
    case MW_BUS_REVOKED:
        return revoke(service, event, err);
    case MW_BUS_NOTHING:
        break;
    }
    return MW_OK;
}

static bool batch_is_full(const struct mw_service *service)
{
    const struct mw_service_settings *settings = &service->config.settings;
    return service->is_open && (service->batch_records >= settings->batch_records ||
                                service->staged_bytes >= settings->batch_bytes ||
                                mw_clock_steady_us() - service->batch_begin_us >= settings->batch_us);
}

/* The core may be ahead of the bus now, so nothing more may come of this service. */
static enum mw_status broken(struct mw_service *service, enum mw_status status)
{
    service->is_broken = service->is_broken || status != MW_OK;
    return status;
}

static enum mw_status check_whole(const struct mw_service *service, struct mw_error *err)
{
    return !service->is_broken
               ? MW_OK
               : MW_FAIL(err, MW_E_CONTRACT, "service %s has failed; close it and open it again",
                         service->config.ops->service);
}

static enum mw_status step(struct mw_service *service, int timeout_ms, bool *worked, struct mw_error *err)
{
    struct mw_bus_event event;
    MW_TRY(mw_bus_poll(service->bus, timeout_ms, &event, err));
    *worked = event.kind != MW_BUS_NOTHING;
    MW_TRY(handle(service, &event, err));
    return !service->in_group && batch_is_full(service) ? mw_service_commit(service, err) : MW_OK;
}

enum mw_status mw_service_step(struct mw_service *service, int timeout_ms, bool *worked, struct mw_error *err)
{
    *worked = false;
    MW_TRY(check_whole(service, err));
    return broken(service, step(service, timeout_ms, worked, err));
}

/* ---- commits ------------------------------------------------------------------------------------------------ */

/* A retriable failure did nothing, so the same commit is made again; somebody else may hold the lock for a moment. */
static enum mw_status commit_patiently(struct mw_service *service, struct mw_error *err)
{
    enum { ATTEMPTS = 5 };
    int64_t pause_us = 10000;
    for (int attempt = 1;; attempt++, pause_us *= 2) {
        struct mw_error error = {0};
        const enum mw_status status = mw_bus_commit(service->bus, &error);
        if (status == MW_OK || !error.retriable || error.fatal || attempt == ATTEMPTS) {
            if (err != NULL && err->status == MW_OK) {
                *err = error;
            }
            return status;
        }
        mw_clock_sleep_us(pause_us);
    }
}

static enum mw_status commit(struct mw_service *service, struct mw_error *err)
{
    if (!service->is_open) {
        return MW_OK;
    }
    const int64_t begin_us = mw_clock_steady_us();
    MW_TRY(commit_patiently(service, err));
    service->is_open = false;
    service->info.n_commits++;
    mw_meter_add(service->meters.commits, 1);
    mw_meter_observe(service->meters.commit_seconds, 1e-6 * (double)(mw_clock_steady_us() - begin_us));
    return service->in_group ? MW_OK : mw_service_deliver(service, err);
}

enum mw_status mw_service_commit(struct mw_service *service, struct mw_error *err)
{
    MW_TRY(check_whole(service, err));
    return broken(service, commit(service, err));
}

static bool snapshot_is_due(const struct mw_service *service)
{
    const struct mw_service_settings *settings = &service->config.settings;
    const int64_t records = settings->snapshot_records, bytes = settings->snapshot_bytes;
    const int64_t us = settings->snapshot_us;
    return (records > 0 && service->since_snapshot_records >= records) ||
           (bytes > 0 && service->since_snapshot_bytes >= bytes &&
            service->since_snapshot_bytes >= service->snapshot_bytes) ||
           (us > 0 && service->since_snapshot_us >= us);
}

enum mw_status mw_service_deliver(struct mw_service *service, struct mw_error *err)
{
    if (service->is_open || service->in_group) {
        return MW_FAIL(err, MW_E_CONTRACT, "service %s: what is delivered must be committed",
                       service->config.ops->service);
    }
    MW_TRY(mw_service_feed_cache(service, service->outputs.items, service->outputs.n, err));
    for (size_t i = 0; i < service->outputs.n && service->config.sink != NULL; i++) {
        service->config.sink->deliver(service->config.sink->self, &service->outputs.items[i]);
    }
    mw_record_list_reset(&service->outputs);
    return snapshot_is_due(service) ? mw_service_snapshot(service, err) : MW_OK;
}

/* ---- running ------------------------------------------------------------------------------------------------ */

static bool is_stopped(bool (*stopped)(void *self), void *self)
{
    return stopped != NULL && stopped(self);
}

enum mw_status mw_service_run(struct mw_service *service, bool (*stopped)(void *self), void *self,
                              struct mw_error *err)
{
    enum { WAIT_MS = 100 };
    while (!is_stopped(stopped, self)) {
        bool worked;
        MW_TRY(mw_service_step(service, service->is_open ? 0 : WAIT_MS, &worked, err));
        if (!worked) { /* idle: what is open need not wait for its batch to fill */
            MW_TRY(mw_service_commit(service, err));
            MW_TRY(mw_service_deliver(service, err));
        }
    }
    return mw_service_commit(service, err);
}

/* Several services on one thread. */
struct round {
    struct mw_service *const *services;
    size_t n;
    struct mw_broker *broker;
    bool has_groups;
    size_t n_records; /* since the group began */
    int64_t begin_us;
    bool is_dirty; /* something was stepped since the last durable commit */
};

static enum mw_status begin(struct round *round, struct mw_error *err)
{
    round->n_records = 0;
    round->begin_us = mw_clock_steady_us();
    round->is_dirty = false;
    MW_TRY(round->has_groups ? mw_broker_group_begin(round->broker, err) : MW_OK);
    for (size_t i = 0; i < round->n; i++) {
        round->services[i]->in_group = round->has_groups;
    }
    return MW_OK;
}

/* Makes everything durable, then hands it on. */
static enum mw_status end(struct round *round, struct mw_error *err)
{
    const int64_t begin_us = mw_clock_steady_us();
    const enum mw_status status = round->has_groups ? mw_broker_group_commit(round->broker, err) : MW_OK;
    for (size_t i = 0; i < round->n; i++) {
        round->services[i]->in_group = false;
        (void)broken(round->services[i], status);
    }
    MW_TRY(status);
    if (round->has_groups) {
        mw_meter_observe(round->services[0]->meters.commit_seconds,
                         1e-6 * (double)(mw_clock_steady_us() - begin_us));
    }
    for (size_t i = 0; i < round->n; i++) {
        MW_TRY(mw_service_deliver(round->services[i], err));
    }
    return MW_OK;
}

/* One event of the last service in the flow that has one. */
static enum mw_status advance(struct round *round, bool *worked, struct mw_error *err)
{
    *worked = false;
    for (size_t i = round->n; i-- > 0 && !*worked;) {
        struct mw_service *service = round->services[i];
        MW_TRY(mw_service_step(service, 0, worked, err));
        if (service->is_open) {
            round->n_records++;
            round->is_dirty = true;
            MW_TRY(mw_service_commit(service, err));
        }
    }
    return MW_OK;
}

static bool round_is_full(const struct round *round)
{
    const struct mw_service_settings *settings = &round->services[0]->config.settings;
    return round->has_groups && (round->n_records >= settings->batch_records ||
                                 mw_broker_group_bytes(round->broker) >= settings->batch_bytes ||
                                 mw_clock_steady_us() - round->begin_us >= settings->batch_us);
}

static enum mw_status quiesce(struct round *round, bool (*stopped)(void *self), void *self,
                              struct mw_error *err)
{
    for (;;) {
        bool worked = false;
        if (!is_stopped(stopped, self)) {
            MW_TRY(advance(round, &worked, err));
        }
        if (worked && !round_is_full(round)) {
            continue;
        }
        const bool was_dirty = round->is_dirty;
        MW_TRY(end(round, err));
        /* Seats that see committed records only may have something to read now. */
        if (!worked && (!was_dirty || is_stopped(stopped, self))) {
            return MW_OK;
        }
        MW_TRY(begin(round, err));
    }
}

enum mw_status mw_service_quiesce(struct mw_service *const services[], size_t n, bool (*stopped)(void *self),
                                  void *self, struct mw_error *err)
{
    if (n == 0) {
        return MW_OK;
    }
    struct mw_broker *broker = services[0]->config.broker;
    struct round round = {
        .services = services, .n = n, .broker = broker, .has_groups = mw_broker_has_groups(broker)};
    for (size_t i = 0; i < n; i++) {
        MW_TRY(check_whole(services[i], err));
        MW_TRY(mw_service_commit(services[i], err));
    }
    MW_TRY(begin(&round, err));
    const enum mw_status status = quiesce(&round, stopped, self, err);
    for (size_t i = 0; i < n; i++) {
        services[i]->in_group = false;
        (void)broken(services[i], status);
    }
    return status;
}

/* ---- state -------------------------------------------------------------------------------------------------- */

enum mw_status mw_service_state_hash(struct mw_service *service, struct mw_hash128 *out, struct mw_error *err)
{
    const struct mw_service_config *config = &service->config;
    struct mw_writer bytes = {0}, all = {0};
    struct mw_span tenant;
    enum mw_status status = MW_OK;
    for (size_t i = 0; status == MW_OK && mw_core_tenant(config->ops, config->core, i, &tenant); i++) {
        mw_writer_reset(&bytes);
        status = config->ops->save(config->core, tenant, &bytes, err);
        if (status == MW_OK) {
            status = mw_writer_status(&bytes, err);
        }
        const struct mw_hash128 hash = mw_hash128(bytes.data, bytes.len);
        mw_write_span(&all, tenant);
        mw_write_u64(&all, hash.lo);
        mw_write_u64(&all, hash.hi);
    }
    if (status == MW_OK) {
        status = mw_writer_status(&all, err);
        *out = mw_hash128(all.data, all.len);
    }
    mw_writer_fini(&bytes);
    mw_writer_fini(&all);
    return status;
}
