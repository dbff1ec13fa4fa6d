// SPDX-License-Identifier: Apache-2.0
/* Laws of the state machine on random timelines (values, gaps, restatements, ticks, silences, acknowledgements):
 * the same with a restart before every step, revisions without a gap, and only the transitions of the picture. */
#include "mw_rng.h"
#include "mw_timeline.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

enum { N_SEEDS = 60, N_STEPS = 120, N_KEYS = 8 };

static const char rules[] =
    "version: 1\nrules:\n"
    "  - name: slow\n    by: [channel]\n    headline: \"{channel} {value}\"\n    persistence: {closed_days: "
    "2}\n"
    "    when: {all: [{metric: m, value: \"< 1\", leave: \">= 1.5\"}]}\n    no_data: {policy: alert, after: "
    "3d}\n"
    "    expires_after: 9d\n    flapping: {transitions: 4, within: 10d}\n    acknowledge_for: 2d\n"
    "  - name: fast\n    by: [channel]\n    headline: \"{channel}\"\n    for: 6h\n    keep_firing_for: 1d\n"
    "    when: {any: [{metric: m, value: \"< 0.5\"}, {metric: m, upper: \"> 2\", leave: \"<= 1\"}]}\n"
    "    inhibits: [{rules: [slow], equal: {channel: channel}}]\n";

struct script {
    char *text;
    size_t len, capacity;
};

static unsigned draw(struct mw_rng *rng, unsigned n)
{
    return (unsigned)(mw_rng_uniform(rng) * n);
}

static void write_points(struct script *script, struct mw_rng *rng, const char *date)
{
    static const char *const channels[] = {"tv", "search"};
    char *at = script->text + script->len;
    int n = sprintf(at, "days %s", date);
    for (unsigned c = 0; c < 2; c++) {
        if (draw(rng, 8) == 0) {
            n += sprintf(at + n, " | m{channel=%s} v=null", channels[c]);
        } else if (draw(rng, 8) > 0 || c == 1) {
            n += sprintf(at + n, " | m{channel=%s} v=%.1f upper=%.1f", channels[c], 2 * mw_rng_uniform(rng),
                         3 * mw_rng_uniform(rng));
        }
    }
    script->len += (size_t)n + (size_t)sprintf(at + n, "\n");
}

static void write_step(struct script *script, struct mw_rng *rng, int64_t *now_us)
{
    char time[32], later[32], date[16];
    const unsigned kind = draw(rng, 10);
    mw_date_format((mw_date)(*now_us / MW_US_PER_DAY) - 1 - (mw_date)(draw(rng, 6) == 0), date);
    char *at = script->text + script->len;
    if (kind < 4) {
        write_points(script, rng, date);
    } else if (kind < 9) {
        *now_us += (int64_t)(mw_rng_uniform(rng) * (double)(draw(rng, 10) == 0 ? 96 : 20) * 3600e6);
        mw_time_format(*now_us, time);
        script->len += (size_t)sprintf(at, "tick %s\n", time);
    } else {
        mw_time_format(*now_us + 2 * 3600 * MW_US_PER_S, time);
        mw_time_format(*now_us + 2 * MW_US_PER_DAY, later);
        script->len += (size_t)sprintf(at, "silence S%u %s %s channel=tv\n", draw(rng, 3), time, later);
    }
}

static char *make_script(uint64_t seed)
{
    struct mw_rng rng = {.key = mw_rng_key(11, seed)};
    struct script script = {.text = calloc(1, 1 << 16)};
    int64_t now_us = 20000 * MW_US_PER_DAY;
    script.len = (size_t)sprintf(script.text, "now | m{channel=tv} v=1.9 upper=0\n");
    for (int i = 0; i < N_STEPS; i++) {
        write_step(&script, &rng, &now_us);
    }
    return script.text;
}

/* What may follow what, silenced standing for any open state. */
static bool may_follow(const char *before, const char *after)
{
    static const char *const pairs[] = {"- pending",
                                        "- firing",
                                        "- nodata",
                                        "- silenced",
                                        "pending inactive",
                                        "pending firing",
                                        "pending nodata",
                                        "pending silenced",
                                        "pending expired",
                                        "firing firing",
                                        "firing recovering",
                                        "firing resolved",
                                        "firing nodata",
                                        "firing expired",
                                        "firing silenced",
                                        "recovering firing",
                                        "recovering resolved",
                                        "recovering nodata",
                                        "recovering silenced",
                                        "recovering expired",
                                        "nodata firing",
                                        "nodata resolved",
                                        "nodata expired",
                                        "nodata silenced",
                                        "silenced firing",
                                        "silenced silenced",
                                        "silenced resolved",
                                        "silenced recovering",
                                        "silenced nodata",
                                        "silenced expired",
                                        "inactive pending",
                                        "inactive firing",
                                        "inactive nodata",
                                        "inactive silenced",
                                        "resolved pending",
                                        "resolved firing",
                                        "resolved nodata",
                                        "resolved silenced",
                                        "resolved resolved",
                                        "expired pending",
                                        "expired firing",
                                        "expired nodata",
                                        "expired silenced",
                                        "inactive resolved",
                                        "pending pending",
                                        "recovering recovering"};
    char pair[64];
    (void)snprintf(pair, sizeof pair, "%s %s", before, after);
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        if (strcmp(pairs[i], pair) == 0) {
            return true;
        }
    }
    return false;
}

struct key {
    char name[64], state[16];
    long long rev;
};

static size_t check_lines(uint64_t seed, const char *text)
{
    struct key keys[N_KEYS] = {{{0}, {0}, 0}};
    size_t n_lines = 0;
    for (const char *line = text; *line != '\0'; line = strchr(line, '\n') + 1, n_lines++) {
        char state[16], name[64];
        long long rev;
        cr_assert(sscanf(line, "%*s %15s %63s rev=%lld", state, name, &rev) == 3, "seed %llu: %s",
                  (unsigned long long)seed, line);
        size_t i = 0;
        while (keys[i].rev > 0 && strcmp(keys[i].name, name) != 0) {
            i++;
        }
        cr_expect(rev == keys[i].rev + 1, "seed %llu: %.90s", (unsigned long long)seed, line);
        cr_expect(may_follow(keys[i].rev == 0 ? "-" : keys[i].state, state), "seed %llu: after %s: %.90s",
                  (unsigned long long)seed, keys[i].state, line);
        keys[i].rev = rev;
        strcpy(keys[i].name, name);
        strcpy(keys[i].state, state);
    }
    return n_lines;
}

Test(alerts_random, restarts_change_nothing_revisions_have_no_gap_and_transitions_are_those_of_the_picture)
{
    size_t n_lines = 0;
    for (uint64_t seed = 1; seed <= N_SEEDS; seed++) {
        char *script = make_script(seed);
        char *whole = mw_timeline_run(&(struct mw_timeline){.rules = rules}, script);
        char *restarted =
            mw_timeline_run(&(struct mw_timeline){.rules = rules, .restart_each = true}, script);
        cr_expect(strcmp(whole, restarted) == 0, "seed %llu\n--- whole\n%s--- restarted\n%s",
                  (unsigned long long)seed, whole, restarted);
        n_lines += check_lines(seed, whole);
        free(script);
        free(whole);
        free(restarted);
    }
    cr_expect(n_lines > 20 * N_SEEDS, "only %zu transitions: the worlds are too quiet to show anything",
              n_lines);
}
