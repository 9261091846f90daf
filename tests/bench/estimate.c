/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How long an estimate takes inside a process that has the data open: what a sweep pays. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "trainbudget/estimate.h"

enum { REPEATS = 50 };

static double now(void)
{
    struct timespec t;
    timespec_get(&t, TIME_UTC);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* @return the median time of an estimate in milliseconds, negative when there is none. */
static double time_request(tb_data *data, const struct tb_request *request)
{
    double times[REPEATS];
    for (size_t i = 0; i < REPEATS; i++) {
        tb_diags *diags = tb_diags_new();
        double start = now();
        struct tb_estimate *estimate = tb_estimate_new(data, request, diags);
        double took = now() - start;
        bool ok = estimate != NULL;
        tb_estimate_free(estimate);
        tb_diags_free(diags);
        if (!ok)
            return -1.0;
        size_t k = i;
        for (; k > 0 && times[k - 1] > took; k--)
            times[k] = times[k - 1];
        times[k] = took;
    }
    return 1e3 * times[REPEATS / 2];
}

int main(void)
{
    static const struct tb_request requests[] = {
        {.preset = "v4pro-post", .chip = "910c"},
        {.preset = "v4pro-post", .chip = "910c", .no_uncertainty = true},
        {.preset = "dsv3-pretrain"},
        {.preset = "llama31-405b-pretrain", .samples = 1024},
    };
    tb_data *data = tb_data_open(NULL, 0, NULL);
    if (!data)
        return EXIT_FAILURE;
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        const struct tb_request *r = &requests[i];
        double ms = time_request(data, r);
        if (ms < 0.0)
            printf("%-24s no estimate\n", r->preset);
        else
            printf("%-24s %5zu points %8.3f ms\n", r->preset,
                   r->no_uncertainty ? (size_t)1 : (r->samples ? r->samples : (size_t)4096), ms);
    }
    tb_data_close(data);
    return EXIT_SUCCESS;
}
