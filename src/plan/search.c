/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/search.h"

#include <math.h>

#include "plan/parts.h"

/* Tokens of one sequence on a rank where the search begins. */
#define USUAL_TOKENS 8192.0
#define MOST_TENSOR 16.0
#define MOST_STAGES 64.0
#define MOST_CHUNKS 4.0
#define MOST_SEQUENCES 16.0

/* What is searched: an index into the values of each axis. */
enum axis { TENSOR, CONTEXT, STAGES, EXPERTS, SEQUENCES, AXES };
enum { MOST_VALUES = 32, SEEN = 2048 };

struct point {
    int at[AXES];
};

/* A plan that fits is better than one that does not, then time counts, else bytes. */
struct score {
    bool known, fits;
    double time, bytes;
};

struct search {
    const struct tb_step_in *in;
    const struct tb_model_facts *facts;
    struct tb_step_work *work;
    const struct tb_batch_range *batch;
    struct tb_plan plan; /* under construction */
    struct tb_plan_found *out;
    double ranks;
    bool pairs; /* whether schedules that pair microbatches are tried */
    int least;  /* level of recomputation that is asked for */
    int level;  /* at the last plan that fitted */
    int n[AXES];
    double value[AXES][MOST_VALUES];
    struct score best;
    int seen[SEEN]; /* points that were priced, by their number, hashed; 0: none */
};

static const unsigned recompute_levels[] = {
    0,
    TB_AGAIN_NORM | TB_AGAIN_ACT | TB_AGAIN_MOE_ACT | TB_AGAIN_MLA_UP,
    TB_AGAIN_FULL,
};
enum { LEVELS = sizeof recompute_levels / sizeof *recompute_levels };

static bool divides(double divisor, double number)
{
    return fmod(number, divisor) == 0.0;
}

bool tb_batch_holds(const struct tb_batch_range *batch, double share)
{
    double times = floor(batch->high / share);
    return times >= 1.0 && times * share >= batch->low;
}

/* ---- one plan ----------------------------------------------------------------------------------
 */

static bool better(const struct score *a, const struct score *b)
{
    if (!a->known || !b->known)
        return a->known && !b->known;
    if (a->fits != b->fits)
        return a->fits;
    return a->fits ? a->time < b->time : a->bytes < b->bytes;
}

/* Evaluates the plan under construction and keeps it where it is the best so far. */
static struct score consider(struct search *s)
{
    struct tb_step_out step;
    struct tb_step_in in = *s->in;
    in.plan = &s->plan;
    in.facts = s->facts;
    if (tb_step_evaluate_next(s->work, &in, &step) != TB_OK)
        return (struct score){0};
    struct score score = {.known = true,
                          .fits = step.memory.total <= step.memory.capacity,
                          .time = step.time.total,
                          .bytes = step.memory.total};
    s->out->tried += 1.0;
    s->out->feasible += score.fits;
    if (better(&score, &s->best)) {
        s->best = score;
        s->out->plan = s->plan;
        s->out->step = step;
    }
    return score;
}

/* The least recomputation that fits, beginning where the last plan ended: neighbours mostly need as
 * much. */
static struct score least_that_fits(struct search *s)
{
    int i = s->level;
    s->plan.again = recompute_levels[i];
    struct score best = consider(s);
    while (best.known && best.fits && i > s->least) {
        s->plan.again = recompute_levels[--i];
        struct score less = consider(s);
        if (!better(&less, &best))
            break;
        best = less;
        s->level = i;
    }
    while (best.known && !best.fits && ++i < LEVELS) {
        s->plan.again = recompute_levels[i];
        best = consider(s);
        if (best.fits)
            s->level = i;
    }
    return best;
}

static struct score best_sharding(struct search *s)
{
    s->plan.zero = 1;
    struct score best = least_that_fits(s);
    /* Gathering weights for every microbatch of a pipeline does not pay. */
    if (s->plan.pp > 1.0)
        return best;
    s->plan.zero = 3;
    struct score other = least_that_fits(s);
    return better(&other, &best) ? other : best;
}

static double common_divisor(double a, double b)
{
    while (b > 0.0) {
        double rest = fmod(a, b);
        a = b;
        b = rest;
    }
    return a;
}

/* As many replicas as the chips hold, the batch can be cut for and the experts divide. @return
 * false: none. */
static bool fill_replicas(struct search *s)
{
    struct tb_plan *p = &s->plan;
    double inner = p->tp * p->cp;
    double step = p->ep / common_divisor(p->ep, inner);
    double replicas = fmin(s->ranks / (inner * p->pp), s->batch->high / p->micro_batch);
    double most = floor(replicas / step) * step;
    for (p->dp = most; p->dp >= 1.0; p->dp -= step) {
        if (tb_batch_holds(s->batch, p->dp * p->micro_batch))
            return true;
    }
    return false;
}

/* The most chunks a stage that come out even, up to a few. */
static double most_chunks(const struct search *s)
{
    double layers = s->in->model->n_layers;
    for (double v = MOST_CHUNKS; v > 1.0; v -= 1.0) {
        double chunks = s->plan.pp * v;
        if (divides(chunks, layers) || divides(chunks, layers + 2.0))
            return v;
    }
    return 1.0;
}

/* More chunks fill the pipeline faster and need more room. */
static struct score best_chunks(struct search *s)
{
    s->plan.vpp = 1.0;
    struct score best = best_sharding(s);
    if (s->plan.pp > 1.0 && best.fits)
        s->plan.vpp = most_chunks(s);
    if (s->plan.vpp == 1.0)
        return best;
    struct score other = best_sharding(s);
    return better(&other, &best) ? other : best;
}

/* Dispatch hides best where a schedule pairs microbatches (docs/model.md 9.6), which takes twice as
 * many of them as stages. */
static bool can_pair(const struct search *s)
{
    const struct tb_plan *p = &s->plan;
    return s->pairs && p->pp > 1.0 && p->ep > 1.0 && p->schedule == TB_SCHED_1F1B &&
           s->in->global_batch >= 2.0 * p->pp * p->dp * p->micro_batch;
}

static struct score best_schedule(struct search *s)
{
    struct score best = best_chunks(s);
    if (!can_pair(s))
        return best;
    s->plan.schedule = TB_SCHED_DUALPIPE_V;
    s->plan.vpp = 1.0;
    struct score paired = best_sharding(s);
    s->plan.schedule = TB_SCHED_1F1B;
    return better(&paired, &best) ? paired : best;
}

/* @return whether the point is one of the grid that was not met before; a full table meets all. */
static bool is_new(struct search *s, const struct point *p)
{
    int number = s->pairs;
    for (int a = 0; a < AXES; a++) {
        if (p->at[a] < 0 || p->at[a] >= s->n[a])
            return false;
        number = number * MOST_VALUES + p->at[a];
    }
    int i = (int)((unsigned)number * 2654435761u % SEEN);
    for (int tries = 0; tries < SEEN && s->seen[i] != 0; tries++) {
        if (s->seen[i] == number + 1)
            return false;
        i = i + 1 < SEEN ? i + 1 : 0;
    }
    if (s->seen[i] == 0)
        s->seen[i] = number + 1;
    return true;
}

static struct score price(struct search *s, const struct point *p)
{
    struct tb_plan *plan = &s->plan;
    if (!is_new(s, p))
        return (struct score){0};
    plan->tp = s->value[TENSOR][p->at[TENSOR]];
    plan->sp = plan->tp > 1.0;
    plan->cp = s->value[CONTEXT][p->at[CONTEXT]];
    plan->pp = s->value[STAGES][p->at[STAGES]];
    plan->ep = s->value[EXPERTS][p->at[EXPERTS]];
    plan->micro_batch = s->value[SEQUENCES][p->at[SEQUENCES]];
    return fill_replicas(s) ? best_schedule(s) : (struct score){0};
}

/* ---- descent -----------------------------------------------------------------------------------
 */

/* Moves: along one axis, along two that share the ranks of a replica, and along two that keep the
 * tokens of a rank. */
static const int moves[][AXES] = {
    {[EXPERTS] = 1},
    {[STAGES] = 1},
    {[TENSOR] = 1},
    {[CONTEXT] = 1},
    {[SEQUENCES] = 1},
    {[EXPERTS] = 2},
    {[TENSOR] = 1, [STAGES] = -1},
    {[CONTEXT] = 1, [STAGES] = -1},
    {[TENSOR] = 1, [CONTEXT] = -1},
    {[TENSOR] = 1, [SEQUENCES] = 1},
    {[CONTEXT] = 1, [SEQUENCES] = 1},
    {[EXPERTS] = 2, [STAGES] = -1},
    {[STAGES] = 2},
};
enum { MOVES = sizeof moves / sizeof *moves };

static bool try_move(struct search *s, const int *move, int by, struct point *p,
                     struct score *score)
{
    struct point next;
    for (int a = 0; a < AXES; a++)
        next.at[a] = p->at[a] + by * move[a];
    struct score there = price(s, &next);
    if (!better(&there, score))
        return false;
    *p = next;
    *score = there;
    return true;
}

static void descend(struct search *s, struct point p)
{
    int idle = 0;
    s->level = LEVELS - 1;
    struct score score = price(s, &p);
    for (int move = 0; idle < MOVES; move = move + 1 < MOVES ? move + 1 : 0) {
        bool moved = false;
        for (int by = -1; by <= 1 && !moved; by += 2)
            while (try_move(s, moves[move], by, &p, &score))
                moved = true;
        idle = moved ? 0 : idle + 1;
    }
}

/* ---- axes --------------------------------------------------------------------------------------
 */

static void add_value(struct search *s, enum axis axis, double value)
{
    if (s->n[axis] < MOST_VALUES)
        s->value[axis][s->n[axis]++] = value;
}

static void add_powers(struct search *s, enum axis axis, double most)
{
    for (double v = 1.0; v <= most; v *= 2.0)
        add_value(s, axis, v);
}

static bool heads_divide(const struct search *s, double tp)
{
    struct tb_plan p = s->plan;
    p.cp = p.pp = p.vpp = p.ep = p.dp = 1.0;
    p.tp = tp;
    return tb_plan_check(&p, s->in->model, 0.0, 0.0, NULL, 0) == 0;
}

/* Powers of two are what pipelines mostly have; the others come out even, with embedding and head
 * counted as layers or not. */
static bool usual_stages(double stages, double layers)
{
    return exp2(floor(log2(stages) + 0.5)) == stages || divides(stages, layers) ||
           divides(stages, layers + 2.0);
}

static void list_axes(struct search *s)
{
    const struct tb_model *model = s->in->model;
    double domain = fmax(s->in->chip->link_domain, 1.0) * s->in->plan->devices_per_chip;
    double experts = 1.0;
    for (int k = 0; k < model->n_kinds; k++)
        experts = fmax(experts, model->kind[k].ffn.n_experts);
    for (double t = 1.0; t <= fmin(domain, MOST_TENSOR); t *= 2.0)
        if (heads_divide(s, t))
            add_value(s, TENSOR, t);
    add_powers(s, CONTEXT, fmin(fmax(4.0, s->in->lengths.seq_len / 4096.0), s->ranks));
    for (double p = 1.0; p <= fmin(model->n_layers, MOST_STAGES); p += 1.0)
        if (usual_stages(p, model->n_layers))
            add_value(s, STAGES, p);
    for (double e = 1.0; e <= fmin(experts, s->ranks); e += 1.0)
        if (divides(e, experts))
            add_value(s, EXPERTS, e);
    add_powers(s, SEQUENCES, fmin(MOST_SEQUENCES, fmax(s->batch->high, 1.0)));
}

/* The index of the value that is nearest to `wanted` from below. */
static int index_of(const struct search *s, enum axis axis, double wanted)
{
    int i = 0;
    while (i + 1 < s->n[axis] && s->value[axis][i + 1] <= wanted)
        i++;
    return i;
}

/* The mildest level that does what is asked for. */
static int least_level(unsigned again)
{
    if (again == 0)
        return 0;
    return again & TB_AGAIN_FULL ? LEVELS - 1 : 1;
}

/* Descents from what plans look like: sharded weights without a pipeline, a pipeline, and wide
 * tensor ranks. */
enum tb_status tb_plan_search(const struct tb_step_in *in, const struct tb_batch_range *batch,
                              struct tb_plan_found *out)
{
    static const struct {
        double tp, pp, ep;
        bool pairs;
    } starts[] = {{1.0, 1.0, 64.0, false}, {2.0, 4.0, 64.0, true}, {4.0, 16.0, 128.0, true}};
    struct tb_model_facts facts;
    struct tb_step_work work;
    struct search s = {
        .in = in, .facts = in->facts, .work = &work, .batch = batch, .plan = *in->plan, .out = out};
    tb_step_work_clear(&work);
    if (!s.facts) {
        tb_model_facts(in->model, &facts);
        s.facts = &facts;
    }
    s.plan.full_share = 0.0;
    s.ranks = in->chips * in->plan->devices_per_chip;
    s.least = least_level(in->plan->again);
    *out = (struct tb_plan_found){0};
    list_axes(&s);
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        struct point p = {{index_of(&s, TENSOR, starts[i].tp),
                           index_of(&s, CONTEXT, in->lengths.seq_len / USUAL_TOKENS),
                           index_of(&s, STAGES, starts[i].pp), index_of(&s, EXPERTS, starts[i].ep),
                           0}};
        s.pairs = starts[i].pairs && s.n[EXPERTS] > 1;
        descend(&s, p);
    }
    return s.best.fits ? TB_OK : TB_E_ANSWER;
}
