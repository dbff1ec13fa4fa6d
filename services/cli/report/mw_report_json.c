// SPDX-License-Identifier: Apache-2.0
/* What the charts draw: one object of tables, each an array of flat rows under the name by which a chart's
 * specification asks for it. Seven digits are more than a screen can show. A '<' is written \u003c, so that
 * no text can end the script element that the object stands in. */
#include "mw_report_internal.h"

#include <math.h>
#include <stdio.h>

struct json {
    struct mw_writer *out;
    bool needs_comma;
};

static void put(struct mw_writer *out, const char *text)
{
    mw_write_bytes(out, text, strlen(text));
}

static void begin(struct json *json, const char *bracket)
{
    put(json->out, json->needs_comma ? "," : "");
    put(json->out, bracket);
    json->needs_comma = false;
}

static void end(struct json *json, const char *bracket)
{
    put(json->out, bracket);
    json->needs_comma = true;
}

static void name(struct json *json, const char *text)
{
    begin(json, "\"");
    put(json->out, text);
    put(json->out, "\":");
}

static void number(struct json *json, const char *field, double value)
{
    char text[32] = "null";
    if (isfinite(value)) {
        (void)snprintf(text, sizeof text, "%.7g", value);
    }
    name(json, field);
    put(json->out, text);
    json->needs_comma = true;
}

static void text(struct json *json, const char *field, struct mw_span value)
{
    name(json, field);
    mw_write_u8(json->out, '"');
    for (size_t i = 0; i < value.len; i++) {
        const unsigned char c = (unsigned char)value.data[i];
        char escaped[8] = {(char)c, '\0'};
        if (c == '"' || c == '\\') {
            (void)snprintf(escaped, sizeof escaped, "\\%c", c);
        } else if (c < 0x20 || c == '<') {
            (void)snprintf(escaped, sizeof escaped, "\\u%04x", c);
        }
        put(json->out, escaped);
    }
    mw_write_u8(json->out, '"');
    json->needs_comma = true;
}

static void date(struct json *json, mw_date value)
{
    text(json, "date", mw_span(mw_format_date(value).s));
}

static void instant(struct json *json, const char *field, int64_t time_us)
{
    char formatted[32];
    mw_time_format(time_us, formatted);
    text(json, field, (struct mw_span){formatted, strlen("2026-01-31T08:00:00")});
}

static void interval(struct json *json, double low, double middle, double high)
{
    number(json, "low", low);
    number(json, "middle", middle);
    number(json, "high", high);
}

/* ---- tables
 * ----------------------------------------------------------------------------------------------------- */

static void channels(struct json *json, const struct mw_report_findings *findings)
{
    for (size_t i = 0; i < findings->estimate->n_channels; i++) {
        const struct mw_estimate_channel *channel = mw_report_channel(findings, i);
        begin(json, "{");
        text(json, "channel", channel->channel);
        interval(json, channel->contribution.q05, channel->contribution.q50, channel->contribution.q95);
        number(json, "share", channel->share.q50);
        number(json, "roi_low", channel->roi.q05);
        number(json, "roi", channel->roi.q50);
        number(json, "roi_high", channel->roi.q95);
        number(json, "mroas_low", channel->mroas.q05);
        number(json, "mroas", channel->mroas.q50);
        number(json, "mroas_high", channel->mroas.q95);
        number(json, "floor", channel->mroas.floor);
        end(json, "}");
    }
}

static void curve_points(struct json *json, const struct mw_curve *curve)
{
    for (size_t i = 0; i < curve->n_spend && i < curve->n_q05 && i < curve->n_q50 && i < curve->n_q95; i++) {
        begin(json, "{");
        number(json, "spend", curve->spend[i]);
        interval(json, curve->q05[i], curve->q50[i], curve->q95[i]);
        end(json, "}");
    }
}

static void curves(struct json *json, const struct mw_report_findings *findings)
{
    for (size_t i = 0; i < findings->estimate->n_channels; i++) {
        const struct mw_estimate_channel *channel = mw_report_channel(findings, i);
        if (channel->curve.n_spend == 0) {
            continue;
        }
        begin(json, "{");
        text(json, "channel", channel->channel);
        number(json, "current", channel->spend_recent);
        number(json, "saturation", channel->saturation.q50);
        name(json, "points");
        put(json->out, "[");
        curve_points(json, &channel->curve);
        end(json, "]");
        end(json, "}");
    }
}

static void allocation(struct json *json, const struct mw_report_findings *findings)
{
    for (size_t i = 0; i < findings->estimate->n_channels; i++) {
        const struct mw_allocation_channel *row =
            mw_report_allocated(findings, mw_report_channel(findings, i)->channel);
        if (row != NULL) {
            begin(json, "{");
            text(json, "channel", row->channel);
            number(json, "current", row->current);
            number(json, "optimal", row->optimal);
            number(json, "lower", row->lower);
            number(json, "upper", row->upper);
            end(json, "}");
        }
    }
}

static void moves(struct json *json, const struct mw_report_findings *findings)
{
    const size_t n = findings->allocation == NULL ? 0 : findings->allocation->n_moves;
    for (size_t i = 0; i < n; i++) {
        const struct mw_allocation_move *move = &findings->allocation->moves[i];
        begin(json, "{");
        text(json, "name", mw_span(mw_format_probability(move->step).s));
        interval(json, move->lift.q05, move->lift.q50, move->lift.q95);
        text(json, "p_loss", mw_span(mw_format_probability(move->p_loss).s));
        end(json, "}");
    }
}

/* Forecasts are scored by the week, also on a daily grid: then the days ahead are no continuation of the weeks behind. */
static bool is_continued(const struct mw_report_findings *findings)
{
    const struct mw_estimate *estimate = findings->estimate;
    const size_t n = findings->n_scored;
    return n < 2 || estimate->n_forecast < 2 ||
           findings->scored[n - 1].date - findings->scored[n - 2].date ==
               estimate->forecast[1].date - estimate->forecast[0].date;
}

static void forecasts(struct json *json, const struct mw_report_findings *findings)
{
    for (size_t i = 0; i < findings->n_scored; i++) {
        const struct mw_scored *scored = &findings->scored[i];
        begin(json, "{");
        date(json, scored->date);
        number(json, "actual", scored->actual);
        interval(json, scored->q05, scored->forecast, scored->q95);
        end(json, "}");
    }
    const size_t n_ahead = is_continued(findings) ? findings->estimate->n_forecast : 0;
    for (size_t i = 0; i < n_ahead; i++) {
        const struct mw_forecast_point *point = &findings->estimate->forecast[i];
        begin(json, "{");
        date(json, point->date);
        number(json, "actual", (double)NAN);
        interval(json, point->q05, point->q50, point->q95);
        end(json, "}");
    }
}

static void efficiency(struct json *json, const struct mw_report_findings *findings)
{
    for (size_t i = 0; i < findings->n_scores; i++) {
        const struct mw_report_score *score = &findings->scores[i];
        begin(json, "{");
        date(json, score->date);
        interval(json, score->low, score->middle, score->high);
        end(json, "}");
    }
}

static void days(struct json *json, const struct mw_report_findings *findings)
{
    for (size_t i = 0; i < findings->n_days; i++) {
        const struct mw_report_day *day = &findings->days[i];
        begin(json, "{");
        date(json, day->date);
        number(json, "error", day->wmape_pct);
        number(json, "coverage", 100 * day->coverage);
        number(json, "ess", 100 * day->ess_share);
        number(json, "unique", 100 * day->unique_share);
        number(json, "acceptance", 100 * day->acceptance);
        end(json, "}");
    }
}

/* The key of an alert begins with its tenant, which a page about one tenant need not repeat. */
static struct mw_span without_tenant(const struct mw_report_findings *findings, struct mw_span key)
{
    const size_t n = findings->tenant.len;
    const bool begins =
        key.len > n + 1 && key.data[n] == '/' && memcmp(key.data, findings->tenant.data, n) == 0;
    return begins ? (struct mw_span){key.data + n + 1, key.len - n - 1} : key;
}

/* What lasts is drawn to the last day of the data, or a day beyond its own beginning. */
static void incidents(struct json *json, const struct mw_report_findings *findings)
{
    const int64_t end_us = ((int64_t)findings->estimate->as_of + 1) * MW_US_PER_DAY;
    for (size_t i = 0; i < findings->n_incidents; i++) {
        const struct mw_report_incident *incident = &findings->incidents[i];
        const int64_t least_us = incident->since_us + MW_US_PER_DAY;
        const int64_t until_us = incident->until_us != MW_TIME_NONE ? incident->until_us : end_us;
        begin(json, "{");
        text(json, "key", without_tenant(findings, incident->key));
        text(json, "headline", incident->headline);
        text(json, "severity", mw_span(mw_report_severity(incident->severity)));
        instant(json, "since", incident->since_us);
        instant(json, "until", until_us > least_us ? until_us : least_us);
        end(json, "}");
    }
}

static const struct {
    const char *name;
    void (*put)(struct json *json, const struct mw_report_findings *findings);
} tables[] = {
    {"channels", channels}, {"curves", curves},       {"allocation", allocation},
    {"moves", moves},       {"forecasts", forecasts}, {"efficiency", efficiency},
    {"days", days},         {"incidents", incidents},
};

void mw_report_json(const struct mw_report_findings *findings, struct mw_writer *out)
{
    struct json json = {.out = out};
    begin(&json, "{");
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        name(&json, tables[i].name);
        put(out, "[\n");
        tables[i].put(&json, findings);
        end(&json, "]\n");
    }
    end(&json, "}");
}
