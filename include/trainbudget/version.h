/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRAINBUDGET_VERSION_H
#define TRAINBUDGET_VERSION_H

/** Version of the program and of this interface (semantic versioning). The one place that states
 *  it; the Makefile reads it from here. */
#define TB_VERSION_MAJOR 0
#define TB_VERSION_MINOR 1
#define TB_VERSION_PATCH 0
#define TB_VERSION "0.1.0"
#define TRAINBUDGET_VERSION TB_VERSION

#endif
