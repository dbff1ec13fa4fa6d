// SPDX-License-Identifier: Apache-2.0
#include "import.h"

#include "mw_bytes.h"
#include "mw_wire.h"

#define PROGRESS_TOPIC "mw.import.v1"

enum mw_status import_declare(struct mw_broker *broker, struct mw_error *err)
{
    return mw_broker_declare(
        broker, &(struct mw_topic){.name = PROGRESS_TOPIC, .has_latest = true, .is_compacted = true}, 1, err);
}

/* ---- a table as a feed ---- */

static struct mw_period table_period(void *self, size_t i)
{
    return mw_table_period(self, i);
}

/* Another table, or the same with other columns, is another import. */
static struct mw_hash128 table_fingerprint(void *self, size_t n)
{
    const struct mw_table *table = self;
    struct mw_writer out = {0};
    const size_t n_periods = n < table->n_periods ? n : table->n_periods;
    mw_write_u64(&out, n);
    mw_write_i32(&out, table->first);
    mw_write_u64(&out, table->source.n_geos);
    mw_write_f64s(&out, table->spend, n_periods * table->tenant.n_channels * table->source.n_geos);
    mw_write_f64s(&out, table->outcome, n_periods * table->source.n_geos);
    mw_write_f64s(&out, table->factors, n_periods * table->n_factors);
    mw_write_span(&out, table->tenant.tenant);
    mw_write_span(&out, table->tenant.currency);
    mw_write_span(&out, table->tenant.outcome.name);
    for (size_t c = 0; c < table->tenant.n_channels; c++) {
        mw_write_span(&out, table->tenant.channels[c].channel);
    }
    const struct mw_hash128 hash = mw_hash128(out.data, out.len);
    mw_writer_fini(&out);
    return hash;
}

struct import_feed import_table_feed(struct mw_table *table, mw_date until)
{
    size_t n = table->n_periods;
    while (until != MW_DATE_NONE && n > 0 && mw_table_period(table, n - 1).date > until) {
        n--;
    }
    return (struct import_feed){
        .source = &table->source,
        .first = table->first,
        .n_periods = n,
        .fingerprint = table_fingerprint,
        .period = table_period,
        .self = table,
    };
}

/* ---- how far ---- */

static struct mw_span tenant_of(const struct import *import)
{
    return import->feed.source->tenant->tenant;
}

/* What the note of an import says. */
struct note {
    struct mw_hash128 fingerprint;
    size_t next; /* first period that is not on the bus */
    mw_date first;
    bool is_there;
};

static enum mw_status read_note(const struct mw_record *record, struct note *out, struct mw_error *err)
{
    struct mw_reader in = mw_reader(record->value);
    out->fingerprint.lo = mw_read_u64(&in);
    out->fingerprint.hi = mw_read_u64(&in);
    out->next = (size_t)mw_read_u64(&in);
    out->first = mw_read_i32(&in);
    out->is_there = true;
    return mw_reader_status(&in, err);
}

static enum mw_status find_note(struct mw_broker *broker, struct mw_span tenant, struct note *out,
                                struct mw_error *err)
{
    const int32_t partition = mw_partition_of(tenant, mw_broker_n_partitions(broker));
    struct mw_bus_reader *reader = NULL;
    *out = (struct note){.first = MW_DATE_NONE};
    MW_TRY(mw_broker_latest(broker, PROGRESS_TOPIC, partition, &reader, err));
    const struct mw_record *record = NULL;
    enum mw_status status = mw_bus_reader_next(reader, &record, err);
    while (status == MW_OK && record != NULL) {
        if (mw_span_eq(record->key, tenant)) {
            status = read_note(record, out, err);
        }
        status = status == MW_OK ? mw_bus_reader_next(reader, &record, err) : status;
    }
    mw_bus_reader_close(&reader);
    return status;
}

enum mw_status import_first(struct mw_broker *broker, struct mw_span tenant, mw_date *out,
                            struct mw_error *err)
{
    struct note note;
    MW_TRY(find_note(broker, tenant, &note, err));
    *out = note.first;
    return MW_OK;
}

enum mw_status import_position(const struct import *import, size_t *i_period, struct mw_error *err)
{
    struct note note;
    MW_TRY(find_note(import->broker, tenant_of(import), &note, err));
    const struct mw_hash128 now = import->feed.fingerprint(import->feed.self, note.next);
    *i_period = note.next;
    if (note.is_there && (note.fingerprint.lo != now.lo || note.fingerprint.hi != now.hi)) {
        return MW_FAIL(err, MW_E_DATA,
                       "the state folder holds another table of tenant \"" MW_SPAN_FMT
                       "\": --fresh starts over, --state DIR keeps both",
                       MW_SPAN_ARG(tenant_of(import)));
    }
    return MW_OK;
}

static enum mw_status note_position(const struct import *import, struct record_batch *batch, size_t i_period,
                                    struct mw_error *err)
{
    struct mw_writer out = {0};
    const struct mw_hash128 hash = import->feed.fingerprint(import->feed.self, i_period);
    mw_write_u64(&out, hash.lo);
    mw_write_u64(&out, hash.hi);
    mw_write_u64(&out, i_period);
    mw_write_i32(&out, import->feed.first);
    enum mw_status status = mw_writer_status(&out, err);
    if (status == MW_OK) {
        status = record_batch_add_raw(batch, PROGRESS_TOPIC, tenant_of(import), mw_writer_span(&out), err);
    }
    mw_writer_fini(&out);
    return status;
}

/* ---- one period ---- */

static enum mw_status add_raw(const struct import *import, struct record_batch *batch,
                              const struct mw_raw *raw, struct mw_error *err)
{
    if (raw->type == NULL) {
        return MW_OK;
    }
    const struct record_origin origin = {raw->id, import->feed.source->source, raw->time_us};
    return record_batch_add(batch, raw->type, tenant_of(import), &origin, raw->body, err);
}

enum mw_status import_rules(struct record_batch *batch, struct mw_span tenant, struct mw_span rules,
                            struct mw_span version, int64_t time_us, struct mw_error *err)
{
    const struct mw_span id = mw_arena_printf(&batch->arena, "rules/" MW_SPAN_FMT, MW_SPAN_ARG(version));
    const struct mw_command_rules loaded = {version, rules};
    const struct mw_command command = {
        .id = id, .tenant = tenant, .by = mw_span("mixwatch"), .kind = MW_COMMAND_RULES, .rules = &loaded};
    const struct record_origin origin = {id, mw_span("rules"), time_us};
    return id.data == NULL ? MW_FAIL(err, MW_E_MEMORY, "no memory for the alert rules")
                           : record_batch_add(batch, &mw_type_command, tenant, &origin, &command, err);
}

static enum mw_status add_beginning(const struct import *import, struct record_batch *batch,
                                    struct mw_error *err)
{
    struct mw_raw raw;
    mw_tenant_record(import->feed.source, import->feed.first, &raw);
    if (import->journal.len > 0) {
        raw.id = import->journal; /* the journal is named after the tenant's first record */
    }
    MW_TRY(add_raw(import, batch, &raw, err));
    return import->rules.len == 0 ? MW_OK
                                  : import_rules(batch, tenant_of(import), import->rules,
                                                 import->rules_version, raw.time_us, err);
}

static enum mw_status fill_period(const struct import *import, struct record_batch *batch, size_t i_period,
                                  struct mw_error *err)
{
    const struct import_feed *feed = &import->feed;
    const struct mw_period period = feed->period(feed->self, i_period);
    const bool is_last = i_period + 1 == feed->n_periods;
    if (i_period == 0) {
        MW_TRY(add_beginning(import, batch, err));
    }
    if (feed->extra != NULL) {
        MW_TRY(feed->extra(feed->self, i_period, batch, err));
    }
    for (size_t i = 0; i < mw_period_records(feed->source); i++) {
        struct mw_raw raw;
        mw_period_record(feed->source, &period, is_last, i, &raw);
        MW_TRY(add_raw(import, batch, &raw, err));
    }
    return note_position(import, batch, i_period + 1, err);
}

enum mw_status import_period(const struct import *import, size_t i_period, struct mw_error *err)
{
    struct record_batch batch = {.broker = import->broker};
    enum mw_status status = fill_period(import, &batch, i_period, err);
    if (status == MW_OK) {
        status = record_batch_append(&batch, err);
    }
    record_batch_fini(&batch);
    return status;
}

enum mw_status import_run(const struct import *import, size_t n, struct stack *stack,
                          const struct import_progress *progress, struct mw_error *err)
{
    size_t i = 0;
    MW_TRY(import_position(import, &i, err));
    MW_TRY(stack_quiesce(stack, progress->stopped, progress->self, err));
    for (; i < n && !(progress->stopped != NULL && progress->stopped(progress->self)); i++) {
        MW_TRY(import_period(import, i, err));
        MW_TRY(stack_quiesce(stack, progress->stopped, progress->self, err));
        if (progress->show != NULL) {
            progress->show(progress->self, i + 1, n);
        }
    }
    return MW_OK;
}
