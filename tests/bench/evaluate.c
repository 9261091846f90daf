/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* How long estimates take inside a process, and how many evaluations a second that is. */

#include "trainbudget/estimate.h"

#include <stdio.h>
#include <time.h>

static double now(void)
{
    struct timespec t;
    timespec_get(&t, TIME_UTC);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Best of several, in ms; negative after an error. */
static double time_request(tb_data *data, const struct tb_request *request)
{
    double best = 1e9;
    for (int i = 0; i < 9; i++) {
        tb_diags *diags = tb_diags_new();
        double start = now();
        struct tb_estimate *estimate = tb_estimate_new(data, request, diags);
        double spent = 1e3 * (now() - start);
        if (!estimate)
            best = -1e9;
        best = spent < best ? spent : best;
        tb_estimate_free(estimate);
        tb_diags_free(diags);
    }
    return best;
}

int main(void)
{
    static const char *const runs[] = {
        "v4pro-post",     "dsv3-pretrain",   "dsv3-total", "llama31-405b-pretrain",
        "v4pro-pretrain", "v4pro-post-grpo", "r1-zero"};
    tb_diags *diags = tb_diags_new();
    double start = now();
    tb_data *data = tb_data_open(NULL, 0, diags);
    printf("open: %.3f ms\n", 1e3 * (now() - start));
    for (size_t i = 0; data && i < sizeof runs / sizeof *runs; i++) {
        struct tb_request plain = {.preset = runs[i], .no_uncertainty = true};
        struct tb_request sampled = {.preset = runs[i]};
        start = now();
        double cold = time_request(data, &plain) < 0.0 ? -1.0 : 1e3 * (now() - start);
        double without = time_request(data, &plain);
        double with = time_request(data, &sampled);
        printf("%-24s first nine %.2f ms, central values %.3f ms, 4096 samples %.3f ms, %.0f "
               "evaluations/s\n",
               runs[i], cold, without, with, 4096.0 / (1e-3 * (with - without)));
    }
    tb_data_close(data);
    tb_diags_free(diags);
    return 0;
}
