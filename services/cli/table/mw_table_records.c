// SPDX-License-Identifier: Apache-2.0
#include "mw_table.h"

uint64_t mw_table_n_records(const struct mw_table *table)
{
    return 1 + (uint64_t)table->n_periods * mw_period_records(&table->source);
}

void mw_table_record(const struct mw_table *table, uint64_t k, struct mw_raw *out)
{
    if (k == 0) {
        mw_tenant_record(&table->source, table->first, out);
        return;
    }
    const size_t n = mw_period_records(&table->source), i_period = (size_t)((k - 1) / n);
    const struct mw_period period = mw_table_period(table, i_period);
    mw_period_record(&table->source, &period, i_period + 1 == table->n_periods, (size_t)((k - 1) % n), out);
}

enum mw_status mw_table_records(const struct mw_table *table, uint64_t *k, mw_emit_raw *emit, void *context,
                                struct mw_error *err)
{
    struct mw_raw record;
    for (const uint64_t n = mw_table_n_records(table); *k < n; (*k)++) {
        mw_table_record(table, *k, &record);
        if (record.type != NULL) {
            MW_TRY(emit(context, *k, &record, err));
        }
    }
    return MW_OK;
}
