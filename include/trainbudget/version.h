/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRAINBUDGET_VERSION_H
#define TRAINBUDGET_VERSION_H

/** Version of the program and of this interface (semantic versioning). */
#define TRAINBUDGET_VERSION "0.1.0"

#endif
