// SPDX-License-Identifier: Apache-2.0
#include "mw_experiments_internal.h"

#include <math.h>
#include <stdlib.h>

enum mw_status mw_experiments_open(struct mw_experiments_core **out,
                                   const struct mw_experiments_settings *settings, struct mw_error *err)
{
    *out = calloc(1, sizeof **out);
    if (*out == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for the experiments service");
    }
    (*out)->settings = settings == NULL ? (struct mw_experiments_settings){0} : *settings;
    if ((*out)->settings.tests_max == 0) {
        (*out)->settings.tests_max = MW_EXPERIMENTS_TESTS_MAX;
    }
    return MW_OK;
}

/* ---- tenants --------------------------------------------------------------------------------- */

static void close_tenant(struct mw_experiments_tenant *tenant)
{
    for (size_t i = 0; i < tenant->n_tests; i++) {
        mw_geo_test_close(&tenant->tests[i].test);
    }
    free(tenant->tests);
    mw_panel_fini(&tenant->panel);
    mw_arena_fini(&tenant->arena);
    free(tenant);
}

static enum mw_status open_tenant(struct mw_experiments_core *core, struct mw_span name,
                                  struct mw_experiments_tenant **out, struct mw_error *err)
{
    MW_TRY(mw_tenants_reserve(&core->tenants, err));
    struct mw_experiments_tenant *tenant = calloc(1, sizeof *tenant);
    if (tenant == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for tenant \"" MW_SPAN_FMT "\"", MW_SPAN_ARG(name));
    }
    tenant->closed_to = tenant->dirty_from = MW_DATE_NONE;
    tenant->name = mw_arena_copy(&tenant->arena, name);
    if (tenant->name.data == NULL) {
        close_tenant(tenant);
        return MW_FAIL(err, MW_E_MEMORY, "no memory for tenant \"" MW_SPAN_FMT "\"", MW_SPAN_ARG(name));
    }
    mw_tenants_add(&core->tenants, tenant);
    *out = tenant;
    return MW_OK;
}

static void forget(void *self, struct mw_span name)
{
    struct mw_experiments_core *core = self;
    struct mw_experiments_tenant *tenant = mw_tenants_remove(&core->tenants, name);
    if (tenant != NULL) {
        close_tenant(tenant);
    }
}

static bool tenant_at(const void *self, size_t i, struct mw_span *out)
{
    const struct mw_experiments_core *core = self;
    if (i >= core->tenants.n) {
        return false;
    }
    *out = mw_tenants_name(&core->tenants, i);
    return true;
}

static void close_core(void *self)
{
    struct mw_experiments_core *core = self;
    if (core == NULL) {
        return;
    }
    for (size_t i = 0; i < core->tenants.n; i++) {
        close_tenant(core->tenants.items[i]);
    }
    mw_tenants_fini(&core->tenants);
    mw_arena_fini(&core->scratch);
    free(core);
}

/* ---- facts ----------------------------------------------------------------------------------- */

static enum mw_status take_config(struct mw_experiments_core *core, struct mw_experiments_tenant *tenant,
                                  const struct mw_tenant *config, struct mw_error *err)
{
    if (tenant->panel.period_days != 0) {
        return MW_OK; /* outcome and grid are fixed by the first one */
    }
    const struct mw_span outcome =
        config->outcome.name.len > 0 ? config->outcome.name : config->outcome.column;
    tenant->outcome = mw_arena_copy(&tenant->arena, outcome);
    if (tenant->outcome.data == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for the outcome's name");
    }
    mw_panel_init(&tenant->panel, config->grid == MW_GRID_WEEK ? 7 : 1, core->settings.values_max);
    return MW_OK;
}

static void mark_dirty(struct mw_experiments_tenant *tenant, mw_date date)
{
    if (tenant->closed_to != MW_DATE_NONE && date <= tenant->closed_to &&
        (tenant->dirty_from == MW_DATE_NONE || date < tenant->dirty_from)) {
        tenant->dirty_from = date;
    }
}

static enum mw_status put_cell(struct mw_experiments_tenant *tenant, const struct mw_fact_cell *cell,
                               struct mw_error *err)
{
    uint32_t measure = MW_PANEL_OUTCOME;
    if (cell->cell == MW_CELL_SPEND) {
        MW_TRY(mw_panel_channel(&tenant->panel, cell->name, &measure, err));
    }
    return mw_panel_put(&tenant->panel, measure, cell->geo, cell->date, cell->geo_total, err);
}

/* What does not fit or lies off the grid is counted by the panel or said by the tests that miss it. */
static enum mw_status take_cell(struct mw_experiments_tenant *tenant, const struct mw_fact_cell *cell,
                                struct mw_error *err)
{
    const bool is_ours = cell->cell == MW_CELL_SPEND ||
                         (cell->cell == MW_CELL_OUTCOME && mw_span_eq(cell->name, tenant->outcome));
    if (!is_ours || cell->geo.len == 0 || tenant->panel.period_days == 0) {
        return MW_OK;
    }
    struct mw_error why = {0};
    const enum mw_status status = put_cell(tenant, cell, &why);
    if (status == MW_E_MEMORY) {
        return MW_FAIL(err, status, "%s", why.text);
    }
    mark_dirty(tenant, cell->date);
    return MW_OK;
}

static size_t find_test(const struct mw_experiments_tenant *tenant, struct mw_span name)
{
    size_t i = 0;
    while (i < tenant->n_tests && !mw_span_eq(tenant->tests[i].test.test->test, name)) {
        i++;
    }
    return i;
}

static void drop_test(struct mw_experiments_tenant *tenant, size_t at)
{
    mw_geo_test_close(&tenant->tests[at].test);
    tenant->n_tests--;
    memmove(tenant->tests + at, tenant->tests + at + 1, (tenant->n_tests - at) * sizeof *tenant->tests);
}

static enum mw_status add_test(const struct mw_said *said, struct mw_experiments_tenant *tenant,
                               const struct mw_test *declared, int64_t rev, struct mw_error *err)
{
    void *items = tenant->tests;
    MW_TRY(mw_vector_grow(&items, tenant->n_tests, &tenant->capacity, sizeof *tenant->tests, err));
    tenant->tests = items;
    struct mw_watched *watched = &tenant->tests[tenant->n_tests];
    *watched = (struct mw_watched){.rev = rev, .lift = (double)NAN, .se = (double)NAN};
    MW_TRY(mw_geo_test_open(&watched->test, declared, err));
    tenant->n_tests++;
    watched->test.late = tenant->closed_to != MW_DATE_NONE && declared->declared->start <= tenant->closed_to;
    return mw_said_waiting(said, watched, watched->test.hopeless ? watched->test.refusal : "declared", err);
}

/* Before its launch a test may be declared anew; afterwards history stands and the first declaration with it.
 */
static enum mw_status take_declaration(struct mw_experiments_core *core, const struct mw_said *said,
                                       struct mw_experiments_tenant *tenant, const struct mw_test *declared,
                                       struct mw_error *err)
{
    const size_t at = find_test(tenant, declared->test);
    if (at == tenant->n_tests && tenant->n_tests >= core->settings.tests_max) {
        const struct mw_span reason =
            mw_arena_printf(&said->out->arena, "%zu tests are kept already, which is the limit: withdraw one",
                            tenant->n_tests);
        return mw_said_of_none(said, declared, MW_EXPERIMENT_INVALID, 1, reason, err);
    }
    if (at == tenant->n_tests) {
        return add_test(said, tenant, declared, 0, err);
    }
    if (tenant->tests[at].test.launched) {
        return MW_OK;
    }
    const int64_t rev = tenant->tests[at].rev;
    drop_test(tenant, at);
    return add_test(said, tenant, declared, rev, err);
}

static enum mw_status take_withdrawal(const struct mw_said *said, struct mw_experiments_tenant *tenant,
                                      const struct mw_test *withdrawal, struct mw_error *err)
{
    const size_t at = find_test(tenant, withdrawal->test);
    if (at == tenant->n_tests) {
        return MW_OK;
    }
    const struct mw_span why = withdrawal->withdrawn->reason;
    const struct mw_span reason = mw_arena_printf(&said->out->arena, "withdrawn%s" MW_SPAN_FMT,
                                                  why.len > 0 ? ": " : "", MW_SPAN_ARG(why));
    MW_TRY(mw_said_of_none(said, tenant->tests[at].test.test, MW_EXPERIMENT_ENDED, tenant->tests[at].rev + 1,
                           reason, err));
    drop_test(tenant, at);
    return MW_OK;
}

static enum mw_status take_test(struct mw_experiments_core *core, const struct mw_said *said,
                                struct mw_experiments_tenant *tenant, const struct mw_test *test,
                                struct mw_error *err)
{
    if (test->kind == MW_TEST_DECLARED && test->declared != NULL) {
        return take_declaration(core, said, tenant, test, err);
    }
    if (test->kind == MW_TEST_WITHDRAWN && test->withdrawn != NULL) {
        return take_withdrawal(said, tenant, test, err);
    }
    return MW_OK; /* lifts came from here or are the model's alone */
}

/* ---- the close of periods -------------------------------------------------------------------- */

static bool is_closed(const struct mw_experiments_tenant *tenant, mw_date period)
{
    return period + tenant->panel.period_days - 1 <= tenant->closed_to;
}

static bool same_path(const struct mw_geo_path *a, const struct mw_geo_path *b)
{
    return a->now.tau == b->now.tau && a->now.se == b->now.se && a->log_e_max == b->log_e_max &&
           a->window.total == b->window.total && a->missing == b->missing && a->lower == b->lower &&
           a->upper == b->upper && a->spend_treated == b->spend_treated && a->spend_twin == b->spend_twin &&
           a->spend_kept == b->spend_kept && a->outcome_treated == b->outcome_treated;
}

/* A closed period was restated: the test runs again from its first row to where it stood. */
static enum mw_status replay(struct mw_geo_test *test, const struct mw_geo_sight *sight, bool *changed,
                             struct mw_error *err)
{
    const struct mw_geo_path before = test->path;
    MW_TRY(mw_geo_test_rewind(test, sight, err));
    while (test->path.through != before.through) {
        MW_TRY(mw_geo_test_step(test, sight, err));
    }
    *changed = !same_path(&test->path, &before);
    return MW_OK;
}

static enum mw_status advance(const struct mw_said *said, struct mw_watched *watched, bool *is_new,
                              struct mw_error *err)
{
    struct mw_geo_test *test = &watched->test;
    const struct mw_experiments_tenant *tenant = said->tenant;
    struct mw_geo_sight sight;
    bool changed = false;
    MW_TRY(mw_geo_test_sight(test, &tenant->panel, said->scratch, &sight, err));
    if (tenant->dirty_from != MW_DATE_NONE && test->path.through != MW_DATE_NONE &&
        tenant->dirty_from <= test->path.through) {
        MW_TRY(replay(test, &sight, &changed, err));
    }
    mw_date next = mw_geo_test_next(test, tenant->panel.period_days);
    for (; next != MW_DATE_NONE && is_closed(tenant, next);
         next = mw_geo_test_next(test, tenant->panel.period_days)) {
        MW_TRY(mw_geo_test_step(test, &sight, err));
        MW_TRY(mw_said_period(said, watched, &sight, err));
        *is_new = true;
    }
    if (changed && !*is_new) {
        MW_TRY(mw_said_period(said, watched, &sight, err));
    }
    return next == MW_DATE_NONE && (changed || *is_new) ? mw_said_lift(said, watched, err) : MW_OK;
}

static enum mw_status launch(const struct mw_said *said, struct mw_watched *watched, struct mw_error *err)
{
    const struct mw_experiments_tenant *tenant = said->tenant;
    struct mw_geo_test *test = &watched->test;
    const struct mw_geo_test **all = mw_new_array(said->scratch, const struct mw_geo_test *, tenant->n_tests);
    char before[sizeof test->refusal];
    memcpy(before, test->refusal, sizeof before);
    if (all == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for %zu tests", tenant->n_tests);
    }
    for (size_t i = 0; i < tenant->n_tests; i++) {
        all[i] = &tenant->tests[i].test;
    }
    const struct mw_geo_registry registry = {all, tenant->n_tests};
    MW_TRY(mw_geo_test_launch(test, &tenant->panel, registry, said->scratch, err));
    const bool is_news = !test->launched && strcmp(before, test->refusal) != 0;
    return is_news ? mw_said_waiting(said, watched, test->refusal, err) : MW_OK;
}

/* A refused launch is tried again only when closed periods have changed: nothing else can change its mind. */
static enum mw_status watch(const struct mw_said *said, struct mw_watched *watched, bool *is_new,
                            struct mw_error *err)
{
    const struct mw_geo_test *test = &watched->test;
    const struct mw_experiments_tenant *tenant = said->tenant;
    if (test->hopeless || (!test->launched && !is_closed(tenant, test->test->declared->start))) {
        return MW_OK;
    }
    if (!test->launched && (!test->tried || tenant->dirty_from != MW_DATE_NONE)) {
        MW_TRY(launch(said, watched, err));
    }
    return test->launched ? advance(said, watched, is_new, err) : MW_OK;
}

static void retire(struct mw_experiments_tenant *tenant)
{
    for (size_t i = tenant->n_tests; i-- > 0;) {
        if (tenant->closed_to > mw_geo_test_end(&tenant->tests[i].test) + MW_EXPERIMENTS_KEPT_DAYS) {
            drop_test(tenant, i);
        }
    }
}

static enum mw_status take_close(struct mw_experiments_core *core, const struct mw_said *said,
                                 struct mw_experiments_tenant *tenant, const struct mw_fact_close *close,
                                 struct mw_error *err)
{
    tenant->closed_to = close->to > tenant->closed_to ? close->to : tenant->closed_to;
    bool *is_new = mw_new_array(&said->out->arena, bool, tenant->n_tests);
    if (is_new == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for a close");
    }
    for (size_t i = 0; i < tenant->n_tests && tenant->panel.period_days != 0; i++) {
        mw_arena_reset(&core->scratch);
        MW_TRY(watch(said, &tenant->tests[i], &is_new[i], err));
    }
    mw_arena_reset(&core->scratch);
    MW_TRY(mw_said_points(said, is_new, err));
    tenant->dirty_from = MW_DATE_NONE;
    retire(tenant);
    return MW_OK;
}

static enum mw_status take_fact(struct mw_experiments_core *core, struct mw_experiments_tenant *tenant,
                                const struct mw_fact *fact, struct mw_effects *out, struct mw_error *err)
{
    const struct mw_said said = {.tenant = tenant, .fact = fact, .scratch = &core->scratch, .out = out};
    switch ((enum mw_fact_kind)fact->kind) {
    case MW_FACT_TENANT:
        return take_config(core, tenant, fact->config, err);
    case MW_FACT_CELL:
        return take_cell(tenant, fact->cell, err);
    case MW_FACT_TEST:
        return take_test(core, &said, tenant, fact->test, err);
    case MW_FACT_CLOSE:
        return take_close(core, &said, tenant, fact->close, err);
    case MW_FACT_BIRTH:
    case MW_FACT_COMMAND:
        return MW_OK;
    }
    return MW_OK; /* a kind of a later version */
}

static enum mw_status step(void *self, const struct mw_message *in, struct mw_effects *out,
                           struct mw_error *err)
{
    struct mw_experiments_core *core = self;
    if (in->type != &mw_type_fact) {
        return MW_FAIL(err, MW_E_CONTRACT, "experiments reads facts only, not %s",
                       in->topic == NULL ? "?" : in->topic);
    }
    const struct mw_fact *fact = in->body;
    struct mw_experiments_tenant *tenant = mw_tenants_find(&core->tenants, fact->tenant);
    if (tenant == NULL) {
        MW_TRY(open_tenant(core, fact->tenant, &tenant, err));
    }
    if (fact->n <= tenant->n) {
        return MW_OK;
    }
    if (tenant->n != 0 && fact->n != tenant->n + 1) {
        return MW_FAIL(err, MW_E_CONTRACT,
                       "tenant \"" MW_SPAN_FMT "\": fact %lld follows fact %lld: the journal has a gap",
                       MW_SPAN_ARG(fact->tenant), (long long)fact->n, (long long)tenant->n);
    }
    MW_TRY(take_fact(core, tenant, fact, out, err));
    tenant->n = fact->n;
    return MW_OK;
}

/* Every failure here is ours or the machine's, and may have come halfway. */
static enum mw_status step_or_stop(void *self, const struct mw_message *in, struct mw_effects *out,
                                   struct mw_error *err)
{
    const enum mw_status status = step(self, in, out, err);
    if (status != MW_OK && err != NULL) {
        err->fatal = true;
    }
    return status;
}

/* ---- state ----------------------------------------------------------------------------------- */

static enum mw_status save(const void *self, struct mw_span name, struct mw_writer *out, struct mw_error *err)
{
    const struct mw_experiments_tenant *tenant = mw_tenants_find(&((const struct mw_experiments_core *)self)->tenants, name);
    if (tenant == NULL && name.len == 0) {
        return MW_OK; /* nothing here belongs to no tenant */
    }
    if (tenant == NULL) {
        return MW_FAIL(err, MW_E_CONTRACT, "tenant \"" MW_SPAN_FMT "\" is not here", MW_SPAN_ARG(name));
    }
    mw_write_i64(out, tenant->n);
    mw_write_i32(out, tenant->closed_to);
    mw_write_i32(out, tenant->dirty_from);
    mw_write_u8(out, tenant->panel.period_days != 0);
    if (tenant->panel.period_days != 0) {
        mw_write_span(out, tenant->outcome);
        mw_panel_save(&tenant->panel, out);
    }
    mw_write_u64(out, tenant->n_tests);
    for (size_t i = 0; i < tenant->n_tests; i++) {
        const struct mw_watched *watched = &tenant->tests[i];
        mw_write_i64(out, watched->rev);
        mw_write_i64(out, watched->lift_rev);
        mw_write_f64(out, watched->lift);
        mw_write_f64(out, watched->se);
        mw_geo_test_save(&watched->test, out);
    }
    return mw_writer_status(out, err);
}

static enum mw_status load_test(struct mw_experiments_tenant *tenant, struct mw_reader *in,
                                struct mw_error *err)
{
    void *items = tenant->tests;
    MW_TRY(mw_vector_grow(&items, tenant->n_tests, &tenant->capacity, sizeof *tenant->tests, err));
    tenant->tests = items;
    struct mw_watched *watched = &tenant->tests[tenant->n_tests];
    *watched = (struct mw_watched){.rev = mw_read_i64(in)};
    watched->lift_rev = mw_read_i64(in);
    watched->lift = mw_read_f64(in);
    watched->se = mw_read_f64(in);
    tenant->n_tests++; /* counted before it is whole, so that it is closed with the rest */
    return mw_geo_test_load(&watched->test, in, err);
}

/* Numbers of geos are used without a check later on. */
static bool fits_panel(const struct mw_geo_test *test, const struct mw_panel *panel)
{
    bool fits = true;
    for (size_t i = 0; i < test->design.n_treated; i++) {
        fits = fits && test->design.treated[i] < panel->geos.n;
    }
    for (size_t j = 0; j < test->design.n_donors; j++) {
        fits = fits && test->design.donors[j].geo < panel->geos.n;
    }
    return fits && (!test->launched || test->design.n_treated > 0);
}

static enum mw_status load_tenant(struct mw_experiments_tenant *tenant, struct mw_reader *in,
                                  struct mw_error *err)
{
    tenant->n = mw_read_i64(in);
    tenant->closed_to = mw_read_i32(in);
    tenant->dirty_from = mw_read_i32(in);
    if (mw_read_u8(in) != 0) {
        tenant->outcome = mw_arena_copy(&tenant->arena, mw_read_span(in));
        if (tenant->outcome.data == NULL) {
            return MW_FAIL(err, MW_E_MEMORY, "no memory for the outcome's name");
        }
        MW_TRY(mw_panel_load(&tenant->panel, in, err));
    }
    const size_t n_tests = mw_read_count(in, 32);
    for (size_t i = 0; i < n_tests; i++) {
        MW_TRY(load_test(tenant, in, err));
        in->failed = in->failed || !fits_panel(&tenant->tests[i].test, &tenant->panel);
        MW_TRY(mw_reader_status(in, err));
    }
    return mw_reader_status(in, err);
}

static enum mw_status load(void *self, struct mw_span name, struct mw_reader *in, struct mw_error *err)
{
    struct mw_experiments_core *core = self;
    struct mw_experiments_tenant *tenant;
    if (name.len == 0) {
        return MW_OK;
    }
    forget(core, name);
    MW_TRY(open_tenant(core, name, &tenant, err));
    const enum mw_status status = load_tenant(tenant, in, err);
    if (status != MW_OK) {
        forget(core, name);
    }
    return status;
}

const struct mw_core_ops mw_experiments_ops = {
    .service = "experiments",
    .state_version = 1,
    .step = step_or_stop,
    .save = save,
    .load = load,
    .forget = forget,
    .tenant_at = tenant_at,
    .close = close_core,
};
