// SPDX-License-Identifier: Apache-2.0
#include "mw_guess_internal.h"

#include "mw_text.h"
#include <math.h>

/* ---- the tenant --------------------------------------------------------------------------------------- */

/* The lists of a tenant while they grow. */
struct lists {
    struct mw_tenant_channel *channels;
    struct mw_tenant_control *controls;
    struct mw_tenant_event *events;
    struct mw_span *ignored;
};

static int memory_of(unsigned words)
{
    return (words & MW_WORD_BRAND) != 0 && (words & MW_WORD_SEARCH) == 0 ? MW_MEMORY_BRAND : MW_MEMORY_SHORT;
}

static bool is_absent_text(struct mw_span text)
{
    static const char *const names[] = {"no", "false", "0", "off", "n", "f", NULL};
    return mw_number_is_missing(text) || mw_text_find(text, names) != SIZE_MAX;
}

/* The texts of an event column that mean "nothing": those of the file, and the blank one. */
static enum mw_status absent_texts(struct mw_table_guess *g, size_t i_column, struct mw_tenant_event *event,
                                   struct mw_error *err)
{
    struct mw_span *absent = mw_new_array(&g->arena, struct mw_span, MW_GUESS_EVENT_TEXTS + 1);
    if (absent == NULL) {
        return mw_guess_fail_memory(g, err);
    }
    size_t n = 0;
    for (size_t i = 0; i < g->csv->n_rows && n < MW_GUESS_EVENT_TEXTS; i++) {
        const struct mw_span text = mw_csv_cell(g->csv, i, i_column);
        bool known = text.len == 0 || !is_absent_text(text);
        for (size_t k = 0; k < n && !known; k++) {
            known = mw_span_eq(absent[k], text);
        }
        if (!known) {
            absent[n++] = text;
        }
    }
    event->absent = absent;
    event->n_absent = n;
    return MW_OK;
}

typedef bool name_taken(const struct mw_tenant *t, struct mw_span name);

static bool channel_is_taken(const struct mw_tenant *t, struct mw_span name)
{
    for (size_t i = 0; i < t->n_channels; i++) {
        if (mw_span_eq(t->channels[i].channel, name)) {
            return true;
        }
    }
    return false;
}

static bool factor_is_taken(const struct mw_tenant *t, struct mw_span name)
{
    for (size_t i = 0; i < t->n_controls; i++) {
        if (mw_span_eq(t->controls[i].name, name)) {
            return true;
        }
    }
    for (size_t i = 0; i < t->n_events; i++) {
        if (mw_span_eq(t->events[i].name, name)) {
            return true;
        }
    }
    return false;
}

/* "Price (net)" and "price-net" come down to one name: the second gets a number. */
static enum mw_status make_unique(struct mw_table_guess *g, name_taken *taken, struct mw_span *name,
                                  struct mw_error *err)
{
    const struct mw_span base = *name;
    for (size_t k = 2; name->data != NULL && taken(&g->tenant, *name); k++) {
        *name = mw_arena_printf(&g->arena, MW_SPAN_FMT "_%zu", MW_SPAN_ARG(base), k);
    }
    return name->data == NULL ? mw_guess_fail_memory(g, err) : MW_OK;
}

static enum mw_status add_channel(struct mw_table_guess *g, struct lists *to, struct mw_span column,
                                  struct mw_span name, unsigned words, struct mw_error *err)
{
    struct mw_tenant *t = &g->tenant;
    if (t->n_channels == MW_CHANNELS_MAX) {
        return MW_FAIL(err, MW_E_DATA,
                       "%s: more than %d channels: join small ones, or list those that count in the table "
                       "file",
                       g->csv->name, MW_CHANNELS_MAX);
    }
    MW_TRY(make_unique(g, channel_is_taken, &name, err));
    to->channels[t->n_channels++] = (struct mw_tenant_channel){.column = column,
                                                               .channel = name,
                                                               .memory = memory_of(words),
                                                               .spend_min = (double)NAN,
                                                               .spend_max = (double)NAN};
    return MW_OK;
}

/* A name for one control or event more. */
static enum mw_status name_factor(struct mw_table_guess *g, struct mw_span *name, struct mw_error *err)
{
    if (g->tenant.n_controls == MW_CONTROLS_MAX || g->tenant.n_events == MW_CONTROLS_MAX) {
        return MW_FAIL(
            err, MW_E_DATA,
            "%s: more than %d controls or events: put those that do not count under \"ignored\" in "
            "a table file (--table FILE.json)",
            g->csv->name, MW_CONTROLS_MAX);
    }
    return make_unique(g, factor_is_taken, name, err);
}

static enum mw_status add_event(struct mw_table_guess *g, struct lists *to, size_t i, struct mw_error *err)
{
    struct mw_tenant_event event = {.column = g->csv->header[i], .name = g->columns[i].name};
    MW_TRY(name_factor(g, &event.name, err));
    if (!mw_profile_is_zero_one(&g->profiles[i])) {
        MW_TRY(absent_texts(g, i, &event, err));
    }
    to->events[g->tenant.n_events++] = event;
    return MW_OK;
}

static enum mw_status add_control(struct mw_table_guess *g, struct lists *to, size_t i, struct mw_error *err)
{
    struct mw_tenant_control control = {g->csv->header[i], g->columns[i].name};
    MW_TRY(name_factor(g, &control.name, err));
    to->controls[g->tenant.n_controls++] = control;
    return MW_OK;
}

static bool channel_text_is_known(const struct mw_tenant *t, struct mw_span text)
{
    for (size_t i = 0; i < t->n_channels; i++) {
        if (mw_span_eq(t->channels[i].column, text) || mw_span_eq(t->channels[i].channel, text)) {
            return true;
        }
    }
    return false;
}

/* The channels of a long table are the texts of its channel column, in the order of their first row; a table
 * file that lists channels must list all of them, so that no money is lost. */
static enum mw_status add_long_channels(struct mw_table_guess *g, struct lists *to, size_t i_column,
                                        bool listed, struct mw_error *err)
{
    for (size_t i = 0; i < g->csv->n_rows; i++) {
        const struct mw_span text = mw_csv_cell(g->csv, i, i_column);
        if (text.len == 0) {
            return mw_csv_fail(g->csv, i, i_column, err, "the channel is blank: name it, or remove the row");
        }
        if (text.len > 256) {
            return mw_csv_fail(g->csv, i, i_column, err,
                               "the channel's name is longer than 256 bytes: shorten it");
        }
        if (channel_text_is_known(&g->tenant, text)) {
            continue;
        }
        if (listed) {
            return mw_csv_fail(g->csv, i, i_column, err,
                               "\"" MW_SPAN_FMT "\" is not among the channels that the table file "
                               "lists: add {\"column\":\"" MW_SPAN_FMT "\"} to them",
                               MW_SPAN_ARG(text), MW_SPAN_ARG(text));
        }
        MW_TRY(add_channel(g, to, text, mw_words_name(&g->arena, text, 0, "media"), mw_words_of(text), err));
    }
    return MW_OK;
}

/* Adds what was found; what the table file lists is there already. */
static enum mw_status add_column(struct mw_table_guess *g, struct lists *to, size_t i, struct mw_error *err)
{
    const struct mw_guess_column *c = &g->columns[i];
    if (c->role == MW_ROLE_GEO) {
        g->tenant.geo.column = g->csv->header[i];
    }
    if (c->given) {
        return MW_OK;
    }
    switch (c->role) {
    case MW_ROLE_SPEND:
        return g->tenant.long_form != NULL ? MW_OK
                                           : add_channel(g, to, g->csv->header[i], c->name, c->words, err);
    case MW_ROLE_CONTROL:
        return add_control(g, to, i, err);
    case MW_ROLE_EVENT:
        return add_event(g, to, i, err);
    case MW_ROLE_IGNORED:
        to->ignored[g->tenant.n_ignored++] = g->csv->header[i];
        return MW_OK;
    case MW_ROLE_OPEN:
    case MW_ROLE_DATE:
    case MW_ROLE_GEO:
    case MW_ROLE_CHANNEL:
    case MW_ROLE_OUTCOME:
    case MW_ROLE_TIMES:
        break;
    }
    return MW_OK;
}

static struct mw_span name_or_column(struct mw_table_guess *g, struct mw_span name, struct mw_span column)
{
    return name.len > 0 ? name : mw_words_name(&g->arena, column, 0, "media");
}

/* Copies what the table file lists, in its order, and names what it leaves unnamed after the columns. */
static bool copy_lists(struct mw_table_guess *g, struct lists *to)
{
    struct mw_tenant *t = &g->tenant;
    bool ok = true;
    for (size_t i = 0; i < t->n_channels; i++) {
        to->channels[i] = t->channels[i];
        to->channels[i].channel = name_or_column(g, t->channels[i].channel, t->channels[i].column);
        ok = ok && to->channels[i].channel.data != NULL;
    }
    for (size_t i = 0; i < t->n_controls; i++) {
        to->controls[i] = t->controls[i];
        to->controls[i].name = name_or_column(g, t->controls[i].name, t->controls[i].column);
        ok = ok && to->controls[i].name.data != NULL;
    }
    for (size_t i = 0; i < t->n_events; i++) {
        to->events[i] = t->events[i];
        to->events[i].name = name_or_column(g, t->events[i].name, t->events[i].column);
        ok = ok && to->events[i].name.data != NULL;
    }
    for (size_t i = 0; i < t->n_ignored; i++) {
        to->ignored[i] = t->ignored[i];
    }
    return ok;
}

static enum mw_status lists_take(struct mw_table_guess *g, struct lists *to, struct mw_error *err)
{
    struct mw_tenant *t = &g->tenant;
    const size_t n = g->csv->n_columns;
    to->channels = mw_new_array(&g->arena, struct mw_tenant_channel, MW_CHANNELS_MAX + t->n_channels);
    to->controls = mw_new_array(&g->arena, struct mw_tenant_control, n + t->n_controls);
    to->events = mw_new_array(&g->arena, struct mw_tenant_event, n + t->n_events);
    to->ignored = mw_new_array(&g->arena, struct mw_span, n + t->n_ignored);
    if (to->channels == NULL || to->controls == NULL || to->events == NULL || to->ignored == NULL ||
        !copy_lists(g, to)) {
        return mw_guess_fail_memory(g, err);
    }
    t->channels = to->channels;
    t->controls = to->controls;
    t->events = to->events;
    t->ignored = to->ignored;
    return MW_OK;
}

static enum mw_status take_long_form(struct mw_table_guess *g, size_t i_channel, struct mw_error *err)
{
    size_t i_spend = 0;
    struct mw_tenant_long *form = mw_new(&g->arena, struct mw_tenant_long);
    if (form == NULL) {
        return mw_guess_fail_memory(g, err);
    }
    (void)mw_guess_count(g, MW_ROLE_SPEND, &i_spend);
    *form = (struct mw_tenant_long){g->csv->header[i_channel], g->csv->header[i_spend]};
    g->tenant.long_form = form;
    return MW_OK;
}

static enum mw_status fail_no_spend(const struct mw_table_guess *g, struct mw_error *err)
{
    char columns[MW_GUESS_LIST_CHARS + 8];
    return MW_FAIL(
        err, MW_E_DATA,
        "%s: no column looks like spend on media; the columns are %s. If some are, write "
        "{\"channels\":[{\"column\":\"NAME\",\"channel\":\"tv\"}]} in a table file (--table FILE.json)",
        g->csv->name, mw_guess_list(g, MW_ROLE_OPEN, columns));
}

/* What the table file lists stays as it is; the columns found are added behind. */
enum mw_status mw_guess_build(struct mw_table_guess *g, struct mw_error *err)
{
    struct lists to;
    size_t i_channel = 0;
    const bool listed = g->tenant.n_channels > 0;
    MW_TRY(lists_take(g, &to, err));
    if (mw_guess_count(g, MW_ROLE_CHANNEL, &i_channel) > 0) {
        MW_TRY(take_long_form(g, i_channel, err));
        MW_TRY(add_long_channels(g, &to, i_channel, listed, err));
    }
    for (size_t i = 0; i < g->csv->n_columns; i++) {
        MW_TRY(add_column(g, &to, i, err));
    }
    return g->tenant.n_channels == 0 ? fail_no_spend(g, err) : MW_OK;
}
