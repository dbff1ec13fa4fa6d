// SPDX-License-Identifier: Apache-2.0
#include "mw_report_internal.h"

#include <math.h>
#include <stdio.h>

static const char head[] =
    "tenant,outcome,currency,period,settled_to,data_age_days,channel,"
    "spend,contribution,contribution_q05,contribution_q95,share,share_q05,share_q95,roi,roi_q05,roi_q95,"
    "mroas,mroas_q05,mroas_q95,mroas_floor,mroas_p_below_floor,saturation,saturation_q05,saturation_q95,"
    "wasted_spend,wasted_spend_q05,wasted_spend_q95,spend_current,spend_recommended,evidence,prior_share,"
    "verdict\r\n";

/* RFC 4180. */
static void put_text(struct mw_writer *out, struct mw_span text)
{
    bool is_plain = true;
    for (size_t i = 0; i < text.len; i++) {
        is_plain = is_plain && strchr(",\"\r\n", text.data[i]) == NULL;
    }
    if (is_plain) {
        mw_write_bytes(out, text.data, text.len);
        return;
    }
    mw_write_u8(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '"') {
            mw_write_u8(out, '"');
        }
        mw_write_u8(out, (unsigned char)text.data[i]);
    }
    mw_write_u8(out, '"');
}

static void put_field(struct mw_writer *out, struct mw_span text)
{
    put_text(out, text);
    mw_write_u8(out, ',');
}

/* Ten digits are beyond every interval here; what is not a number is an empty field. */
static void put_number(struct mw_writer *out, double value)
{
    char text[32] = "";
    if (isfinite(value)) {
        (void)snprintf(text, sizeof text, "%.10g", value);
    }
    put_field(out, mw_span(text));
}

static void put_posterior(struct mw_writer *out, const struct mw_posterior *posterior)
{
    put_number(out, posterior->q50);
    put_number(out, posterior->q05);
    put_number(out, posterior->q95);
}

static void put_data_state(struct mw_writer *out, const struct mw_report_findings *findings)
{
    const struct mw_estimate *estimate = findings->estimate;
    put_field(out, estimate->tenant);
    put_field(out, estimate->outcome);
    put_field(out, estimate->currency);
    put_field(out, mw_span(mw_report_period(findings)));
    put_field(out, mw_span(mw_format_date(estimate->data.settled_to).s));
    put_number(out, (double)estimate->data.age_days);
}

static void put_mroas(struct mw_writer *out, const struct mw_mroas *mroas)
{
    put_number(out, mroas->q50);
    put_number(out, mroas->q05);
    put_number(out, mroas->q95);
    put_number(out, mroas->floor);
    put_number(out, mroas->p_below_floor);
}

static void put_channel(struct mw_writer *out, const struct mw_report_findings *findings,
                        const struct mw_estimate_channel *channel)
{
    const struct mw_allocation_channel *allocated = mw_report_allocated(findings, channel->channel);
    put_field(out, channel->channel);
    put_number(out, channel->spend);
    put_posterior(out, &channel->contribution);
    put_posterior(out, &channel->share);
    put_posterior(out, &channel->roi);
    put_mroas(out, &channel->mroas);
    put_posterior(out, &channel->saturation);
    put_posterior(out, &channel->wasted_spend);
    put_number(out, channel->spend_recent);
    put_number(out, allocated == NULL ? (double)NAN : allocated->optimal);
    put_field(out, mw_span(mw_format_evidence(channel->evidence)));
    put_number(out, channel->prior_share);
    put_text(out, channel->verdict);
    mw_write_bytes(out, "\r\n", 2);
}

void mw_report_csv(const struct mw_report_findings *findings, struct mw_writer *out)
{
    mw_write_bytes(out, head, sizeof head - 1);
    for (size_t i = 0; i < findings->estimate->n_channels; i++) {
        put_data_state(out, findings);
        put_channel(out, findings, mw_report_channel(findings, i));
    }
}
