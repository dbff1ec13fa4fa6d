// SPDX-License-Identifier: Apache-2.0
#include "mw_real.h"
#include "mw_template.h"

#include <criterion/criterion.h>

static const struct mw_span by[] = {{"channel", 7}};
static const struct mw_rule_condition conditions[] = {{.metric = {"mroas", 5}},
                                                      {.metric = {"a.b", 3}, .group = 1}};
static const struct mw_rule rule = {
    .name = {"low", 3}, .by = by, .n_by = 1, .conditions = conditions, .n_conditions = 2, .n_groups = 2};

static void expect_text(const char *template, const char *expected, size_t capacity)
{
    static const struct mw_label labels[] = {{{"currency", 8}, {"USD", 3}}};
    const struct mw_point mroas = {.value = 0.714,
                                   .lower = -1234567.4,
                                   .upper = MW_NAN,
                                   .probability = 0.9991,
                                   .threshold = 1,
                                   .money = 18400.4,
                                   .money_lower = -0.2,
                                   .unit = {"%", 1},
                                   .action = {"Cut <it>", 8},
                                   .labels = labels,
                                   .n_labels = 1};
    const struct mw_point other = {.value = 0.25, .unit = {"share", 5}, .probability = 0.42};
    const struct mw_point *const points[] = {&mroas, &other};
    const struct mw_span values[] = {{"tv", 2}};
    const struct mw_template_values v = {
        .tenant = mw_span("acme"), .labels = values, .points = points, .as_of = 20000, .evaluations = 3};
    char out[256];
    cr_expect(mw_template_check(&rule, mw_span(template), NULL) == MW_OK, "%s", template);
    mw_template_render(&rule, mw_span(template), &v, out, capacity);
    cr_expect(strcmp(out, expected) == 0, "\"%s\" gives \"%s\", not \"%s\"", template, out, expected);
}

Test(alerts_template, placeholders_take_labels_numbers_and_other_metrics)
{
    expect_text("{channel} {tenant} {rule} {as_of} {evaluations}", "tv acme low 2024-10-04 3", 256);
    expect_text("{a.b.value} {a.b.probability}", "25 % 42 %", 256);
    expect_text("{{value}} {action} {unit}", "{value} Cut <it> %", 256);
}

Test(alerts_template, numbers_take_their_unit_or_the_format_asked_for)
{
    expect_text("{value} {value:.1} {value:%} {value:,}", "0.71 % 0.7 71 % 1", 256);
    expect_text("{lower} {upper} {threshold:.2}", "-1,234,567 % unknown 1.00", 256);
    expect_text("{money} {money_lower}", "18,400 USD 0 USD", 256);
}

Test(alerts_template, probability_is_never_rounded_to_certainty)
{
    expect_text("{probability}", ">99 %", 256);
}

Test(alerts_template, long_text_is_cut_at_a_character_with_an_ellipsis)
{
    expect_text("0123456789", "012345...", 10);
    expect_text("01234\xc3\xa4\xc3\xa4\xc3\xa4", "01234...", 10);
}

Test(alerts_template, metric_without_a_point_is_unknown)
{
    const struct mw_point *const points[] = {NULL, NULL};
    const struct mw_span values[] = {{"tv", 2}};
    char out[64];
    mw_template_render(&rule, mw_span("{channel}: {value} {action} "),
                       &(struct mw_template_values){.labels = values, .points = points}, out, sizeof out);
    cr_expect(strcmp(out, "tv: unknown unknown") == 0, "%s", out);
}
