/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "report/format.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"

enum { WIDTH = 79 };

void tb_pad(struct tb_text *out, size_t n)
{
    static const char blanks[] = "                                ";
    for (; n > 0 && !out->failed; n -= n < sizeof blanks - 1 ? n : sizeof blanks - 1) {
        tb_text_add_n(out, blanks, n < sizeof blanks - 1 ? n : sizeof blanks - 1);
    }
}

/** Columns of the first `length` bytes. */
static size_t width_of(const char *text, size_t length)
{
    char word[256];
    if (length >= sizeof word) {
        return length;
    }
    memcpy(word, text, length);
    word[length] = '\0';
    return tb_utf8_width(word);
}

/** Length of the next piece that stays on one line: a number keeps its unit. */
static size_t piece_length(const char *text)
{
    const size_t length = strcspn(text, " ");
    const bool number =
        text[0] >= '0' && text[0] <= '9' && text[length - 1] >= '0' && text[length - 1] <= '9';
    if (!number || text[length] != ' ' || text[length + 1] == ' ') {
        return length;
    }
    const size_t unit = strcspn(text + length + 1, " ");
    return unit <= 12 ? length + 1 + unit : length;
}

void tb_wrap(struct tb_text *out, const char *text, size_t at, size_t indent)
{
    bool start = true;
    text += strspn(text, " ");
    while (*text != '\0') {
        const size_t length = piece_length(text);
        const size_t width = width_of(text, length);
        const bool full = start ? at + width > WIDTH && at > indent : at + 1 + width > WIDTH;
        if (full) {
            while (out->length > 0 && out->data[out->length - 1] == ' ') {
                out->data[--out->length] = '\0';
            }
            tb_text_add(out, "\n");
            tb_pad(out, indent);
            at = indent;
        } else if (!start) {
            tb_text_add(out, " ");
            ++at;
        }
        tb_text_add_n(out, text, length);
        at += width;
        start = false;
        text += length + strspn(text + length, " ");
    }
    tb_text_add(out, "\n");
}

const char *tb_grade_letter(enum tb_grade grade)
{
    static const char *const letters[] = {"-", "A", "B", "C", "D"};
    return letters[grade];
}

const char *tb_dist_name(enum tb_dist dist)
{
    static const char *const names[] = {[TB_DIST_EXACT] = "exact",
                                        [TB_DIST_LOGNORMAL] = "lognormal",
                                        [TB_DIST_NORMAL] = "normal",
                                        [TB_DIST_TRIANGULAR] = "triangular",
                                        [TB_DIST_PERT] = "pert",
                                        [TB_DIST_UNIFORM] = "uniform",
                                        [TB_DIST_LOGUNIFORM] = "loguniform"};
    return names[dist];
}

json_t *tb_json_number(double value)
{
    if (!isfinite(value)) {
        return json_null();
    }
    const bool whole = floor(value) == value && fabs(value) < 9007199254740992.0;
    return whole ? json_integer((json_int_t)value) : json_real(value);
}

json_t *tb_json_text(const char *text)
{
    json_t *string = text != NULL ? json_string(text) : NULL;
    return string != NULL ? string : json_null();
}

json_t *tb_json_texts(const char *const *texts, size_t n)
{
    json_t *array = json_array();
    for (size_t i = 0; i < n; ++i) {
        json_array_append_new(array, tb_json_text(texts[i]));
    }
    return array;
}

void tb_json_write(struct tb_text *out, json_t *value, bool indented)
{
    const size_t flags =
        JSON_REAL_PRECISION(17) | (indented ? JSON_INDENT(2) : (size_t)JSON_COMPACT);
    char *text = value != NULL ? json_dumps(value, flags) : NULL;
    json_decref(value);
    if (text == NULL) {
        out->failed = true;
        return;
    }
    tb_text_add(out, text);
    tb_text_add(out, "\n");
    free(text);
}

enum tb_dim tb_unit_dim(const char *unit, enum tb_dim none)
{
    if (unit == NULL || unit[0] == '\0') {
        return none;
    }
    for (int dim = 0; dim < TB_DIM_COUNT_; ++dim) {
        if (strcmp(tb_dim_si((enum tb_dim)dim), unit) == 0) {
            return (enum tb_dim)dim;
        }
    }
    return none;
}

char *tb_finish(struct tb_text *out, tb_diags *diags)
{
    char *text = tb_text_take(out);
    if (text == NULL) {
        tb_diag_add(diags, TB_NO_MEMORY, NULL, "out of memory while writing a report");
    }
    return text;
}
