/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "fixture.h"

#include <math.h>

#include "model/params.h"
#include "near.h"

static const struct tb_pos here = {"here", 0, 0};

static int open_store(void **state)
{
    tb_diags *diags = tb_diags_new();
    *state = fixture_open(diags);
    assert_int_equal(tb_diags_count(diags, TB_NOTE), 0);
    tb_diags_free(diags);
    return 0;
}

static int close_store(void **state)
{
    tb_data_close(*state);
    return 0;
}

static void test_param_info_follows_the_table(void **state)
{
    (void)state;
    assert_int_equal(TB_CHIP_PARAMS + TB_CLUSTER_PARAMS + TB_STAGE_PARAMS, TB_PARAM_COUNT);
    const struct tb_param_info *info = tb_param_info(TB_PARAM_CLUSTER_PUE);
    assert_int_equal(info->owner, TB_OWNER_CLUSTER);
    assert_string_equal(info->path, "pue");
    assert_int_equal(info->offset, offsetof(struct tb_cluster, pue));
    assert_int_equal(info->dim, TB_DIM_RATIO);
    assert_exact(info->most, 5);
    assert_string_equal(tb_param_info(TB_PARAM_STAGE_MEASURED_CHIPS)->path, "measured.chips");
    assert_null(tb_param_info(TB_PARAM_COUNT));
    assert_int_equal(tb_param_slot(TB_PARAM_CHIP_PEAK_FP32), 0);
    assert_int_equal(tb_param_slot(TB_PARAM_CLUSTER_NODE), 0);
    assert_int_equal(tb_param_slot(TB_PARAM_STAGE_TOKENS), 0);
    assert_int_equal(tb_param_slot(TB_PARAM_CHIP_YEAR), TB_CHIP_PARAMS - 1);
    assert_int_equal(tb_param_slot((enum tb_param)(TB_PARAM_COUNT - 1)), TB_STAGE_PARAMS - 1);
    assert_true(tb_param_whole(TB_PARAM_STAGE_CHIPS));
    assert_true(tb_param_whole(TB_PARAM_CLUSTER_NODE));
    assert_false(tb_param_whole(TB_PARAM_STAGE_TOKENS));
    assert_false(tb_param_whole(TB_PARAM_COUNT));
}

static void test_param_ranges_are_sound(void **state)
{
    (void)state;
    for (int i = 0; i < TB_PARAM_COUNT; i++) {
        const struct tb_param_info *info = tb_param_info((enum tb_param)i);
        assert_true(info->least < info->most);
        assert_true(info->least >= 0);
        assert_true(info->meaning[0] != '\0');
    }
}

static void test_read_chip_keeps_numbers_and_provenance(void **state)
{
    const struct tb_chip_preset *chip = tb_data_chip(*state, "c7", here, NULL);
    assert_non_null(chip);
    assert_int_equal(chip->entity.kind, TB_ENTITY_CHIP);
    assert_string_equal(chip->entity.name, "Chip 7");
    assert_string_equal(chip->entity.file, GOOD "/chips/c7.yaml");
    assert_false(chip->entity.builtin);
    assert_int_equal(chip->entity.n_aliases, 2);
    assert_string_equal(chip->entity.aliases[1], "C-Seven");
    assert_string_equal(chip->entity.warnings[0], "made up for tests");
    assert_string_equal(chip->generation, "seventh");
    assert_string_equal(chip->cluster, "rack7");
    assert_rel(chip->chip.peak[TB_BF16], 707.8e12, 1e-15);
    assert_rel(chip->chip.peak[TB_FP8], 1.4e15, 1e-15);
    assert_true(isnan(chip->chip.peak[TB_FP16]));
    assert_rel(chip->chip.headline_peak[TB_BF16], 752e12, 1e-15);
    assert_true(isnan(chip->chip.headline_peak[TB_FP32])); /* no parameter names it */
    assert_true(isnan(chip->chip.matmul[TB_BF16]));
    assert_exact(chip->chip.dies, 2);
    assert_rel(chip->chip.tdp, 700, 1e-15);
    assert_true(isnan(chip->chip.year));
    const struct tb_prov *prov = &chip->prov[tb_param_slot(TB_PARAM_CHIP_PEAK_BF16)];
    assert_int_equal(prov->grade, TB_GRADE_A);
    assert_int_equal(prov->dist, TB_DIST_LOGNORMAL);
    assert_rel(prov->high, 752e12, 1e-15);
    assert_int_equal(prov->pos.line, 18);
    assert_int_equal(prov->pos.column, 9);
    assert_true(chip->prov[tb_param_slot(TB_PARAM_CHIP_PEAK_FP8)].bounds);
    assert_int_equal(chip->prov[tb_param_slot(TB_PARAM_CHIP_RENT)].dist, TB_DIST_TRIANGULAR);
    assert_false(chip->prov[tb_param_slot(TB_PARAM_CHIP_YEAR)].known);
}

static void test_read_chip_without_dies_has_one(void **state)
{
    const struct tb_chip_preset *chip = tb_data_chip(*state, "c7b", here, NULL);
    assert_exact(chip->chip.dies, 1);
    assert_false(chip->prov[tb_param_slot(TB_PARAM_CHIP_DIES)].known);
    assert_null(chip->cluster);
}

static void test_read_cluster(void **state)
{
    const struct tb_cluster_preset *rack = tb_data_cluster(*state, "rack7", here, NULL);
    assert_non_null(rack);
    assert_string_equal(rack->chip, "c7");
    assert_exact(rack->cluster.chips_per_node, 7);
    assert_rel(rack->cluster.scale_out_bandwidth, 25e9, 1e-15); /* 200 Gbit/s / 8 */
    assert_true(isnan(rack->cluster.scale_up_bandwidth));
    assert_rel(rack->cluster.mtbf, 41.0 * 86400, 1e-15);
    assert_string_equal(rack->prov[tb_param_slot(TB_PARAM_CLUSTER_MTBF)].note,
                        "1000 chips failed 24 times in 41 days");
}

/* d = 96. Attention 96 (96 + 32 + 32) + 96 96 = 24576, norms on q and k 2 x 16 in `full`.
 * Dense 3 96 250 = 72000. MoE: routed 10 x 3 96 40 = 115200, shared 3 96 20 = 5760, router 960:
 * 121920. Layers: full + dense 24608 + 72000 + 2 96 = 96800; near + moe 24576 + 121920 + 192 =
 * 146688; full + moe 24608 + 121920 + 4 96 + 11 = 146923. Embedding and head 1003 x 96 = 96288
 * each; last norm 96. Total 96800 + 3 (146688 + 146923) + 2 96288 + 96 = 1170305. */
static void test_read_model_counts(void **state)
{
    struct tb_params params;
    const struct tb_model_preset *tiny = tb_data_model(*state, "TINY-1", here, NULL);
    assert_non_null(tiny);
    tb_params_count(&tiny->model, &params);
    assert_exact(params.total, 1170305);
    assert_true(tiny->moe);
    assert_int_equal(tiny->model.n_layers, 7);
    assert_int_equal(tiny->model.n_kinds, 3);
    assert_int_equal(tiny->model.layer_kind[0], 0);
    assert_int_equal(tiny->model.layer_kind[5], 1);
    assert_int_equal(tiny->model.layer_kind[6], 2);
    assert_exact(tiny->model.kind[1].attn.window, 64);
    assert_exact(tiny->model.kind[1].attn.v_head_dim, 16); /* the head's, when not given */
    assert_exact(tiny->model.kind[2].n_norms, 4);
    assert_exact(tiny->model.kind[2].extra_vector, 11);
    assert_exact(tiny->model.n_mtp, 1);
    assert_exact(tiny->model.mtp.n_norms, 2);
    assert_exact(tiny->model.mtp.ffn.n_experts, 10);
    assert_exact(tiny->model.mtp_extra_vector, 192);
    assert_exact(tiny->model.final_norms, 1);
    assert_rel(tiny->official_total, 1.163e6, 1e-15);
    assert_true(isnan(tiny->official_active));
    assert_string_equal(tiny->prov.where, "table 1");
}

static void test_read_run_header(void **state)
{
    const struct tb_run_preset *run = tb_data_run(*state, "tiny-pretrain", here, NULL);
    assert_non_null(run);
    assert_string_equal(run->model, "tiny");
    assert_string_equal(run->cluster, "rack7");
    assert_null(run->chip);
    assert_false(run->hardware_disclosed);
    assert_string_equal(run->undisclosed[0], "the price");
    assert_int_equal(run->n_stages, 3);
    assert_int_equal(run->n_disclosed, 3);
}

static void test_read_run_expands_phases(void **state)
{
    const struct tb_run_preset *run = tb_data_run(*state, "tiny-pretrain", here, NULL);
    const struct tb_stage_preset *one = &run->stages[0], *two = &run->stages[1];
    assert_string_equal(one->id, "main/1");
    assert_string_equal(two->id, "main/2");
    assert_string_equal(two->group, "main");
    assert_string_equal(two->title, "pre-training");
    assert_int_equal(two->stage.precision, TB_FP8);
    assert_true(two->stage.train_mtp);
    assert_exact(two->stage.tokens, 3.3e9); /* inherited */
    assert_exact(one->stage.seq_len, 4096);
    assert_exact(two->stage.seq_len, 16384);
    /* 0.9 of the stage x 70 % and 30 %, with the ends 60 % and 80 % */
    assert_rel(one->stage.share, 0.63, 1e-15);
    assert_rel(two->stage.share, 0.27, 1e-15);
    assert_rel(one->prov[tb_param_slot(TB_PARAM_STAGE_SHARE)].low, 0.54, 1e-15);
    assert_rel(one->prov[tb_param_slot(TB_PARAM_STAGE_SHARE)].high, 0.72, 1e-15);
    assert_int_equal(one->stage.recompute, TB_RECOMPUTE_SELECTIVE);
    assert_int_equal(two->stage.recompute, TB_RECOMPUTE_FULL);
    assert_null(one->cluster);
    assert_string_equal(two->cluster, "rack7");
    assert_rel(two->stage.measured_step_time, 1.7, 1e-15);
}

static void test_read_run_phase_replaces_the_batch_it_inherits(void **state)
{
    const struct tb_run_preset *run = tb_data_run(*state, "tiny-pretrain", here, NULL);
    assert_exact(run->stages[0].stage.batch_tokens, 123e3);
    assert_true(isnan(run->stages[0].stage.global_batch));
    assert_exact(run->stages[1].stage.global_batch, 9);
    assert_true(isnan(run->stages[1].stage.batch_tokens));
    assert_false(run->stages[1].prov[tb_param_slot(TB_PARAM_STAGE_BATCH_TOKENS)].known);
}

static void test_read_run_stage_without_phases(void **state)
{
    const struct tb_run_preset *run = tb_data_run(*state, "tiny-pretrain", here, NULL);
    const struct tb_stage_preset *tune = &run->stages[2];
    assert_string_equal(tune->id, "tune");
    assert_string_equal(tune->group, "tune");
    assert_int_equal(tune->stage.kind, TB_STAGE_SFT);
    assert_exact(tune->stage.steps, 350);
    assert_exact(tune->stage.epochs, 2.5);
    assert_exact(tune->stage.share, 1);
    assert_exact(tune->stage.packing, 1);
    assert_exact(tune->stage.mean_doc_len, 0);
    assert_false(tune->stage.train_mtp);
    assert_true(isnan(tune->stage.tokens));
    assert_true(isnan(tune->stage.goodput));
    assert_true(isnan(tune->stage.mfu));
}

static void test_read_run_disclosed(void **state)
{
    const struct tb_run_preset *run = tb_data_run(*state, "tiny-pretrain", here, NULL);
    const struct tb_disclosed *hours = &run->disclosed[0], *mfu = &run->disclosed[1];
    assert_string_equal(hours->what, "chip_hours");
    assert_int_equal(hours->dim, TB_DIM_CHIP_HOURS);
    assert_exact(hours->value, 1370);
    assert_string_equal(hours->prov.where, "table 9");
    assert_null(hours->bound);
    assert_string_equal(mfu->convention, "unstated");
    assert_string_equal(mfu->stage, "main");
    assert_rel(mfu->value, 0.349, 1e-15);
    assert_string_equal(run->disclosed[2].bound, "at most");
    assert_exact(run->disclosed[2].value, 3.0 * 86400);
}

static void test_disclosed_info_ends(void **state)
{
    const char *what = NULL;
    enum tb_dim dim = TB_DIM_RATIO;
    size_t n = 0;
    (void)state;
    while (tb_disclosed_info(n, &what, &dim)) {
        n++;
    }
    assert_true(n > 10);
    assert_true(tb_disclosed_info(0, &what, &dim));
    assert_string_equal(what, "chip_hours");
    assert_int_equal(dim, TB_DIM_CHIP_HOURS);
}

static void test_priors_and_sources(void **state)
{
    size_t n = 0;
    const struct tb_prior *priors = tb_data_priors(*state, &n, NULL);
    assert_int_equal(n, 2);
    assert_string_equal(priors[0].generation, "seventh");
    assert_string_equal(priors[0].kind, "moe");
    assert_exact(priors[0].min_active, 1e9);
    assert_exact(priors[0].max_active, 70e9);
    assert_rel(priors[0].high, 0.345, 1e-15);
    assert_int_equal(priors[0].prov.grade, TB_GRADE_C);
    assert_null(priors[1].generation);
    assert_null(priors[1].kind);
    assert_exact(priors[1].n, 23);
    const struct tb_source *blog = tb_data_source(*state, "blog");
    assert_string_equal(blog->key, "blog");
    assert_string_equal(blog->title, "A blog: second hand");
    assert_string_equal(blog->bibtex_type, "online");
    assert_null(blog->year);
    assert_null(tb_data_source(*state, "Blog"));
}

static void expect_bad_row(const char *yaml, const char *expected)
{
    size_t n = 0;
    tb_arena *arena = tb_arena_new();
    tb_diags *diags = tb_diags_new();
    struct tb_reader reader = {.arena = arena, .diags = diags, .file = "p.yaml"};
    const struct tb_yaml_text in = {"p.yaml", yaml, strlen(yaml), 0};
    assert_null(tb_read_priors(&reader, tb_yaml_parse(arena, &in, diags), &n));
    fixture_expect(&diags, expected);
    tb_diags_free(diags);
    tb_arena_free(arena);
}

static void test_read_priors_reports(void **state)
{
    (void)state;
    expect_bad_row("priors: [{median: 0.3, low: 0.31, high: 0.4, min_active: 7, max_active: 6, "
                   "n: 3, grade: D, note: x}]",
                   "p.yaml:1:10: error[TB3004]: priors[0]: low <= median <= high does not hold\n"
                   "p.yaml:1:10: error[TB3004]: priors[0]: min_active <= max_active does not "
                   "hold\n");
    expect_bad_row("priors: [{median: 0.3, high: 1.4, n: 2.5, grade: D, note: x, kind: mow}, 3]",
                   "p.yaml:1:68: error[TB2003]: priors[0].kind: unknown word 'mow'; "
                   "did you mean moe?\n"
                   "p.yaml:1:10: error[TB2005]: priors[0]: the key low is missing\n"
                   "p.yaml:1:30: error[TB3003]: priors[0].high: the number is outside its range; "
                   "found 1.4; accepted: 0.0001 to 1\n"
                   "p.yaml:1:38: error[TB3003]: priors[0].n: the number is outside its range; "
                   "found 2.5; accepted: a whole number, 0 to 1e+06\n"
                   "p.yaml:1:74: error[TB2003]: priors[1]: a mapping is needed here; found text; "
                   "accepted: mapping\n");
    expect_bad_row("prior: []", "p.yaml:1:1: error[TB2004]: prior: unknown key 'prior'; "
                                "did you mean priors?\n"
                                "p.yaml:1:1: error[TB2005]: the key priors is missing\n");
}

static void test_read_source_reports(void **state)
{
    const char *yaml = "k: {title: T, author: A, type: paper, read: closely, yaer: 2020}";
    tb_arena *arena = tb_arena_new();
    tb_diags *diags = tb_diags_new();
    struct tb_reader reader = {.arena = arena, .diags = diags, .file = "s.yaml"};
    const struct tb_yaml_text in = {"s.yaml", yaml, strlen(yaml), 0};
    (void)state;
    assert_null(tb_read_source(&reader, tb_yaml_parse(arena, &in, diags)->first));
    fixture_expect(&diags,
                   "s.yaml:1:32: error[TB2003]: k.type: unknown word 'paper'; accepted: article, "
                   "book, inproceedings, manual, misc, online, phdthesis, techreport, "
                   "unpublished\n"
                   "s.yaml:1:45: error[TB2003]: k.read: unknown word 'closely'; accepted: "
                   "primary, transcription, secondary, recalled\n"
                   "s.yaml:1:54: error[TB2004]: k.yaer: unknown key 'yaer'; did you mean year?\n");
    tb_diags_free(diags);
    tb_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_param_info_follows_the_table),
        cmocka_unit_test(test_param_ranges_are_sound),
        cmocka_unit_test(test_read_chip_keeps_numbers_and_provenance),
        cmocka_unit_test(test_read_chip_without_dies_has_one),
        cmocka_unit_test(test_read_cluster),
        cmocka_unit_test(test_read_model_counts),
        cmocka_unit_test(test_read_run_header),
        cmocka_unit_test(test_read_run_expands_phases),
        cmocka_unit_test(test_read_run_phase_replaces_the_batch_it_inherits),
        cmocka_unit_test(test_read_run_stage_without_phases),
        cmocka_unit_test(test_read_run_disclosed),
        cmocka_unit_test(test_disclosed_info_ends),
        cmocka_unit_test(test_priors_and_sources),
        cmocka_unit_test(test_read_priors_reports),
        cmocka_unit_test(test_read_source_reports),
    };
    return cmocka_run_group_tests(tests, open_store, close_store);
}
