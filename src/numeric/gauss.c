/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "numeric/gauss.h"

#include <math.h>

/* The lower triangle becomes the factor L of L L'. */
static bool factor(double *a, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j <= i; j++) {
            double sum = a[i * n + j];
            for (size_t k = 0; k < j; k++)
                sum -= a[i * n + k] * a[j * n + k];
            if (i == j && !(sum > 0.0 && isfinite(sum)))
                return false;
            a[i * n + j] = i == j ? sqrt(sum) : sum / a[j * n + j];
        }
    }
    return true;
}

/* The lower triangle L becomes its inverse. */
static void invert_factor(double *a, size_t n)
{
    for (size_t c = 0; c < n; c++) {
        a[c * n + c] = 1.0 / a[c * n + c];
        for (size_t i = c + 1; i < n; i++) {
            double sum = 0.0;
            for (size_t k = c; k < i; k++)
                sum -= a[i * n + k] * a[k * n + c];
            a[i * n + c] = sum / a[i * n + i];
        }
    }
}

enum tb_status tb_gauss_invert(double *a, size_t n, double *log_det)
{
    if (!factor(a, n))
        return TB_E_ANSWER;
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += 2.0 * log(a[i * n + i]);
    if (log_det)
        *log_det = sum;
    invert_factor(a, n);
    /* The inverse is M' M for the inverse M of the factor; row i needs the rows from i on only. */
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j <= i; j++) {
            double product = 0.0;
            for (size_t k = i; k < n; k++)
                product += a[k * n + i] * a[k * n + j];
            a[i * n + j] = product;
        }
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            a[i * n + j] = a[j * n + i];
    return TB_OK;
}
