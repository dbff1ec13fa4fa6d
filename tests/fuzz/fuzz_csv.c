/* fuzz_csv: a table file from its bytes to its records. The first byte picks what is fuzzed: 0 one number, 1 one date, all
 * others a whole table: read, guess, load, and every record encoded.
 *
 * What loads must encode; a number read must be finite; a date read must be read the same way again when written as ISO.
 * Seeds: seeds_csv.py CORPUS. */
// SPDX-License-Identifier: Apache-2.0
#include "mw_table.h"
#include "mw_wire.h"

#include <math.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void fuzz_number(struct mw_span text)
{
    struct mw_decimal_vote vote = {0};
    for (int decimal = MW_DECIMAL_POINT; decimal <= MW_DECIMAL_COMMA; decimal++) {
        struct mw_number number;
        if (mw_number_parse(text, (enum mw_decimal)decimal, &number, NULL) == MW_OK) {
            require(number.missing ? isnan(number.value) : isfinite(number.value));
        }
    }
    mw_decimal_vote(&vote, text);
    (void)mw_decimal_decide(&vote, &vote);
}

static void fuzz_date(struct mw_span text)
{
    static const enum mw_date_order orders[] = {MW_DATE_YMD, MW_DATE_MDY, MW_DATE_DMY};
    const unsigned possible = mw_date_orders(text);
    for (size_t i = 0; i < 3; i++) {
        mw_date date = 0, again = 0;
        char iso[16];
        require(mw_date_read(text, orders[i], &date) == ((possible & (unsigned)orders[i]) != 0));
        if (date != MW_DATE_NONE) {
            mw_date_format(date, iso);
            require(mw_date_read(mw_span(iso), MW_DATE_YMD, &again) && again == date);
        }
    }
    (void)mw_date_is_month(text);
}

static enum mw_status encode(void *context, uint64_t k, const struct mw_raw *record, struct mw_error *err)
{
    (void)k;
    mw_writer_reset(context);
    return mw_encode(record->type, record->body, context, err);
}

/* Whatever loads can travel. */
static void check_records(const struct mw_table *table)
{
    struct mw_writer line = {0};
    struct mw_error err = {0};
    uint64_t k = 0;
    require(mw_table_records(table, &k, encode, &line, &err) == MW_OK);
    mw_writer_fini(&line);
}

static void fuzz_table(struct mw_span text, const struct mw_tenant *given)
{
    struct mw_csv *csv = NULL;
    struct mw_table_guess *guess = NULL;
    struct mw_table *table = NULL;
    struct mw_error err = {0};
    const struct mw_csv_limits limits = {.bytes = 1 << 16};
    enum mw_status status = mw_csv_parse("fuzz.csv", text, &limits, &csv, &err);
    if (status == MW_OK) {
        status = mw_table_guess(csv, given, mw_span("demo"), &guess, &err);
    }
    if (status == MW_OK) {
        struct mw_writer out = {0};
        mw_table_guess_print(guess, &out);
        mw_writer_fini(&out);
        status = mw_table_open(guess, &table, &err);
    }
    if (status == MW_OK) {
        check_records(table);
    }
    require(status == MW_OK || err.text[0] != '\0');
    mw_table_close(&table);
    mw_table_guess_close(&guess);
    mw_csv_close(&csv);
}

/* A table file that asks for little, so that short inputs reach the end. */
static struct mw_tenant small_model(void)
{
    static const struct mw_tenant_baseline bare = {
        .gamma_variance = (double)NAN, .sigma2_shape = (double)NAN, .sigma2_scale = (double)NAN};
    static const struct mw_tenant_errors white = {.rho = 0.0};
    return (struct mw_tenant){.grid = -1,
                              .week_start = -1,
                              .baseline = &bare,
                              .errors = &white,
                              .fill = {"zero", 4},
                              .outcome = {.margin = (double)NAN}};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct mw_tenant given = small_model();
    if (size == 0) {
        return 0;
    }
    const struct mw_span text = {(const char *)data + 1, size - 1};
    switch (data[0]) {
    case 0:
        fuzz_number(text);
        break;
    case 1:
        fuzz_date(text);
        break;
    case 2:
        fuzz_table(text, NULL);
        break;
    default:
        fuzz_table(text, &given);
        break;
    }
    return 0;
}
