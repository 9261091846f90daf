/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/steps.h"

#include "scenario/evaluate.h"
#include "scenario/predict.h"

#include <math.h>

enum { CORNERS = 1 << TB_STEP_AXES };
_Static_assert(CORNERS <= TB_STEP_LINES, "two nodes for each axis");

struct tb_step_node {
    bool fitted;
    struct tb_step_line line;
};

/* ---- axes --------------------------------------------------------------------------------------
 */

/* What of a step an input moves at one of its ends. */
struct reading {
    bool machine, batch;
};

static struct reading read_at(const struct tb_scenario *s, int stage, const struct tb_input *input,
                              double value, struct tb_values *values)
{
    tb_input_write(input, values, value);
    const double batch = tb_scenario_batch(values, stage);
    const double central = tb_scenario_batch(&s->central, stage);
    const struct reading r = {!tb_scenario_line_shared(s, stage, values, &s->central),
                              batch != central && !(isnan(batch) && isnan(central))};
    tb_input_write(input, values, input->value);
    return r;
}

static struct reading reading_of(const struct tb_scenario *s, int stage,
                                 const struct tb_drawn_range *drawn, struct tb_values *values)
{
    const struct reading low = read_at(s, stage, drawn->input, drawn->least, values);
    const struct reading high = read_at(s, stage, drawn->input, drawn->most, values);
    return (struct reading){low.machine || high.machine, low.batch || high.batch};
}

static int node_below(double central, double value)
{
    return (int)floor(log2(value / central) * TB_STEP_NODES_PER_DOUBLING);
}

/* @return false: the range is too wide, or not one of positive numbers. */
static bool set_nodes(const struct tb_drawn_range *drawn, struct tb_step_axis *axis)
{
    double central = drawn->input->value;
    if (!(central > 0.0 && drawn->least > 0.0 && isfinite(drawn->most / drawn->least)))
        return false;
    axis->input = drawn->input;
    const int first = node_below(central, drawn->least);
    axis->n = node_below(central, drawn->most) - first + 2;
    if (axis->n > TB_STEP_NODES)
        return false;
    for (int i = 0; i < axis->n; i++)
        axis->node[i] = central * exp2((double)(first + i) / TB_STEP_NODES_PER_DOUBLING);
    return true;
}

static size_t count_nodes(const struct tb_step_axes *axes)
{
    size_t nodes = 1;
    for (int a = 0; a < axes->n; a++)
        nodes *= (size_t)axes->axis[a].n;
    return nodes;
}

/* Lines steps up over one more input. @return false: there are too many then, or too many nodes. */
static bool add_axis(const struct tb_drawn_range *drawn, struct tb_step_axes *axes)
{
    if (axes->n == TB_STEP_AXES || !set_nodes(drawn, &axes->axis[axes->n]))
        return false;
    axes->n++;
    return count_nodes(axes) <= TB_STEP_MOST_NODES;
}

void tb_step_axes_find(const struct tb_scenario *scenario, int stage,
                       const struct tb_drawn_range *drawn, size_t n, struct tb_step_axes *out)
{
    const struct tb_predicted *predicted = scenario->stage[stage].predicted;
    struct tb_values values = scenario->central;
    *out = (struct tb_step_axes){.lined = predicted != NULL};
    /* One microbatch fills what has no pipeline. */
    const bool fills = predicted && tb_step_filling(&predicted->prediction.plan) > 1.0;
    for (size_t k = 0; k < n && out->lined; k++) {
        if (drawn[k].input->lengths)
            continue;
        const struct reading r = reading_of(scenario, stage, &drawn[k], &values);
        const bool batch = r.batch && fills;
        out->batch = out->batch || batch;
        drawn[k].input->tabled = drawn[k].input->tabled || r.machine || batch;
        out->lined = !r.machine || add_axis(&drawn[k], out);
    }
}

/* ---- nodes -------------------------------------------------------------------------------------
 */

struct tb_step_node *tb_step_nodes_new(tb_arena *arena, const struct tb_step_axes *axes)
{
    return tb_arena_alloc(arena, count_nodes(axes) * sizeof(struct tb_step_node));
}

/* Where a value lies: behind node i, `share` of the way to the next in its reciprocal, in which
 * times are straight: a product takes work over speed, or bytes over bandwidth, whichever is more.
 */
struct place {
    int i;
    double share;
};

static struct place place_of(const struct tb_step_axis *axis, const struct tb_values *values)
{
    const double value =
        *(const double *)(const void *)((const char *)values + axis->input->target[0]);
    int i = 0;
    while (i < axis->n - 2 && axis->node[i + 1] <= value)
        i++;
    double here = 1.0 / axis->node[i];
    return (struct place){i, (here - 1.0 / value) / (here - 1.0 / axis->node[i + 1])};
}

/* The nodes around the values: two for each axis. */
struct cell {
    int at[CORNERS];
    struct place place[TB_STEP_AXES];
};

static void find_cell(const struct tb_step_axes *axes, const struct tb_values *values,
                      struct cell *out)
{
    out->at[0] = 0;
    for (int a = 0, corners = 1; a < axes->n; a++, corners *= 2) {
        out->place[a] = place_of(&axes->axis[a], values);
        for (int c = 0; c < corners; c++) {
            out->at[c] = out->at[c] * axes->axis[a].n + out->place[a].i;
            out->at[c + corners] = out->at[c] + 1;
        }
    }
}

static void write_corner(const struct tb_step_axes *axes, const struct cell *cell, int corner,
                         struct tb_values *room)
{
    for (int a = 0; a < axes->n; a++) {
        const struct tb_step_axis *axis = &axes->axis[a];
        tb_input_write(axis->input, room, axis->node[cell->place[a].i + (corner >> a & 1)]);
    }
}

/* Knots, and room for them where they are first needed; without it a batch is worked out. */
static void reach(const struct tb_scenario *scenario, int stage, const struct tb_values *values,
                  double batch, struct tb_step_line *line)
{
    if (!line->knots)
        line->knots = tb_arena_alloc(scenario->arena, sizeof *line->knots);
    if (line->knots)
        tb_scenario_line_reach(scenario, stage, values, batch, line);
}

void tb_step_nodes_meet(struct tb_step_node *nodes, const struct tb_step_axes *axes,
                        const struct tb_scenario *scenario, int stage,
                        const struct tb_values *values, struct tb_values *room)
{
    struct cell cell;
    const double batch = axes->batch ? tb_scenario_batch(values, stage) : (double)INFINITY;
    find_cell(axes, values, &cell);
    for (int c = 0; c < 1 << axes->n; c++) {
        struct tb_step_node *node = &nodes[cell.at[c]];
        if (node->fitted && !tb_step_line_short(&node->line, batch))
            continue;
        write_corner(axes, &cell, c, room);
        if (!node->fitted)
            tb_scenario_line_stage(scenario, stage, room, &node->line);
        node->fitted = true;
        if (tb_step_line_short(&node->line, batch))
            reach(scenario, stage, room, batch, &node->line);
    }
    for (int a = 0; a < axes->n; a++)
        tb_input_write(axes->axis[a].input, room, axes->axis[a].input->value);
}

/* How much each corner counts. */
static double weight_of(const struct tb_step_axes *axes, const struct cell *cell, int corner)
{
    double weight = 1.0;
    for (int a = 0; a < axes->n; a++)
        weight *= corner >> a & 1 ? cell->place[a].share : 1.0 - cell->place[a].share;
    return weight;
}

const struct tb_step_line *tb_step_nodes_read(const struct tb_step_node *nodes,
                                              const struct tb_step_axes *axes, int stage,
                                              const struct tb_values *values,
                                              struct tb_step_line *room)
{
    struct cell cell;
    struct tb_step_around around = {.n = 1 << axes->n};
    if (around.n == 1)
        return &nodes[0].line;
    find_cell(axes, values, &cell);
    for (int c = 0; c < around.n; c++) {
        around.line[c] = &nodes[cell.at[c]].line;
        around.weight[c] = weight_of(axes, &cell, c);
    }
    tb_step_line_between(&around, tb_scenario_batch(values, stage), room);
    return room;
}
