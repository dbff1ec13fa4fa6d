// SPDX-License-Identifier: Apache-2.0
#include "mw_text.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

static bool has_bytes(struct mw_span text, size_t at, const char *bytes)
{
    const size_t n = strlen(bytes);
    return text.len - at >= n && memcmp(text.data + at, bytes, n) == 0;
}

size_t mw_text_blank_at(struct mw_span text, size_t at)
{
    if (at >= text.len) {
        return 0;
    }
    if (is_blank(text.data[at])) {
        return 1;
    }
    if (has_bytes(text, at, "\xc2\xa0")) {
        return 2;
    }
    return has_bytes(text, at, "\xe2\x80\xaf") || has_bytes(text, at, "\xe2\x80\x89") ? 3 : 0;
}

static size_t blank_before_end(struct mw_span text)
{
    for (size_t n = 1; n <= 3 && n <= text.len; n++) {
        if (mw_text_blank_at(text, text.len - n) == n) {
            return n;
        }
    }
    return 0;
}

struct mw_span mw_text_trim(struct mw_span text)
{
    for (size_t n = mw_text_blank_at(text, 0); n > 0; n = mw_text_blank_at(text, 0)) {
        text = (struct mw_span){text.data + n, text.len - n};
    }
    for (size_t n = blank_before_end(text); n > 0; n = blank_before_end(text)) {
        text.len -= n;
    }
    return text;
}

/* Length of the well-formed sequence at text[at], or 0 (Unicode 15, table 3-7). */
static size_t utf8_sequence(const unsigned char *s, size_t left)
{
    const unsigned char c = s[0];
    if (c < 0x80) {
        return c != 0;
    }
    const size_t n = c >= 0xc2 && c <= 0xdf ? 2 : (c & 0xf0) == 0xe0 ? 3 : c >= 0xf0 && c <= 0xf4 ? 4 : 0;
    if (n == 0 || left < n) {
        return 0;
    }
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    const bool overlong = (c == 0xe0 && s[1] < 0xa0) || (c == 0xf0 && s[1] < 0x90);
    const bool surrogate = c == 0xed && s[1] > 0x9f;
    return overlong || surrogate || (c == 0xf4 && s[1] > 0x8f) ? 0 : n;
}

size_t mw_utf8_fault(struct mw_span text)
{
    for (size_t at = 0; at < text.len;) {
        const size_t n = utf8_sequence((const unsigned char *)text.data + at, text.len - at);
        if (n == 0) {
            return at;
        }
        at += n;
    }
    return SIZE_MAX;
}

static char to_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool mw_text_starts(struct mw_span text, const char *lower)
{
    for (size_t i = 0; lower[i] != '\0'; i++) {
        if (i >= text.len || to_lower(text.data[i]) != lower[i]) {
            return false;
        }
    }
    return true;
}

bool mw_text_is(struct mw_span text, const char *lower)
{
    return text.len == strlen(lower) && mw_text_starts(text, lower);
}

bool mw_text_abbreviates(struct mw_span word, const char *lower)
{
    for (size_t i = 0; i < word.len; i++) {
        if (lower[i] == '\0' || to_lower(word.data[i]) != lower[i]) {
            return false;
        }
    }
    return true;
}

size_t mw_text_find(struct mw_span text, const char *const list[])
{
    for (size_t i = 0; list[i] != NULL; i++) {
        if (mw_text_is(text, list[i])) {
            return i;
        }
    }
    return SIZE_MAX;
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_lower(char c)
{
    return (c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80;
}

/* Bytes of the letter or digit at text[at], 0 when it is none. U+0080 .. U+00BF and U+2000 .. U+2FFF are signs: dashes,
 * blanks, currencies. */
static size_t letter_at(struct mw_span text, size_t at)
{
    const unsigned char c = (unsigned char)text.data[at];
    if (c < 0x80) {
        return is_upper(text.data[at]) || is_lower(text.data[at]) || (c >= '0' && c <= '9');
    }
    const size_t n = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
    return c == 0xc2 || c == 0xe2 || c < 0xc0 || at + n > text.len ? 0 : n;
}

/* A word ends before a capital after a small letter ("adSpend") and before the last capital of a run that a
 * small letter follows ("TVSpend"). */
static bool breaks_before(struct mw_span text, size_t i)
{
    const bool next_is_lower = i + 1 < text.len && is_lower(text.data[i + 1]);
    return is_upper(text.data[i]) &&
           (is_lower(text.data[i - 1]) || (is_upper(text.data[i - 1]) && next_is_lower));
}

size_t mw_text_words(struct mw_span text, struct mw_span words[], size_t n_max)
{
    size_t n = 0;
    for (size_t i = 0; i < text.len && n < n_max;) {
        const size_t first = i;
        size_t n_letter = letter_at(text, i);
        if (n_letter == 0) {
            i++;
            continue;
        }
        for (; n_letter > 0 && (i == first || !breaks_before(text, i));
             n_letter = i < text.len ? letter_at(text, i) : 0) {
            i += n_letter;
        }
        words[n++] = (struct mw_span){text.data + first, i - first};
    }
    return n;
}
