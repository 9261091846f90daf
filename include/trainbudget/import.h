/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRAINBUDGET_IMPORT_H
#define TRAINBUDGET_IMPORT_H

#include "trainbudget/diag.h"

/** Models from the config.json that they are published with. */

/** Largest file that is read, bytes. */
#define TB_CONFIG_MAX_BYTES 1048576

/** Parameter counts of the language model: tied weights once; no vision tower, no scales of a
 *  quantised checkpoint. */
struct tb_config_counts {
    double params_total;  /**< without prediction modules */
    double params_active; /**< used by one token, with embedding and head */
    double params_active_without_embedding;
    double params_mtp; /**< prediction modules, without a copy of embedding and head */
};

/** Counts the model that a config.json describes. `file` names it in findings. What is not counted
 *  is a note, what was ignored or assumed a warning.
 *  @return TB_OK, or the class of the first error. */
enum tb_status tb_config_count(const char *text, size_t length, const char *file,
                               struct tb_config_counts *out, tb_diags *diags);

/** Optional parts of an import. */
struct tb_config_origin {
    const char *file; /**< name of the file, for findings and provenance */
    const char *id;   /**< of the preset; NULL: from the file's name */
    const char *date; /**< day of the import, "2026-11-22"; NULL: left out */
};

/** The same model as a preset in YAML (docs/presets.md), with the file's name and SHA-256 and, when
 *  given, the date as its provenance.
 *  @return malloc'd, to be freed by the caller; NULL after reporting. */
char *tb_config_import(const char *text, size_t length, const struct tb_config_origin *origin,
                       tb_diags *diags);

#endif
