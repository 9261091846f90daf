/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TB_NUMERIC_GAUSS_H
#define TB_NUMERIC_GAUSS_H

#include "trainbudget/types.h"

/** Inverts a symmetric positive-definite matrix of n x n in place (Cholesky). GSL's own would call
 *  the process's error handler for any other matrix. `log_det` may be NULL.
 *  @return TB_OK; TB_E_ANSWER when the matrix is not positive definite: then its contents are
 *  undefined. */
enum tb_status tb_gauss_invert(double *matrix, size_t n, double *log_det);

#endif
