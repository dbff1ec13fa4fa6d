// SPDX-License-Identifier: Apache-2.0
/* The seam: statuses, records, snapshots, tenants. */
#include "mw_alerts_core.h"
#include "mw_real.h"
#include "mw_rules_file.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static const char yaml[] =
    "version: 1\nrules:\n  - name: low\n    by: [channel]\n    owner: me\n    runbook: book\n"
    "    headline: \"{channel} {value:.2}\"\n    action: \"cut {channel}\"\n"
    "    when: {all: [{metric: m, value: \"< 1\"}]}\n";

struct fixture {
    struct mw_arena arena;
    struct mw_rule_set rules;
    struct mw_alerts_core *core;
    struct mw_effects out;
    struct mw_error err;
};

static struct fixture fixture;

static void open_fixture(void)
{
    fixture = (struct fixture){0};
    cr_assert(mw_rules_parse(mw_span(yaml), "f.yaml", &fixture.arena, &fixture.rules, NULL) == MW_OK);
    const struct mw_alerts_options options = {.default_rules = fixture.rules.text};
    cr_assert(mw_alerts_core_open(&fixture.core, &options, NULL) == MW_OK);
}

static void close_fixture(void)
{
    mw_alerts_core_ops.close(fixture.core);
    mw_effects_fini(&fixture.out);
    mw_arena_fini(&fixture.arena);
}

TestSuite(alerts_core, .init = open_fixture, .fini = close_fixture);

static enum mw_status step(const char *tenant, const struct mw_metric *metric)
{
    const struct mw_message in = {.type = &mw_type_metric, .body = metric, .tenant = mw_span(tenant)};
    mw_effects_reset(&fixture.out);
    fixture.err = (struct mw_error){0};
    return mw_alerts_core_ops.step(fixture.core, &in, &fixture.out, &fixture.err);
}

static enum mw_status step_value(const char *tenant, mw_date as_of, double value)
{
    static const struct mw_label labels[] = {{{"channel", 7}, {"tv", 2}}, {{"currency", 8}, {"EUR", 3}}};
    const struct mw_point point = {.metric = {"m", 1},
                                   .unit = {"ratio", 5},
                                   .labels = labels,
                                   .n_labels = 2,
                                   .value = value,
                                   .lower = 0.25,
                                   .upper = 0.75,
                                   .probability = 0.9,
                                   .threshold = MW_NAN,
                                   .money = 7,
                                   .money_lower = 5,
                                   .money_upper = 9,
                                   .evidence = MW_EVIDENCE_TEST_CALIBRATED};
    const struct mw_metric_points body = {.as_of = as_of, .period_days = 1, .points = &point, .n_points = 1};
    return step(tenant, &(struct mw_metric){.kind = MW_METRIC_POINTS,
                                            .time = ((int64_t)as_of + 1) * MW_US_PER_DAY,
                                            .points = &body});
}

static enum mw_status step_rules(const char *tenant, const char *version, struct mw_span rules)
{
    const struct mw_command_rules body = {mw_span(version), rules};
    const struct mw_command command = {.kind = MW_COMMAND_RULES, .rules = &body};
    return step(tenant, &(struct mw_metric){.kind = MW_METRIC_COMMAND, .command = &command});
}

static enum mw_status step_tick(const char *tenant, int64_t time_us)
{
    const struct mw_metric_tick tick = {time_us};
    return step(tenant, &(struct mw_metric){.kind = MW_METRIC_TICK, .time = time_us, .tick = &tick});
}

static const struct mw_alert *emitted(size_t i)
{
    cr_assert(i < fixture.out.n, "%zu records", fixture.out.n);
    return fixture.out.items[i].body;
}

Test(alerts_core, record_says_everything_about_its_alert)
{
    cr_assert(step_value("acme", 20000, 0.5) == MW_OK);
    const struct mw_alert *alert = emitted(0);
    cr_expect(fixture.out.items[0].type == &mw_type_alert);
    cr_expect(mw_span_is(fixture.out.items[0].subject, "acme/low/tv"));
    cr_expect(mw_span_is(alert->tenant, "acme") && mw_span_is(alert->key, "acme/low/tv"));
    cr_expect(mw_span_is(alert->rule, "low") && mw_span_is(alert->rule_version, fixture.rules.version));
    cr_expect(alert->n_labels == 1 && mw_span_is(alert->labels[0].name, "channel"));
    cr_expect(alert->state == MW_ALERT_FIRING && alert->severity == MW_SEVERITY_WARNING && alert->rev == 1);
    cr_expect(mw_span_is(alert->headline, "tv 0.50") && mw_span_is(alert->action, "cut tv"));
    cr_expect(mw_span_is(alert->owner, "me") && mw_span_is(alert->runbook, "book") &&
              mw_span_is(alert->metric, "m"));
    cr_expect(alert->value == 0.5 && alert->lower == 0.25 && alert->upper == 0.75 &&
              alert->probability == 0.9);
    cr_expect(alert->threshold == 1, "a point without a threshold was compared with the rule's number");
    cr_expect(alert->money->per_week == 7 && alert->money->lower == 5 &&
              mw_span_is(alert->money->currency, "EUR"));
    cr_expect(alert->evidence == MW_EVIDENCE_TEST_CALIBRATED && alert->as_of == 20000 &&
              alert->fired_90_days == 1);
    cr_expect(alert->time == 20001 * MW_US_PER_DAY && alert->since == alert->time);
    cr_expect(alert->expires_at == alert->time + 14 * MW_US_PER_DAY);
    cr_expect(alert->alert.len == 36 && strncmp(alert->alert.data, "alr_", 4) == 0);
}

Test(alerts_core, incident_keeps_its_id_and_the_next_one_has_another)
{
    char first[64];
    cr_assert(step_value("acme", 20000, 0.5) == MW_OK);
    strcpy(first, emitted(0)->alert.data);
    cr_assert(step_value("acme", 20001, 1.5) == MW_OK);
    cr_expect(emitted(0)->state == MW_ALERT_RESOLVED && mw_span_is(emitted(0)->alert, first));
    cr_expect(emitted(0)->action.len == 0 && emitted(0)->expires_at == MW_TIME_NONE);
    cr_assert(step_value("acme", 20002, 0.5) == MW_OK);
    cr_expect(!mw_span_is(emitted(0)->alert, first));
    cr_expect(emitted(0)->fired_90_days == 2 && emitted(0)->rev == 3);
}

Test(alerts_core, fires_older_than_ninety_days_are_not_counted)
{
    cr_assert(step_value("acme", 20000, 0.5) == MW_OK);
    cr_assert(step_value("acme", 20001, 1.5) == MW_OK);
    cr_assert(step_value("acme", 20091, 0.5) == MW_OK);
    cr_expect(emitted(0)->fired_90_days == 1);
}

Test(alerts_core, record_of_another_type_breaks_the_contract)
{
    const struct mw_message in = {.type = &mw_type_alert, .tenant = mw_span("acme")};
    cr_expect(mw_alerts_core_ops.step(fixture.core, &in, &fixture.out, NULL) == MW_E_CONTRACT);
}

Test(alerts_core, points_without_a_tenant_are_refused)
{
    cr_expect(step_value("", 20000, 0.5) == MW_E_DATA);
}

Test(alerts_core, rules_that_do_not_match_their_version_are_refused_and_the_old_ones_stay)
{
    cr_expect(step_rules("acme", "00000000000000000000000000000000", fixture.rules.text) == MW_E_DATA);
    cr_expect(strstr(fixture.err.text, "load the file again") != NULL, "%s", fixture.err.text);
    cr_expect(step_rules("acme", "", mw_span("")) == MW_E_DATA);
    cr_assert(step_value("acme", 20000, 0.5) == MW_OK);
    cr_expect(fixture.out.n == 1);
}

Test(alerts_core, rules_without_a_tenant_are_for_all_and_for_those_to_come)
{
    struct mw_rule_set none;
    cr_assert(step_value("a", 20000, 0.5) == MW_OK);
    cr_assert(step_value("b", 20000, 0.5) == MW_OK);
    cr_assert(mw_rules_parse(mw_span("version: 1\nrules: []\n"), "f", &fixture.arena, &none, NULL) == MW_OK);
    cr_assert(step_rules("", none.version, none.text) == MW_OK);
    cr_expect(fixture.out.n == 2 && emitted(0)->state == MW_ALERT_RESOLVED &&
              mw_span_is(emitted(1)->tenant, "b"));
    cr_assert(step_value("c", 20000, 0.5) == MW_OK);
    cr_expect(fixture.out.n == 0);
}

Test(alerts_core, core_without_rules_is_quiet_and_damaged_default_rules_are_a_status)
{
    struct mw_alerts_core *core = NULL;
    cr_assert(mw_alerts_core_open(&core, &(struct mw_alerts_options){0}, NULL) == MW_OK);
    mw_alerts_core_ops.close(core);
    const struct mw_alerts_options damaged = {.default_rules = mw_span("rules?")};
    cr_expect(mw_alerts_core_open(&core, &damaged, NULL) == MW_E_DATA);
}

Test(alerts_core, tick_of_another_partition_is_not_the_tenants)
{
    cr_assert(step_value("acme", 20000, 0.5) == MW_OK);
    const struct mw_metric_tick tick = {20100 * MW_US_PER_DAY};
    const struct mw_metric metric = {.kind = MW_METRIC_TICK, .tick = &tick};
    const struct mw_message in = {.type = &mw_type_metric, .body = &metric, .partition = 3};
    mw_effects_reset(&fixture.out);
    cr_assert(mw_alerts_core_ops.step(fixture.core, &in, &fixture.out, NULL) == MW_OK);
    cr_expect(fixture.out.n == 0);
    cr_assert(step_tick("", 20100 * MW_US_PER_DAY) == MW_OK);
    cr_expect(fixture.out.n == 1 && emitted(0)->state == MW_ALERT_EXPIRED);
}

Test(alerts_core, tenants_are_listed_in_order_saved_loaded_and_forgotten_apart)
{
    struct mw_span name;
    struct mw_writer before = {0}, after = {0};
    cr_assert(step_value("b", 20000, 0.5) == MW_OK);
    cr_assert(step_value("a", 20000, 0.5) == MW_OK);
    cr_assert(mw_alerts_core_ops.tenant_at(fixture.core, 0, &name) && mw_span_is(name, "a"));
    cr_assert(mw_alerts_core_ops.tenant_at(fixture.core, 1, &name) && mw_span_is(name, "b"));
    cr_expect(!mw_alerts_core_ops.tenant_at(fixture.core, 2, &name));
    cr_assert(mw_alerts_core_ops.save(fixture.core, mw_span("b"), &before, NULL) == MW_OK);
    mw_alerts_core_ops.forget(fixture.core, mw_span("b"));
    mw_alerts_core_ops.forget(fixture.core, mw_span("unknown"));
    cr_expect(mw_alerts_core_ops.save(fixture.core, mw_span("b"), &after, NULL) == MW_E_CONTRACT);
    struct mw_reader in = mw_reader(mw_writer_span(&before));
    cr_assert(mw_alerts_core_ops.load(fixture.core, mw_span("b"), &in, NULL) == MW_OK);
    cr_assert(mw_alerts_core_ops.save(fixture.core, mw_span("b"), &after, NULL) == MW_OK);
    cr_expect(mw_span_eq(mw_writer_span(&before), mw_writer_span(&after)));
    mw_writer_fini(&before);
    mw_writer_fini(&after);
}

Test(alerts_core, snapshot_that_ends_early_anywhere_is_refused_and_leaves_no_tenant)
{
    struct mw_writer all = {0};
    struct mw_span name;
    cr_assert(step_value("acme", 20000, 0.5) == MW_OK);
    cr_assert(mw_alerts_core_ops.save(fixture.core, mw_span("acme"), &all, NULL) == MW_OK);
    for (size_t n = 0; n < all.len; n++) {
        struct mw_reader in = mw_reader((struct mw_span){all.data, n});
        cr_expect(mw_alerts_core_ops.load(fixture.core, mw_span("acme"), &in, NULL) == MW_E_DATA, "%zu bytes",
                  n);
        cr_expect(!mw_alerts_core_ops.tenant_at(fixture.core, 0, &name), "%zu bytes", n);
    }
    mw_writer_fini(&all);
}

Test(alerts_core, failed_allocation_of_a_record_is_fatal)
{
    bool ended = false;
    for (size_t n = 1; !ended; n++) {
        mw_alerts_core_ops.forget(fixture.core, mw_span("acme"));
        mw_arena_fail_after(n);
        const enum mw_status status = step_value("acme", 20000, 0.5);
        mw_arena_fail_after(0);
        ended = status == MW_OK;
        cr_expect(ended || (status == MW_E_MEMORY && fixture.err.fatal), "allocation %zu: %s", n,
                  mw_status_name(status));
    }
}

/* Labels may be any text; a key may not be longer than a pager takes, and stays one. */
Test(alerts_core, long_labels_give_a_key_of_at_most_255_bytes_that_tells_them_apart)
{
    char long_name[400];
    char keys[2][256];
    for (int i = 0; i < 2; i++) {
        memset(long_name, 'x', sizeof long_name);
        long_name[399] = (char)('a' + i);
        const struct mw_label label = {mw_span("channel"), {long_name, sizeof long_name}};
        const struct mw_point point = {.metric = mw_span("m"), .labels = &label, .n_labels = 1, .value = 0.5};
        const struct mw_metric_points body = {
            .as_of = 20000, .period_days = 1, .points = &point, .n_points = 1};
        cr_assert(step("acme", &(struct mw_metric){.kind = MW_METRIC_POINTS, .points = &body}) == MW_OK);
        cr_assert(emitted(0)->key.len <= 255);
        strcpy(keys[i], emitted(0)->key.data);
    }
    cr_expect(strcmp(keys[0], keys[1]) != 0);
}
