/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/keys.h"

#include <math.h>

/* Equations 3.3 to 3.6 of docs/model.md; lengths and results in tokens (keys, entries). */

double tb_lengths_effective(const struct tb_lengths *lengths)
{
    if (!(lengths->mean_doc_len > 0.0)) {
        return lengths->seq_len;
    }
    double cv = lengths->doc_cv;
    return fmin(lengths->mean_doc_len * (1.0 + cv * cv), lengths->seq_len);
}

double tb_keys_within(const struct tb_view *view, double limit)
{
    double n = view->len;
    bool limited = limit > 0.0 && limit < n;
    double w = limited ? limit : n;
    switch (view->mode) {
    case TB_KEYS_CAUSAL:
        return limited ? w - w * w / (2.0 * n) : n / 2.0;
    case TB_KEYS_EXACT:
        return limited ? w - w * (w - 1.0) / (2.0 * n) : (n + 1.0) / 2.0;
    default: /* no mask, or one position: all that are allowed */
        return w;
    }
}

double tb_keys_chunked(const struct tb_view *view, double chunk)
{
    double n = view->len;
    if (!(chunk < n)) {
        return tb_keys_within(view, 0.0);
    }
    double whole = floor(n / chunk);
    double rest = n - whole * chunk;
    double pairs = (whole * chunk * chunk + rest * rest) / n;
    switch (view->mode) {
    case TB_KEYS_CAUSAL:
        return pairs / 2.0;
    case TB_KEYS_EXACT:
        return (pairs + 1.0) / 2.0;
    case TB_KEYS_AT:
        return rest > 0.0 ? rest : chunk;
    default:
        return pairs;
    }
}

/** Mean over n = 1..len of min(floor(n / ratio), limit). */
static double stepped_mean(double len, double ratio, double limit)
{
    double n = floor(len);
    double most = floor(n / ratio);
    if (!(n > 0.0)) {
        return 0.0;
    }
    if (limit > 0.0 && limit < most) {
        most = limit;
    }
    /* entry counts 0..most-1 last `ratio` positions each, the rest sees `most` */
    double sum = ratio * most * (most - 1.0) / 2.0 + most * (n - ratio * most + 1.0);
    return sum / n;
}

double tb_keys_compressed(const struct tb_view *view, double ratio, double limit)
{
    if (!(ratio > 0.0)) {
        return 0.0;
    }
    if (view->mode == TB_KEYS_EXACT) {
        return stepped_mean(view->len, ratio, limit);
    }
    struct tb_view entries = *view;
    entries.len = view->len / ratio;
    if (view->mode == TB_KEYS_AT) {
        entries.len = floor(entries.len);
    }
    return tb_keys_within(&entries, limit);
}
