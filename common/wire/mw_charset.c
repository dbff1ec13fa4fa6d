// SPDX-License-Identifier: Apache-2.0
#include "mw_charset.h"

/* "$(?!\n)" and not "$": in some dialects (Python, Perl) a lone "$" also matches before a final newline. */
#define WHOLE(body) "^" body "$(?!\\n)"

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_name_char(char c)
{
    return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' || c == ':' || c == '/';
}

static bool is_id_char(char c)
{
    return c > ' ' && c <= '~';
}

static bool all_of(struct mw_span text, bool (*member)(char), size_t len_max)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!member(text.data[i])) {
            return false;
        }
    }
    return text.len >= 1 && text.len <= len_max;
}

static bool is_name(struct mw_span text)
{
    return all_of(text, is_name_char, 64);
}

static bool is_control(char c)
{
    return ((unsigned char)c < ' ') || c == 0x7f;
}

static bool is_label(struct mw_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (is_control(text.data[i])) {
            return false;
        }
    }
    return text.len >= 1;
}

static bool is_id(struct mw_span text)
{
    return all_of(text, is_id_char, 256);
}

static bool is_currency(struct mw_span text)
{
    bool capitals = text.len == 3;
    for (size_t i = 0; capitals && i < text.len; i++) {
        capitals = text.data[i] >= 'A' && text.data[i] <= 'Z';
    }
    return capitals;
}

static bool is_op(struct mw_span text)
{
    return mw_span_is(text, "=") || mw_span_is(text, "!=");
}

static bool is_fill(struct mw_span text)
{
    return mw_span_is(text, "zero");
}

static bool is_period(struct mw_span text)
{
    return mw_span_is(text, "day") || mw_span_is(text, "week");
}

static bool is_date_order(struct mw_span text)
{
    return mw_span_is(text, "ymd") || mw_span_is(text, "mdy") || mw_span_is(text, "dmy");
}

static bool is_decimal(struct mw_span text)
{
    return mw_span_is(text, ".") || mw_span_is(text, ",");
}

const struct mw_charset mw_charset_name = {
    .name = "name",
    .what = "1 to 64 of letters, digits, '_', '-', '.', ':' and '/'",
    .pattern = WHOLE("[A-Za-z0-9_.:/-]{1,64}"),
    .accepts = is_name,
};
const struct mw_charset mw_charset_label = {
    .name = "label",
    .what = "1 to 256 characters without control characters",
    .pattern = WHOLE("[^\\u0000-\\u001f\\u007f]+"),
    .chars_max = 256,
    .accepts = is_label,
};
const struct mw_charset mw_charset_id = {
    .name = "id",
    .what = "1 to 256 printable ASCII characters without spaces",
    .pattern = WHOLE("[!-~]{1,256}"),
    .accepts = is_id,
};
const struct mw_charset mw_charset_currency = {
    .name = "currency",
    .what = "a currency of three capital letters like USD",
    .pattern = WHOLE("[A-Z]{3}"),
    .accepts = is_currency,
};
const struct mw_charset mw_charset_column = {
    .name = "column",
    .what = "a column's header of 1 to 256 characters",
    .chars_min = 1,
    .chars_max = 256,
};
const struct mw_charset mw_charset_text = {
    .name = "text", .what = "at most 4096 characters", .chars_max = 4096};
const struct mw_charset mw_charset_blob = {.name = "blob", .what = "a text"};
const struct mw_charset mw_charset_op = {
    .name = "op", .what = "= or !=", .pattern = WHOLE("!?="), .accepts = is_op};
const struct mw_charset mw_charset_fill = {.name = "fill",
                                           .what = "zero, the only way to fill missing dates",
                                           .pattern = WHOLE("zero"),
                                           .accepts = is_fill};
const struct mw_charset mw_charset_period = {
    .name = "period", .what = "day or week", .pattern = WHOLE("(?:day|week)"), .accepts = is_period};
const struct mw_charset mw_charset_date_order = {.name = "date_order",
                                                 .what = "ymd, mdy or dmy",
                                                 .pattern = WHOLE("(?:ymd|mdy|dmy)"),
                                                 .accepts = is_date_order};
const struct mw_charset mw_charset_decimal = {.name = "decimal",
                                              .what = "a decimal sign, . or a comma",
                                              .pattern = WHOLE("[.,]"),
                                              .accepts = is_decimal};

/* Bytes of the character that begins at p, or 0 when none does. The second byte carries all the odd limits.
 */
static size_t utf8_char_bytes(const unsigned char *p, size_t left)
{
    const unsigned char lead = p[0];
    const size_t n = lead < 0x80   ? 1
                     : lead < 0xC2 ? 0
                     : lead < 0xE0 ? 2
                     : lead < 0xF0 ? 3
                     : lead < 0xF5 ? 4
                                   : 0;
    if (n <= 1 || n > left) {
        return n <= left ? n : 0;
    }
    const unsigned char least = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    const unsigned char most = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    bool good = p[1] >= least && p[1] <= most;
    for (size_t i = 2; i < n; i++) {
        good = good && (p[i] & 0xC0) == 0x80;
    }
    return good ? n : 0;
}

bool mw_text_is_utf8(struct mw_span text)
{
    const unsigned char *p = (const unsigned char *)text.data;
    for (size_t at = 0, n = 0; at < text.len; at += n) {
        n = utf8_char_bytes(p + at, text.len - at);
        if (n == 0) {
            return false;
        }
    }
    return true;
}

size_t mw_text_chars(struct mw_span text)
{
    size_t chars = 0;
    for (size_t i = 0; i < text.len; i++) {
        chars += ((unsigned char)text.data[i] & 0xC0) != 0x80; /* every byte but the continuation bytes */
    }
    return chars;
}

bool mw_charset_takes(const struct mw_charset *charset, struct mw_span text)
{
    if (charset->accepts != NULL && !charset->accepts(text)) {
        return false;
    }
    /* Few texts have more bytes than may be characters, so counting is rare. */
    const bool is_short = charset->chars_max == 0 || text.len <= charset->chars_max;
    return text.len >= charset->chars_min && (is_short || mw_text_chars(text) <= charset->chars_max);
}
