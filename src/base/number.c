/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/number.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { DIGITS_MAX = 400, POWER_MAX = 100000, EXACT_DIGITS = 15, EXACT_POWER = 22 };

/* A number taken apart: sign, digits and point as text, and the power of ten behind it. */
struct parts {
    char text[DIGITS_MAX + 32];
    size_t length;
    bool nonzero;
    bool too_long;
    long power;
    double whole; /* the digits without their point, exact up to EXACT_DIGITS of them */
    int digits, decimals;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static void keep(struct parts *parts, const char *piece, size_t n)
{
    if (parts->length + n > DIGITS_MAX) {
        parts->too_long = true;
        return;
    }
    memcpy(parts->text + parts->length, piece, n);
    parts->length += n;
}

/* Digits with single '_' between them; returns the first byte that is not part of them. */
static const char *take_digits(struct parts *parts, const char *at)
{
    while (is_digit(*at)) {
        parts->nonzero |= *at != '0';
        parts->whole = 10.0 * parts->whole + (*at - '0');
        parts->digits += parts->nonzero;
        keep(parts, at, 1);
        at++;
        if (*at == '_' && is_digit(at[1]))
            at++;
    }
    return at;
}

/* "e" and a whole number, or nothing: in "4EFLOP" the E belongs to the unit. */
static const char *take_power(struct parts *parts, const char *at)
{
    const char *digits = at + 1;
    if (*at != 'e' && *at != 'E')
        return at;
    bool negative = *digits == '-';
    if (*digits == '-' || *digits == '+')
        digits++;
    if (!is_digit(*digits))
        return at;
    long power = 0;
    for (; is_digit(*digits); digits++)
        if (power < POWER_MAX)
            power = 10 * power + (*digits - '0');
    parts->power = negative ? -power : power;
    return digits;
}

static const char *take_apart(struct parts *parts, const char *text)
{
    const char *at = text;
    const char *point = localeconv()->decimal_point; /* what strtod of this process expects */
    if (*at == '-' || *at == '+')
        keep(parts, at++, 1);
    if (!is_digit(*at) && !(*at == '.' && is_digit(at[1])))
        return NULL;
    if (at[0] == '0' && (at[1] == 'x' || at[1] == 'X'))
        return NULL;
    at = take_digits(parts, at);
    if (*at == '.' && is_digit(at[1])) {
        keep(parts, point, strlen(point));
        const char *digits = at + 1;
        size_t before = parts->length;
        at = take_digits(parts, digits);
        parts->decimals = (int)(parts->length - before);
    }
    return take_power(parts, at);
}

/* Few digits times or over a power of ten that a double holds: one rounding, as right as strtod's.
 * @return false: more than that. */
static bool read_exactly(const struct parts *parts, long power, double *value)
{
    static const double tens[EXACT_POWER + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                 1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    long ten = parts->power + power - parts->decimals;
    if (parts->digits > EXACT_DIGITS || ten > EXACT_POWER || ten < -EXACT_POWER)
        return false;
    double read = ten < 0 ? parts->whole / tens[-ten] : parts->whole * tens[ten];
    *value = parts->text[0] == '-' && read > 0.0 ? -read : read;
    return true;
}

static const char *add_digits(struct parts *parts, const char *at)
{
    /* The caller has set what is read here, and left the text. */
    /* cppcheck-suppress ctuuninitvar */
    for (; is_digit(*at); at++, parts->digits++)
        parts->whole = 10.0 * parts->whole + (*at - '0');
    return at;
}

/* The same without a copy of the text: digits with a point, and a power, as most numbers are
 * written. @return what follows; NULL: not a number of that kind. */
static const char *read_short(const char *text, int power, double *value)
{
    struct parts parts; /* its text stays empty but for the sign */
    const char *at = text;
    parts.text[0] = *at;
    parts.whole = 0.0;
    parts.power = 0;
    parts.digits = parts.decimals = 0;
    if (*at == '-' || *at == '+')
        at++;
    if (!is_digit(*at) || (at[0] == '0' && (at[1] == 'x' || at[1] == 'X')))
        return NULL;
    at = add_digits(&parts, at);
    if (*at == '.' && is_digit(at[1])) {
        parts.decimals = -parts.digits;
        at = add_digits(&parts, at + 1);
        parts.decimals += parts.digits;
    }
    if (*at == '_')
        return NULL;
    at = take_power(&parts, at);
    return read_exactly(&parts, power, value) ? at : NULL;
}

bool tb_number_read_scaled(const char *text, int power, double *value, const char **end)
{
    *end = read_short(text, power, value);
    if (*end)
        return true;
    struct parts parts; /* its text is not cleared: that would cost as much as the reading */
    parts.length = 0;
    parts.nonzero = parts.too_long = false;
    parts.power = 0;
    parts.whole = 0.0;
    parts.digits = parts.decimals = 0;
    parts.text[0] = '\0';
    const char *after = take_apart(&parts, text);
    *end = after ? after : text;
    if (!after || parts.too_long)
        return false;
    if (read_exactly(&parts, power, value))
        return true;
    snprintf(parts.text + parts.length, sizeof parts.text - parts.length, "e%ld",
             parts.power + power);
    int saved = errno;
    double read = strtod(parts.text, NULL);
    errno = saved;
    if (!isfinite(read) || (read == 0.0 && parts.nonzero))
        return false;
    *value = read == 0.0 ? 0.0 : read; /* "-0" is zero */
    return true;
}

bool tb_number_read(const char *text, double *value, const char **end)
{
    return tb_number_read_scaled(text, 0, value, end);
}

/* Appends printf output in which the locale's point, if any, becomes ".". */
static void add_with_point(struct tb_text *out, const char *digits)
{
    const char *point = localeconv()->decimal_point;
    const char *at = strstr(digits, point);
    if (!at) {
        tb_text_add(out, digits);
        return;
    }
    tb_text_add_n(out, digits, (size_t)(at - digits));
    tb_text_add(out, ".");
    tb_text_add(out, at + strlen(point));
}

void tb_number_write(struct tb_text *out, double value, int digits)
{
    char full[64];
    char shorter[64];
    if (!isfinite(value)) {
        tb_text_add(out, "unknown");
        return;
    }
    digits = digits < 1 ? 1 : digits > 17 ? 17 : digits;
    snprintf(full, sizeof full, "%.*g", digits, value);
    double rounded = strtod(full, NULL);
    for (int fewer = 15; fewer < digits; fewer++) { /* 0.1, not 0.10000000000000001 */
        snprintf(shorter, sizeof shorter, "%.*g", fewer, value);
        if (strtod(shorter, NULL) == rounded) {
            add_with_point(out, shorter);
            return;
        }
    }
    add_with_point(out, full);
}

void tb_number_write_fixed(struct tb_text *out, double value, int decimals)
{
    char digits[400];
    if (!isfinite(value)) {
        tb_text_add(out, "unknown");
        return;
    }
    decimals = decimals < 0 ? 0 : decimals > 40 ? 40 : decimals;
    snprintf(digits, sizeof digits, "%.*f", decimals, value);
    add_with_point(out, digits);
}

void tb_number_write_grouped(struct tb_text *out, double value)
{
    char digits[32];
    if (!isfinite(value) || fabs(value) >= 9007199254740992.0 || floor(value) != value) {
        tb_number_write(out, value, 17);
        return;
    }
    snprintf(digits, sizeof digits, "%.0f", fabs(value));
    size_t length = strlen(digits);
    if (value < 0)
        tb_text_add(out, "-");
    for (size_t i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0)
            tb_text_add(out, ",");
        tb_text_add_n(out, digits + i, 1);
    }
}
