/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

/** Numbers among the options that are no inputs of the estimate. */
static const struct tb_number_rule level_rule = {"'--level'", 1.0, 99.9, false,
                                                 "a percentage from 1 to 99.9"};
static const struct tb_number_rule samples_rule = {"'--samples'", 16.0, 16777216.0, true,
                                                   "a whole number from 16 to 16777216"};
static const struct tb_number_rule seed_rule = {"'--seed'", 1.0, 9007199254740992.0, true,
                                                "a whole number from 1 to 9007199254740992"};

/** Value of an option as a number; `absent` when it is not given or wrong. */
static double number_of(struct cli *cli, enum cli_option_id option,
                        const struct tb_number_rule *rule, double absent)
{
    const char *text = cli_last(&cli->args, option);
    double value = absent;
    if (text != NULL) {
        tb_argument_number(text, rule, cli_pos, cli->diags, &value);
    }
    return value;
}

/** "KEY=VALUE" in new memory. */
static char *join(const char *key, const char *value)
{
    const size_t size = strlen(key) + strlen(value) + 1;
    char *text = malloc(size);
    if (text != NULL) {
        memcpy(text, key, strlen(key));
        memcpy(text + strlen(key), value, strlen(value) + 1);
    }
    return text;
}

/** --chips and --mfu are short for --set, so that one place reads, limits and explains numbers. */
static const char *setting_key(enum cli_option_id option)
{
    switch (option) {
    case CLI_OPT_CHIPS:
        return "chips=";
    case CLI_OPT_MFU:
        return "mfu=";
    case CLI_OPT_SET:
        return "";
    default:
        return NULL;
    }
}

static bool collect_settings(struct cli *cli, struct cli_request *out)
{
    const struct cli_args *args = &cli->args;
    out->settings = calloc(args->n_given + 1, sizeof *out->settings);
    out->texts = calloc(args->n_given + 1, sizeof *out->texts);
    if (out->settings == NULL || out->texts == NULL) {
        return false;
    }
    for (size_t i = 0; i < args->n_given; ++i) {
        const char *key = setting_key(args->given[i].option);
        if (key == NULL) {
            continue;
        }
        char *text = join(key, args->given[i].value);
        if (text == NULL) {
            return false;
        }
        out->texts[out->n] = text;
        out->settings[out->n++] = (struct tb_setting){text, cli_pos};
    }
    return true;
}

void cli_request_free(struct cli_request *request)
{
    for (size_t i = 0; i < request->n; ++i) {
        free(request->texts[i]);
    }
    free(request->texts);
    free(request->settings);
    *request = (struct cli_request){0};
}

bool cli_request_fill(struct cli *cli, struct cli_request *out)
{
    const struct cli_args *args = &cli->args;
    *out = (struct cli_request){0};
    if (!collect_settings(cli, out)) {
        cli_fault(cli->diags, "TB7001", NULL, "out of memory");
        return false;
    }
    const size_t before = tb_diags_count(cli->diags, TB_ERROR);
    out->request =
        (struct tb_request){.preset = cli_last(args, CLI_OPT_PRESET),
                            .model = cli_last(args, CLI_OPT_MODEL),
                            .chip = cli_last(args, CLI_OPT_CHIP),
                            .cluster = cli_last(args, CLI_OPT_CLUSTER),
                            .precision = cli_last(args, CLI_OPT_PRECISION),
                            .basis = cli_last(args, CLI_OPT_BASIS),
                            .plan = cli_last(args, CLI_OPT_PLAN),
                            .step_model = cli_last(args, CLI_OPT_VERBOSE) != NULL,
                            .settings = out->settings,
                            .n_settings = out->n,
                            .mfu_convention = cli_last(args, CLI_OPT_MFU_CONVENTION),
                            .rent = cli_last(args, CLI_OPT_RENT),
                            .peak = cli_last(args, CLI_OPT_PEAK),
                            .level = number_of(cli, CLI_OPT_LEVEL, &level_rule, 0.0) / 100.0,
                            .samples = (size_t)number_of(cli, CLI_OPT_SAMPLES, &samples_rule, 0.0),
                            .seed = (uint64_t)number_of(cli, CLI_OPT_SEED, &seed_rule, 0.0),
                            .no_uncertainty = cli_last(args, CLI_OPT_NO_UNCERTAINTY) != NULL};
    if (out->request.preset == NULL && out->request.model == NULL) {
        cli_fault(cli->diags, "TB1014",
                  "name a run, as in --preset v4pro-post; "
                  "'trainbudget list runs' shows them",
                  "nothing to estimate");
    }
    return tb_diags_count(cli->diags, TB_ERROR) == before;
}

static bool model_is_at_hand(struct cli *cli, const char *model)
{
    return model == NULL || !cli_is_model_file(model) || cli_add_model(cli, model);
}

struct tb_estimate *cli_estimate(struct cli *cli)
{
    struct cli_request request;
    struct tb_estimate *estimate = NULL;
    if (cli_request_fill(cli, &request) && cli_open(cli) &&
        model_is_at_hand(cli, request.request.model)) {
        estimate = tb_estimate_new(cli->data, &request.request, cli->diags);
    }
    cli_request_free(&request);
    return estimate;
}
