# SPDX-FileCopyrightText: 2026 The trainbudget authors
# SPDX-License-Identifier: GPL-3.0-or-later
. tests/house/lib.inc

calls() # pattern of names, folders
{
    names=$1
    shift
    code_of "$@" | grep -E "(^|[^A-Za-z0-9_.>])($names)[[:space:]]*\("
}

banned='atoi|atol|atoll|atof|strtok|strtok_r|sprintf|vsprintf|strcpy|strcat|gets|setlocale|system'
banned="$banned|abort|gsl_rng_env_setup|gsl_qrng_env_setup|gsl_set_error_handler|gsl_set_error_handler_off"
calls "$banned" src include | verdict 'no banned function is called'

calls 'exit|_exit|_Exit|quick_exit' src include | grep -v '^src/cli/main.c:' |
    verdict 'only main.c calls exit'

below=$(find src -mindepth 1 -maxdepth 1 -type d ! -name cli | sort)
# shellcheck disable=SC2086
calls 'printf|puts|putchar|perror|getenv|secure_getenv|signal|sigaction|atexit' $below |
    grep -v '^src/preset/gen/' |
    verdict 'nothing below cli prints, reads the environment or sets handlers'

# shellcheck disable=SC2086
code_of $below | grep -E '(^|[^A-Za-z0-9_])(stdout|stderr|stdin)([^A-Za-z0-9_]|$)' |
    grep -v '^src/preset/gen/' |
    verdict 'nothing below cli touches the standard streams'

pure=$(for floor in model machine plan run; do [ -d src/$floor ] && echo src/$floor; done)
# shellcheck disable=SC2086
calls 'malloc|calloc|realloc|free|strdup|tb_arena_[a-z]+|tb_text_[a-z_]+' $pure |
    verdict 'the pure floors do not allocate'

# A variable that outlives its function: static without const, or one at file level.
# shellcheck disable=SC2086
code_of $below | grep -E ':[[:space:]]*static[^(]*[=;]' |
    grep -vE 'static (inline )?const |const( \*)? ?(const )?[a-z_]+(\[|;| =)|static_assert|_Static_assert' |
    grep -v '^src/preset/gen/' |
    verdict 'no state outlives a call below cli'
