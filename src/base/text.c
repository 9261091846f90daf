/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void tb_text_free(struct tb_text *text)
{
    free(text->data);
    *text = (struct tb_text){0};
}

/* Room for `more` bytes and the final NUL. */
static bool reserve(struct tb_text *text, size_t more)
{
    if (text->failed)
        return false;
    if (more >= SIZE_MAX / 2 - text->length) {
        text->failed = true;
        return false;
    }
    size_t need = text->length + more + 1;
    if (need <= text->capacity)
        return true;
    size_t capacity = text->capacity ? text->capacity : 64;
    while (capacity < need)
        capacity *= 2;
    char *data = realloc(text->data, capacity);
    if (!data) {
        text->failed = true;
        return false;
    }
    text->data = data;
    text->capacity = capacity;
    return true;
}

void tb_text_add_n(struct tb_text *text, const char *piece, size_t length)
{
    if (!reserve(text, length))
        return;
    if (length)
        memcpy(text->data + text->length, piece, length);
    text->length += length;
    text->data[text->length] = '\0';
}

void tb_text_add(struct tb_text *text, const char *piece)
{
    tb_text_add_n(text, piece, strlen(piece));
}

void tb_text_addf(struct tb_text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0)
        text->failed = true;
    if (length < 0 || !reserve(text, (size_t)length))
        return;
    va_start(args, format);
    vsnprintf(text->data + text->length, (size_t)length + 1, format, args);
    va_end(args);
    text->length += (size_t)length;
}

char *tb_text_take(struct tb_text *text)
{
    char *data = NULL;
    if (reserve(text, 0)) {
        data = text->data;
        data[text->length] = '\0';
        text->data = NULL;
    }
    tb_text_free(text);
    return data;
}

struct range {
    uint32_t first, last;
};

/* Bytes of the sequence that starts at `bytes`, 0 when it is not valid. `code` gets its value. */
static size_t decode(const unsigned char *bytes, size_t length, uint32_t *code)
{
    static const struct {
        unsigned char first, last, mask;
        size_t size;
        uint32_t least;
    } heads[] = {{0x01, 0x7F, 0x7F, 1, 0x1},
                 {0xC2, 0xDF, 0x1F, 2, 0x80},
                 {0xE0, 0xEF, 0x0F, 3, 0x800},
                 {0xF0, 0xF4, 0x07, 4, 0x10000}};
    for (size_t h = 0; h < sizeof heads / sizeof *heads; h++) {
        if (bytes[0] < heads[h].first || bytes[0] > heads[h].last)
            continue;
        if (heads[h].size > length)
            return 0;
        uint32_t value = bytes[0] & heads[h].mask;
        for (size_t i = 1; i < heads[h].size; i++) {
            if ((bytes[i] & 0xC0) != 0x80)
                return 0;
            value = value << 6 | (bytes[i] & 0x3F);
        }
        bool surrogate = value >= 0xD800 && value <= 0xDFFF;
        *code = value;
        return value < heads[h].least || value > 0x10FFFF || surrogate ? 0 : heads[h].size;
    }
    return 0;
}

size_t tb_utf8_invalid_at(const char *bytes, size_t length)
{
    size_t at = 0;
    while (at < length) {
        uint32_t code;
        size_t size = decode((const unsigned char *)bytes + at, length - at, &code);
        if (size == 0)
            return at;
        at += size;
    }
    return length;
}

static bool within(uint32_t code, const struct range *ranges, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (code >= ranges[i].first && code <= ranges[i].last)
            return true;
    return false;
}

size_t tb_utf8_width(const char *text)
{
    static const struct range none[] = {{0x01, 0x1F},     {0x7F, 0x9F},     {0x300, 0x36F},
                                        {0x200B, 0x200F}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F},
                                        {0xFE20, 0xFE2F}, {0xFEFF, 0xFEFF}};
    static const struct range wide[] = {{0x1100, 0x115F},   {0x2E80, 0x303E},   {0x3041, 0x33FF},
                                        {0x3400, 0x4DBF},   {0x4E00, 0x9FFF},   {0xA000, 0xA4CF},
                                        {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE30, 0xFE4F},
                                        {0xFF00, 0xFF60},   {0xFFE0, 0xFFE6},   {0x1F300, 0x1F64F},
                                        {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};
    size_t length = strlen(text);
    size_t width = 0;
    for (size_t at = 0; at < length;) {
        uint32_t code = 0;
        size_t size = decode((const unsigned char *)text + at, length - at, &code);
        at += size ? size : 1;
        if (size == 0)
            width += 1; /* a terminal shows a broken byte as one replacement character */
        else if (within(code, wide, sizeof wide / sizeof *wide))
            width += 2;
        else if (!within(code, none, sizeof none / sizeof *none))
            width += 1;
    }
    return width;
}
