/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How long one evaluation of a training step takes: what a search pays for each plan. Every
 * evaluation is of another microbatch count, so that none repeats the one before. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "plan/step.h"
#include "preset/preset.h"

enum { REPEATS = 15, EVALUATIONS = 20000 };

struct shape {
    const char *model, *chip;
    double chips, seq_len, batch;
    struct tb_plan plan;
};

static double now(void)
{
    struct timespec t;
    timespec_get(&t, TIME_UTC);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Least microseconds of several rounds: other work on the machine only adds. Negative: none. */
static double time_step(const struct shape *shape, tb_data *data)
{
    const struct tb_model_preset *model =
        tb_data_model(data, shape->model, (struct tb_pos){0}, NULL);
    const struct tb_chip_preset *chip = tb_data_chip(data, shape->chip, (struct tb_pos){0}, NULL);
    struct tb_perf perf;
    double best = -1.0;
    if (!model || !chip)
        return best;
    tb_perf_start_for(&perf, &chip->chip);
    struct tb_step_in in = {.model = &model->model,
                            .chip = &chip->chip,
                            .plan = &shape->plan,
                            .perf = &perf,
                            .chips = shape->chips,
                            .lengths = {.seq_len = shape->seq_len},
                            .train_mtp = true};
    double sum = 0.0;
    for (int r = 0; r < REPEATS; r++) {
        double start = now();
        for (int i = 0; i < EVALUATIONS; i++) {
            struct tb_step_out out;
            in.global_batch = shape->batch + shape->plan.dp * (double)(i % 7);
            if (tb_step_evaluate(&in, &out) != TB_OK)
                return -1.0;
            sum += out.time.total;
        }
        double took = 1e6 * (now() - start) / EVALUATIONS;
        best = best < 0.0 || took < best ? took : best;
    }
    return sum > 0.0 ? best : -1.0;
}

int main(void)
{
    struct shape shapes[] = {
        {.model = "llama-3.1-405b", .chip = "h100", .chips = 16384, .seq_len = 8192, .batch = 2048},
        {.model = "deepseek-v3", .chip = "h800", .chips = 2048, .seq_len = 4096, .batch = 15360},
        {.model = "deepseek-v4-pro", .chip = "910c", .chips = 960, .seq_len = 4096, .batch = 1920}};
    tb_data *data = tb_data_open(NULL, 0, NULL);
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        tb_plan_init(&shapes[i].plan);
    struct tb_plan *p = &shapes[0].plan;
    p->tp = 8, p->sp = true, p->pp = 16, p->vpp = 4, p->dp = 128, p->zero = 2;
    p = &shapes[1].plan;
    p->pp = 16, p->ep = 64, p->dp = 128, p->schedule = TB_SCHED_DUALPIPE;
    p->mode = TB_GEMM_FP8_BLOCK, p->dispatch_bytes = 1.0;
    p->again = TB_AGAIN_NORM | TB_AGAIN_ACT | TB_AGAIN_MOE_ACT | TB_AGAIN_MLA_UP;
    p = &shapes[2].plan;
    p->ep = 192, p->dp = 1920, p->zero = 3, p->again = TB_AGAIN_FULL, p->devices_per_chip = 2;
    for (size_t i = 0; data && i < sizeof shapes / sizeof *shapes; i++) {
        double us = time_step(&shapes[i], data);
        if (us > 0.0)
            printf("step of %-20s %6.2f us\n", shapes[i].model, us);
        else
            printf("step of %-20s no answer\n", shapes[i].model);
    }
    tb_data_close(data);
    return data ? EXIT_SUCCESS : EXIT_FAILURE;
}
