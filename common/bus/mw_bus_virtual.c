/* Everything in arrays. `arrived` holds what has been written and not yet been given its place in the
 * recorded order: a reordering broker lets a record of one (topic, partition) pass those of others there,
 * never its own. Consumers and readers see the recorded order only, so restore and verify see what poll saw.
 */
// SPDX-License-Identifier: Apache-2.0
#include "mw_bus_virtual.h"

#include "mw_bus_internal.h"
#include "mw_rng.h"

#include <stdio.h>
#include <stdlib.h>

struct offset_entry {
    char *service;
    int i_topic;
    int32_t partition;
    int64_t next;
};

struct sim_seat;

struct sim {
    struct mw_broker_head head;
    struct mw_bus_faults faults;
    struct mw_rng rng;
    struct mw_record_list arrived; /* in the order of arrival, with their offsets */
    size_t *order;                 /* recorded order: indexes into arrived */
    bool *is_recorded;             /* by index into arrived */
    bool *is_gone;                 /* trimmed or compacted, by index into arrived */
    size_t n_order, n_first_open;  /* everything in arrived before n_first_open is recorded */
    size_t capacity;
    int64_t next_offset[MW_TOPICS_MAX][MW_PARTITIONS_MAX];
    struct offset_entry *offsets;
    size_t n_offsets;
    struct sim_seat *seats;
};

static struct sim *sim_of(struct mw_broker *broker)
{
    return (struct sim *)(void *)broker;
}

/* One draw per opportunity, so a run is a function of the seed and of the calls made. */
static bool happens(struct sim *sim, double probability)
{
    return probability > 0 && mw_rng_uniform(&sim->rng) < probability;
}

static enum mw_status trouble(struct mw_error *err, bool retriable, bool fatal, const char *text)
{
    (void)MW_FAIL(err, MW_E_IO, "simulated broker: %s", text);
    if (err != NULL) {
        err->retriable = retriable;
        err->fatal = fatal;
    }
    return MW_E_IO;
}

/* ---- the log
 * ------------------------------------------------------------------------------------------------ */

static bool grow(struct sim *sim)
{
    if (sim->arrived.n < sim->capacity) {
        return true;
    }
    const size_t capacity = sim->capacity == 0 ? 256 : 2 * sim->capacity;
    size_t *order = realloc(sim->order, capacity * sizeof *order);
    sim->order = order == NULL ? sim->order : order;
    bool *is_recorded = realloc(sim->is_recorded, capacity);
    sim->is_recorded = is_recorded == NULL ? sim->is_recorded : is_recorded;
    bool *is_gone = realloc(sim->is_gone, capacity);
    sim->is_gone = is_gone == NULL ? sim->is_gone : is_gone;
    if (order == NULL || is_recorded == NULL || is_gone == NULL) {
        return false;
    }
    sim->capacity = capacity;
    return true;
}

static enum mw_status arrive(struct sim *sim, const struct mw_record *record, struct mw_error *err)
{
    const int i_topic = mw_broker_topic_index(&sim->head, record->topic);
    if (!grow(sim)) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for %zu simulated records", sim->arrived.n);
    }
    struct mw_record copy = *record;
    copy.offset = sim->next_offset[i_topic][record->partition]++;
    MW_TRY(mw_record_list_add(&sim->arrived, &copy, sim->head.topics[i_topic].name, err));
    sim->is_recorded[sim->arrived.n - 1] = false;
    sim->is_gone[sim->arrived.n - 1] = false;
    return MW_OK;
}

static bool same_place(const struct mw_record *a, const struct mw_record *b)
{
    return a->topic == b->topic && a->partition == b->partition;
}

static bool passes_its_own(const struct sim *sim, size_t i)
{
    for (size_t k = sim->n_first_open; k < i; k++) {
        if (!sim->is_recorded[k] && same_place(&sim->arrived.items[k], &sim->arrived.items[i])) {
            return true;
        }
    }
    return false;
}

static void compact(struct sim *sim, size_t i_newest)
{
    const struct mw_record *newest = &sim->arrived.items[i_newest];
    const int i_topic = mw_broker_topic_index(&sim->head, newest->topic);
    if (!sim->head.topics[i_topic].is_compacted) {
        return;
    }
    const struct mw_span subject = mw_record_header(newest, MW_HEADER_SUBJECT);
    for (size_t k = 0; k < sim->n_order; k++) {
        const struct mw_record *record = &sim->arrived.items[sim->order[k]];
        if (sim->order[k] != i_newest && same_place(record, newest) && mw_span_eq(record->key, newest->key) &&
            mw_span_eq(mw_record_header(record, MW_HEADER_SUBJECT), subject)) {
            sim->is_gone[sim->order[k]] = true;
        }
    }
}

static void record_one(struct sim *sim, size_t i)
{
    sim->order[sim->n_order++] = i;
    sim->is_recorded[i] = true;
    compact(sim, i);
    while (sim->n_first_open < sim->arrived.n && sim->is_recorded[sim->n_first_open]) {
        sim->n_first_open++;
    }
}

/* Gives what has arrived its place in the recorded order. A held one is passed by all later ones of other
 * places. */
static void record_arrived(struct sim *sim)
{
    while (sim->n_first_open < sim->arrived.n) {
        for (size_t i = sim->n_first_open; i < sim->arrived.n; i++) {
            if (!sim->is_recorded[i] && !passes_its_own(sim, i) && !happens(sim, sim->faults.reorder)) {
                record_one(sim, i);
            }
        }
    }
}

static void maybe_mark(struct sim *sim, int i_topic, int32_t partition)
{
    if (happens(sim, sim->faults.marker)) {
        sim->next_offset[i_topic][partition]++;
    }
}

/* ---- offsets
 * ------------------------------------------------------------------------------------------------ */

static struct offset_entry *find_offset(struct sim *sim, const char *service, int i_topic, int32_t partition)
{
    for (size_t i = 0; i < sim->n_offsets; i++) {
        struct offset_entry *entry = &sim->offsets[i];
        if (entry->i_topic == i_topic && entry->partition == partition &&
            strcmp(entry->service, service) == 0) {
            return entry;
        }
    }
    return NULL;
}

static enum mw_status set_offset(struct sim *sim, const char *service, int i_topic, int32_t partition,
                                 int64_t next, struct mw_error *err)
{
    struct offset_entry *entry = find_offset(sim, service, i_topic, partition);
    if (entry != NULL) {
        entry->next = next;
        return MW_OK;
    }
    struct offset_entry *offsets = realloc(sim->offsets, (sim->n_offsets + 1) * sizeof *offsets);
    sim->offsets = offsets == NULL ? sim->offsets : offsets;
    const size_t len = strlen(service) + 1;
    char *name = malloc(len);
    if (offsets == NULL || name == NULL) {
        free(name);
        return MW_FAIL(err, MW_E_MEMORY, "no memory for an offset of %s", service);
    }
    memcpy(name, service, len);
    sim->offsets[sim->n_offsets++] = (struct offset_entry){name, i_topic, partition, next};
    return MW_OK;
}

/* ---- a seat
 * ------------------------------------------------------------------------------------------------- */

struct sim_place {
    size_t at; /* in the recorded order */
    int64_t next[MW_TOPICS_MAX][MW_PARTITIONS_MAX];
};

struct sim_seat {
    struct mw_bus_head head;
    struct sim *sim;
    struct sim_seat *link;
    char *service;
    bool wants[MW_TOPICS_MAX];
    struct sim_place now, committed;
    struct mw_record_list staged;
    bool must_assign[MW_PARTITIONS_MAX];
    bool is_assigned[MW_PARTITIONS_MAX];
    struct mw_record current;
};

static struct sim_seat *seat_of(struct mw_bus *bus)
{
    return (struct sim_seat *)(void *)bus;
}

/* Reading goes on at the committed position, which may be behind what was polled. */
static void assign(struct sim_seat *seat, int32_t partition)
{
    seat->must_assign[partition] = false;
    seat->is_assigned[partition] = true;
    for (size_t i = 0; i < seat->sim->head.n_topics; i++) {
        seat->now.next[i][partition] = seat->committed.next[i][partition];
    }
    seat->now.at = 0; /* what other partitions have read is passed over by their positions */
}

/* Revoking is announced first; the partition comes back with the next poll, from its committed position. */
static bool partition_event(struct sim_seat *seat, struct mw_bus_event *out)
{
    for (int32_t p = 0; p < seat->sim->head.n_partitions; p++) {
        if (seat->must_assign[p]) {
            assign(seat, p);
            *out = (struct mw_bus_event){.kind = MW_BUS_ASSIGNED, .partition = p};
            return true;
        }
    }
    for (int32_t p = 0; p < seat->sim->head.n_partitions; p++) {
        if (seat->is_assigned[p] && happens(seat->sim, seat->sim->faults.rebalance)) {
            seat->must_assign[p] = true;
            seat->is_assigned[p] = false;
            *out = (struct mw_bus_event){.kind = MW_BUS_REVOKED, .partition = p};
            return true;
        }
    }
    return false;
}

static bool next_record(struct sim_seat *seat, struct mw_bus_event *out)
{
    struct sim *sim = seat->sim;
    while (seat->now.at < sim->n_order) {
        const size_t i = sim->order[seat->now.at++];
        const struct mw_record *record = &sim->arrived.items[i];
        const int i_topic = mw_broker_topic_index(&sim->head, record->topic);
        int64_t *next = &seat->now.next[i_topic][record->partition];
        if (seat->wants[i_topic] && !sim->is_gone[i] && record->offset >= *next) {
            *next = record->offset + 1;
            seat->current = *record;
            *out = (struct mw_bus_event){.kind = MW_BUS_RECORD, .record = &seat->current};
            return true;
        }
    }
    return false;
}

/* Time does not pass here: waiting finds what not waiting finds. */
static enum mw_status seat_poll(struct mw_bus *bus, int timeout_ms, struct mw_bus_event *out,
                                struct mw_error *err)
{
    (void)timeout_ms;
    (void)err;
    struct sim_seat *seat = seat_of(bus);
    *out = (struct mw_bus_event){.kind = MW_BUS_NOTHING};
    record_arrived(seat->sim);
    if (!partition_event(seat, out) && !happens(seat->sim, seat->sim->faults.delay)) {
        (void)next_record(seat, out);
    }
    return MW_OK;
}

static enum mw_status seat_produce(struct mw_bus *bus, const struct mw_record *record, struct mw_error *err)
{
    struct sim_seat *seat = seat_of(bus);
    int i_topic;
    MW_TRY(mw_broker_check(&seat->sim->head, record, &i_topic, err));
    return mw_record_list_add(&seat->staged, record, seat->sim->head.topics[i_topic].name, err);
}

static enum mw_status write_staged(struct sim_seat *seat, struct mw_error *err)
{
    struct sim *sim = seat->sim;
    for (size_t i = 0; i < seat->staged.n; i++) {
        const struct mw_record *record = &seat->staged.items[i];
        MW_TRY(arrive(sim, record, err));
        maybe_mark(sim, mw_broker_topic_index(&sim->head, record->topic), record->partition);
    }
    for (size_t i = 0; i < sim->head.n_topics; i++) {
        for (int32_t p = 0; p < sim->head.n_partitions && seat->wants[i]; p++) {
            if (seat->now.next[i][p] != seat->committed.next[i][p]) {
                MW_TRY(set_offset(sim, seat->service, (int)i, p, seat->now.next[i][p], err));
            }
        }
    }
    return MW_OK;
}

static enum mw_status seat_commit(struct mw_bus *bus, struct mw_error *err)
{
    struct sim_seat *seat = seat_of(bus);
    const bool has_news =
        seat->staged.n > 0 || memcmp(seat->now.next, seat->committed.next, sizeof seat->now.next) != 0;
    if (has_news && happens(seat->sim, seat->sim->faults.commit_refused)) {
        const bool retriable = happens(seat->sim, 0.5);
        return trouble(err, retriable, false,
                       retriable ? "the commit may be tried again" : "the commit was refused");
    }
    MW_TRY(write_staged(seat, err));
    mw_record_list_reset(&seat->staged);
    seat->committed = seat->now;
    return has_news && happens(seat->sim, seat->sim->faults.commit_lost)
               ? trouble(err, false, true, "the answer to a commit was lost")
               : MW_OK;
}

static enum mw_status seat_abort(struct mw_bus *bus, struct mw_error *err)
{
    (void)err;
    struct sim_seat *seat = seat_of(bus);
    mw_record_list_reset(&seat->staged);
    seat->now = seat->committed;
    return MW_OK;
}

static void seat_close(struct mw_bus *bus)
{
    struct sim_seat *seat = seat_of(bus);
    for (struct sim_seat **link = &seat->sim->seats; *link != NULL; link = &(*link)->link) {
        if (*link == seat) {
            *link = seat->link;
            break;
        }
    }
    mw_record_list_fini(&seat->staged);
    free(seat->service);
    free(seat);
}

static const struct mw_bus_ops seat_ops = {
    .poll = seat_poll,
    .produce = seat_produce,
    .commit = seat_commit,
    .abort = seat_abort,
    .close = seat_close,
};

static struct mw_bus_extent extent_of(const struct sim *sim, int i_topic, int32_t partition)
{
    struct mw_bus_extent out = {sim->next_offset[i_topic][partition], sim->next_offset[i_topic][partition]};
    for (size_t i = sim->arrived.n; i > 0; i--) {
        const struct mw_record *record = &sim->arrived.items[i - 1];
        if (!sim->is_gone[i - 1] && record->topic == sim->head.topics[i_topic].name &&
            record->partition == partition) {
            out.first = record->offset;
        }
    }
    return out;
}

static enum mw_status load_positions(struct sim_seat *seat, struct mw_error *err)
{
    struct sim *sim = seat->sim;
    for (size_t i = 0; i < sim->head.n_topics; i++) {
        for (int32_t p = 0; p < sim->head.n_partitions && seat->wants[i]; p++) {
            const struct offset_entry *entry = find_offset(sim, seat->service, (int)i, p);
            const struct mw_bus_extent extent = extent_of(sim, (int)i, p);
            seat->now.next[i][p] = entry == NULL ? 0 : entry->next;
            if (!sim->head.topics[i].is_compacted && extent.first > seat->now.next[i][p] &&
                extent.first < extent.end) {
                (void)MW_FAIL(err, MW_E_DATA,
                              "%s has read %s partition %d up to offset %lld, but the log begins at %lld",
                              seat->service, sim->head.topics[i].name, (int)p,
                              (long long)seat->now.next[i][p], (long long)extent.first);
                if (err != NULL) {
                    err->fatal = true;
                }
                return MW_E_DATA;
            }
        }
    }
    seat->committed = seat->now;
    return MW_OK;
}

static enum mw_status sim_open(struct mw_broker *broker, const struct mw_bus_options *options,
                               struct mw_bus **out, struct mw_error *err)
{
    struct sim *sim = sim_of(broker);
    for (const struct sim_seat *other = sim->seats; other != NULL; other = other->link) {
        if (strcmp(other->service, options->service) == 0) {
            return MW_FAIL(err, MW_E_BUSY, "service %s has a seat in this process already", options->service);
        }
    }
    struct sim_seat *seat = calloc(1, sizeof *seat);
    const size_t len = strlen(options->service) + 1;
    char *service = malloc(len);
    if (seat == NULL || service == NULL) {
        free(seat);
        free(service);
        return MW_FAIL(err, MW_E_MEMORY, "no memory for the seat of %s", options->service);
    }
    memcpy(service, options->service, len);
    seat->head.ops = &seat_ops;
    seat->sim = sim;
    seat->service = service;
    for (size_t i = 0; i < options->n_topics; i++) {
        seat->wants[mw_broker_topic_index(&sim->head, options->topics[i])] = true;
    }
    for (int32_t p = 0; p < sim->head.n_partitions; p++) {
        seat->must_assign[p] = true;
    }
    const enum mw_status status = load_positions(seat, err);
    if (status != MW_OK) {
        seat_close((struct mw_bus *)(void *)seat);
        return status;
    }
    seat->link = sim->seats;
    sim->seats = seat;
    *out = (struct mw_bus *)(void *)seat;
    return MW_OK;
}

/* ---- readers
 * ------------------------------------------------------------------------------------------------ */

struct sim_reader {
    struct mw_bus_reader_head head;
    struct sim *sim;
    size_t at, end;
    bool latest_only;
    struct mw_record current;
    size_t n_ranges;
    struct mw_bus_range ranges[];
};

static bool is_latest(const struct sim_reader *reader, size_t at)
{
    const struct sim *sim = reader->sim;
    const struct mw_record *record = &sim->arrived.items[sim->order[at]];
    const struct mw_span subject = mw_record_header(record, MW_HEADER_SUBJECT);
    for (size_t k = at + 1; k < reader->end; k++) {
        const struct mw_record *later = &sim->arrived.items[sim->order[k]];
        if (same_place(record, later) && mw_span_eq(record->key, later->key) &&
            mw_span_eq(mw_record_header(later, MW_HEADER_SUBJECT), subject)) {
            return false;
        }
    }
    return true;
}

static bool reader_wants(const struct sim_reader *reader, const struct mw_record *record)
{
    for (size_t i = 0; i < reader->n_ranges; i++) {
        const struct mw_bus_range *range = &reader->ranges[i];
        if (strcmp(range->topic, record->topic) == 0 &&
            (range->partition == MW_PARTITION_ALL || range->partition == record->partition) &&
            record->offset >= range->from && (range->to == MW_OFFSET_NONE || record->offset < range->to)) {
            return true;
        }
    }
    return false;
}

static enum mw_status reader_next(struct mw_bus_reader *self, const struct mw_record **out,
                                  struct mw_error *err)
{
    (void)err;
    struct sim_reader *reader = (struct sim_reader *)(void *)self;
    *out = NULL;
    while (reader->at < reader->end) {
        const size_t at = reader->at++, i = reader->sim->order[at];
        const struct mw_record *record = &reader->sim->arrived.items[i];
        if (!reader->sim->is_gone[i] && reader_wants(reader, record) &&
            (!reader->latest_only || is_latest(reader, at))) {
            reader->current = *record;
            *out = &reader->current;
            return MW_OK;
        }
    }
    return MW_OK;
}

static void reader_close(struct mw_bus_reader *self)
{
    free(self);
}

static const struct mw_bus_reader_ops reader_ops = {.next = reader_next, .close = reader_close};

static enum mw_status reader_open(struct sim *sim, const struct mw_bus_range *ranges, size_t n,
                                  bool latest_only, struct mw_bus_reader **out, struct mw_error *err)
{
    struct sim_reader *reader = calloc(1, sizeof *reader + n * sizeof reader->ranges[0]);
    if (reader == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for a reader of %zu ranges", n);
    }
    record_arrived(sim);
    reader->head.ops = &reader_ops;
    reader->sim = sim;
    reader->end = sim->n_order;
    reader->latest_only = latest_only;
    reader->n_ranges = n;
    for (size_t i = 0; i < n; i++) {
        reader->ranges[i] = ranges[i];
        reader->ranges[i].topic = sim->head.topics[mw_broker_topic_index(&sim->head, ranges[i].topic)].name;
    }
    *out = (struct mw_bus_reader *)(void *)reader;
    return MW_OK;
}

static enum mw_status sim_read(struct mw_broker *broker, const struct mw_bus_range *ranges, size_t n,
                               struct mw_bus_reader **out, struct mw_error *err)
{
    return reader_open(sim_of(broker), ranges, n, false, out, err);
}

static enum mw_status sim_latest(struct mw_broker *broker, const char *topic, int32_t partition,
                                 struct mw_bus_reader **out, struct mw_error *err)
{
    const int i_topic = mw_broker_topic_index(&sim_of(broker)->head, topic);
    const struct mw_bus_range range = {sim_of(broker)->head.topics[i_topic].name, partition, 0,
                                       MW_OFFSET_NONE};
    return reader_open(sim_of(broker), &range, 1, true, out, err);
}

/* ---- the broker
 * --------------------------------------------------------------------------------------------- */

static enum mw_status sim_declare(struct mw_broker *broker, const struct mw_topic *topics, size_t n,
                                  struct mw_error *err)
{
    for (size_t i = 0; i < n; i++) {
        bool is_new;
        MW_TRY(mw_broker_add_topic(&sim_of(broker)->head, &topics[i], &is_new, err));
    }
    return MW_OK;
}

static enum mw_status append_one(struct sim *sim, const struct mw_record *record, struct mw_error *err)
{
    int i_topic;
    MW_TRY(mw_broker_check(&sim->head, record, &i_topic, err));
    if (happens(sim, sim->faults.drop)) {
        return trouble(err, true, false, "a record was dropped; append it again");
    }
    MW_TRY(arrive(sim, record, err));
    return sim->head.topics[i_topic].is_open && happens(sim, sim->faults.repeat) ? arrive(sim, record, err)
                                                                                 : MW_OK;
}

static enum mw_status sim_append(struct mw_broker *broker, const struct mw_record *records, size_t n,
                                 struct mw_error *err)
{
    for (size_t i = 0; i < n; i++) {
        MW_TRY(append_one(sim_of(broker), &records[i], err));
    }
    return MW_OK;
}

static enum mw_status sim_committed(struct mw_broker *broker, const char *service, const char *topic,
                                    int32_t partition, int64_t *out, struct mw_error *err)
{
    (void)err;
    struct sim *sim = sim_of(broker);
    const struct offset_entry *entry =
        find_offset(sim, service, mw_broker_topic_index(&sim->head, topic), partition);
    *out = entry == NULL ? MW_OFFSET_NONE : entry->next;
    return MW_OK;
}

static enum mw_status sim_extent(struct mw_broker *broker, const char *topic, int32_t partition,
                                 struct mw_bus_extent *out, struct mw_error *err)
{
    (void)err;
    *out = extent_of(sim_of(broker), mw_broker_topic_index(&sim_of(broker)->head, topic), partition);
    return MW_OK;
}

static void sim_close(struct mw_broker *broker)
{
    struct sim *sim = sim_of(broker);
    mw_invariant(sim->seats == NULL);
    for (size_t i = 0; i < sim->n_offsets; i++) {
        free(sim->offsets[i].service);
    }
    mw_broker_drop_topics(&sim->head);
    mw_record_list_fini(&sim->arrived);
    free(sim->offsets);
    free(sim->order);
    free(sim->is_recorded);
    free(sim->is_gone);
    free(sim);
}

static const struct mw_broker_ops sim_ops = {
    .declare = sim_declare,
    .open = sim_open,
    .append = sim_append,
    .read = sim_read,
    .latest = sim_latest,
    .committed = sim_committed,
    .extent = sim_extent,
    .close = sim_close,
};

enum mw_status mw_bus_virtual_open(struct mw_broker **out, const struct mw_bus_virtual_options *options,
                                   struct mw_error *err)
{
    *out = NULL;
    if (options->n_partitions < 0 || options->n_partitions > MW_PARTITIONS_MAX) {
        return MW_FAIL(err, MW_E_CONTRACT, "a log has 1..%d partitions, not %d", MW_PARTITIONS_MAX,
                       (int)options->n_partitions);
    }
    struct sim *sim = calloc(1, sizeof *sim);
    if (sim == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for a simulated broker");
    }
    sim->head.ops = &sim_ops;
    sim->head.n_partitions = options->n_partitions == 0 ? 1 : options->n_partitions;
    (void)snprintf(sim->head.id, sizeof sim->head.id, "virtual-%016llx", (unsigned long long)options->seed);
    sim->faults = options->faults;
    sim->rng = (struct mw_rng){.key = mw_rng_key_text(options->seed, mw_span("mw_bus_virtual"))};
    *out = (struct mw_broker *)(void *)sim;
    return MW_OK;
}

void mw_bus_virtual_faults(struct mw_broker *broker, const struct mw_bus_faults *faults)
{
    sim_of(broker)->faults = *faults;
}

enum mw_status mw_bus_virtual_trim(struct mw_broker *broker, const char *topic, int32_t partition,
                                   int64_t offset, struct mw_error *err)
{
    struct sim *sim = sim_of(broker);
    const int i_topic = mw_broker_topic_index(&sim->head, topic);
    if (i_topic < 0) {
        return MW_FAIL(err, MW_E_CONTRACT, "topic \"%s\" has not been declared", topic);
    }
    for (size_t i = 0; i < sim->arrived.n; i++) {
        const struct mw_record *record = &sim->arrived.items[i];
        sim->is_gone[i] = sim->is_gone[i] || (record->topic == sim->head.topics[i_topic].name &&
                                              record->partition == partition && record->offset < offset);
    }
    return MW_OK;
}

enum mw_status mw_bus_virtual_damage(struct mw_broker *broker, const char *topic, int32_t partition,
                                     int64_t offset, size_t at, struct mw_error *err)
{
    struct sim *sim = sim_of(broker);
    for (size_t i = 0; i < sim->arrived.n; i++) {
        const struct mw_record *record = &sim->arrived.items[i];
        if (strcmp(record->topic, topic) == 0 && record->partition == partition && record->offset == offset &&
            at < record->value.len) {
            ((char *)(uintptr_t)record->value.data)[at] ^= 1;
            return MW_OK;
        }
    }
    return MW_FAIL(err, MW_E_CONTRACT, "%s partition %d has no byte %zu at offset %lld", topic,
                   (int)partition, at, (long long)offset);
}
