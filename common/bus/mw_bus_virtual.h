/* mw_bus_virtual.h: a broker in memory that misbehaves from a seed, for tests.
 *
 * What it may do is what a real one may do to an exactly-once service: deliver late and interleave topics
 * otherwise than they were written, store a producer's repeated append twice or not at all, put transaction
 * markers between offsets, take partitions away and give them back, refuse a commit, and lose the answer to
 * one that succeeded. Never more: the order within a partition holds, and what is committed stays. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_bus.h"

/* Probabilities, at least 0 and below 1, each drawn per opportunity from the seed. */
struct mw_bus_faults {
    double drop;      /* a plain append of one record says so and stores nothing (MW_E_IO, retriable) */
    double repeat;    /* a plain append stores a record of an open topic twice */
    double delay;     /* poll finds nothing although there is something */
    double reorder;   /* a committed record enters the recorded order later than others of other partitions */
    double marker;    /* a commit leaves a hole in the offsets */
    double rebalance; /* poll revokes an assigned partition and assigns it again */
    double commit_refused; /* commit fails and did nothing: MW_E_IO, retriable or not by a coin */
    double commit_lost;    /* commit succeeds and says that it failed: MW_E_IO, fatal */
};

struct mw_bus_virtual_options {
    int32_t n_partitions; /* 0: 1 */
    uint64_t seed;
    struct mw_bus_faults faults;
};

MW_MUST_USE enum mw_status mw_bus_virtual_open(struct mw_broker **out,
                                               const struct mw_bus_virtual_options *options,
                                               struct mw_error *err);
/* From now on other faults; all zero makes it behave. */
void mw_bus_virtual_faults(struct mw_broker *broker, const struct mw_bus_faults *faults);
/* Retention: forgets the records of one partition of a topic before `offset`. MW_E_CONTRACT: unknown topic.
 */
MW_MUST_USE enum mw_status mw_bus_virtual_trim(struct mw_broker *broker, const char *topic, int32_t partition,
                                               int64_t offset, struct mw_error *err);
/* Damages one stored byte of a record's value, as a disk may. MW_E_CONTRACT: no such record. */
MW_MUST_USE enum mw_status mw_bus_virtual_damage(struct mw_broker *broker, const char *topic,
                                                 int32_t partition, int64_t offset, size_t at,
                                                 struct mw_error *err);
