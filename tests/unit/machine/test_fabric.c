/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "machine/fabric.h"
#include "near.h"

/* Eight ranks at 300 GB/s inside, 40 GB/s outside; 10 us and 25 us; 1 us and 2 us a step. */
static struct tb_fabric two_levels(void)
{
    return (struct tb_fabric){
        .n_levels = 2,
        .level = {{8.0, 300e9, 250e9, 10e-6, 1e-6}, {HUGE_VAL, 40e9, 30e9, 25e-6, 2e-6}}};
}

static void test_all_gather_inside_a_domain(void **state)
{
    (void)state;
    struct tb_fabric f = two_levels();
    /* 4 ranks: 3/4 of 900 MB over 300 GB/s = 2.25 ms; 10 + 3 us. */
    assert_rel(tb_all_gather_time(&f, (struct tb_group){4, 1}, 900e6), 2.25e-3 + 13e-6, 1e-12);
}

static void test_all_gather_across_domains(void **state)
{
    (void)state;
    struct tb_fabric f = two_levels();
    /* 24 ranks, 8 in each of 3 domains: inside 7/8 of 900 MB at 300 GB/s = 2.625 ms; outside
     * 2/24 of it at 40 GB/s = 1.875 ms; latencies 10+7 and 25+2x2 us. */
    assert_rel(tb_all_gather_time(&f, (struct tb_group){24, 1}, 900e6), 4.5e-3 + 46e-6, 1e-12);
    /* Every eighth rank: all traffic leaves; 2/3 of 900 MB at 40 GB/s. */
    assert_rel(tb_all_gather_time(&f, (struct tb_group){3, 8}, 900e6), 15e-3 + 29e-6, 1e-12);
}

static void test_all_reduce_is_two_gathers(void **state)
{
    (void)state;
    struct tb_fabric f = two_levels();
    struct tb_group g = {16, 2};
    assert_rel(tb_all_reduce_time(&f, g, 77e6), 2.0 * tb_all_gather_time(&f, g, 77e6), 1e-15);
    assert_exact(tb_all_reduce_time(&f, (struct tb_group){1, 8}, 77e6), 0.0);
}

static void test_all_to_all_takes_the_slower_network(void **state)
{
    (void)state;
    struct tb_fabric f = two_levels();
    /* 16 ranks: 7/16 of 100 MB inside at 250 GB/s = 0.175 ms, 8/16 outside at 30 GB/s = 1.6667 ms;
     * 10+7 and 25+2 us. */
    assert_rel(tb_all_to_all_time(&f, (struct tb_group){16, 1}, 100e6), 1.666667e-3 + 44e-6, 1e-6);
}

static void test_dispatch_sends_one_copy_to_a_domain(void **state)
{
    (void)state;
    struct tb_fabric f = two_levels();
    struct tb_group g = {32, 1};
    /* 4 domains, 8 copies: 4 (1 - 0.75^8) = 3.599548 touched; 3/4 of them elsewhere:
     * 20 MB x 3.599548 x 0.75 / 30 GB/s = 1.799774 ms; inside 20 MB x 8 x 7/8 / 250 GB/s = 0.56 ms.
     * Latency 10 + 25 + 2 x 3 us. */
    struct tb_dispatch d = {20e6, 8.0, 0.0};
    assert_rel(tb_dispatch_time(&f, g, &d), 1.799774e-3 + 41e-6, 1e-6);
    d.limit = 2.0;
    assert_rel(tb_dispatch_time(&f, g, &d), 20e6 * 2.0 * 0.75 / 30e9 + 41e-6, 1e-12);
    /* Within one domain all copies travel: 4 ranks, 3/4 of 160 MB at 250 GB/s. */
    d.limit = 0.0;
    assert_rel(tb_dispatch_time(&f, (struct tb_group){4, 1}, &d), 160e6 * 0.75 / 250e9 + 13e-6,
               1e-12);
}

static void test_send_takes_the_level_of_the_distance(void **state)
{
    (void)state;
    struct tb_fabric f = two_levels();
    assert_rel(tb_send_time(&f, 4, 30e6), 30e6 / 300e9 + 10e-6, 1e-12);
    assert_rel(tb_send_time(&f, 8, 30e6), 30e6 / 40e9 + 25e-6, 1e-12);
}

static void test_time_falls_with_bandwidth(void **state)
{
    (void)state;
    struct tb_fabric f = two_levels();
    struct tb_group g = {64, 1};
    struct tb_dispatch d = {5e6, 6.0, 0.0};
    double gather = tb_all_gather_time(&f, g, 1e9);
    double send = tb_dispatch_time(&f, g, &d);
    for (int i = 0; i < 2; i++) {
        f.level[i].bandwidth *= 1.37;
        f.level[i].dispatch *= 1.37;
        assert_true(tb_all_gather_time(&f, g, 1e9) < gather);
        assert_true(tb_dispatch_time(&f, g, &d) <= send);
        gather = tb_all_gather_time(&f, g, 1e9);
        send = tb_dispatch_time(&f, g, &d);
    }
}

static void test_fabric_of_a_chip(void **state)
{
    (void)state;
    struct tb_fabric f;
    struct tb_perf perf;
    tb_perf_start(&perf);
    struct tb_chip chip = {.link_bandwidth = 450e9, .link_domain = 8.0, .nic_bandwidth = 50e9};
    assert_true(tb_fabric_init(&f, &chip, NULL, &perf, 1.0, 0.0));
    assert_int_equal(f.n_levels, 2);
    assert_rel(f.level[0].bandwidth, 450e9 * perf.up_share, 1e-15);
    struct tb_cluster cluster = {
        .scale_up_domain = 72.0, .scale_up_bandwidth = 900e9, .scale_out_bandwidth = (double)NAN};
    assert_true(tb_fabric_init(&f, &chip, &cluster, &perf, 2.0, 0.0));
    assert_rel(f.level[0].ranks, 144.0, 1e-15);
    assert_rel(f.level[0].bandwidth, 450e9 * perf.up_share, 1e-15);
    assert_rel(f.level[1].bandwidth, 25e9 * perf.out_share, 1e-15);
    chip = (struct tb_chip){.link_bandwidth = (double)NAN, .nic_bandwidth = (double)NAN};
    assert_false(tb_fabric_init(&f, &chip, NULL, &perf, 1.0, 0.0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_gather_inside_a_domain),
        cmocka_unit_test(test_all_gather_across_domains),
        cmocka_unit_test(test_all_reduce_is_two_gathers),
        cmocka_unit_test(test_all_to_all_takes_the_slower_network),
        cmocka_unit_test(test_dispatch_sends_one_copy_to_a_domain),
        cmocka_unit_test(test_send_takes_the_level_of_the_distance),
        cmocka_unit_test(test_time_falls_with_bandwidth),
        cmocka_unit_test(test_fabric_of_a_chip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
