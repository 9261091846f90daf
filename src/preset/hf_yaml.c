/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "preset/hf.h"

#include <math.h>
#include <string.h>

#include "base/number.h"
#include "base/text.h"
#include "preset/read_arch.h"

/* A preset as text: what read_arch.c reads, field by field from the same tables. */

struct writer {
    struct tb_text *out;
    const struct tb_model *model;
    /* blocks that differ, with the MTP layer's last; the number of a kind's block, -1: none */
    const struct tb_attn *attn[TB_MAX_LAYER_KINDS + 1];
    const struct tb_ffn *ffn[TB_MAX_LAYER_KINDS + 1];
    int n_attn, n_ffn;
    int attn_of[TB_MAX_LAYER_KINDS + 1], ffn_of[TB_MAX_LAYER_KINDS + 1];
};

static void add_number(struct tb_text *out, double value)
{
    if (value == floor(value) && fabs(value) < 1e15) {
        tb_text_addf(out, "%.0f", value);
    } else {
        tb_number_write(out, value, 17);
    }
}

/** One entry of a mapping in a line: nothing for a zero or false, which a reader supplies. */
static void add_field(struct tb_text *out, const struct tb_field *field, const char *base,
                      const char *separator)
{
    double value = 0.0;
    bool flag = false;
    int word = 0;
    switch (field->type) {
    case TB_FIELD_COUNT:
    case TB_FIELD_SIGNED:
        memcpy(&value, base + field->at, sizeof value);
        if (value != 0.0 || strcmp(field->key, "n_kv_heads") == 0) {
            tb_text_addf(out, "%s%s: ", separator, field->key);
            add_number(out, value);
        }
        break;
    case TB_FIELD_BOOL:
        memcpy(&flag, base + field->at, sizeof flag);
        if (flag || field->required) {
            tb_text_addf(out, "%s%s: %s", separator, field->key, flag ? "true" : "false");
        }
        break;
    case TB_FIELD_WORD:
        memcpy(&word, base + field->at, sizeof word);
        tb_text_addf(out, "%s: %s", field->key, field->word(word));
        break;
    default:
        break;
    }
}

static void add_block(struct tb_text *out, enum tb_arch_part part, const void *base)
{
    const struct tb_layout *layout = tb_arch_layout(part);
    size_t start = out->length;
    for (size_t i = 0; i < layout->n_fields; i++) {
        add_field(out, &layout->fields[i], base, out->length > start ? ", " : "");
    }
}

static bool is_empty_attn(const struct tb_attn *a)
{
    return a->kind == TB_ATTN_NONE && a->extra_matmul == 0.0 && a->extra_vector == 0.0;
}

static bool is_empty_ffn(const struct tb_ffn *f)
{
    return f->n_experts == 0.0 && f->d_ff == 0.0 && f->extra_matmul == 0.0;
}

static int find_attn(struct writer *w, const struct tb_attn *a, bool wanted)
{
    if (is_empty_attn(a) && !wanted) {
        return -1;
    }
    for (int i = 0; i < w->n_attn; i++) {
        if (memcmp(w->attn[i], a, sizeof *a) == 0) {
            return i;
        }
    }
    w->attn[w->n_attn] = a;
    return w->n_attn++;
}

static int find_ffn(struct writer *w, const struct tb_ffn *f)
{
    if (is_empty_ffn(f)) {
        return -1;
    }
    for (int i = 0; i < w->n_ffn; i++) {
        if (memcmp(w->ffn[i], f, sizeof *f) == 0) {
            return i;
        }
    }
    w->ffn[w->n_ffn] = f;
    return w->n_ffn++;
}

static void find_blocks(struct writer *w)
{
    const struct tb_model *m = w->model;
    for (int k = 0; k < m->n_kinds; k++) {
        w->ffn_of[k] = find_ffn(w, &m->kind[k].ffn);
        w->attn_of[k] = find_attn(w, &m->kind[k].attn, w->ffn_of[k] < 0);
    }
    if (m->n_mtp > 0.0) {
        w->ffn_of[m->n_kinds] = find_ffn(w, &m->mtp.ffn);
        w->attn_of[m->n_kinds] = find_attn(w, &m->mtp.attn, w->ffn_of[m->n_kinds] < 0);
    }
}

static void add_names(struct writer *w, int k, const struct tb_layer *layer, double norms)
{
    const char *separator = "";
    if (w->attn_of[k] >= 0) {
        tb_text_addf(w->out, "attention: a%d", w->attn_of[k] + 1);
        separator = ", ";
    }
    if (w->ffn_of[k] >= 0) {
        tb_text_addf(w->out, "%sffn: f%d", separator, w->ffn_of[k] + 1);
    }
    if (layer->n_norms != norms) {
        tb_text_add(w->out, ", n_norms: ");
        add_number(w->out, layer->n_norms);
    }
}

/** Layers from `at` on that a pattern of `period` covers, in whole repetitions. */
static int covered(const struct tb_model *m, int at, int period)
{
    int n = period;
    while (at + n < m->n_layers && m->layer_kind[at + n] == m->layer_kind[at + n - period]) {
        n++;
    }
    return n - n % period;
}

static void add_run(struct writer *w, int at, int period, int repeat)
{
    tb_text_addf(w->out, "    - {repeat: %d, of: [", repeat);
    for (int i = 0; i < period; i++) {
        int k = w->model->layer_kind[at + i];
        const struct tb_layer *layer = &w->model->kind[k];
        tb_text_add(w->out, i > 0 ? ",\n        {" : "{");
        add_names(w, k, layer, 2.0);
        if (layer->extra_vector != 0.0) {
            tb_text_add(w->out, ", extra_vector: ");
            add_number(w->out, layer->extra_vector);
        }
        tb_text_add(w->out, "}");
    }
    tb_text_add(w->out, "]}\n");
}

/** The layers as runs: from each place on the pattern that covers most, the shortest of equals. */
static void add_layers(struct writer *w)
{
    const struct tb_model *m = w->model;
    tb_text_add(w->out, "  layers:\n");
    for (int at = 0; at < m->n_layers;) {
        int best = 1, most = covered(m, at, 1);
        for (int period = 2; period <= 16 && period <= (m->n_layers - at) / 2; period++) {
            int n = covered(m, at, period);
            if (n >= 2 * period && n > most) {
                best = period;
                most = n;
            }
        }
        add_run(w, at, best, most / best);
        at += most;
    }
}

static void add_mtp(struct writer *w)
{
    const struct tb_model *m = w->model;
    if (!(m->n_mtp > 0.0)) {
        return;
    }
    tb_text_addf(w->out, "  mtp: {depth: %.0f, ", m->n_mtp);
    add_names(w, m->n_kinds, &m->mtp, 2.0);
    if (m->mtp_own_embedding) {
        tb_text_add(w->out, ", own_embedding: true");
    }
    if (m->mtp_extra_vector + m->mtp.extra_vector != 0.0) {
        tb_text_add(w->out, ", extra_vector: ");
        add_number(w->out, m->mtp_extra_vector + m->mtp.extra_vector);
    }
    tb_text_add(w->out, "}\n");
}

static void add_model_fields(struct writer *w)
{
    const struct tb_layout *layout = tb_arch_layout(TB_ARCH_MODEL);
    for (size_t i = 0; i < layout->n_fields; i++) {
        add_field(w->out, &layout->fields[i], (const char *)w->model, "\n  ");
    }
    if (w->model->final_norms == 0.0) {
        tb_text_add(w->out, "\n  final_norms: 0");
    }
    tb_text_add(w->out, "\n");
}

static void add_blocks(struct writer *w)
{
    tb_text_add(w->out, "  attention:\n");
    for (int i = 0; i < w->n_attn; i++) {
        tb_text_addf(w->out, "    a%d: {", i + 1);
        add_block(w->out, TB_ARCH_ATTENTION, w->attn[i]);
        tb_text_add(w->out, "}\n");
    }
    tb_text_add(w->out, w->n_attn > 0 ? "  ffn:" : "    {}\n  ffn:");
    tb_text_add(w->out, w->n_ffn > 0 ? "\n" : " {}\n");
    for (int i = 0; i < w->n_ffn; i++) {
        tb_text_addf(w->out, "    f%d: {", i + 1);
        add_block(w->out, TB_ARCH_FFN, w->ffn[i]);
        tb_text_add(w->out, "}\n");
    }
}

/** A text in double quotes; what YAML would not take as it is (quotes, control bytes) becomes '_'.
 */
static void add_quoted(struct tb_text *out, const char *text)
{
    tb_text_add(out, "\"");
    for (const char *c = text; *c; c++) {
        bool bad = *c == '"' || *c == '\\' || (unsigned char)*c < ' ' || *c == 127;
        tb_text_add_n(out, bad ? "_" : c, 1);
    }
    tb_text_add(out, "\"");
}

/** Of presets/sources.yaml. */
#define SOURCE "config-json"

static void add_head(struct tb_text *out, const struct tb_model_preset *p, const char *digest,
                     const char *date)
{
    tb_text_addf(out, "id: %s\nname: ", p->entity.id);
    add_quoted(out, p->entity.name);
    tb_text_add(out, "\narchitecture:\n  grade: C\n  source: [" SOURCE "]\n  note: ");
    struct tb_text note = {0};
    tb_text_addf(&note, "%s%s%s%s%s", p->prov.note, digest ? ", SHA-256 " : "",
                 digest ? digest : "", date ? ", imported " : "", date ? date : "");
    add_quoted(out, note.data ? note.data : "");
    tb_text_free(&note);
}

char *tb_hf_yaml(const struct tb_model_preset *preset, const char *digest, const char *date)
{
    struct tb_text out = {0};
    struct writer w = {.out = &out, .model = &preset->model};
    find_blocks(&w);
    add_head(&out, preset, digest, date);
    add_model_fields(&w);
    add_blocks(&w);
    add_layers(&w);
    add_mtp(&w);
    return tb_text_take(&out);
}
