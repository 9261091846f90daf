/* SPDX-FileCopyrightText: 2026 The trainbudget authors
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/units.h"

#include <math.h>
#include <string.h>

#include "base/number.h"
#include "base/text.h"

struct unit {
    enum tb_dim dim;
    const char *symbol;
    double factor;
};

static const char *const si_symbols[] = {
#define TB_DIMENSION(name, si, title) si,
#define TB_UNIT(dim, symbol, factor)
#include "base/units.def"
#undef TB_DIMENSION
#undef TB_UNIT
};

static const struct unit units[] = {
#define TB_DIMENSION(name, si, title)
#define TB_UNIT(dim, symbol, factor) {TB_DIM_##dim, symbol, factor},
#include "base/units.def"
#undef TB_DIMENSION
#undef TB_UNIT
};

static const char *const currencies[] = {
#define TB_CURRENCY(code, name) code,
#include "base/currency.def"
#undef TB_CURRENCY
};

/* Everything is computed in this one. */
static const char own_currency[] = "USD";
enum { CODE_LENGTH = 3, CURRENCY_COUNT = sizeof currencies / sizeof *currencies };

enum { UNIT_COUNT = sizeof units / sizeof *units };

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

static const char *skip_space(const char *at)
{
    while (is_space(*at))
        at++;
    return at;
}

static bool is_word(const char *symbol, const char *at, size_t length)
{
    return strlen(symbol) == length && strncmp(symbol, at, length) == 0;
}

static const struct unit *find_unit(enum tb_dim dim, const char *at, size_t length)
{
    for (size_t i = 0; i < UNIT_COUNT; i++)
        if (units[i].dim == dim && is_word(units[i].symbol, at, length))
            return &units[i];
    return NULL;
}

static bool is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '%' || (unsigned char)c >= 0x80;
}

/* Units that only scale, behind which the SI symbol may follow: "2.66 M chip-h". */
static bool is_scale(const struct unit *unit)
{
    const char *si = si_symbols[unit->dim];
    return unit->symbol[0] && !unit->symbol[1] && strchr("KkMBT", unit->symbol[0]) && *si &&
           strcmp(si, "B") != 0;
}

/* The text behind the number: nothing, a unit, or a scale and the SI symbol. */
static bool read_unit(const char *at, enum tb_dim dim, const struct unit **unit,
                      enum tb_quantity_problem *problem)
{
    at = skip_space(at);
    *unit = NULL;
    if (!*at)
        return true;
    size_t length = strcspn(at, " \t");
    const char *rest = skip_space(at + length);
    *unit = find_unit(dim, at, length);
    if (!*unit) {
        *problem = is_letter(*at) && !*rest ? TB_QUANTITY_UNIT : TB_QUANTITY_TRAILING;
        return false;
    }
    size_t rest_length = strcspn(rest, " \t");
    if (is_scale(*unit) && is_word(si_symbols[dim], rest, rest_length))
        rest = skip_space(rest + rest_length);
    *problem = TB_QUANTITY_TRAILING;
    return *rest == '\0';
}

bool tb_dim_is_price(enum tb_dim dim)
{
    return strncmp(si_symbols[dim], own_currency, CODE_LENGTH) == 0;
}

/* The unit of a price in another currency: "CNY/kWh" has the size of "USD/kWh". */
static const struct unit *find_foreign(enum tb_dim dim, const char *at, size_t length)
{
    for (size_t i = 0; length >= CODE_LENGTH && i < UNIT_COUNT; i++)
        if (units[i].dim == dim && strncmp(units[i].symbol, own_currency, CODE_LENGTH) == 0 &&
            is_word(units[i].symbol + CODE_LENGTH, at + CODE_LENGTH, length - CODE_LENGTH))
            return &units[i];
    return NULL;
}

static bool is_currency(const char *code)
{
    for (size_t i = 0; i < CURRENCY_COUNT; i++)
        if (strncmp(currencies[i], code, CODE_LENGTH) == 0)
            return true;
    return false;
}

static bool is_code(const char *at)
{
    for (size_t i = 0; i < CODE_LENGTH; i++)
        if (!(at[i] >= 'A' && at[i] <= 'Z'))
            return false;
    return true;
}

/* The rate behind a currency: "@ 7.1"; nothing where it is known already. */
static bool read_rate(const char *at, double known, double *rate, enum tb_quantity_problem *problem)
{
    const char *end = at;
    at = skip_space(at);
    *rate = known;
    *problem = known > 0.0 ? TB_QUANTITY_TRAILING : TB_QUANTITY_RATE;
    if (known > 0.0)
        return *at == '\0';
    if (*at != '@' || !tb_number_read(skip_space(at + 1), rate, &end) || *skip_space(end) != '\0')
        return false;
    *problem = TB_QUANTITY_RATE_RANGE;
    return *rate >= TB_RATE_LEAST && *rate <= TB_RATE_MOST;
}

/* "CNY/h @ 7.1", "CNY/h" with a rate in `known`, which else is 0. @return 0 when this is no price
 * in another currency, 1 when it is, -1 with *problem set when it is a bad one. */
static int read_foreign(const char *at, enum tb_dim dim, double known, const struct unit **unit,
                        double *rate, enum tb_quantity_problem *problem)
{
    at = skip_space(at);
    size_t length = strcspn(at, " \t@");
    *unit = tb_dim_is_price(dim) ? find_foreign(dim, at, length) : NULL;
    if (!*unit || !is_code(at) || strncmp(at, own_currency, CODE_LENGTH) == 0)
        return 0;
    *problem = TB_QUANTITY_CURRENCY;
    if (!is_currency(at))
        return -1;
    return read_rate(at + length, known, rate, problem) ? 1 : -1;
}

/* The n of a factor 10^n, so that decimal units scale the text and not the rounded number. */
static bool power_of_ten(double factor, int *power)
{
    double ten = 1.0;
    for (int n = 0; n <= 24; n++, ten *= 10.0) {
        if (factor == ten || factor == 1.0 / ten) {
            *power = factor == ten ? n : -n;
            return true;
        }
    }
    return false;
}

/* The number at the head of `text` times the factor; what a price costs in dollars. */
static bool scale(const char *text, double number, double factor, double rate, double *value)
{
    const char *end;
    int power = 0;
    bool decimal = power_of_ten(factor, &power);
    if (decimal && !tb_number_read_scaled(text, power, &number, &end))
        return false;
    double scaled = decimal         ? number
                    : factor >= 1.0 ? number * factor
                                    : number / round(1.0 / factor);
    scaled /= rate;
    if (!isfinite(scaled) || (scaled == 0.0 && number != 0.0))
        return false;
    *value = scaled;
    return true;
}

enum tb_status tb_quantity_read(const char *text, enum tb_dim dim, double *value,
                                enum tb_quantity_problem *problem)
{
    const struct unit *unit;
    const char *end;
    double number;
    double rate = 1.0;
    enum tb_quantity_problem ignored;
    if (!problem)
        problem = &ignored;
    text = skip_space(text);
    *problem = TB_QUANTITY_NUMBER;
    if (!tb_number_read(text, &number, &end))
        return TB_E_INPUT;
    if (*end == '\0') { /* a bare number, as most are, is in SI */
        *value = number;
        return TB_OK;
    }
    int foreign = read_foreign(end, dim, 0.0, &unit, &rate, problem);
    if (foreign < 0 || (foreign == 0 && !read_unit(end, dim, &unit, problem)))
        return TB_E_INPUT;
    *problem = TB_QUANTITY_NUMBER;
    return scale(text, number, unit ? unit->factor : 1.0, rate, value) ? TB_OK : TB_E_INPUT;
}

enum tb_status tb_price_read(const char *text, enum tb_dim dim, double rate, double *value,
                             enum tb_quantity_problem *problem)
{
    const struct unit *unit;
    const char *end;
    double number;
    text = skip_space(text);
    *problem = TB_QUANTITY_NUMBER;
    if (!tb_number_read(text, &number, &end))
        return TB_E_INPUT;
    int foreign = read_foreign(end, dim, rate, &unit, &rate, problem);
    if (foreign == 0 && read_unit(end, dim, &unit, problem))
        *problem = TB_QUANTITY_DOLLARS;
    if (foreign <= 0)
        return TB_E_INPUT;
    *problem = TB_QUANTITY_NUMBER;
    return scale(text, number, unit->factor, rate, value) ? TB_OK : TB_E_INPUT;
}

void tb_units_accepted(struct tb_text *out, enum tb_dim dim)
{
    const char *separator = "";
    for (size_t i = 0; i < UNIT_COUNT; i++) {
        if (units[i].dim != dim)
            continue;
        tb_text_add(out, separator);
        tb_text_add(out, units[i].symbol);
        separator = ", ";
    }
    tb_text_add(out, *separator ? " or a bare number" : "a bare number");
    if (*si_symbols[dim])
        tb_text_addf(out, " in %s", si_symbols[dim]);
}

void tb_quantity_accepted(struct tb_text *out, enum tb_dim dim, enum tb_quantity_problem problem)
{
    if (problem == TB_QUANTITY_RATE) {
        tb_text_add(out, "a rate behind it, in units of the currency for 1 USD, as in '14 CNY/h @ "
                         "7.1'; or a price in USD");
    } else if (problem == TB_QUANTITY_RATE_RANGE) {
        tb_number_write(out, TB_RATE_LEAST, 6);
        tb_text_add(out, " to ");
        tb_number_write(out, TB_RATE_MOST, 6);
        tb_text_add(out, " units of the currency for 1 USD");
    } else if (problem == TB_QUANTITY_DOLLARS) {
        tb_text_add(out, "a price in the currency of the rate, as in '250000 CNY'");
    } else if (problem == TB_QUANTITY_CURRENCY) {
        tb_text_addf(out, "%s; or with a rate for 1 USD, as in '14 CNY/h @ 7.1': ", own_currency);
        for (size_t i = 0; i < CURRENCY_COUNT; i++)
            tb_text_addf(out, "%s%s", i ? ", " : "", currencies[i]);
    } else {
        tb_units_accepted(out, dim);
    }
}

const char *tb_dim_si(enum tb_dim dim)
{
    return si_symbols[dim];
}

/* How quantities are shown: from `from` on (SI) in units of `factor` with `symbol`. The last row
 * that holds counts. PLAIN rows group whole numbers ("11,250"), POWER rows use an exponent. */
enum style { SCALED, PLAIN, POWER };

static const struct display {
    enum tb_dim dim;
    double from, factor;
    const char *symbol;
    enum style style;
} displays[] = {
    {TB_DIM_RATIO, 0, 1e-2, " %", SCALED},
    {TB_DIM_COUNT, 0, 1, "", PLAIN},
    {TB_DIM_COUNT, 1e5, 1e3, " K", SCALED},
    {TB_DIM_COUNT, 1e6, 1e6, " M", SCALED},
    {TB_DIM_COUNT, 1e9, 1e9, " B", SCALED},
    {TB_DIM_COUNT, 1e12, 1e12, " T", SCALED},
    {TB_DIM_COUNT, 1e16, 1, "", POWER},
    {TB_DIM_LENGTH, 0, 1, "", PLAIN},
    {TB_DIM_FLOP, 0, 1, " FLOP", PLAIN},
    {TB_DIM_FLOP, 1e5, 1, " FLOP", POWER},
    {TB_DIM_FLOP_RATE, 0, 1, " FLOP/s", PLAIN},
    {TB_DIM_FLOP_RATE, 1e9, 1e9, " GFLOP/s", SCALED},
    {TB_DIM_FLOP_RATE, 1e12, 1e12, " TFLOP/s", SCALED},
    {TB_DIM_FLOP_RATE, 1e15, 1e15, " PFLOP/s", SCALED},
    {TB_DIM_FLOP_RATE, 1e18, 1e18, " EFLOP/s", SCALED},
    {TB_DIM_BYTES, 0, 1, " B", PLAIN},
    {TB_DIM_BYTES, 1e3, 1e3, " kB", SCALED},
    {TB_DIM_BYTES, 1e6, 1e6, " MB", SCALED},
    {TB_DIM_BYTES, 1e9, 1e9, " GB", SCALED},
    {TB_DIM_BYTES, 1e12, 1e12, " TB", SCALED},
    {TB_DIM_BYTES, 1e15, 1e15, " PB", SCALED},
    {TB_DIM_BYTE_RATE, 0, 1, " B/s", PLAIN},
    {TB_DIM_BYTE_RATE, 1e6, 1e6, " MB/s", SCALED},
    {TB_DIM_BYTE_RATE, 1e9, 1e9, " GB/s", SCALED},
    {TB_DIM_BYTE_RATE, 1e12, 1e12, " TB/s", SCALED},
    {TB_DIM_TIME, 0, 1e-6, " us", SCALED},
    {TB_DIM_TIME, 1e-3, 1e-3, " ms", SCALED},
    {TB_DIM_TIME, 1, 1, " s", SCALED},
    {TB_DIM_TIME, 120, 60, " min", SCALED},
    {TB_DIM_TIME, 7200, 3600, " h", SCALED},
    {TB_DIM_TIME, 259200, 86400, " d", SCALED},
    {TB_DIM_TIME, 63115200, 31557600, " yr", SCALED}, /* from two years of 365.25 d on */
    {TB_DIM_CHIP_HOURS, 0, 1, "", PLAIN},
    {TB_DIM_CHIP_HOURS, 1e5, 1e3, " K", SCALED},
    {TB_DIM_CHIP_HOURS, 1e6, 1e6, " M", SCALED},
    {TB_DIM_CHIP_HOURS, 1e9, 1, "", POWER},
    {TB_DIM_TOKEN_RATE, 0, 1, " tokens/s", PLAIN},
    {TB_DIM_TOKEN_RATE, 1e5, 1e3, " K tokens/s", SCALED},
    {TB_DIM_TOKEN_RATE, 1e6, 1e6, " M tokens/s", SCALED},
    {TB_DIM_TOKEN_RATE, 1e9, 1e9, " B tokens/s", SCALED},
    {TB_DIM_POWER, 0, 1, " W", SCALED},
    {TB_DIM_POWER, 1e3, 1e3, " kW", SCALED},
    {TB_DIM_POWER, 1e6, 1e6, " MW", SCALED},
    {TB_DIM_ENERGY, 0, 1, " J", PLAIN},
    {TB_DIM_ENERGY, 3.6e5, 3.6e6, " kWh", SCALED},
    {TB_DIM_ENERGY, 3.6e9, 3.6e9, " MWh", SCALED},
    {TB_DIM_ENERGY, 3.6e12, 3.6e12, " GWh", SCALED},
    {TB_DIM_MONEY, 0, 1, " USD", PLAIN},
    {TB_DIM_MONEY, 1e5, 1e3, " K USD", SCALED},
    {TB_DIM_MONEY, 1e6, 1e6, " M USD", SCALED},
    {TB_DIM_MONEY, 1e9, 1e9, " B USD", SCALED},
    {TB_DIM_PRICE_RATE, 0, 1, " USD/h", SCALED},
    {TB_DIM_FLOP_PER_TOKEN, 0, 1, " FLOP/token", PLAIN},
    {TB_DIM_FLOP_PER_TOKEN, 1e9, 1e9, " GFLOP/token", SCALED},
    {TB_DIM_FLOP_PER_TOKEN, 1e12, 1e12, " TFLOP/token", SCALED},
    {TB_DIM_BYTES_PER_TOKEN, 0, 1, " B/token", PLAIN},
    {TB_DIM_BYTES_PER_TOKEN, 1e3, 1e3, " kB/token", SCALED},
    {TB_DIM_BYTES_PER_TOKEN, 1e6, 1e6, " MB/token", SCALED},
    {TB_DIM_CARBON, 0, 1, " kg", SCALED},
    {TB_DIM_CARBON, 1e3, 1e3, " t", SCALED},
    {TB_DIM_CARBON_RATE, 0, 1e-3 / 3.6e6, " g/kWh", SCALED},
    {TB_DIM_ENERGY_PRICE, 0, 1.0 / 3.6e6, " USD/kWh", SCALED},
    {TB_DIM_STORAGE_PRICE, 0, 1e-12 / 2629746.0, " USD/TB/month", SCALED},
};

/* Rounds to `digits` significant digits; *exponent is the power of ten of the first. */
static double round_digits(double value, int digits, int *exponent)
{
    struct tb_text text = {0};
    const char *end;
    double rounded = value;
    tb_number_write(&text, value, digits);
    if (!text.failed)
        tb_number_read(text.data, &rounded, &end);
    tb_text_free(&text);
    *exponent = rounded == 0.0 ? 0 : (int)floor(log10(fabs(rounded)) + 1e-12);
    return rounded;
}

static const struct display *find_display(enum tb_dim dim, double size)
{
    const struct display *found = NULL;
    for (size_t i = 0; i < sizeof displays / sizeof *displays; i++)
        if (displays[i].dim == dim && (!found || size >= displays[i].from))
            found = &displays[i];
    return found;
}

static void write_mantissa(struct tb_text *out, double value, int digits)
{
    int exponent;
    double rounded = round_digits(value, digits, &exponent);
    bool tiny = exponent < -6;
    bool grouped = !tiny && digits - 1 <= exponent && exponent < 15;
    if (tiny || exponent >= 15)
        tb_number_write(out, rounded, digits);
    else if (grouped)
        tb_number_write_grouped(out, rounded);
    else
        tb_number_write_fixed(out, rounded, digits - 1 - exponent);
}

static void write_power(struct tb_text *out, double value, int digits)
{
    int exponent;
    round_digits(value, digits, &exponent);
    int mantissa_exponent;
    double mantissa = value / pow(10.0, exponent);
    mantissa = round_digits(mantissa, digits, &mantissa_exponent);
    tb_number_write_fixed(out, mantissa, digits - 1);
    tb_text_addf(out, "e%d", exponent);
}

static void write_zero(struct tb_text *out, enum tb_dim dim)
{
    tb_text_add(out, "0");
    tb_text_add(out, dim == TB_DIM_RATIO ? " %" : *si_symbols[dim] ? " " : "");
    tb_text_add(out, dim == TB_DIM_CHIP_HOURS ? "" : si_symbols[dim]);
}

void tb_quantity_write(struct tb_text *out, double value, enum tb_dim dim, int digits)
{
    int ignored;
    if (!isfinite(value)) {
        tb_text_add(out, value > 0.0 ? "no end" : "unknown");
        return;
    }
    digits = digits < 1 ? 1 : digits > 15 ? 15 : digits;
    /* The unit is that of the rounded value: 999.7 GB is 1.00 TB, never 1000 GB. */
    double size = fabs(round_digits(value, digits, &ignored));
    const struct display *display = find_display(dim, size);
    bool whole = floor(value) == value && fabs(value) < 9007199254740992.0;
    if (value == 0.0) {
        write_zero(out, dim);
        return;
    }
    if (display->style == PLAIN && whole)
        tb_number_write_grouped(out, value);
    else if (display->style == POWER)
        write_power(out, value / display->factor, digits);
    else
        write_mantissa(out, value / display->factor, digits);
    tb_text_add(out, display->symbol);
}
