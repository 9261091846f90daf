/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define _XOPEN_SOURCE 700

#include <signal.h>
#include <stdlib.h>

#include "cli/cli.h"

int main(int argc, char **argv)
{
    /* A closed pipe, or a file at its size limit, is then an error of the write, which the program
     * can report with its status. */
    signal(SIGPIPE, SIG_IGN);
#ifdef SIGXFSZ
    signal(SIGXFSZ, SIG_IGN);
#endif
    exit((int)cli_run(argc, argv));
}
