/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "plan/search.h"
#include "scenario/default.h"
#include "scenario/fit_constants.h"
#include "scenario/run_case.h"
#include "scenario/software.h"

/* Where the number of chips is not stated: so many that the run takes a month at a usual MFU. */
#define USUAL_MFU 0.3
#define USUAL_SECONDS (30.0 * 86400.0)
#define LEAST_CHIPS 8.0
#define USUAL_LENGTH 2048.0
/* A run whose chips are not stated gets more of them when its state does not fit. */
enum { DOUBLINGS = 6 };

static double usual_chips(const struct tb_run_query *q)
{
    double tokens = q->tokens > 0.0 ? q->tokens : 1.5e12;
    double wanted =
        6.0 * q->active * tokens / (USUAL_MFU * tb_chip_peak16(&q->chip->chip) * USUAL_SECONDS);
    return fmax(exp2(floor(log2(wanted) + 0.5)), LEAST_CHIPS);
}

static bool find_mode(const char *precision, enum tb_gemm_mode *mode)
{
    static const struct {
        const char *word;
        enum tb_gemm_mode mode;
    } modes[] = {{"", TB_GEMM_16},     {"bf16", TB_GEMM_16}, {"fp16", TB_GEMM_16},
                 {"fp8", TB_GEMM_FP8}, {"fp4", TB_GEMM_FP4}, {"int8", TB_GEMM_INT8}};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        if (strcmp(precision, modes[i].word) == 0) {
            *mode = modes[i].mode;
            return true;
        }
    }
    return false;
}

static void fill_case(tb_data *data, const struct tb_constants *constants,
                      const struct tb_run_query *q, struct tb_case *c)
{
    const struct tb_chip_preset *chip = q->chip;
    const struct tb_cluster_preset *cluster = NULL;
    if (chip->cluster)
        cluster = tb_data_cluster(data, chip->cluster, (struct tb_pos){0}, NULL);
    *c = (struct tb_case){.model = q->model,
                          .chip_id = chip->entity.id,
                          .generation = chip->generation ? chip->generation : chip->entity.id,
                          .vendor = chip->vendor ? chip->vendor : "",
                          .chip = chip->chip,
                          .stack = tb_newest_stack(data, constants, chip),
                          .lengths = {.seq_len = q->seq_len > 0.0 ? q->seq_len : USUAL_LENGTH},
                          .chips = q->chips > 0.0 ? q->chips : usual_chips(q),
                          .train_mtp = q->model->n_mtp > 0.0};
    if (cluster)
        c->cluster = cluster->cluster;
    tb_plan_init(&c->plan);
    tb_plan_apply_stack(&c->plan, c->stack);
    c->plan.devices_per_chip = fmax(c->chip.dies, 1.0);
}

static bool search(const struct tb_case *c, const struct tb_perf *perf, double batch_tokens,
                   struct tb_run_best *out)
{
    struct tb_plan_found found;
    const double ranks = c->chips * c->plan.devices_per_chip;
    const struct tb_step_in in = {.model = c->model,
                                  .chip = &c->chip,
                                  .cluster = &c->cluster,
                                  .plan = &c->plan,
                                  .perf = perf,
                                  .chips = c->chips,
                                  .global_batch =
                                      tb_default_batch(batch_tokens, c->lengths.seq_len, ranks),
                                  .lengths = c->lengths,
                                  .train_mtp = c->train_mtp};
    const struct tb_batch_range guess = {in.global_batch / TB_BATCH_SPREAD,
                                         in.global_batch * TB_BATCH_SPREAD};
    if (tb_plan_search(&in, &guess, &found) != TB_OK)
        found.step.tokens_per_s_per_chip = NAN;
    out->rate = found.step.tokens_per_s_per_chip;
    out->tried += found.tried;
    out->chips = c->chips;
    out->batch_tokens = in.global_batch * c->lengths.seq_len;
    return out->rate > 0.0;
}

void tb_run_best_plan(tb_data *data, const struct tb_constants *constants,
                      const struct tb_run_query *query, struct tb_run_best *out)
{
    struct tb_case c;
    struct tb_perf perf;
    enum tb_gemm_mode mode = TB_GEMM_16;
    *out = (struct tb_run_best){.rate = NAN};
    if (!find_mode(query->precision, &mode)) {
        out->reason = "the precision is not one that is modelled";
        return;
    }
    fill_case(data, constants, query, &c);
    c.plan.mode = mode;
    out->seq_len = c.lengths.seq_len;
    tb_case_perf(constants, &c, &perf);
    double batch = tb_default_batch_tokens(query->active, query->tokens);
    for (int i = 0; i <= DOUBLINGS; i++) {
        if (search(&c, &perf, batch, out))
            return;
        if (query->chips > 0.0)
            break;
        c.chips *= 2.0;
    }
    out->reason = out->tried > 0.0 ? "no plan fits the memory of its chips"
                                   : "no plan divides its chips, or the chip lacks a peak";
}
