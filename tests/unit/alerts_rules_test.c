// SPDX-License-Identifier: Apache-2.0
/* The rule file and its normal form. */
#include "mw_rules_file.h"
#include "mw_timeline.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define RULE "version: 1\nrules:\n  - name: low\n"
#define WHEN "    when: {all: [{metric: m, value: \"< 1\"}]}\n"
#define HEAD "    headline: \"{value}\"\n"

struct fault {
    const char *yaml, *text; /* what the error must say */
};

static const struct fault faults[] = {
    {"", "f.yaml:1:1: the file is empty"},
    {"version: 2\nrules: []\n", "f.yaml:1:10: this reads rule files of version 1"},
    {"rules: []\n", "f.yaml:1:1: this reads rule files of version 1"},
    {"version: 1\n", "f.yaml:1:1: rules is missing"},
    {"version: 1\nrules: {}\n", "f.yaml:2:8: rules must be a list"},
    {"version: [1\n", "f.yaml:2:1: not YAML"},
    {"version: 1\nruls: []\n", "f.yaml:2:1: unknown key \"ruls\" in the file; did you mean \"rules\"?"},
    {RULE WHEN HEAD "    severty: info\n",
     "f.yaml:6:5: unknown key \"severty\" in a rule; did you mean \"severity\"?"},
    {RULE WHEN HEAD "    zzzzzzzzzzzz: info\n", "the keys are: name, about"},
    {RULE WHEN HEAD "    severity: loud\n",
     "f.yaml:6:15: severity is \"loud\"; write one of: info, warning, error"},
    {RULE WHEN HEAD "    severity: info\n    severity: info\n", "f.yaml:7:5: key \"severity\" stands twice"},
    {RULE WHEN HEAD "    for: 10 minutes\n", "f.yaml:6:10: for is \"10 minutes\"; write a duration like 30s"},
    {RULE WHEN HEAD "    for: [1]\n", "f.yaml:6:10: for must be one plain value"},
    {RULE WHEN HEAD "    expires_after: 0s\n", "must be above 0s"},
    {RULE WHEN HEAD "    persistence: {closed_dys: 3}\n",
     "f.yaml:6:19: unknown key \"closed_dys\" in persistence; did you mean \"closed_days\"?"},
    {RULE WHEN HEAD "    persistence: {closed_days: 3.5}\n",
     "f.yaml:6:32: persistence.closed_days is \"3.5\"; write a whole number from 0 to 366"},
    {RULE WHEN HEAD "    materiality: {money_per_week: -1}\n",
     "materiality.money_per_week is \"-1\"; write a number from 0"},
    {RULE WHEN HEAD "    min_age: {days: 14}\n", "f.yaml:3:5: min_age needs both"},
    {RULE WHEN HEAD "    flapping: {transitions: 1}\n", "write a whole number from 2 to 16"},
    {RULE HEAD, "f.yaml:3:5: when is missing"},
    {RULE WHEN, "f.yaml:3:5: headline is missing"},
    {RULE HEAD "    when: {all: [], any: []}\n", "f.yaml:5:11: when needs either all or any"},
    {RULE HEAD "    when: {all: []}\n", "f.yaml:5:17: all needs a list of conditions"},
    {RULE HEAD "    when: {any: []}\n", "f.yaml:5:17: any needs a list of conditions"},
    {RULE HEAD "    when: {all: [{value: \"< 1\"}]}\n", "f.yaml:5:18: a condition needs a metric"},
    {RULE HEAD "    when: {all: [{metric: m}]}\n", "a condition needs one of value, magnitude"},
    {RULE HEAD "    when: {all: [{metric: m, value: \"< 1\", lower: \"< 1\"}]}\n", "and has 2"},
    {RULE HEAD "    when: {all: [{metric: m, valu: \"< 1\"}]}\n",
     "f.yaml:5:30: unknown key \"valu\" in a condition; did you mean \"value\"?"},
    {RULE HEAD "    when: {all: [{metric: m, value: \"=> 1\"}]}\n",
     "f.yaml:5:37: \"=> 1\" is not a bound; write <, <=, > or >="},
    {RULE HEAD "    when: {all: [{metric: m, value: \"> one\"}]}\n", "\"> one\" is not a bound"},
    {RULE HEAD "    when: {all: [{metric: m, value: \"> 1234567890123456\"}]}\n", "is not a bound"},
    {RULE HEAD "    when: {all: [{metric: \"m m\", value: \"> 1\"}]}\n",
     "f.yaml:5:27: \"m m\" is no metric's name"},
    {RULE HEAD "    when: {all: [{metric: m, value: \"> 1\", leave: \"<= 2\"}]}\n",
     "f.yaml:5:51: leave <= 2 is on the wrong side of enter > 1"},
    {RULE HEAD "    when: {all: [{metric: m, value: \">= 1\", leave: \"<= 1\"}]}\n",
     "leave <= 1 is on the wrong side of enter >= 1"},
    {RULE HEAD "    when: {all: [{metric: m, value: \"< 1\", leave: \"< 2\"}]}\n",
     "leave < 2 is on the wrong side of enter < 1"},
    {RULE WHEN "    headline: \"{valu}\"\n", "f.yaml:5:15: there is no placeholder {valu}; write {value}"},
    {RULE WHEN "    headline: \"{other.value}\"\n", "there is no placeholder {other.value}"},
    {RULE WHEN "    headline: \"{value:x}\"\n", "there is no placeholder {value:x}"},
    {RULE WHEN "    headline: \"{value\"\n", "f.yaml:5:15: a brace stands alone"},
    {RULE WHEN "    headline: \"a } b\"\n", "a brace stands alone"},
    {RULE WHEN HEAD "    action: \"{nothing}\"\n", "f.yaml:6:13: there is no placeholder {nothing}"},
    {RULE WHEN HEAD "    by: [channel]\n", "f.yaml:3:5: headline lacks the placeholder {channel}"},
    {RULE WHEN HEAD "    by: channel\n", "f.yaml:6:9: by must be a list of names"},
    {RULE WHEN HEAD "    by: [a, b, c, d, e]\n", "f.yaml:6:22: by takes up to 4 names"},
    {RULE WHEN HEAD "    inhibits: [{equal: {a: b}}]\n", "f.yaml:6:16: inhibits needs rules"},
    {RULE WHEN HEAD "    inhibits: [{rules: [high]}]\n", "rule low inhibits high, but there is no such rule"},
    {RULE WHEN HEAD "    inhibits: [{rules: [low]}]\n", "rule low inhibits itself"},
    {RULE WHEN HEAD "    inhibits: {}\n", "f.yaml:6:15: inhibits must be a list"},
    {RULE WHEN HEAD "    inhibits: [{rules: [low], equal: [a]}]\n", "equal must be a mapping of labels"},
    {RULE WHEN HEAD "  - name: low\n" WHEN HEAD, "f.yaml:6:11: a rule named low stands above"},
    {"version: 1\nrules:\n  - about: x\n", "f.yaml:3:5: a rule needs a name"},
    {"version: 1\nrules:\n  - name: Low\n" WHEN HEAD, "f.yaml:3:11: \"Low\" is no rule's name"},
    {"version: 1\nrules:\n  - name: alerts_full\n" WHEN HEAD, "the name alerts_full is the monitor's own"},
    {"version: 1\nrules:\n  - 7\n", "f.yaml:3:5: a rule must be a mapping"},
};

static void expect_fault(const struct fault *fault)
{
    struct mw_arena arena = {0};
    struct mw_rule_set set;
    struct mw_error err = {0};
    const enum mw_status status = mw_rules_parse(mw_span(fault->yaml), "f.yaml", &arena, &set, &err);
    cr_expect(status == MW_E_DATA, "%s\nis accepted", fault->yaml);
    cr_expect(strstr(err.text, fault->text) != NULL && strncmp(err.text, "f.yaml:", 7) == 0,
              "%s\nsays: %s\nnot: %s", fault->yaml, err.text, fault->text);
    mw_arena_fini(&arena);
}

Test(alerts_rules, broken_file_names_line_and_column_and_what_to_write)
{
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        expect_fault(&faults[i]);
    }
}

static struct mw_rule_set load_shipped(struct mw_arena *arena)
{
    struct mw_rule_set set;
    struct mw_error err = {0};
    const enum mw_status status = mw_rules_load(MW_SOURCE_DIR "/config/rules.yaml", arena, &set, &err);
    cr_assert(status == MW_OK, "%s", err.text);
    return set;
}

Test(alerts_rules, normal_form_read_back_is_the_same_text_and_the_same_rules)
{
    struct mw_arena arena = {0};
    struct mw_rule_set again;
    struct mw_error err = {0};
    const struct mw_rule_set set = load_shipped(&arena);
    cr_assert(mw_rule_set_read(set.text, &arena, &again, &err) == MW_OK, "%s", err.text);
    cr_expect(mw_span_eq(set.text, again.text), "%s\n---\n%s", set.text.data, again.text.data);
    cr_expect(strcmp(set.version, again.version) == 0);
    for (size_t i = 0; i < set.n_rules; i++) {
        cr_expect(set.rules[i].hash == again.rules[i].hash);
    }
    mw_arena_fini(&arena);
}

Test(alerts_rules, comments_and_order_of_keys_do_not_change_the_version)
{
    struct mw_arena arena = {0};
    struct mw_rule_set a, b;
    struct mw_error err = {0};
    cr_assert(mw_rules_parse(mw_span(RULE WHEN HEAD "    for: 120s\n"), "a", &arena, &a, &err) == MW_OK, "%s",
              err.text);
    cr_assert(mw_rules_parse(mw_span("# c\n" RULE "    for: 2m\n" HEAD WHEN "    severity: warning\n"), "b",
                             &arena, &b, &err) == MW_OK);
    cr_expect(mw_span_eq(a.text, b.text), "%s\n---\n%s", a.text.data, b.text.data);
    mw_arena_fini(&arena);
}

Test(alerts_rules, texts_change_the_version_but_not_what_decides)
{
    struct mw_arena arena = {0};
    struct mw_rule_set a, b, c;
    cr_assert(mw_rules_parse(mw_span(RULE WHEN HEAD), "a", &arena, &a, NULL) == MW_OK);
    cr_assert(mw_rules_parse(mw_span(RULE WHEN HEAD "    owner: me\n    severity: info\n"), "b", &arena, &b,
                             NULL) == MW_OK);
    cr_assert(mw_rules_parse(mw_span(RULE WHEN HEAD "    for: 1s\n"), "c", &arena, &c, NULL) == MW_OK);
    cr_expect(strcmp(a.version, b.version) != 0);
    cr_expect(a.rules[0].hash == b.rules[0].hash);
    cr_expect(a.rules[0].hash != c.rules[0].hash);
    mw_arena_fini(&arena);
}

Test(alerts_rules, text_with_line_breaks_and_backslashes_survives_the_normal_form)
{
    struct mw_arena arena = {0};
    struct mw_rule_set set, again;
    cr_assert(mw_rules_parse(mw_span(RULE WHEN "    headline: \"a\\nb \\\\n {value}\"\n"), "a", &arena, &set,
                             NULL) == MW_OK);
    cr_assert(mw_rule_set_read(set.text, &arena, &again, NULL) == MW_OK);
    cr_expect(mw_span_is(again.rules[0].headline, "a\nb \\n {value}"), "%s", again.rules[0].headline.data);
    mw_arena_fini(&arena);
}

Test(alerts_rules, damaged_normal_form_is_a_status_with_a_line)
{
    struct mw_arena arena = {0};
    struct mw_rule_set set;
    struct mw_error err = {0};
    const char *const damaged = "mixwatch-rules 1\nrule low\nwhen 0 m value > 1\nend\n";
    cr_expect(mw_rule_set_read(mw_span(damaged), &arena, &set, &err) == MW_E_DATA);
    cr_expect(strstr(err.text, "line 3") != NULL, "%s", err.text);
    mw_arena_fini(&arena);
}

/* Each byte of the shipped rules' normal form, wrong once: refused or read, never a crash, and never a
 * different text under the same version. */
Test(alerts_rules, normal_form_with_any_one_byte_wrong_is_refused_or_another_version)
{
    struct mw_arena arena = {0}, scratch = {0};
    const struct mw_rule_set shipped = load_shipped(&arena);
    char *bytes = malloc(shipped.text.len);
    for (size_t i = 0; i < shipped.text.len; i += 3) {
        struct mw_rule_set set;
        memcpy(bytes, shipped.text.data, shipped.text.len);
        bytes[i] ^= 0x11;
        const enum mw_status status =
            mw_rule_set_read((struct mw_span){bytes, shipped.text.len}, &scratch, &set, NULL);
        cr_expect(status == MW_E_DATA || (status == MW_OK && strcmp(set.version, shipped.version) != 0),
                  "byte %zu", i);
        mw_arena_reset(&scratch);
    }
    free(bytes);
    mw_arena_fini(&scratch);
    mw_arena_fini(&arena);
}

Test(alerts_rules, more_rules_than_the_limit_are_refused)
{
    char *yaml = calloc(1, 1 << 16);
    strcpy(yaml, "version: 1\nrules:\n");
    for (int i = 0; i <= MW_RULES_MAX; i++) {
        sprintf(yaml + strlen(yaml), "  - name: r%d\n" WHEN HEAD, i);
    }
    struct mw_arena arena = {0};
    struct mw_rule_set set;
    struct mw_error err = {0};
    cr_expect(mw_rules_parse(mw_span(yaml), "f.yaml", &arena, &set, &err) == MW_E_FULL);
    cr_expect(strstr(err.text, "f.yaml:195:5: a file takes up to 64 rules") != NULL, "%s", err.text);
    free(yaml);
    mw_arena_fini(&arena);
}

Test(alerts_rules, file_that_is_not_there_is_an_io_error_with_its_path)
{
    struct mw_arena arena = {0};
    struct mw_rule_set set;
    struct mw_error err = {0};
    cr_expect(mw_rules_load("/nowhere/rules.yaml", &arena, &set, &err) == MW_E_IO);
    cr_expect(strstr(err.text, "/nowhere/rules.yaml") != NULL);
    mw_arena_fini(&arena);
}

Test(alerts_rules, every_failed_allocation_is_a_status)
{
    char *yaml = mw_timeline_slurp(MW_SOURCE_DIR "/config/rules.yaml");
    bool ended = false;
    for (size_t n = 1; !ended && n < 5000; n++) {
        struct mw_arena arena = {0};
        struct mw_rule_set set;
        mw_arena_fail_after(n);
        const enum mw_status status = mw_rules_parse(mw_span(yaml), "f.yaml", &arena, &set, NULL);
        mw_arena_fail_after(0);
        ended = status == MW_OK;
        cr_expect(ended || status == MW_E_MEMORY, "allocation %zu: %s", n, mw_status_name(status));
        mw_arena_fini(&arena);
    }
    cr_expect(ended);
    free(yaml);
}

Test(alerts_rules, decimals_of_fifteen_digits_are_exact)
{
    static const char *const texts[] = {"0",       "1",    "0.1",   "-0.35", "123456789012345",
                                        "0.00001", "1e22", "2.5e3", "1e-22", "99999.9999999999"};
    static const char *const wrong[] = {"",    "-",  ".5",  "5.",   "1e", "1e23", "1234567890123456",
                                        "0x1", "1 ", "nan", "1e400"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        double x = 0;
        cr_expect(mw_decimal_read(mw_span(texts[i]), &x), "%s", texts[i]);
        cr_expect(x == strtod(texts[i], NULL), "%s is %.17g", texts[i], x);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        double x;
        cr_expect(!mw_decimal_read(mw_span(wrong[i]), &x), "%s", wrong[i]);
    }
}
