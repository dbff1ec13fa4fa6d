// SPDX-License-Identifier: Apache-2.0
#include "mw_format.h"

#include <math.h>
#include <stdio.h>

static const struct mw_text missing = {"n/a"};

/* Beyond this a number is written with an exponent: nobody reads twenty digits, and the buffer is small. */
static const double plain_max = 1e15;

/* "1234567.8" becomes "1,234,567.8". */
static struct mw_text with_separators(const char *digits)
{
    struct mw_text out = {""};
    size_t whole = 0, n = 0;
    while (digits[whole] != '\0' && digits[whole] != '.') {
        whole++;
    }
    for (size_t i = 0; digits[i] != '\0'; i++) {
        if (i > 0 && i < whole && (whole - i) % 3 == 0) {
            out.s[n++] = ',';
        }
        out.s[n++] = digits[i];
    }
    out.s[n] = '\0';
    return out;
}

static bool is_zero(const char *digits)
{
    while (*digits == '0' || *digits == '.') {
        digits++;
    }
    return *digits == '\0';
}

struct mw_text mw_format_fixed(double value, int decimals)
{
    char digits[40];
    struct mw_text out;
    if (isnan(value)) {
        return missing;
    }
    if (!(fabs(value) < plain_max)) {
        (void)snprintf(out.s, sizeof out.s, "%.3g", value);
        return out;
    }
    (void)snprintf(digits, sizeof digits, "%.*f",
                   decimals < 0   ? 0
                   : decimals > 9 ? 9
                                  : decimals,
                   fabs(value));
    const struct mw_text plain = with_separators(digits);
    /* -0.001 to two places is 0.00, not -0.00. */
    (void)snprintf(out.s, sizeof out.s, "%s%s", value < 0 && !is_zero(digits) ? "-" : "", plain.s);
    return out;
}

static int decimals_of(double value)
{
    const double size = fabs(value);
    return !(size < 99.95)   ? 0
           : size >= 9.995   ? 1
           : size >= 0.0995  ? 2
           : size >= 0.00995 ? 3
           : size == 0       ? 0
                             : 4;
}

struct mw_text mw_format_number(double value)
{
    return mw_format_fixed(value, decimals_of(value));
}

/* The place of the third digit of `size`, if it stands before the decimal point: 100 for 12,345. */
static double third_place(double size)
{
    double place = 1;
    while (size >= 999.5 * place && place < plain_max) {
        place *= 10;
    }
    return place;
}

static double rounded(double value, double place)
{
    return isfinite(value) ? floor(value / place + 0.5) * place : value;
}

struct mw_text mw_format_estimate(double value)
{
    const double place = third_place(fabs(value));
    return mw_format_number(place > 1 ? rounded(value, place) : value);
}

static struct mw_text with_sign(double value, struct mw_text plain)
{
    struct mw_text out;
    (void)snprintf(out.s, sizeof out.s, "%s%.62s", value > 0 ? "+" : "", plain.s);
    return out;
}

struct mw_text mw_format_signed(double value)
{
    return with_sign(value, mw_format_estimate(value));
}

struct mw_text mw_format_signed_fixed(double value, int decimals)
{
    return with_sign(value, mw_format_fixed(value, decimals));
}

struct mw_text mw_format_range_fixed(double low, double high, int decimals)
{
    if (isnan(low) || isnan(high)) {
        return missing;
    }
    const struct mw_text a = mw_format_fixed(low, decimals), b = mw_format_fixed(high, decimals);
    struct mw_text out;
    (void)snprintf(out.s, sizeof out.s, "%.30s..%.30s", a.s, b.s);
    return out;
}

/* The place is that of the larger end: "0.48..12.30" would feign precision. */
struct mw_text mw_format_range(double low, double high)
{
    const double size = fmax(fabs(low), fabs(high)), place = third_place(size);
    return place > 1 ? mw_format_range_fixed(rounded(low, place), rounded(high, place), 0)
                     : mw_format_range_fixed(low, high, decimals_of(size));
}

struct mw_text mw_format_probability(double share)
{
    struct mw_text out;
    if (isnan(share)) {
        return missing;
    }
    if (share < 0.01 || share > 0.99) {
        return share < 0.01 ? (struct mw_text){"< 1 %"} : (struct mw_text){"> 99 %"};
    }
    (void)snprintf(out.s, sizeof out.s, "%.0f %%", 100 * share);
    return out;
}

struct mw_text mw_format_percent(double share)
{
    if (isnan(share)) {
        return missing;
    }
    const struct mw_text number = mw_format_fixed(100 * share, 1);
    struct mw_text out;
    (void)snprintf(out.s, sizeof out.s, "%.60s %%", number.s);
    return out;
}

struct mw_text mw_format_date(mw_date date)
{
    struct mw_text out = missing;
    if (date != MW_DATE_NONE) {
        mw_date_format(date, out.s);
    }
    return out;
}

const char *mw_format_evidence(int evidence)
{
    static const char *const grades[] = {[MW_EVIDENCE_OBSERVATIONAL] = "observational",
                                         [MW_EVIDENCE_TEST_ADJACENT] = "test-adjacent",
                                         [MW_EVIDENCE_TEST_CALIBRATED] = "test-calibrated"};
    return evidence < 0 || evidence > MW_EVIDENCE_TEST_CALIBRATED ? "unknown" : grades[evidence];
}
