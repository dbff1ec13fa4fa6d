// SPDX-License-Identifier: Apache-2.0
/* The page, from top to bottom as it is read: what to do, the three figures, then who earns what, where the
 * next money goes, how far the model can be trusted, and what was raised. */
#include "mw_report_assets.h"
#include "mw_report_page.h"
#include "mw_report_words.h"

#include <math.h>
#include <stdio.h>

static void put_span(struct mw_writer *out, struct mw_span text)
{
    mw_write_bytes(out, text.data, text.len);
}

/* "revenue, USD" reads wrong for conversions, so outcome and currency are named apart. */
static void put_currency(const struct mw_page *page)
{
    mw_html_text(page->out, page->findings->estimate->currency.len > 0 ? page->findings->estimate->currency
                                                                       : mw_span("currency units"));
}

static void put_outcome(const struct mw_page *page)
{
    mw_html_text(page->out, page->findings->estimate->outcome);
}

static struct mw_text range_of(const struct mw_posterior *posterior)
{
    return mw_format_range(posterior->q05, posterior->q95);
}

static void cell_reason(const struct mw_page *page, struct mw_span reason)
{
    mw_html_put(page->out, "<td><small>");
    mw_html_text(page->out, reason);
    mw_html_put(page->out, "</small></td>");
}

static void cell_posterior(const struct mw_page *page, const struct mw_posterior *posterior)
{
    if (isnan(posterior->q50) && posterior->reason.len > 0) {
        cell_reason(page, posterior->reason);
        return;
    }
    mw_html_cell_interval(page->out, mw_format_estimate(posterior->q50).s, range_of(posterior).s);
}

/* ---- figures
 * ---------------------------------------------------------------------------------------------------- */

void mw_page_figure(const struct mw_page *page, const struct mw_page_figure *figure)
{
    if (page->has_charts) {
        mw_html_put(page->out,
                    "<figure><div class=\"plot\" data-chart=\"%s\" role=\"img\" aria-label=\"%s\"></div>"
                    "<figcaption>%s</figcaption></figure>\n",
                    figure->chart, figure->label, figure->caption);
    }
}

void mw_page_section(const struct mw_page *page, const char *id, const char *title)
{
    mw_html_put(page->out, "<section id=\"%s\">\n<h2>%s</h2>\n", id, title);
}

void mw_page_section_end(const struct mw_page *page)
{
    mw_html_put(page->out, "</section>\n");
}

/* ---- the top
 * ---------------------------------------------------------------------------------------------------- */

static void put_head(const struct mw_page *page)
{
    struct mw_writer *out = page->out;
    mw_html_put(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                     "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                     "<meta name=\"color-scheme\" content=\"light dark\">\n<title>mixwatch: ");
    mw_html_text(out, page->findings->tenant);
    mw_html_put(out, "</title>\n<style>\n");
    put_span(out, mw_report_style());
    mw_html_put(out, "</style>\n</head>\n<body>\n<main>\n");
}

static void put_title(const struct mw_page *page)
{
    const struct mw_estimate *estimate = page->findings->estimate;
    struct mw_writer *out = page->out;
    mw_html_put(out, "<header>\n<p class=\"brand\">mixwatch</p>\n<h1>What brings ");
    put_outcome(page);
    if (!mw_span_is(estimate->tenant, "default")) { /* the name of a tenant that was given none */
        mw_html_put(out, " to ");
        mw_html_text(out, estimate->tenant);
    }
    mw_html_put(out, "</h1>\n<p class=\"meta\">Data settled to <b>%s</b>, %lld day%s old",
                mw_format_date(estimate->data.settled_to).s, (long long)estimate->data.age_days,
                estimate->data.age_days == 1 ? "" : "s");
    if (!isnan(estimate->data.quality)) {
        mw_html_put(out, ", quality %s of 100", mw_format_fixed(estimate->data.quality, 0).s);
    }
    mw_html_put(out,
                ". Learnt from %lld %ss by model %lld with %s particles, seed %lld. Brackets hold 90&nbsp;%% "
                "ranges.</p>\n</header>\n",
                (long long)estimate->model.rows, mw_report_period(page->findings),
                (long long)estimate->model.version, mw_format_number((double)estimate->model.particles).s,
                (long long)estimate->model.seed);
}

static void put_no_move(const struct mw_page *page)
{
    mw_html_put(page->out, "<p class=\"lead\">Leave the budget where it is: no move of 5, 15 or 30&nbsp;%% "
                           "gains with a probability of "
                           "loss of 10&nbsp;%% or less.</p>\n");
}

/* The alert and its runbook say the same: what no test has confirmed is tried small. */
static void put_beginning(const struct mw_page *page, const struct mw_allocation_move *move)
{
    const struct mw_allocation *allocation = page->findings->allocation;
    if (move != NULL && move != &allocation->moves[0] &&
        allocation->evidence != MW_EVIDENCE_TEST_CALIBRATED) {
        mw_html_put(page->out, " No test confirms it yet: begin with the first of the steps below.");
    }
}

static void put_advice(const struct mw_page *page)
{
    const struct mw_allocation *allocation = page->findings->allocation;
    struct mw_writer *out = page->out;
    mw_page_section(page, "advice", "What to do");
    const struct mw_allocation_move *move = mw_report_first_move(allocation);
    if (allocation == NULL) {
        mw_html_put(out, "<p class=\"lead\">No allocation yet: the history was too short for one.</p>\n");
    } else if (move == NULL) {
        put_no_move(page);
    } else {
        mw_html_put(out, "<p class=\"lead\">");
        mw_report_put_shift(out, page->findings, move);
        mw_html_put(out, ": ");
        mw_report_put_gain(out, page->findings, move);
        mw_html_put(out, ".</p>\n");
    }
    if (allocation != NULL) {
        mw_html_put(out, "<p class=\"meta\">Evidence: %s. Data of <span class=\"keep\">%s</span>.",
                    mw_format_evidence(allocation->evidence), mw_format_date(allocation->data.settled_to).s);
        if (allocation->valid_until != MW_DATE_NONE) {
            mw_html_put(out, " Good until <span class=\"keep\">%s</span>; do not act on it afterwards.",
                        mw_format_date(allocation->valid_until).s);
        }
        put_beginning(page, move);
        mw_html_put(out, "</p>\n");
    }
    mw_page_section_end(page);
}

static void put_tile(const struct mw_page *page, const char *title, const char *number, const char *range,
                     const char *remark)
{
    mw_html_put(
        page->out,
        "<li><span class=\"name\">%s</span><span class=\"number\">%s</span><span class=\"range\">%s</span>"
        "<span class=\"remark\">%s</span></li>\n",
        title, number, range, remark);
}

static void put_accuracy_tile(const struct mw_page *page)
{
    const struct mw_accuracy *accuracy = page->findings->estimate->accuracy;
    if (accuracy == NULL || isnan(accuracy->wmape_pct)) {
        put_tile(page, "Forecast error", "n/a", "", "no forecast has been scored yet");
        return;
    }
    const double right = 100 * accuracy->coverage;
    struct mw_text number, range;
    (void)snprintf(number.s, sizeof number.s, "%.40s&nbsp;%%", mw_format_fixed(accuracy->wmape_pct, 1).s);
    (void)snprintf(range.s, sizeof range.s, "bias %.20s&nbsp;%%, %.20s&nbsp;%% in range",
                   mw_format_signed_fixed(accuracy->bias_pct, 1).s, mw_format_fixed(right, 0).s);
    put_tile(page, "Forecast error", number.s, range.s, "mean of the last 4 settled weeks; under 15 is good");
}

/* Three figures, no more: an executive summary is read in ten seconds. */
static void put_tiles(const struct mw_page *page)
{
    const struct mw_estimate *estimate = page->findings->estimate;
    const struct mw_allocation *allocation = page->findings->allocation;
    mw_html_put(page->out, "<ul class=\"tiles\">\n");
    put_tile(page, "Return on all spend", mw_format_estimate(estimate->roi.q50).s, range_of(&estimate->roi).s,
             "outcome per unit of spend, whole history");
    if (allocation != NULL) {
        const struct mw_bes *efficiency = &allocation->efficiency;
        put_tile(page, "Budget efficiency", mw_format_fixed(efficiency->q50, 0).s,
                 mw_format_range_fixed(efficiency->q05, efficiency->q95, 0).s,
                 "100 = spent where the optimum would");
    }
    put_accuracy_tile(page);
    mw_html_put(page->out, "</ul>\n");
}

/* ---- who earns what
 * --------------------------------------------------------------------------------------------- */

static void put_contribution_row(const struct mw_page *page, const struct mw_estimate_channel *channel)
{
    struct mw_writer *out = page->out;
    mw_html_row_head(out, channel->channel);
    cell_posterior(page, &channel->contribution);
    mw_html_cell_interval(out, mw_format_percent(channel->share.q50).s,
                          mw_format_range_fixed(100 * channel->share.q05, 100 * channel->share.q95, 1).s);
    mw_html_cell(out, mw_format_number(channel->spend).s);
    cell_posterior(page, &channel->roi);
    mw_html_put(out, "<td class=\"text\">%s<small>%s&nbsp;%% prior", mw_format_evidence(channel->evidence),
                mw_format_fixed(fmin(100 * channel->prior_share, 100), 0).s);
    if (channel->verdict.len > 0) {
        mw_html_put(out, ", ");
        mw_html_text(out, channel->verdict);
    }
    mw_html_put(out, "</small></td></tr>\n");
}

static void put_baseline_row(const struct mw_page *page)
{
    const struct mw_estimate *estimate = page->findings->estimate;
    struct mw_writer *out = page->out;
    mw_html_put(out, "<tr class=\"total\"><th scope=\"row\">no spend at all</th>");
    cell_posterior(page, &estimate->baseline);
    mw_html_cell_interval(
        out, mw_format_percent(1 - estimate->media_share.q50).s,
        mw_format_range_fixed(100 * (1 - estimate->media_share.q95), 100 * (1 - estimate->media_share.q05), 1)
            .s);
    mw_html_put(out, "<td></td><td></td><td></td></tr>\n");
}

static void put_contributions(const struct mw_page *page)
{
    static const char *const heads[] = {"Channel", "Contribution", "Share", "Spend", "ROI", "Evidence"};
    const struct mw_html_table table = {
        .caption = "Over the whole history: outcome that each channel brought, its share of the outcome, "
                   "money spent, and outcome per unit of money",
        .heads = heads,
        .n_heads = N_OF(heads),
        .n_texts = 1,
        .last_is_text = true};
    mw_page_section(page, "contribution", "Who earns what");
    mw_page_figure(page, &(struct mw_page_figure){
                             "contribution", "Contribution of each channel with its 90 percent range",
                             "Contribution with its 90&nbsp;% range, and share of the outcome"});
    mw_html_table_begin(page->out, &table);
    for (size_t i = 0; i < page->findings->estimate->n_channels; i++) {
        put_contribution_row(page, mw_report_channel(page->findings, i));
    }
    put_baseline_row(page);
    mw_html_table_end(page->out);
    mw_html_put(page->out, "<p class=\"note\">Contribution in ");
    put_outcome(page);
    mw_html_put(page->out, ", spend in ");
    put_currency(page);
    mw_html_put(
        page->out,
        ". Prior: how much of the answer is the assumption and not the data; 100&nbsp;%% means that the data "
        "have said nothing yet. Shares with their ranges in percent.</p>\n");
    mw_page_section_end(page);
}

/* ---- the next unit of money
 * ------------------------------------------------------------------------------------- */

/* Nothing is known beyond the end of the curve: a saturation point there only says that it is not before. */
static void cell_saturation(const struct mw_page *page, const struct mw_estimate_channel *channel)
{
    const struct mw_curve *curve = &channel->curve;
    const struct mw_posterior *saturation = &channel->saturation;
    const double end = curve->n_spend > 0 ? curve->spend[curve->n_spend - 1] : (double)INFINITY;
    if (!(saturation->q50 >= end * (1 - 1e-9))) {
        cell_posterior(page, saturation);
    } else if (saturation->q05 < saturation->q50) {
        mw_html_put(page->out, "<td>beyond %s<small>5&nbsp;%%: %s</small></td>", mw_format_estimate(end).s,
                    mw_format_estimate(saturation->q05).s);
    } else {
        mw_html_put(page->out, "<td>beyond %s</td>", mw_format_estimate(end).s);
    }
}

static void put_return_row(const struct mw_page *page, const struct mw_estimate_channel *channel)
{
    struct mw_writer *out = page->out;
    const struct mw_mroas *mroas = &channel->mroas;
    mw_html_row_head(out, channel->channel);
    if (isnan(mroas->q50) && mroas->reason.len > 0) {
        cell_reason(page, mroas->reason);
    } else {
        mw_html_cell_interval(out, mw_format_estimate(mroas->q50).s,
                              mw_format_range(mroas->q05, mroas->q95).s);
    }
    mw_html_cell(out, mw_report_probability(mroas->p_below_floor).s);
    mw_html_cell(out, mw_format_number(channel->spend_recent).s);
    cell_saturation(page, channel);
    cell_posterior(page, &channel->wasted_spend);
    mw_html_put(out, "</tr>\n");
}

static double floor_of(const struct mw_estimate *estimate)
{
    return estimate->n_channels > 0 ? estimate->channels[0].mroas.floor : (double)NAN;
}

static void put_returns(const struct mw_page *page)
{
    static const char *const heads[] = {"Channel",   "Next unit brings", "P(below floor)",
                                        "Spend now", "Saturated at",     "Wasted"};
    const struct mw_html_table table = {.caption = "At the spend of the last 28 settled days",
                                        .heads = heads,
                                        .n_heads = N_OF(heads),
                                        .n_texts = 1};
    const struct mw_estimate *estimate = page->findings->estimate;
    mw_page_section(page, "returns", "What the next unit of money brings");
    mw_page_figure(
        page, &(struct mw_page_figure){
                  "returns", "Average and marginal return of each channel with 90 percent ranges",
                  "<i class=\"key accent\"></i>next unit (mROAS) <i class=\"key muted\"></i>average (ROI) "
                  "<i class=\"key rule\"></i>floor: below it the next unit costs more than it brings"});
    mw_html_table_begin(page->out, &table);
    for (size_t i = 0; i < estimate->n_channels; i++) {
        put_return_row(page, mw_report_channel(page->findings, i));
    }
    mw_html_table_end(page->out);
    mw_html_put(page->out, "<p class=\"note\">Spend, saturation and waste in ");
    put_currency(page);
    mw_html_put(
        page->out,
        " a %s. Saturated: where the next unit falls to the floor of %s. Wasted: spent beyond that point; "
        "in all %s&nbsp;%% (%s) of spend.</p>\n",
        mw_report_period(page->findings), mw_format_number(floor_of(estimate)).s,
        mw_format_estimate(estimate->wasted_spend_pct.q50).s, range_of(&estimate->wasted_spend_pct).s);
    mw_page_figure(page,
                   &(struct mw_page_figure){
                       "curves", "Response curve of each channel with its 90 percent band",
                       "Expected outcome by spend, with its 90&nbsp;% band; "
                       "<i class=\"key rule-solid\"></i>spend now <i class=\"key rule\"></i>saturated"});
    mw_page_section_end(page);
}

/* ---- budget
 * ----------------------------------------------------------------------------------------------------- */

static void put_budget_row(const struct mw_page *page, const struct mw_allocation_channel *row)
{
    struct mw_writer *out = page->out;
    mw_html_row_head(out, row->channel);
    mw_html_cell(out, mw_format_number(row->current).s);
    mw_html_cell(out, mw_format_estimate(row->optimal).s);
    mw_html_cell(out, mw_format_signed(row->optimal - row->current).s);
    mw_html_cell(out, mw_format_range(row->lower, row->upper).s);
    mw_html_cell(out, mw_format_estimate(row->mroas_current).s);
    mw_html_cell(out, mw_format_estimate(row->mroas_optimal).s);
    mw_html_put(out, "</tr>\n");
}

static void put_budget_table(const struct mw_page *page)
{
    static const char *const heads[] = {"Channel", "Now",       "Best",      "Change",
                                        "Limits",  "mROAS now", "mROAS best"};
    const struct mw_html_table table = {.caption =
                                            "The same total, spent where it brings most within the limits",
                                        .heads = heads,
                                        .n_heads = N_OF(heads),
                                        .n_texts = 1};
    mw_html_table_begin(page->out, &table);
    for (size_t i = 0; i < page->findings->estimate->n_channels; i++) {
        const struct mw_allocation_channel *row =
            mw_report_allocated(page->findings, mw_report_channel(page->findings, i)->channel);
        if (row != NULL) {
            put_budget_row(page, row);
        }
    }
    mw_html_table_end(page->out);
}

static void put_moves(const struct mw_page *page)
{
    static const char *const heads[] = {"Up to", "Move", "Gain", "P(loss)"};
    const struct mw_html_table table = {
        .caption = "Steps on the way there", .heads = heads, .n_heads = N_OF(heads), .n_texts = 2};
    const struct mw_allocation *allocation = page->findings->allocation;
    struct mw_writer *out = page->out;
    mw_page_figure(page, &(struct mw_page_figure){
                             "moves", "Expected gain of each move with its 90 percent range",
                             "Gain of each move with its 90&nbsp;% range and its probability of loss"});
    mw_html_table_begin(out, &table);
    for (size_t i = 0; i < allocation->n_moves; i++) {
        const struct mw_allocation_move *move = &allocation->moves[i];
        mw_html_put(out, "<tr><th scope=\"row\">%s<small>", mw_report_probability(move->step).s);
        mw_html_text(out, move->name);
        mw_html_put(out, "</small></th><td class=\"text\">");
        mw_report_put_shift(out, page->findings, move);
        mw_html_put(out, "</td>");
        mw_html_cell_interval(out, mw_format_signed(move->lift.q50).s, range_of(&move->lift).s);
        mw_html_cell(out, mw_report_probability(move->p_loss).s);
        mw_html_put(out, "</tr>\n");
    }
    mw_html_table_end(out);
}

static void put_budget(const struct mw_page *page)
{
    const struct mw_allocation *allocation = page->findings->allocation;
    struct mw_writer *out = page->out;
    if (allocation == NULL) {
        return;
    }
    mw_page_section(page, "budget", "Where the money should go");
    mw_page_figure(page, &(struct mw_page_figure){
                             "allocation", "Current and best spend of each channel",
                             "<i class=\"key muted\"></i>spend now <i class=\"key accent\"></i>best "
                             "<i class=\"key rule-solid\"></i>limits"});
    put_budget_table(page);
    mw_html_put(out, "<p class=\"note\">");
    put_currency(page);
    mw_html_put(out, " a %s, %s in all. The best split brings %s (%s) ", mw_report_period(page->findings),
                mw_format_number(allocation->total).s, mw_format_signed(allocation->lift.q50).s,
                range_of(&allocation->lift).s);
    put_outcome(page);
    mw_html_put(out,
                " more, P(loss) %s; today's split catches %s&nbsp;%% (%s) of what the best would. It is "
                "proven to be within "
                "%s&nbsp;%% of the best there can be.</p>\n",
                mw_report_probability(allocation->p_loss).s,
                mw_format_estimate(allocation->capture_pct.q50).s, range_of(&allocation->capture_pct).s,
                mw_format_fixed(fmax(allocation->gap_pct, 0.01), 2).s);
    put_moves(page);
    mw_page_figure(page, &(struct mw_page_figure){
                             "efficiency", "Budget efficiency score over time with its 90 percent band",
                             "Budget efficiency over time; <i class=\"key rule\"></i>alert below 70"});
    mw_page_section_end(page);
}

/* ---- trust
 * ------------------------------------------------------------------------------------------------------ */

static void put_forecasts(const struct mw_page *page)
{
    const struct mw_accuracy *accuracy = page->findings->estimate->accuracy;
    mw_page_section(page, "forecasts", "How good the forecasts were");
    mw_page_figure(
        page,
        &(struct mw_page_figure){
            "forecast", "Outcome and its forecast with a 90 percent band",
            "<i class=\"key ink\"></i>what came <i class=\"key accent\"></i>what had been forecast before, "
            "with its 90&nbsp;% band"});
    mw_page_figure(
        page, &(struct mw_page_figure){"accuracy", "Forecast error over time",
                                       "Error of the last 4 settled weeks, in percent of the outcome; <i "
                                       "class=\"key rule\"></i>too much above 15"});
    if (accuracy != NULL) {
        mw_html_put(
            page->out,
            "<p class=\"note\">Last %lld weeks: error %s&nbsp;%% (wMAPE), mean absolute error %s&nbsp;%%, "
            "bias %s&nbsp;%%. In their 90&nbsp;%% range lay %s&nbsp;%% of the outcomes; honest ranges hold "
            "so few "
            "or fewer with probability %s. Forecasts are stored before the outcome is known.</p>\n",
            (long long)accuracy->weeks, mw_format_fixed(accuracy->wmape_pct, 1).s,
            mw_format_fixed(accuracy->mape_pct, 1).s, mw_format_signed_fixed(accuracy->bias_pct, 1).s,
            mw_format_fixed(100 * accuracy->coverage, 0).s, mw_report_probability(accuracy->coverage_p).s);
    } else {
        mw_html_put(page->out, "<p class=\"note\">No forecast has been scored yet.</p>\n");
    }
    mw_page_section_end(page);
}

static void put_health(const struct mw_page *page)
{
    const struct mw_estimate *estimate = page->findings->estimate;
    const double particles = (double)estimate->model.particles;
    mw_page_section(page, "health", "Whether the model can be trusted");
    mw_page_figure(page, &(struct mw_page_figure){
                             "health", "Effective sample size over time",
                             "<i class=\"key accent\"></i>effective sample and <i class=\"key "
                             "muted\"></i>distinct ancestors, in percent of the "
                             "particles; <i class=\"key rule\"></i>the population is renewed below 50"});
    mw_html_put(page->out,
                "<p class=\"note\">Effective sample %s of %s particles, %s&nbsp;%% of proposals accepted, "
                "%lld moves so "
                "far. The model explains %s&nbsp;%% of the variance. It allows for errors that follow each "
                "other with a "
                "correlation of %s; what it leaves is correlated by %s, which should be near 0.</p>\n",
                mw_format_fixed(estimate->health.ess, 0).s, mw_format_number(particles).s,
                mw_format_fixed(100 * estimate->health.acceptance, 0).s, (long long)estimate->health.moves,
                mw_format_fixed(100 * estimate->fit.r2, 0).s, mw_format_fixed(estimate->fit.rho, 2).s,
                mw_format_fixed(estimate->fit.residual_autocorrelation, 2).s);
    mw_page_section_end(page);
}

/* ---- the whole
 * -------------------------------------------------------------------------------------------------- */

static void put_notice(const struct mw_page *page)
{
    if (!page->has_charts) {
        mw_html_put(page->out, "<p class=\"notice\">There are no charts in this page: mixwatch was built "
                               "without the chart library "
                               "(Debian's libjs-vega). The tables say the same in numbers.</p>\n");
    } else {
        mw_html_put(page->out, "<noscript><p class=\"notice\">The charts need JavaScript. The tables say the "
                               "same in numbers.</p></noscript>\n");
    }
}

static void put_foot(const struct mw_page *page, struct mw_span chart_library)
{
    struct mw_writer *out = page->out;
    mw_html_put(out,
                "<footer><p>Numbers are medians of the posterior with their 5 and 95&nbsp;%% quantiles. "
                "Evidence: observational means that "
                "no experiment backs the number.%s</p></footer>\n</main>\n",
                page->has_charts
                    ? " Charts by Vega, BSD-3-Clause, \xc2\xa9 University of Washington Interactive Data Lab."
                    : "");
    if (page->has_charts) {
        mw_html_put(out, "<script type=\"application/json\" id=\"findings\">");
        mw_report_json(page->findings, out);
        mw_html_put(out, "</script>\n<script type=\"application/json\" id=\"charts\">");
        put_span(out, mw_report_charts());
        mw_html_put(out, "</script>\n<script>\n");
        put_span(out, chart_library);
        mw_html_put(out, "\n</script>\n<script>\n");
        put_span(out, mw_report_script());
        mw_html_put(out, "</script>\n");
    }
    mw_html_put(out, "</body>\n</html>\n");
}

void mw_report_html(const struct mw_report_findings *findings, struct mw_span chart_library,
                    struct mw_writer *out)
{
    const struct mw_page page = {findings, out, chart_library.len > 0};
    put_head(&page);
    put_title(&page);
    put_notice(&page);
    put_advice(&page);
    put_tiles(&page);
    put_contributions(&page);
    put_returns(&page);
    put_budget(&page);
    put_forecasts(&page);
    put_health(&page);
    mw_page_put_alerts(&page);
    mw_page_put_tests(&page);
    put_foot(&page, chart_library);
}
