// SPDX-License-Identifier: Apache-2.0
#include "mw_number.h"

#include "mw_text.h"
#include <math.h>
#include <stdlib.h>

enum { DIGITS_MAX = 320 };

/* ---- missing ------------------------------------------------------------------------------------------ */

bool mw_number_is_missing(struct mw_span text)
{
    static const char *const names[] = {
        "",     "-",    "--",   "\xe2\x80\x93", "\xe2\x80\x94", ".",       "na",      "n/a",
        "n.a.", "#n/a", "nan",  "null",         "nil",          "none",    "(null)",  "missing",
        "?",    "n.v.", "k.a.", "<na>",         "(not set)",    "#value!", "#div/0!", NULL};
    return mw_text_find(mw_text_trim(text), names) != SIZE_MAX;
}

/* ---- currencies --------------------------------------------------------------------------------------- */

/* Signs and codes, longest signs of a common ending first. `generic` signs are shared by several currencies.
 */
static const struct currency {
    const char *sign, *code;
} currencies[] = {
    {"us$", "USD"}, {"ca$", "CAD"}, {"c$", "CAD"},  {"au$", "AUD"}, {"a$", "AUD"},  {"nz$", "NZD"},
    {"r$", "BRL"},  {"s$", "SGD"},  {"hk$", "HKD"}, {"mx$", "MXN"}, {"nt$", "TWD"}, {"$", "$"},
    {"€", "EUR"},   {"£", "GBP"},   {"¥", "¥"},     {"₹", "INR"},   {"₩", "KRW"},   {"₺", "TRY"},
    {"₽", "RUB"}, {"₪", "ILS"},   {"₴", "UAH"},   {"₫", "VND"},   {"฿", "THB"},   {"₱", "PHP"},
    {"kr.", "kr"},  {"kr", "kr"},   {"zł", "PLN"},  {"kč", "CZK"},  {"ft", "HUF"},  {"rs.", "INR"},
    {"rs", "INR"},  {"rp", "IDR"},  {"fr.", "CHF"}, {"sfr", "CHF"},
};

static const char *const codes[] = {"usd", "eur", "gbp", "jpy", "chf", "cad", "aud", "nzd", "sek", "nok",
                                    "dkk", "isk", "pln", "czk", "huf", "ron", "bgn", "try", "rub", "uah",
                                    "ils", "inr", "cny", "rmb", "krw", "sgd", "hkd", "twd", "thb", "idr",
                                    "myr", "php", "vnd", "brl", "mxn", "ars", "clp", "cop", "pen", "zar",
                                    "egp", "ngn", "kes", "aed", "sar", "qar", "kwd", NULL};
static const char *const codes_upper[] = {
    "USD", "EUR", "GBP", "JPY", "CHF", "CAD", "AUD", "NZD", "SEK", "NOK", "DKK", "ISK",
    "PLN", "CZK", "HUF", "RON", "BGN", "TRY", "RUB", "UAH", "ILS", "INR", "CNY", "CNY",
    "KRW", "SGD", "HKD", "TWD", "THB", "IDR", "MYR", "PHP", "VND", "BRL", "MXN", "ARS",
    "CLP", "COP", "PEN", "ZAR", "EGP", "NGN", "KES", "AED", "SAR", "QAR", "KWD"};

struct mw_span mw_currency_of(struct mw_span word)
{
    for (size_t i = 0; i < sizeof currencies / sizeof currencies[0]; i++) {
        if (mw_text_is(word, currencies[i].sign)) {
            return mw_span(currencies[i].code);
        }
    }
    const size_t i = mw_text_find(word, codes);
    return i == SIZE_MAX ? (struct mw_span){0} : mw_span(codes_upper[i]);
}

static bool is_one_of(struct mw_span generic, struct mw_span code)
{
    static const char *const dollars[] = {"usd", "cad", "aud", "nzd", "sgd", "hkd",
                                          "twd", "mxn", "clp", "cop", "ars", NULL};
    static const char *const kronor[] = {"sek", "nok", "dkk", "isk", NULL};
    static const char *const yen[] = {"jpy", "cny", NULL};
    const char *const *members = mw_span_is(generic, "$")    ? dollars
                                 : mw_span_is(generic, "kr") ? kronor
                                 : mw_span_is(generic, "¥")  ? yen
                                                             : NULL;
    return members != NULL && mw_text_find(code, members) != SIZE_MAX;
}

bool mw_currency_agrees(struct mw_span a, struct mw_span b)
{
    return a.len == 0 || b.len == 0 || mw_span_eq(a, b) || is_one_of(a, b) || is_one_of(b, a);
}

struct mw_span mw_currency_assume(struct mw_span currency)
{
    return mw_span_is(currency, "$")    ? mw_span("USD")
           : mw_span_is(currency, "kr") ? mw_span("SEK")
           : mw_span_is(currency, "¥")  ? mw_span("JPY")
                                        : currency;
}

/* ---- what stands around the digits -------------------------------------------------------------------- */

struct parts {
    struct mw_span digits; /* digits, separators and the exponent */
    bool has_sign, negative, percent;
    struct mw_span currency;
};

static struct mw_span cut(struct mw_span text, size_t front, size_t back)
{
    return mw_text_trim((struct mw_span){text.data + front, text.len - front - back});
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Bytes of a minus at text[at]: '-', U+2212 or U+2013. */
static size_t minus_at(struct mw_span text, size_t at)
{
    if (at < text.len && text.data[at] == '-') {
        return 1;
    }
    return at + 3 <= text.len && (memcmp(text.data + at, "\xe2\x88\x92", 3) == 0 ||
                                  memcmp(text.data + at, "\xe2\x80\x93", 3) == 0)
               ? 3
               : 0;
}

static bool strip(struct parts *p, size_t front, size_t back, bool negative)
{
    p->digits = cut(p->digits, front, back);
    p->negative = negative;
    p->has_sign = true;
    return true;
}

/* Takes one sign, pair of brackets or percent off either end; false when there is none left. */
static bool strip_sign(struct parts *p)
{
    const struct mw_span t = p->digits;
    const size_t ahead = minus_at(t, 0), behind = t.data[t.len - 1] == '-' ? 1
                                                  : t.len >= 3             ? minus_at(t, t.len - 3)
                                                                           : 0;
    if (!p->percent && t.data[t.len - 1] == '%') {
        p->percent = true;
        p->digits = cut(t, 0, 1);
        return true;
    }
    if (p->has_sign) {
        return false;
    }
    if (t.len >= 2 && t.data[0] == '(' && t.data[t.len - 1] == ')') {
        return strip(p, 1, 1, true);
    }
    if (ahead > 0 || behind > 0) {
        return ahead > 0 ? strip(p, ahead, 0, true) : strip(p, 0, behind, true);
    }
    return t.data[0] == '+' && strip(p, 1, 0, false);
}

/* A currency ahead ends where digits, signs or blanks begin; one behind begins after them. */
static bool belongs_to_number(struct mw_span t, size_t at)
{
    const char c = t.data[at];
    return is_digit(c) || c == '-' || c == '+' || c == '(' || c == ')' || c == ',' || c == '\'' || c == '%' ||
           (c == '.' && at + 1 < t.len && is_digit(t.data[at + 1])) || mw_text_blank_at(t, at) > 0 ||
           minus_at(t, at) > 0;
}

static bool ends_number(struct mw_span t)
{
    const struct mw_span number = mw_text_trim(t);
    const char last = number.len == 0 ? 'x' : number.data[number.len - 1];
    return is_digit(last) || last == ')' || last == '.' || last == ',' || last == '-' || last == '%';
}

static bool strip_currency(struct parts *p)
{
    const struct mw_span t = p->digits;
    size_t n_front = 0, n_back = 0;
    if (p->currency.len > 0 || (belongs_to_number(t, 0) && is_digit(t.data[t.len - 1]))) {
        return false; /* most cells */
    }
    while (n_front < t.len && !belongs_to_number(t, n_front)) {
        n_front++;
    }
    struct mw_span found = mw_currency_of((struct mw_span){t.data, n_front});
    for (size_t n = 1; found.len == 0 && n <= 4 && n < t.len; n++) {
        if (ends_number((struct mw_span){t.data, t.len - n})) {
            found = mw_currency_of((struct mw_span){t.data + t.len - n, n});
            n_back = found.len > 0 ? n : 0;
        }
    }
    if (found.len == 0) {
        return false;
    }
    p->currency = found;
    p->digits = n_back > 0 ? cut(t, 0, n_back) : cut(t, n_front, 0);
    return true;
}

static struct parts take_apart(struct mw_span text)
{
    struct parts p = {.digits = mw_text_trim(text)};
    while (p.digits.len > 0 && (strip_sign(&p) || strip_currency(&p))) {
    }
    return p;
}

/* ---- digits ------------------------------------------------------------------------------------------- */

/* Length of a thousands separator that is no point or comma: an apostrophe or a blank. */
static size_t group_mark_at(struct mw_span t, size_t at)
{
    if (at < t.len && t.data[at] == '\'') {
        return 1;
    }
    if (at + 3 <= t.len && memcmp(t.data + at, "\xe2\x80\x99", 3) == 0) {
        return 3;
    }
    return mw_text_blank_at(t, at);
}

static size_t count_digits(struct mw_span t, size_t at)
{
    size_t n = 0;
    while (at + n < t.len && is_digit(t.data[at + n])) {
        n++;
    }
    return n;
}

struct whole {
    char digits[DIGITS_MAX];
    size_t n;
};

static bool copy_digits(struct whole *w, struct mw_span t, size_t at, size_t n)
{
    if (w->n + n >= DIGITS_MAX) {
        return false;
    }
    memcpy(w->digits + w->n, t.data + at, n);
    w->n += n;
    return true;
}

/* The whole part with its groups; *at is left behind it. One kind of separator only, and groups of three: the
 * last always, those between also of two (12,34,567). False when it is not so. */
static bool read_whole(struct mw_span t, size_t *at, char group, struct whole *w)
{
    size_t n = count_digits(t, *at), n_groups = 0, mark_len = 0;
    const size_t n_first = n;
    struct mw_span mark = {0};
    if (!copy_digits(w, t, *at, n)) {
        return false;
    }
    for (*at += n; *at < t.len && n > 0; *at += mark_len + n, n_groups++) {
        mark_len = t.data[*at] == group ? 1 : group_mark_at(t, *at);
        const struct mw_span seen = {t.data + *at, mark_len};
        if (mark_len == 0) {
            break;
        }
        if (n_groups > 0 && (!mw_span_eq(seen, mark) || (n != 3 && n != 2))) {
            return false;
        }
        mark = seen;
        n = count_digits(t, *at + mark_len);
        if (n == 0 || !copy_digits(w, t, *at + mark_len, n)) {
            return false;
        }
    }
    return n_groups == 0 || (n == 3 && n_first >= 1 && n_first <= 3);
}

/* "e-12" at t[at]; returns its length, 0 for none. */
static size_t exponent_at(struct mw_span t, size_t at)
{
    if (at >= t.len || (t.data[at] != 'e' && t.data[at] != 'E')) {
        return 0;
    }
    const size_t sign = at + 1 < t.len && (t.data[at + 1] == '-' || t.data[at + 1] == '+');
    const size_t n = count_digits(t, at + 1 + sign);
    return n == 0 || n > 4 ? 0 : 1 + sign + n;
}

/* Puts the digits into the form that strtod reads in the C locale. */
static bool normalise(struct mw_span t, enum mw_decimal decimal, struct whole *w)
{
    const char point = decimal == MW_DECIMAL_POINT ? '.' : ',',
               group = decimal == MW_DECIMAL_POINT ? ',' : '.';
    size_t at = 0;
    if (!read_whole(t, &at, group, w)) {
        return false;
    }
    size_t n_digits = w->n;
    if (at < t.len && t.data[at] == point) {
        const size_t n = count_digits(t, at + 1);
        if (!copy_digits(w, mw_span("."), 0, 1) || !copy_digits(w, t, at + 1, n)) {
            return false;
        }
        n_digits += n;
        at += 1 + n;
    }
    const size_t n_exponent = exponent_at(t, at);
    if (n_digits == 0 || at + n_exponent != t.len || !copy_digits(w, t, at, n_exponent)) {
        return false;
    }
    w->digits[w->n] = '\0';
    return true;
}

enum mw_status mw_number_parse(struct mw_span text, enum mw_decimal decimal, struct mw_number *out,
                               struct mw_error *err)
{
    *out = (struct mw_number){.value = (double)NAN};
    if (mw_number_is_missing(text)) {
        out->missing = true;
        return MW_OK;
    }
    const struct parts p = take_apart(text);
    struct whole w = {.n = 0};
    if (!normalise(p.digits, decimal, &w)) {
        const int shown = (int)(text.len < 60 ? text.len : 60);
        return MW_FAIL(err, MW_E_DATA, "\"%.*s\" is not a number (decimal sign '%c')", shown, text.data,
                       decimal == MW_DECIMAL_POINT ? '.' : ',');
    }
    const double magnitude = strtod(w.digits, NULL);
    if (!isfinite(magnitude)) {
        return MW_FAIL(err, MW_E_DATA, "\"%.60s\" is too large for a number", w.digits);
    }
    out->percent = p.percent;
    out->currency = p.currency;
    out->value = (p.negative ? -magnitude : magnitude) / (p.percent ? 100.0 : 1.0);
    return MW_OK;
}

/* ---- the decimal sign --------------------------------------------------------------------------------- */

enum evidence { NOTHING, POINT, COMMA, UNSURE };

static enum evidence is_decimal(char sign)
{
    return sign == '.' ? POINT : COMMA;
}

static enum evidence is_group(char sign)
{
    return sign == '.' ? COMMA : POINT;
}

/* Two kinds of sign: the last one is the decimal sign. One kind, twice: thousands. One sign alone is the
 * decimal sign unless one to three digits stand before it and exactly three behind it. */
static enum evidence evidence_of(struct mw_span t, char *sign)
{
    size_t n_point = 0, n_comma = 0, last = 0, first = t.len;
    for (size_t i = 0; i < t.len; i++) {
        if (t.data[i] == '.' || t.data[i] == ',') {
            n_point += t.data[i] == '.';
            n_comma += t.data[i] == ',';
            first = first == t.len ? i : first;
            last = i;
        }
    }
    if (n_point + n_comma == 0) {
        return NOTHING;
    }
    *sign = t.data[last];
    if (n_point > 0 && n_comma > 0) {
        return is_decimal(*sign);
    }
    if (n_point + n_comma > 1) {
        return is_group(*sign);
    }
    const bool grouped_otherwise = count_digits(t, 0) < first; /* 1 234,567 */
    const bool may_be_group = first >= 1 && first <= 3 && t.data[0] != '0' && t.len - last - 1 == 3 &&
                              count_digits(t, last + 1) == 3;
    return may_be_group && !grouped_otherwise ? UNSURE : is_decimal(*sign);
}

void mw_decimal_vote(struct mw_decimal_vote *vote, struct mw_span text)
{
    struct mw_number number;
    char sign = '.';
    if (mw_number_parse(text, MW_DECIMAL_POINT, &number, NULL) != MW_OK &&
        mw_number_parse(text, MW_DECIMAL_COMMA, &number, NULL) != MW_OK) {
        return; /* not a number either way: no vote */
    }
    switch (number.missing ? NOTHING : evidence_of(take_apart(text).digits, &sign)) {
    case NOTHING:
        break;
    case POINT:
        vote->n_point++;
        break;
    case COMMA:
        vote->n_comma++;
        break;
    case UNSURE:
        vote->n_unsure++;
        vote->unsure_point = vote->unsure_point || sign == '.';
        vote->unsure_comma = vote->unsure_comma || sign == ',';
        break;
    }
}

void mw_decimal_vote_add(struct mw_decimal_vote *sum, const struct mw_decimal_vote *vote)
{
    sum->n_point += vote->n_point;
    sum->n_comma += vote->n_comma;
    sum->n_unsure += vote->n_unsure;
    sum->unsure_point = sum->unsure_point || vote->unsure_point;
    sum->unsure_comma = sum->unsure_comma || vote->unsure_comma;
}

enum mw_decimal_verdict mw_decimal_decide(const struct mw_decimal_vote *column,
                                          const struct mw_decimal_vote *file)
{
    if (column->n_point > 0 || column->n_comma > 0) {
        return column->n_point > 0 && column->n_comma > 0 ? MW_DECIMAL_MIXED
               : column->n_point > 0                      ? MW_DECIMAL_IS_POINT
                                                          : MW_DECIMAL_IS_COMMA;
    }
    if (column->n_unsure == 0) {
        return MW_DECIMAL_IS_POINT;
    }
    if ((file->n_point > 0) != (file->n_comma > 0)) {
        return file->n_point > 0 ? MW_DECIMAL_IS_POINT : MW_DECIMAL_IS_COMMA;
    }
    return MW_DECIMAL_AMBIGUOUS;
}
