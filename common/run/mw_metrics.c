// SPDX-License-Identifier: Apache-2.0
#include "mw_metrics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct mw_meter {
    char *name, *help;
    char unit[16];
    enum mw_meter_kind kind;
    char *labels; /* 'service="updater",topic="x"', escaped; "" without labels */
    double value; /* counter, gauge: the value; histogram: the sum */
    uint64_t n;   /* histogram: observations */
    size_t n_bounds;
    double bounds[MW_METER_BUCKETS_MAX];
    uint64_t buckets[MW_METER_BUCKETS_MAX]; /* not cumulative */
};

struct mw_metrics {
    struct mw_meter *meters[MW_METERS_MAX];
    size_t n;
};

enum mw_status mw_metrics_open(struct mw_metrics **out, struct mw_error *err)
{
    *out = calloc(1, sizeof **out);
    return *out != NULL ? MW_OK : MW_FAIL(err, MW_E_MEMORY, "no memory for the registry of metrics");
}

static void meter_free(struct mw_meter *meter)
{
    if (meter != NULL) {
        free(meter->name);
        free(meter->help);
        free(meter->labels);
        free(meter);
    }
}

void mw_metrics_close(struct mw_metrics **metrics)
{
    for (size_t i = 0; *metrics != NULL && i < (*metrics)->n; i++) {
        meter_free((*metrics)->meters[i]);
    }
    free(*metrics);
    *metrics = NULL;
}

/* ---- declaring ---------------------------------------------------------------------------------------------- */

static bool is_name(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    static const char others[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789:";
    return name != NULL && strspn(name, letters) > 0 && strspn(name, others) == strlen(name);
}

static enum mw_status check(const struct mw_meter_declaration *what, struct mw_error *err)
{
    if (!is_name(what->name) || what->help == NULL || what->unit == NULL ||
        strlen(what->unit) >= sizeof((struct mw_meter *)0)->unit) {
        return MW_FAIL(err, MW_E_CONTRACT,
                       "meter \"%s\" needs a name of letters, digits and '_', a help and a unit",
                       what->name == NULL ? "" : what->name);
    }
    const size_t len = strlen(what->name);
    if (what->kind == MW_METER_COUNTER && (len < 6 || strcmp(what->name + len - 6, "_total") != 0)) {
        return MW_FAIL(err, MW_E_CONTRACT, "counter %s must end in _total", what->name);
    }
    if ((what->n_bounds > 0) != (what->kind == MW_METER_HISTOGRAM) || what->n_bounds > MW_METER_BUCKETS_MAX) {
        return MW_FAIL(err, MW_E_CONTRACT, "%s: a histogram, and only one, has 1..%d bounds", what->name,
                       MW_METER_BUCKETS_MAX);
    }
    for (size_t i = 0; i < what->n_bounds; i++) {
        if (!isfinite(what->bounds[i]) || (i > 0 && !(what->bounds[i - 1] < what->bounds[i]))) {
            return MW_FAIL(err, MW_E_CONTRACT, "%s: bound %zu does not rise", what->name, i);
        }
    }
    for (size_t i = 0; i < MW_METER_LABELS_MAX && what->labels[i].name != NULL; i++) {
        if (!is_name(what->labels[i].name) || what->labels[i].value == NULL) {
            return MW_FAIL(err, MW_E_CONTRACT, "%s: label %zu has no proper name and value", what->name, i);
        }
    }
    return MW_OK;
}

static void put(struct mw_writer *out, const char *text)
{
    mw_write_bytes(out, text, strlen(text));
}

/* Prometheus text format 0.0.4: backslash and line feed are escaped, in label values the quote too. */
static void put_escaped(struct mw_writer *out, const char *text, bool is_label)
{
    for (; *text != '\0'; text++) {
        if (*text == '\\' || (is_label && *text == '"')) {
            mw_write_bytes(out, (const char[]){'\\', *text}, 2);
        } else if (*text == '\n') {
            put(out, "\\n");
        } else {
            mw_write_bytes(out, text, 1);
        }
    }
}

static char *labels_text(const struct mw_meter_declaration *what)
{
    struct mw_writer out = {0};
    for (size_t i = 0; i < MW_METER_LABELS_MAX && what->labels[i].name != NULL; i++) {
        put(&out, i == 0 ? "" : ",");
        put(&out, what->labels[i].name);
        put(&out, "=\"");
        put_escaped(&out, what->labels[i].value, true);
        put(&out, "\"");
    }
    mw_write_u8(&out, '\0');
    if (out.failed) {
        mw_writer_fini(&out);
    }
    return out.data;
}

static char *copy_text(const char *text)
{
    const size_t len = strlen(text) + 1;
    char *out = malloc(len);
    return out == NULL ? NULL : memcpy(out, text, len);
}

static struct mw_meter *meter_new(const struct mw_meter_declaration *what, const char *labels)
{
    struct mw_meter *meter = calloc(1, sizeof *meter);
    if (meter == NULL) {
        return NULL;
    }
    meter->name = copy_text(what->name);
    meter->help = copy_text(what->help);
    meter->labels = copy_text(labels);
    (void)snprintf(meter->unit, sizeof meter->unit, "%s", what->unit);
    meter->kind = what->kind;
    meter->n_bounds = what->n_bounds;
    for (size_t i = 0; i < what->n_bounds; i++) {
        meter->bounds[i] = what->bounds[i];
    }
    if (meter->name == NULL || meter->help == NULL || meter->labels == NULL) {
        meter_free(meter);
        return NULL;
    }
    return meter;
}

static bool says_the_same(const struct mw_meter *meter, const struct mw_meter_declaration *what)
{
    return meter->kind == what->kind && strcmp(meter->help, what->help) == 0 &&
           strcmp(meter->unit, what->unit) == 0;
}

/* NULL with *clash when the name is there and means something else. */
static struct mw_meter *find(const struct mw_metrics *metrics, const struct mw_meter_declaration *what,
                             const char *labels, bool *clash)
{
    *clash = false;
    for (size_t i = 0; i < metrics->n; i++) {
        struct mw_meter *meter = metrics->meters[i];
        if (strcmp(meter->name, what->name) != 0) {
            continue;
        }
        if (!says_the_same(meter, what)) {
            *clash = true;
            return NULL;
        }
        if (strcmp(meter->labels, labels) == 0) {
            return meter;
        }
    }
    return NULL;
}

enum mw_status mw_metrics_declare(struct mw_metrics *metrics, const struct mw_meter_declaration *what,
                                  struct mw_meter **out, struct mw_error *err)
{
    *out = NULL;
    MW_TRY(check(what, err));
    char *labels = labels_text(what);
    if (labels == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for meter %s", what->name);
    }
    bool clash;
    enum mw_status status = MW_OK;
    *out = find(metrics, what, labels, &clash);
    if (clash) {
        status =
            MW_FAIL(err, MW_E_CONTRACT, "meter %s is declared with another kind, help or unit", what->name);
    } else if (*out == NULL && metrics->n == MW_METERS_MAX) {
        status = MW_FAIL(err, MW_E_FULL, "meter %s is one more than the %d there may be", what->name,
                         MW_METERS_MAX);
    } else if (*out == NULL) {
        *out = meter_new(what, labels);
        status = *out == NULL ? MW_FAIL(err, MW_E_MEMORY, "no memory for meter %s", what->name) : MW_OK;
        metrics->meters[metrics->n] = *out;
        metrics->n += *out != NULL;
    }
    free(labels);
    return status;
}

/* ---- moving ------------------------------------------------------------------------------------------------- */

void mw_meter_add(struct mw_meter *meter, double x)
{
    if (meter != NULL) {
        mw_invariant(meter->kind == MW_METER_GAUGE ? !isnan(x) : meter->kind == MW_METER_COUNTER && x >= 0);
        meter->value += x;
    }
}

void mw_meter_set(struct mw_meter *meter, double x)
{
    if (meter != NULL) {
        mw_invariant(meter->kind == MW_METER_GAUGE);
        meter->value = x;
    }
}

void mw_meter_observe(struct mw_meter *meter, double x)
{
    if (meter == NULL) {
        return;
    }
    mw_invariant(meter->kind == MW_METER_HISTOGRAM && !isnan(x));
    meter->n++;
    meter->value += x;
    for (size_t i = 0; i < meter->n_bounds; i++) {
        if (x <= meter->bounds[i]) {
            meter->buckets[i]++;
            return;
        }
    }
}

double mw_meter_value(const struct mw_meter *meter)
{
    return meter->kind == MW_METER_HISTOGRAM ? (double)meter->n : meter->value;
}

void mw_meter_bounds(double from, double factor, size_t n, double bounds[])
{
    for (size_t i = 0; i < n; i++) {
        bounds[i] = i == 0 ? from : bounds[i - 1] * factor;
    }
}

/* ---- writing ------------------------------------------------------------------------------------------------ */

static void put_number(struct mw_writer *out, double x)
{
    char text[40];
    if (isfinite(x)) {
        (void)snprintf(text, sizeof text, "%.17g", x);
        char shorter[40];
        (void)snprintf(shorter, sizeof shorter, "%.15g", x);
        put(out, strtod(shorter, NULL) == x ? shorter : text);
    } else {
        put(out, isnan(x) ? "NaN" : x > 0 ? "+Inf" : "-Inf");
    }
}

static void put_sample(struct mw_writer *out, const struct mw_meter *meter, const char *suffix,
                       const double *le, double value)
{
    put(out, meter->name);
    put(out, suffix);
    if (meter->labels[0] != '\0' || le != NULL) {
        put(out, "{");
        put(out, meter->labels);
        put(out, le == NULL ? "" : meter->labels[0] == '\0' ? "le=\"" : ",le=\"");
        if (le != NULL) {
            put_number(out, *le);
            put(out, "\"");
        }
        put(out, "}");
    }
    put(out, " ");
    put_number(out, value);
    put(out, "\n");
}

static void put_histogram(struct mw_writer *out, const struct mw_meter *meter)
{
    uint64_t below = 0;
    for (size_t i = 0; i < meter->n_bounds; i++) {
        below += meter->buckets[i];
        put_sample(out, meter, "_bucket", &meter->bounds[i], (double)below);
    }
    put_sample(out, meter, "_bucket", &(double){(double)INFINITY}, (double)meter->n);
    put_sample(out, meter, "_sum", NULL, meter->value);
    put_sample(out, meter, "_count", NULL, (double)meter->n);
}

static void put_heading(struct mw_writer *out, const struct mw_meter *meter)
{
    static const char *const kinds[] = {"counter", "gauge", "histogram"};
    put(out, "# HELP ");
    put(out, meter->name);
    put(out, " ");
    put_escaped(out, meter->help, false);
    put(out, " (");
    put(out, meter->unit);
    put(out, ")\n# TYPE ");
    put(out, meter->name);
    put(out, " ");
    put(out, kinds[meter->kind]);
    put(out, "\n");
}

static bool is_first_of_its_name(const struct mw_metrics *metrics, size_t i)
{
    for (size_t k = 0; k < i; k++) {
        if (strcmp(metrics->meters[k]->name, metrics->meters[i]->name) == 0) {
            return false;
        }
    }
    return true;
}

/* The format wants all samples of a name together. */
void mw_metrics_write(const struct mw_metrics *metrics, struct mw_writer *out)
{
    for (size_t i = 0; i < metrics->n; i++) {
        if (!is_first_of_its_name(metrics, i)) {
            continue;
        }
        put_heading(out, metrics->meters[i]);
        for (size_t k = i; k < metrics->n; k++) {
            const struct mw_meter *meter = metrics->meters[k];
            if (strcmp(meter->name, metrics->meters[i]->name) != 0) {
                continue;
            }
            if (meter->kind == MW_METER_HISTOGRAM) {
                put_histogram(out, meter);
            } else {
                put_sample(out, meter, "", NULL, meter->value);
            }
        }
    }
}
