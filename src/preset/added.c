/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "preset/store.h"

#include "preset/hf.h"

#include <string.h>

const struct tb_model_preset *tb_store_added(const tb_data *data, const char *name)
{
    const struct tb_added_model *model = data->added;
    while (model != NULL && strcmp(model->name, name) != 0) {
        model = model->next;
    }
    return model != NULL ? &model->preset : NULL;
}

enum tb_status tb_data_add_config(tb_data *data, const char *text, size_t length, const char *name,
                                  tb_diags *diags)
{
    struct tb_added_model *model = tb_arena_alloc(data->arena, sizeof *model);
    const char *own_name = tb_arena_strdup(data->arena, name);
    if (model == NULL || own_name == NULL) {
        return tb_diag_add(diags, TB_NO_MEMORY, NULL, "out of memory");
    }
    enum tb_status status = tb_hf_read(text, length, own_name, data->arena, &model->preset, diags);
    if (status == TB_OK) {
        model->name = own_name;
        model->next = data->added;
        data->added = model;
    }
    return status;
}
