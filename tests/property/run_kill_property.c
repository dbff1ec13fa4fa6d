/* Whatever the bus does to the services and wherever they die, the bytes on the bus and the states are those of an
 * undisturbed run (streaming.md 3, items 4 and 9). */
// SPDX-License-Identifier: Apache-2.0
#include "toy_stack.h"

#include <criterion/parameterized.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { N_RECORDS = 60, SEEDS = 200 };
static const struct mw_service_settings settings = {.batch_records = 5, .snapshot_records = 7};

static struct mw_broker *open_virtual(uint64_t seed, int32_t n_partitions)
{
    struct mw_broker *broker = NULL;
    must(mw_bus_virtual_open(
        &broker, &(struct mw_bus_virtual_options){.seed = seed, .n_partitions = n_partitions}, err));
    toy_declare(broker);
    return broker;
}

static void append_all(struct mw_broker *broker)
{
    for (int i = 0; i < N_RECORDS; i++) {
        toy_append(broker, i);
    }
}

static struct mw_hash128 undisturbed(int32_t n_partitions, bool values_only)
{
    struct mw_broker *broker = open_virtual(1, n_partitions);
    struct toy_stack stack;
    append_all(broker);
    must(toy_stack_open(&stack, broker, &settings, NULL, err));
    must(toy_stack_quiesce(&stack, err));
    const struct mw_hash128 hash = values_only ? toy_values(&stack) : toy_outcome(&stack);
    toy_stack_close(&stack);
    mw_broker_close(&broker);
    return hash;
}

/* Runs to the end however often the services fail; a failure is answered as a supervisor does: start anew. */
static struct mw_hash128 run_through_faults(struct mw_broker *broker, const struct mw_bus_faults *faults,
                                            bool values_only, int *n_restarts)
{
    struct toy_stack stack;
    mw_bus_virtual_faults(broker, faults);
    must(toy_stack_open(&stack, broker, &settings, NULL, err));
    for (int calm = 0; calm < 3;) { /* a delay looks like the end, so look three times */
        struct mw_error error = {0};
        if (toy_stack_quiesce(&stack, &error) == MW_OK) {
            calm++;
            continue;
        }
        cr_assert_eq(error.status, MW_E_IO, "%s", error.text);
        calm = 0;
        ++*n_restarts;
        toy_stack_close(&stack);
        must(toy_stack_open(&stack, broker, &settings, NULL, err));
    }
    mw_bus_virtual_faults(broker, &(struct mw_bus_faults){0});
    must(toy_stack_quiesce(&stack, err));
    const struct mw_hash128 hash = values_only ? toy_values(&stack) : toy_outcome(&stack);
    toy_stack_close(&stack);
    return hash;
}

ParameterizedTestParameters(faults, refused_lost_and_delayed_commits_and_rebalances_change_no_byte)
{
    static uint64_t seeds[SEEDS];
    for (uint64_t i = 0; i < SEEDS / 20; i++) {
        seeds[i] = i;
    }
    return cr_make_param_array(uint64_t, seeds, SEEDS / 20);
}

/* Twenty seeds per process: forking costs more than a run. */
ParameterizedTest(const uint64_t *block, faults,
                  refused_lost_and_delayed_commits_and_rebalances_change_no_byte)
{
    const struct mw_bus_faults faults = {
        .delay = 0.1, .rebalance = 0.02, .commit_refused = 0.02, .commit_lost = 0.02};
    const uint64_t want = undisturbed(1, false).lo;
    int n_restarts = 0;
    for (uint64_t i = 0; i < 20; i++) {
        const uint64_t seed = 20 * *block + i;
        struct mw_broker *broker = open_virtual(seed, 1);
        append_all(broker);
        cr_assert_eq(run_through_faults(broker, &faults, false, &n_restarts).lo, want, "seed %llu",
                     (unsigned long long)seed);
        mw_broker_close(&broker);
    }
    cr_expect(n_restarts > 10, "%d restarts: the faults did not bite", n_restarts);
}

Test(faults, markers_between_offsets_change_no_value_and_no_state)
{
    const uint64_t want = undisturbed(1, true).lo;
    int n_restarts = 0;
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct mw_broker *broker = open_virtual(seed, 1);
        append_all(broker);
        const struct mw_bus_faults faults = {.marker = 0.5, .commit_lost = 0.02};
        cr_assert_eq(run_through_faults(broker, &faults, true, &n_restarts).lo, want, "seed %llu",
                     (unsigned long long)seed);
        mw_broker_close(&broker);
    }
}

/* Records without a key go to every partition, and the state that belongs to no tenant sees them all, so it is left
 * out here: with several partitions only tenants are a function of their partition. */
Test(faults, several_partitions_keep_their_tenants_apart)
{
    struct mw_broker *want_broker = open_virtual(1, 3);
    struct toy_stack want;
    append_all(want_broker);
    must(toy_stack_open(&want, want_broker, &settings, NULL, err));
    must(toy_stack_quiesce(&want, err));
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct mw_broker *broker = open_virtual(seed, 3);
        struct toy_stack stack;
        int n_restarts = 0;
        append_all(broker);
        (void)run_through_faults(broker, &(struct mw_bus_faults){.commit_lost = 0.03, .delay = 0.1}, true,
                                 &n_restarts);
        must(toy_stack_open(&stack, broker, &settings, NULL, err));
        must(toy_stack_quiesce(&stack, err));
        static const char *const tenants[] = {"ab", "cd", "ef"};
        for (size_t i = 0; i < 3; i++) {
            struct mw_writer a = {0}, b = {0};
            must(toy_counter_ops.save(want.cores[0], mw_span(tenants[i]), &a, err));
            must(toy_counter_ops.save(stack.cores[0], mw_span(tenants[i]), &b, err));
            cr_expect(mw_span_eq(mw_writer_span(&a), mw_writer_span(&b)), "seed %llu, tenant %s",
                      (unsigned long long)seed, tenants[i]);
            mw_writer_fini(&a);
            mw_writer_fini(&b);
        }
        toy_stack_close(&stack);
        mw_broker_close(&broker);
    }
    toy_stack_close(&want);
    mw_broker_close(&want_broker);
}

/* Kill-point sweep: the services die after k steps, for every k, three times in a row. */
Test(kill, at_every_step_three_times_in_a_row_changes_no_byte)
{
    const uint64_t want = undisturbed(1, false).lo;
    for (int k = 0; k < 150; k++) {
        struct mw_broker *broker = open_virtual(1, 1);
        struct toy_stack stack;
        append_all(broker);
        for (int life = 0; life < 3; life++) {
            must(toy_stack_open(&stack, broker, &settings, NULL, err));
            for (int i = 0; i <= k; i++) {
                bool worked;
                must(mw_service_step(stack.services[i % 2], 0, &worked, err));
            }
            toy_stack_close(&stack); /* what was not committed is gone */
        }
        must(toy_stack_open(&stack, broker, &settings, NULL, err));
        must(toy_stack_quiesce(&stack, err));
        cr_assert_eq(toy_outcome(&stack).lo, want, "killed after %d steps", k);
        toy_stack_close(&stack);
        mw_broker_close(&broker);
    }
}

/* ---- a real process on a real file, killed by the system ------------------------------------------------------ */

static void open_file(const char *path, struct mw_broker **broker)
{
    must(mw_bus_sqlite_open(broker, &(struct mw_bus_sqlite_options){.path = path, .is_instance = true}, err));
    toy_declare(*broker);
}

/* Imports record by record from where it was: the number of raw records says how far that is. */
static void work(const char *path, int n_records)
{
    struct mw_broker *broker = NULL;
    struct toy_stack stack;
    open_file(path, &broker);
    must(toy_stack_open(&stack, broker, &settings, NULL, err));
    must(toy_stack_quiesce(&stack, err));
    struct mw_bus_extent clock;
    must(mw_broker_extent(broker, "mw.clock.v1", 0, &clock, err));
    for (int i = (int)clock.end; i < n_records; i++) {
        char tick[64];
        (void)snprintf(tick, sizeof tick, "{\"tenant\":\"ab\",\"time\":\"2026-01-01T00:00:%02d.%06dZ\"}",
                       i % 60, i);
        append_text(broker, "mw.clock.v1", "ab", tick);
        must(toy_stack_quiesce(&stack, err));
    }
    toy_stack_close(&stack);
    mw_broker_close(&broker);
}

static struct mw_hash128 outcome_of(const char *path)
{
    struct mw_broker *broker = NULL;
    struct toy_stack stack;
    open_file(path, &broker);
    must(toy_stack_open(&stack, broker, &settings, NULL, err));
    must(toy_stack_quiesce(&stack, err));
    const struct mw_hash128 hash = toy_outcome(&stack);
    toy_stack_close(&stack);
    mw_broker_close(&broker);
    return hash;
}

Test(kill, with_sigkill_at_random_moments_changes_no_byte_on_disk)
{
    enum { N = 600, KILLS = 20 };
    char folder[64], calm[96], rough[96];
    make_folder(folder);
    (void)snprintf(calm, sizeof calm, "%s/calm.db", folder);
    (void)snprintf(rough, sizeof rough, "%s/rough.db", folder);
    work(calm, N);
    uint32_t lot = 7;
    for (int i = 0; i < KILLS; i++) {
        const pid_t child = fork();
        if (child == 0) {
            work(rough, N);
            _exit(0);
        }
        lot = lot * 1664525u + 1013904223u;
        const long ms = 5 + (long)(lot >> 16) % 60;
        (void)nanosleep(&(struct timespec){.tv_nsec = ms * 1000000L}, NULL);
        cr_assert_eq(kill(child, SIGKILL), 0);
        int result;
        cr_assert_eq(waitpid(child, &result, 0), child);
    }
    work(rough, N);
    cr_expect_eq(outcome_of(rough).lo, outcome_of(calm).lo);
    remove_folder(folder);
}
