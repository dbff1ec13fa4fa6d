// SPDX-License-Identifier: Apache-2.0
#include "mw_allocate_internal.h"

#include "mw_real.h"

double mw_allocate_response(const struct mw_allocate_channel *channel, double spend)
{
    size_t low = 0, high = channel->n_points - 1;
    if (!(spend < channel->spend[high])) {
        return channel->response[high];
    }
    if (!(spend > channel->spend[0])) {
        return channel->response[0];
    }
    while (high - low > 1) {
        const size_t middle = (low + high) / 2;
        if (channel->spend[middle] <= spend) {
            low = middle;
        } else {
            high = middle;
        }
    }
    const double share = (spend - channel->spend[low]) / (channel->spend[high] - channel->spend[low]);
    return channel->response[low] + share * (channel->response[high] - channel->response[low]);
}

/* ---- what may be asked ---- */

static enum mw_status check_curve(const struct mw_allocate_channel *channel, size_t c, struct mw_error *err)
{
    if (channel->n_points < 2 || channel->n_points > MW_ALLOCATE_POINTS_MAX || !(channel->spend[0] == 0)) {
        return MW_FAIL(err, MW_E_DATA, "channel %zu: a curve has 2 to %d points and begins at spend 0", c,
                       MW_ALLOCATE_POINTS_MAX);
    }
    for (size_t i = 0; i < channel->n_points; i++) {
        if (!isfinite(channel->response[i]) || !isfinite(channel->spend[i]) ||
            (i > 0 && !(channel->spend[i] > channel->spend[i - 1]))) {
            return MW_FAIL(err, MW_E_DATA,
                           "channel %zu: point %zu (%g, %g) is not finite or not after the one before", c, i,
                           channel->spend[i], channel->response[i]);
        }
    }
    return MW_OK;
}

enum mw_status mw_allocate_check(const struct mw_allocate_channel *channel, size_t c, struct mw_error *err)
{
    MW_TRY(check_curve(channel, c, err));
    const double end = channel->spend[channel->n_points - 1];
    if (!(channel->lower >= 0 && channel->lower <= channel->upper && channel->upper <= end)) {
        return MW_FAIL(err, MW_E_DATA, "channel %zu: bounds %g .. %g are not within 0 .. %g", c,
                       channel->lower, channel->upper, end);
    }
    if (!(channel->minimum >= 0 && channel->minimum <= channel->upper)) {
        return MW_FAIL(err, MW_E_DATA, "channel %zu: minimum %g is not within 0 .. %g", c, channel->minimum,
                       channel->upper);
    }
    return MW_OK;
}

/* A channel that must have something must have its least spend. */
static double lowest_of(const struct mw_allocate_channel *channel)
{
    return channel->lower > 0 && channel->lower < channel->minimum ? channel->minimum : channel->lower;
}

static enum mw_status check_problem(const struct mw_allocate_problem *problem, struct mw_error *err)
{
    if (problem->n_channels == 0 || problem->n_channels > MW_ALLOCATE_CHANNELS_MAX ||
        !(problem->total >= 0) || !(problem->gap > 0) || problem->nodes_max == 0) {
        return MW_FAIL(err, MW_E_DATA,
                       "1 to %d channels, a total >= 0, a gap > 0 and a number of nodes are needed",
                       MW_ALLOCATE_CHANNELS_MAX);
    }
    double lowest = 0, highest = 0;
    for (size_t c = 0; c < problem->n_channels; c++) {
        MW_TRY(mw_allocate_check(&problem->channels[c], c, err));
        lowest += lowest_of(&problem->channels[c]);
        highest += problem->channels[c].upper;
    }
    const double slack = 1e-9 * (problem->total + 1);
    if (!(lowest <= problem->total + slack && problem->total <= highest + slack)) {
        return MW_FAIL(err, MW_E_DATA, "a total of %g is outside what the bounds allow, %g .. %g",
                       problem->total, lowest, highest);
    }
    return MW_OK;
}

/* ---- the concave hull of a curve over an interval ---- */

struct segment {
    double slope, length;
    size_t channel;
};

struct hull {
    double at[MW_ALLOCATE_POINTS_MAX + 4], value[MW_ALLOCATE_POINTS_MAX + 4];
    size_t n;
};

static void hull_push(struct hull *hull, double at, double value)
{
    while (hull->n >= 2) {
        const double x1 = hull->at[hull->n - 2], y1 = hull->value[hull->n - 2];
        const double x2 = hull->at[hull->n - 1], y2 = hull->value[hull->n - 1];
        if ((y2 - y1) * (at - x1) > (value - y1) * (x2 - x1)) {
            break;
        }
        hull->n--;
    }
    hull->at[hull->n] = at;
    hull->value[hull->n++] = value;
}

/* Upper hull of the curve's points in [lower, upper]. A least spend takes the points between 0 and it away, so
 * "nothing or at least this much" becomes one more chord of the hull. */
static void hull_of(const struct mw_allocate_channel *channel, double lower, double upper, struct hull *out)
{
    out->n = 0;
    const bool skips = channel->minimum > 0 && lower < channel->minimum;
    hull_push(out, lower, mw_allocate_response(channel, lower));
    if (skips && upper >= channel->minimum && channel->minimum > lower) {
        hull_push(out, channel->minimum, mw_allocate_response(channel, channel->minimum));
    }
    for (size_t i = 0; i < channel->n_points; i++) {
        const double s = channel->spend[i];
        if (s > lower && s < upper && !(skips && s <= channel->minimum)) {
            hull_push(out, s, channel->response[i]);
        }
    }
    if (upper > out->at[out->n - 1]) {
        hull_push(out, upper, mw_allocate_response(channel, upper));
    }
}

static double hull_value(const struct hull *hull, double spend)
{
    for (size_t i = 1; i < hull->n; i++) {
        if (spend <= hull->at[i]) {
            const double share = (spend - hull->at[i - 1]) / (hull->at[i] - hull->at[i - 1]);
            return hull->value[i - 1] + share * (hull->value[i] - hull->value[i - 1]);
        }
    }
    return hull->value[hull->n - 1];
}

/* ---- a node: bounds of its own, its relaxation and what that is worth ---- */

struct node {
    double *lower, *upper, *spend; /* n_channels each */
    double bound;
    size_t branch_channel;
    double branch_at;
    bool is_open;
};

struct search {
    const struct mw_allocate_problem *problem;
    struct mw_arena *arena;
    struct hull *hulls; /* one per channel, of the node at hand */
    struct segment *segments;
    struct node *nodes;
    size_t n_nodes;
    double *best;
    double value;
};

/* Steepest first; equal slopes in channel order, so that ties fall the same way everywhere. */
static bool comes_before(const struct segment *a, const struct segment *b)
{
    return a->slope > b->slope || (a->slope == b->slope && a->channel < b->channel);
}

static void sift_down(struct segment *heap, size_t root, size_t n)
{
    for (size_t child; (child = 2 * root + 1) < n; root = child) {
        child += child + 1 < n && comes_before(&heap[child], &heap[child + 1]);
        if (!comes_before(&heap[root], &heap[child])) {
            return;
        }
        const struct segment swap = heap[root];
        heap[root] = heap[child];
        heap[child] = swap;
    }
}

static void sort_segments(struct segment *segments, size_t n)
{
    for (size_t i = n / 2; i-- > 0;) {
        sift_down(segments, i, n);
    }
    for (size_t end = n; end-- > 1;) {
        const struct segment swap = segments[0];
        segments[0] = segments[end];
        segments[end] = swap;
        sift_down(segments, 0, end);
    }
}

static size_t collect_segments(struct search *search, const struct node *node)
{
    size_t n = 0;
    for (size_t c = 0; c < search->problem->n_channels; c++) {
        struct hull *hull = &search->hulls[c];
        hull_of(&search->problem->channels[c], node->lower[c], node->upper[c], hull);
        for (size_t i = 1; i < hull->n; i++) {
            const double length = hull->at[i] - hull->at[i - 1];
            search->segments[n++] =
                (struct segment){(hull->value[i] - hull->value[i - 1]) / length, length, c};
        }
    }
    return n;
}

/* Fills the budget with the steepest hull segments. Concavity makes a channel's own segments come in order. */
static double relax(struct search *search, struct node *node)
{
    const size_t n_channels = search->problem->n_channels;
    const size_t n = collect_segments(search, node);
    sort_segments(search->segments, n);
    double left = search->problem->total, bound = 0;
    for (size_t c = 0; c < n_channels; c++) {
        node->spend[c] = node->lower[c];
        left -= node->lower[c];
        bound += search->hulls[c].value[0];
    }
    for (size_t i = 0; i < n && left > 0; i++) {
        const struct segment *segment = &search->segments[i];
        const double take = segment->length < left ? segment->length : left;
        node->spend[segment->channel] += take;
        bound += take * segment->slope;
        left -= take;
    }
    return bound;
}

/* What a spend is truly worth: below a least spend the channel can only have nothing of it. */
static bool is_allowed(const struct mw_allocate_channel *channel, double spend)
{
    const double slack = 1e-12 * (channel->minimum + 1);
    return channel->minimum == 0 || spend <= slack || spend >= channel->minimum - slack;
}

/* Where to cut: the channel whose hull promises most beyond its curve. */
static void choose_branch(const struct search *search, struct node *node)
{
    double most = -1;
    for (size_t c = 0; c < search->problem->n_channels; c++) {
        const struct mw_allocate_channel *channel = &search->problem->channels[c];
        const bool allowed = is_allowed(channel, node->spend[c]);
        const double promise = hull_value(&search->hulls[c], node->spend[c]) -
                               (allowed ? mw_allocate_response(channel, node->spend[c]) : 0);
        const bool inside = node->spend[c] > node->lower[c] && node->spend[c] < node->upper[c];
        if (inside && (promise > most || (!allowed && most < 0))) {
            most = promise;
            node->branch_channel = c;
            node->branch_at = node->spend[c];
        }
    }
    node->is_open = most >= 0;
}

/* A node's spend, if it may be carried out, is a candidate for the answer. */
static void offer(struct search *search, const struct node *node)
{
    double value = 0;
    for (size_t c = 0; c < search->problem->n_channels; c++) {
        const struct mw_allocate_channel *channel = &search->problem->channels[c];
        if (!is_allowed(channel, node->spend[c])) {
            return;
        }
        value += mw_allocate_response(channel, node->spend[c]);
    }
    if (value > search->value) {
        search->value = value;
        memcpy(search->best, node->spend, search->problem->n_channels * sizeof *search->best);
    }
}

static bool can_hold_total(const struct search *search, const struct node *node)
{
    double lowest = 0, highest = 0;
    for (size_t c = 0; c < search->problem->n_channels; c++) {
        lowest += node->lower[c];
        highest += node->upper[c];
    }
    const double slack = 1e-9 * (search->problem->total + 1);
    return lowest <= search->problem->total + slack && highest >= search->problem->total - slack;
}

static enum mw_status add_node(struct search *search, const struct node *parent, size_t channel, double lower,
                               double upper, struct mw_error *err)
{
    const size_t n = search->problem->n_channels;
    struct node *node = &search->nodes[search->n_nodes];
    double *numbers = mw_new_array(search->arena, double, 3 * n);
    if (numbers == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for node %zu of an allocation", search->n_nodes);
    }
    *node = (struct node){.lower = numbers, .upper = numbers + n, .spend = numbers + 2 * n};
    for (size_t c = 0; c < n; c++) {
        node->lower[c] = parent == NULL ? lowest_of(&search->problem->channels[c]) : parent->lower[c];
        node->upper[c] = parent == NULL ? search->problem->channels[c].upper : parent->upper[c];
    }
    if (parent != NULL) {
        node->lower[channel] = lower;
        node->upper[channel] = upper;
    }
    if (!can_hold_total(search, node)) {
        return MW_OK;
    }
    node->bound = relax(search, node);
    choose_branch(search, node);
    offer(search, node);
    search->n_nodes++;
    return MW_OK;
}

/* "Nothing or at least the minimum" is cut in two at once; any other interval at the relaxation's spend. */
static enum mw_status branch(struct search *search, size_t i_node, struct mw_error *err)
{
    const struct node node = search->nodes[i_node];
    const size_t c = node.branch_channel;
    const struct mw_allocate_channel *channel = &search->problem->channels[c];
    search->nodes[i_node].is_open = false;
    const bool gap = channel->minimum > 0 && node.lower[c] == 0 && channel->lower == 0 &&
                     node.branch_at < channel->minimum;
    MW_TRY(add_node(search, &node, c, node.lower[c], gap ? 0 : node.branch_at, err));
    return add_node(search, &node, c, gap ? channel->minimum : node.branch_at, node.upper[c], err);
}

/* The open node with the highest bound, the first among equals. */
static bool best_open(const struct search *search, size_t *out)
{
    bool found = false;
    for (size_t i = 0; i < search->n_nodes; i++) {
        if (search->nodes[i].is_open && (!found || search->nodes[i].bound > search->nodes[*out].bound)) {
            *out = i;
            found = true;
        }
    }
    return found;
}

/* Best bound first, until the gap is closed. */
static enum mw_status explore(struct search *search, struct mw_allocate_result *out, struct mw_error *err)
{
    const struct mw_allocate_problem *problem = search->problem;
    MW_TRY(add_node(search, NULL, 0, 0, 0, err));
    out->outcome = MW_ALLOCATE_OPTIMAL;
    size_t i = 0;
    out->bound = search->value;
    while (best_open(search, &i) && search->nodes[i].bound > search->value) {
        out->bound = search->nodes[i].bound;
        if (out->bound - search->value <= problem->gap * fabs(out->bound)) {
            break;
        }
        if (search->n_nodes + 2 > problem->nodes_max) {
            out->outcome = MW_ALLOCATE_STOPPED;
            break;
        }
        MW_TRY(branch(search, i, err));
        out->bound = search->value;
    }
    if (!(search->value > -MW_INF)) {
        return out->outcome == MW_ALLOCATE_STOPPED
                   ? MW_FAIL(err, MW_E_FULL, "no split of %g was found within %zu nodes: allow more",
                             problem->total, problem->nodes_max)
                   : MW_FAIL(err, MW_E_DATA, "no split of %g keeps every minimum and bound", problem->total);
    }
    return MW_OK;
}

enum mw_status mw_allocate(const struct mw_allocate_problem *problem, struct mw_arena *arena,
                           struct mw_allocate_result *out, struct mw_error *err)
{
    MW_TRY(check_problem(problem, err));
    size_t n_segments = 0;
    for (size_t c = 0; c < problem->n_channels; c++) {
        n_segments += problem->channels[c].n_points + 4;
    }
    struct search search = {
        .problem = problem,
        .arena = arena,
        .hulls = mw_new_array(arena, struct hull, problem->n_channels),
        .segments = mw_new_array(arena, struct segment, n_segments),
        .nodes = mw_new_array(arena, struct node, problem->nodes_max + 2),
        .best = mw_new_array(arena, double, problem->n_channels),
        .value = -MW_INF,
    };
    if (search.hulls == NULL || search.segments == NULL || search.nodes == NULL || search.best == NULL) {
        return MW_FAIL(err, MW_E_MEMORY, "no memory for an allocation over %zu channels",
                       problem->n_channels);
    }
    MW_TRY(explore(&search, out, err));
    out->spend = search.best;
    out->value = search.value;
    out->nodes = search.n_nodes;
    out->gap = out->bound > out->value ? (out->bound - out->value) / fabs(out->bound) : 0;
    return MW_OK;
}

enum mw_status mw_allocate_verify(const struct mw_allocate_problem *problem,
                                  const struct mw_allocate_result *result, struct mw_error *err)
{
    double total = 0, value = 0;
    for (size_t c = 0; c < problem->n_channels; c++) {
        const struct mw_allocate_channel *channel = &problem->channels[c];
        const double s = result->spend[c], slack = 1e-9 * (channel->upper + 1);
        if (!(s >= channel->lower - slack && s <= channel->upper + slack && is_allowed(channel, s))) {
            return MW_FAIL(err, MW_E_NUMERIC, "channel %zu: spend %g breaks its bounds or minimum", c, s);
        }
        total += s;
        value += mw_allocate_response(channel, s);
    }
    if (!(fabs(total - problem->total) <= 1e-9 * (problem->total + 1))) {
        return MW_FAIL(err, MW_E_NUMERIC, "the split adds up to %.12g, not %.12g", total, problem->total);
    }
    if (!(fabs(value - result->value) <= 1e-9 * (fabs(value) + 1) &&
          value <= result->bound + 1e-9 * (fabs(value) + 1))) {
        return MW_FAIL(err, MW_E_NUMERIC, "value %.12g against %.12g claimed, bound %.12g", value,
                       result->value, result->bound);
    }
    return MW_OK;
}
