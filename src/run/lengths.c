/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "run/lengths.h"

#include "base/normal.h"

#include <math.h>

#define MAX_ROUNDS 200
/* Deviations of the logarithm; Newton's next move would be of the order of the square. */
#define LAST_MOVE 1e-9
/* Below this share of the cap that is missing, all responses are taken to reach it. */
#define AT_CAP 1e-9
#define LONGEST_INTERVALS 48

/* Share of a standard normal above z. */
static double upper(double z)
{
    return tb_normal_above(z, exp(-0.5 * z * z));
}

static double score(const struct tb_responses *r, double x)
{
    return (log(x) - r->mu) / r->sigma;
}

/* Mean of the uncapped lognormal. */
static double uncapped_mean(const struct tb_responses *r)
{
    return exp(r->mu + 0.5 * r->sigma * r->sigma);
}

/* E[length; length < x] of the uncapped lognormal. */
static double mean_below(const struct tb_responses *r, double x)
{
    return uncapped_mean(r) * upper(r->sigma - score(r, x));
}

/* Eq. 10.11. ln E[min(length, cap)] is concave in mu with slope E[length; below] / E[min]: Newton
 * from the left rises to the root and never passes it. */
static void solve_mu(struct tb_responses *r)
{
    r->mu = log(r->mean) - 0.5 * r->sigma * r->sigma;
    double top = log(r->cap);
    for (int i = 0; i < MAX_ROUNDS; i++) {
        double z = (top - r->mu) / r->sigma;
        double below = uncapped_mean(r) * upper(r->sigma - z);
        double mean = below + r->cap * upper(z);
        double move = log(r->mean / mean) * mean / below;
        r->mu += move;
        if (!(fabs(move) > LAST_MOVE * r->sigma))
            break;
    }
}

/* E[length^2] of the lognormal cut at the cap. */
static double capped_square(const struct tb_responses *r)
{
    double z = score(r, r->cap);
    double below = exp(2.0 * (r->mu + r->sigma * r->sigma)) * upper(2.0 * r->sigma - z);
    return below + r->cap * r->cap * upper(z);
}

enum tb_status tb_responses_make(struct tb_responses *r, double mean, double cap, double cv)
{
    *r = (struct tb_responses){.mean = mean, .cap = cap};
    bool positive = mean > 0.0 && isfinite(cap) && cap >= mean;
    if (!positive)
        return TB_E_INPUT;
    if (mean >= cap * (1.0 - AT_CAP)) {
        r->mean = cap;
        r->square = cap * cap;
        r->mu = log(cap);
        return TB_OK;
    }
    if (!(cv > 0.0) || !isfinite(cv))
        return TB_E_INPUT;
    r->sigma = sqrt(log1p(cv * cv));
    solve_mu(r);
    if (!isfinite(r->mu))
        return TB_E_INPUT;
    r->square = capped_square(r);
    return TB_OK;
}

enum tb_status tb_responses_table(struct tb_responses *r, const double *lengths, size_t n)
{
    *r = (struct tb_responses){.table = lengths, .n_table = n};
    double sum = 0.0, squares = 0.0;
    for (size_t i = 0; i < n; i++) {
        bool right = isfinite(lengths[i]) && lengths[i] > 0.0;
        if (!right || (i > 0 && lengths[i] < lengths[i - 1]))
            return TB_E_INPUT;
        sum += lengths[i];
        squares += lengths[i] * lengths[i];
    }
    if (n == 0)
        return TB_E_INPUT;
    r->mean = sum / (double)n;
    r->square = squares / (double)n;
    r->cap = lengths[n - 1];
    r->mu = log(r->cap);
    return TB_OK;
}

/* Entries of the table that are at most x. */
static size_t count_until(const struct tb_responses *r, double x)
{
    size_t lo = 0, hi = r->n_table;
    while (lo < hi) {
        size_t middle = lo + (hi - lo) / 2;
        if (r->table[middle] <= x)
            lo = middle + 1;
        else
            hi = middle;
    }
    return lo;
}

double tb_responses_longer(const struct tb_responses *r, double x)
{
    if (x >= r->cap)
        return 0.0;
    if (r->table)
        return 1.0 - (double)count_until(r, x) / (double)r->n_table;
    return r->sigma > 0.0 && x > 0.0 ? upper(score(r, x)) : 1.0;
}

double tb_responses_until(const struct tb_responses *r, double x)
{
    if (x >= r->cap)
        return r->mean;
    if (!(x > 0.0))
        return 0.0;
    if (r->table) {
        double sum = 0.0;
        for (size_t i = 0; i < r->n_table; i++)
            sum += fmin(r->table[i], x);
        return sum / (double)r->n_table;
    }
    return r->sigma > 0.0 ? mean_below(r, x) + x * upper(score(r, x)) : x;
}

/* ln of 1 to TB_LENGTH_BINS. */
static const double logs[TB_LENGTH_BINS] = {
    0.0000000000000000, 0.6931471805599453, 1.0986122886681098, 1.3862943611198906,
    1.6094379124341003, 1.7917594692280550, 1.9459101490553132, 2.0794415416798357,
    2.1972245773362196, 2.3025850929940459, 2.3978952727983707, 2.4849066497880004,
    2.5649493574615367, 2.6390573296152584, 2.7080502011022101, 2.7725887222397811,
    2.8332133440562162, 2.8903717578961645, 2.9444389791664403, 2.9957322735539909,
    3.0445224377234230, 3.0910424533583161, 3.1354942159291497, 3.1780538303479458,
    3.2188758248682006, 3.2580965380214821, 3.2958368660043291, 3.3322045101752038,
    3.3672958299864741, 3.4011973816621555, 3.4339872044851463, 3.4657359027997265,
    3.4965075614664802, 3.5263605246161616, 3.5553480614894135, 3.5835189384561099,
    3.6109179126442243, 3.6375861597263857, 3.6635616461296463, 3.6888794541139363,
    3.7135720667043080, 3.7376696182833684, 3.7612001156935624, 3.7841896339182610,
    3.8066624897703196, 3.8286413964890951, 3.8501476017100584, 3.8712010109078911,
    3.8918202981106265, 3.9120230054281460, 3.9318256327243257, 3.9512437185814275,
    3.9702919135521220, 3.9889840465642745, 4.0073331852324712, 4.0253516907351496,
    4.0430512678345503, 4.0604430105464191, 4.0775374439057197, 4.0943445622221004,
    4.1108738641733114, 4.1271343850450917, 4.1431347263915326, 4.1588830833596715};

void tb_responses_until_bins(const struct tb_responses *r, double width,
                             double until[TB_LENGTH_BINS])
{
    bool smooth = !r->table && r->sigma > 0.0;
    double mean = uncapped_mean(r), from = log(width) - r->mu;
    for (int i = 0; i < TB_LENGTH_BINS; i++) {
        double x = width * (i + 1);
        double z = (from + logs[i]) / r->sigma;
        if (!smooth || x >= r->cap) {
            until[i] = tb_responses_until(r, x);
            continue;
        }
        double bell = exp(-0.5 * z * z); /* x / mean times it is that of sigma - z */
        until[i] =
            mean * tb_normal_above(r->sigma - z, bell * x / mean) + x * tb_normal_above(z, bell);
    }
}

double tb_responses_quantile(const struct tb_responses *r, double p)
{
    if (r->table) {
        size_t i = (size_t)(p * (double)r->n_table);
        return r->table[i < r->n_table ? i : r->n_table - 1];
    }
    if (!(r->sigma > 0.0))
        return r->cap;
    return fmin(r->cap, exp(r->mu + r->sigma * tb_normal_deviate(p)));
}

/* Of n draws with replacement from a table, the longest is at most entry i with ((i+1)/N)^n. */
static double longest_of_table(const struct tb_responses *r, double n)
{
    double sum = 0.0, before = 0.0;
    for (size_t i = 0; i < r->n_table; i++) {
        double until = pow((double)(i + 1) / (double)r->n_table, n);
        sum += r->table[i] * (until - before);
        before = until;
    }
    return sum;
}

/* Eq. 10.13: integral of 1 - F^n over the lengths, by Simpson's rule in the normal score; outside
 * the scores taken it is 1 or 0 to a part in 10^5. From score to score lengths grow by a factor,
 * and so does the factor by which exp(-z^2 / 2) falls. */
double tb_responses_longest(const struct tb_responses *r, double n)
{
    if (r->table)
        return longest_of_table(r, n);
    if (!(r->sigma > 0.0))
        return r->cap;
    double from = tb_normal_deviate(exp(log(1e-5) / n));
    double to = -tb_normal_deviate(-expm1(log1p(-1e-6) / n));
    to = fmin(to, score(r, r->cap));
    if (!(to > from))
        return r->cap;
    double h = (to - from) / LONGEST_INTERVALS;
    double shortest = exp(r->mu + r->sigma * from), growth = exp(r->sigma * h);
    double bell = exp(-0.5 * from * from), fall = exp(-h * (from + 0.5 * h)), bend = exp(-h * h);
    double length = shortest, sum = 0.0;
    for (int i = 0; i <= LONGEST_INTERVALS; i++) {
        double z = from + h * i;
        double weight = i == 0 || i == LONGEST_INTERVALS ? 1.0 : (i % 2 ? 4.0 : 2.0);
        double any = -expm1(n * log1p(-tb_normal_above(z, bell)));
        sum += weight * any * length;
        length *= growth;
        bell *= fall;
        fall *= bend;
    }
    return shortest + sum * r->sigma * h / 3.0;
}
