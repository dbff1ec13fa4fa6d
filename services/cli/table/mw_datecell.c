// SPDX-License-Identifier: Apache-2.0
#include "mw_datecell.h"

#include "mw_text.h"

enum { PARTS_MAX = 3, MONTH_NAME = -1 };

/* A date taken apart: numbers, and at most one named month. */
struct parts {
    int value[PARTS_MAX];
    int n_digits[PARTS_MAX]; /* MONTH_NAME for a named month */
    size_t n;
    bool dots; /* 31.1.2024 */
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

/* 1 .. 12, or 0. Three letters are enough: "Jan", "sept", "Okt". */
static int month_of(struct mw_span word)
{
    static const char *const names[][12] = {
        {"january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
         "november", "december"},
        {"januar", "februar", "märz", "april", "mai", "juni", "juli", "august", "september", "oktober",
         "november", "dezember"},
        {"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre",
         "novembre", "décembre"},
        {"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre",
         "noviembre", "diciembre"},
    };
    for (size_t language = 0; language < sizeof names / sizeof names[0] && word.len >= 3; language++) {
        for (int month = 0; month < 12; month++) {
            if (mw_text_abbreviates(word, names[language][month])) {
                return month + 1;
            }
        }
    }
    return 0;
}

static bool is_weekday(struct mw_span word)
{
    static const char *const names[] = {"mon",       "tue",      "tues",   "wed",      "thu",    "thur",
                                        "thurs",     "fri",      "sat",    "sun",      "monday", "tuesday",
                                        "wednesday", "thursday", "friday", "saturday", "sunday", NULL};
    return mw_text_find(word, names) != SIZE_MAX;
}

static size_t word_length(struct mw_span t, size_t at)
{
    size_t n = 0;
    while (at + n < t.len && is_letter(t.data[at + n])) {
        n++;
    }
    return n;
}

static size_t number_length(struct mw_span t, size_t at)
{
    size_t n = 0;
    while (at + n < t.len && is_digit(t.data[at + n])) {
        n++;
    }
    return n;
}

/* "00:00", "T08:00:00.000+02:00", "12:00:00 AM UTC": checked for its shape only, since it is dropped. */
static bool is_time_of_day(struct mw_span t)
{
    const size_t hours = number_length(t, 0);
    if (hours == 0 || hours > 2 || hours + 1 >= t.len || t.data[hours] != ':' ||
        !is_digit(t.data[hours + 1])) {
        return false;
    }
    for (size_t i = 0; i < t.len; i++) {
        if (!is_digit(t.data[i]) && strchr(":.,+- ", t.data[i]) == NULL && !is_letter(t.data[i])) {
            return false;
        }
    }
    return t.len <= 40;
}

/* Cuts a time of day off: it begins after a blank or a 'T' that follows a digit. */
static struct mw_span without_time(struct mw_span t)
{
    for (size_t i = 1; i + 1 < t.len; i++) {
        const bool opens =
            t.data[i] == ' ' || ((t.data[i] == 'T' || t.data[i] == 't') && is_digit(t.data[i - 1]));
        if (opens && is_time_of_day((struct mw_span){t.data + i + 1, t.len - i - 1})) {
            return mw_text_trim((struct mw_span){t.data, i});
        }
    }
    return t;
}

static bool add_number(struct parts *p, struct mw_span t, size_t at, size_t n)
{
    if (p->n == PARTS_MAX || n > 8) {
        return false;
    }
    int value = 0;
    for (size_t i = 0; i < n; i++) {
        value = value * 10 + (t.data[at + i] - '0');
    }
    p->value[p->n] = value;
    p->n_digits[p->n++] = (int)n;
    return true;
}

/* The position of the named month, or p->n. */
static size_t named_month(const struct parts *p)
{
    size_t at = 0;
    while (at < p->n && p->n_digits[at] != MONTH_NAME) {
        at++;
    }
    return at;
}

static bool add_word(struct parts *p, struct mw_span word)
{
    static const char *const fillers[] = {"st", "nd", "rd", "th", "de", "of", NULL};
    const int month = month_of(word);
    if (month == 0 || p->n == PARTS_MAX || named_month(p) < p->n) {
        return (p->n == 0 && is_weekday(word)) || (p->n > 0 && mw_text_find(word, fillers) != SIZE_MAX);
    }
    p->value[p->n] = month;
    p->n_digits[p->n++] = MONTH_NAME;
    return true;
}

static bool take_apart(struct mw_span text, struct parts *p)
{
    const struct mw_span t = without_time(mw_text_trim(text));
    *p = (struct parts){.n = 0};
    if (t.len < 6 || t.len > 40) {
        return false;
    }
    for (size_t at = 0; at < t.len;) {
        const size_t n_number = number_length(t, at), n_word = word_length(t, at);
        if (n_number > 0 && !add_number(p, t, at, n_number)) {
            return false;
        }
        if (n_word > 0 && !add_word(p, (struct mw_span){t.data + at, n_word})) {
            return false;
        }
        if (n_number + n_word == 0 && strchr("-/. ,", t.data[at]) == NULL) {
            return false;
        }
        p->dots = p->dots || t.data[at] == '.';
        at += n_number + n_word > 0 ? n_number + n_word : 1;
    }
    return p->n > 0 && is_digit(t.data[t.len - 1]);
}

static int full_year(int value, int n_digits)
{
    return n_digits == 4 ? value : n_digits == 2 ? value + (value < 69 ? 2000 : 1900) : 0;
}

struct place {
    size_t year, month, day; /* PARTS_MAX: not given */
};

/* A named month settles itself; the year is then last, or first with four digits. */
static bool place_named(const struct parts *p, size_t month, struct place *out)
{
    const bool year_first = p->n_digits[0] == 4;
    if (p->n == 2) {
        *out = (struct place){1 - month, month, PARTS_MAX};
        return p->n_digits[1 - month] == 4;
    }
    const size_t other = month == 0 ? 1 : 0;
    *out = year_first ? (struct place){other, month, 2} : (struct place){2, month, other};
    return p->n == 3 && month < 2;
}

/* Which part is what under an order. Dots mean that the day comes first, or the year with four digits; two
 * parts with a dot are a number. */
static bool place_parts(const struct parts *p, enum mw_date_order order, struct place *out)
{
    const size_t month = named_month(p);
    if (month < p->n) {
        return place_named(p, month, out);
    }
    switch (order) {
    case MW_DATE_YMD:
        *out = (struct place){0, 1, p->n == 2 ? PARTS_MAX : 2};
        return p->n_digits[0] == 4 && (p->n == 3 || !p->dots);
    case MW_DATE_MDY:
        *out = (struct place){2, 0, 1};
        return p->n == 3 && !p->dots;
    case MW_DATE_DMY:
        *out = (struct place){2, 1, 0};
        return p->n == 3;
    case MW_DATE_NO_ORDER:
        break;
    }
    return false;
}

static bool to_date(const struct parts *p, enum mw_date_order order, mw_date *out)
{
    struct mw_civil civil = {0, 0, 1};
    if (p->n == 1 && p->n_digits[0] == 8 && order == MW_DATE_YMD) {
        civil = (struct mw_civil){p->value[0] / 10000, p->value[0] / 100 % 100, p->value[0] % 100};
    } else {
        struct place at;
        if (p->n < 2 || !place_parts(p, order, &at) || p->n_digits[at.month] > 2 ||
            (at.day < PARTS_MAX && p->n_digits[at.day] > 2)) {
            return false;
        }
        civil.year = full_year(p->value[at.year], p->n_digits[at.year]);
        civil.month = p->value[at.month];
        civil.day = at.day < PARTS_MAX ? p->value[at.day] : 1;
    }
    const bool plausible = civil.year >= 1900 && civil.year < 2200; /* 12345678 is a number, not a date */
    *out = plausible && mw_civil_is_valid(civil) ? mw_date_from_civil(civil) : MW_DATE_NONE;
    return *out != MW_DATE_NONE;
}

bool mw_date_read(struct mw_span text, enum mw_date_order order, mw_date *out)
{
    struct parts p;
    *out = MW_DATE_NONE;
    return take_apart(text, &p) && to_date(&p, order, out);
}

unsigned mw_date_orders(struct mw_span text)
{
    static const enum mw_date_order orders[] = {MW_DATE_YMD, MW_DATE_MDY, MW_DATE_DMY};
    struct parts p;
    unsigned possible = MW_DATE_NO_ORDER;
    if (!take_apart(text, &p)) {
        return possible;
    }
    for (size_t i = 0; i < 3; i++) {
        mw_date date = MW_DATE_NONE;
        possible |= to_date(&p, orders[i], &date) ? (unsigned)orders[i] : 0;
    }
    return possible;
}

bool mw_date_is_month(struct mw_span text)
{
    struct parts p;
    return take_apart(text, &p) && p.n == 2 && mw_date_orders(text) != MW_DATE_NO_ORDER;
}

const char *mw_date_order_name(enum mw_date_order order)
{
    return order == MW_DATE_YMD ? "ymd" : order == MW_DATE_MDY ? "mdy" : order == MW_DATE_DMY ? "dmy" : "";
}

enum mw_date_order mw_date_order_of(struct mw_span name)
{
    static const enum mw_date_order orders[] = {MW_DATE_YMD, MW_DATE_MDY, MW_DATE_DMY};
    for (size_t i = 0; i < 3; i++) {
        if (mw_text_is(name, mw_date_order_name(orders[i]))) {
            return orders[i];
        }
    }
    return MW_DATE_NO_ORDER;
}

enum mw_date_order mw_date_order_decide(unsigned orders)
{
    if (orders == MW_DATE_ANY_ORDER || orders == MW_DATE_YMD) {
        return MW_DATE_YMD;
    }
    return orders == MW_DATE_MDY ? MW_DATE_MDY : orders == MW_DATE_DMY ? MW_DATE_DMY : MW_DATE_NO_ORDER;
}
