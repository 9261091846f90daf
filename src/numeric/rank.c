/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "numeric/rank.h"

#include <math.h>
#include <string.h>

/* Ranking every input of an estimate is most of its time, and gsl_sort_index is a heap sort.
 * Doubles order like integers once negative ones are turned round, and integers sort digit by
 * digit. */
enum { DIGIT_BITS = 11, DIGITS = 6, BUCKETS = 1 << DIGIT_BITS };

static uint64_t ordered_bits(double value)
{
    uint64_t bits;
    value += 0.0; /* -0 equals 0 */
    memcpy(&bits, &value, sizeof bits);
    const uint64_t sign = UINT64_C(1) << 63;
    return bits & sign ? ~bits : bits | sign;
}

static size_t digit_of(const struct tb_rank_entry *entry, int digit)
{
    return (size_t)(entry->key >> (digit * DIGIT_BITS)) & (BUCKETS - 1);
}

/* One pass of a stable counting sort. @return false when all entries share the digit. */
static bool sort_pass(const struct tb_rank_entry *from, struct tb_rank_entry *to, size_t n,
                      int digit)
{
    size_t place[BUCKETS] = {0};
    for (size_t i = 0; i < n; i++)
        place[digit_of(&from[i], digit)]++;
    if (place[digit_of(&from[0], digit)] == n)
        return false;
    size_t before = 0;
    for (size_t b = 0; b < BUCKETS; b++) {
        size_t here = place[b];
        place[b] = before;
        before += here;
    }
    for (size_t i = 0; i < n; i++)
        to[place[digit_of(&from[i], digit)]++] = from[i];
    return true;
}

static void hand_out(const struct tb_rank_entry *sorted, size_t n, double *ranks)
{
    for (size_t first = 0; first < n;) {
        size_t end = first + 1;
        while (end < n && sorted[end].key == sorted[first].key)
            end++;
        double mean = 0.5 * ((double)first + 1.0 + (double)end);
        for (size_t i = first; i < end; i++)
            ranks[sorted[i].index] = mean;
        first = end;
    }
}

enum tb_status tb_rank(const double *values, size_t n, double *ranks, struct tb_rank_entry *work)
{
    struct tb_rank_entry *from = work;
    struct tb_rank_entry *to = work + n;
    for (size_t i = 0; i < n; i++) {
        if (isnan(values[i]))
            return TB_E_INPUT;
        from[i] = (struct tb_rank_entry){ordered_bits(values[i]), i};
    }
    for (int digit = 0; n > 0 && digit < DIGITS; digit++) {
        if (sort_pass(from, to, n, digit)) {
            struct tb_rank_entry *other = from;
            from = to;
            to = other;
        }
    }
    hand_out(from, n, ranks);
    return TB_OK;
}

/* The mean, summed from the first value, so that of equal values it is exactly that value. */
static double mean_of(const double *values, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += values[i] - values[0];
    return values[0] + sum / (double)n;
}

double tb_correlation(const double *a, const double *b, size_t n)
{
    if (n < 2)
        return 0.0;
    double mean_a = mean_of(a, n);
    double mean_b = mean_of(b, n);
    double aa = 0.0;
    double bb = 0.0;
    double ab = 0.0;
    for (size_t i = 0; i < n; i++) {
        aa += (a[i] - mean_a) * (a[i] - mean_a);
        bb += (b[i] - mean_b) * (b[i] - mean_b);
        ab += (a[i] - mean_a) * (b[i] - mean_b);
    }
    double scale = sqrt(aa) * sqrt(bb);
    if (!(scale > 0.0))
        return 0.0;
    return fmin(1.0, fmax(-1.0, ab / scale));
}
