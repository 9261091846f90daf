/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <signal.h>
#include <stdlib.h>

#include "cli/cli.h"

int main(int argc, char **argv)
{
    /* A closed pipe is then an error of the write, which the program can report with its status. */
    signal(SIGPIPE, SIG_IGN);
    exit((int)cli_run(argc, argv));
}
