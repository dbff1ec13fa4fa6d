// SPDX-License-Identifier: Apache-2.0
#include "mw_check_internal.h"

#include <stdio.h>

struct text_out {
    char *at, *end; /* end leaves room for "..." and the terminator */
    bool cut;
};

/* Texts of errors stay on one line and cannot steer a terminal. */
static char printable(char c)
{
    return (unsigned char)c < ' ' || c == 0x7f ? '?' : c;
}

static void put(struct text_out *out, char c)
{
    if (out->at < out->end) {
        *out->at++ = printable(c);
    } else {
        out->cut = true;
    }
}

/* RFC 6901, section 3: '~' and '/' in a name are written ~0 and ~1. */
static void put_key(struct text_out *out, struct mw_span key)
{
    for (size_t i = 0; i < key.len; i++) {
        if (key.data[i] == '~' || key.data[i] == '/') {
            put(out, '~');
            put(out, key.data[i] == '~' ? '0' : '1');
        } else {
            put(out, key.data[i]);
        }
    }
}

static void put_path(struct text_out *out, const struct mw_path *path)
{
    if (path == NULL || path->up == NULL) {
        return;
    }
    put_path(out, path->up);
    put(out, '/');
    if (path->key.data != NULL) {
        put_key(out, path->key);
        return;
    }
    char digits[24];
    (void)snprintf(digits, sizeof digits, "%zu", path->index);
    put_key(out, mw_span(digits));
}

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

void mw_path_print(const struct mw_path *path, char *out, size_t out_bytes)
{
    struct text_out text = {.at = out, .end = out + out_bytes - 4};
    put_path(&text, path);
    if (text.cut) {
        while (text.at > out && is_continuation(text.at[-1])) {
            text.at--;
        }
        memcpy(text.at, "...", 3);
        text.at += 3;
    }
    *text.at = '\0';
}

struct mw_excerpt mw_excerpt(struct mw_span text)
{
    enum { SHOWN = 48 };
    struct mw_excerpt out;
    size_t len = text.len <= SHOWN ? text.len : SHOWN;
    while (len < text.len && len > 0 && is_continuation(text.data[len])) {
        len--;
    }
    char shown[SHOWN + 1];
    for (size_t i = 0; i < len; i++) {
        shown[i] = printable(text.data[i]);
    }
    shown[len] = '\0';
    (void)snprintf(out.text, sizeof out.text, "\"%s\"%s", shown, len < text.len ? "..." : "");
    return out;
}

static bool above_min(const struct mw_bounds *bounds, double x)
{
    return !bounds->has_min || (bounds->above ? x > bounds->min : x >= bounds->min);
}

static bool below_max(const struct mw_bounds *bounds, double x)
{
    return !bounds->has_max || (bounds->below ? x < bounds->max : x <= bounds->max);
}

bool mw_bounds_hold(const struct mw_bounds *bounds, double x)
{
    return x == x && above_min(bounds, x) && below_max(bounds, x);
}

struct mw_excerpt mw_bounds_text(const struct mw_bounds *bounds, double x)
{
    struct mw_excerpt out;
    if (!above_min(bounds, x)) {
        (void)snprintf(out.text, sizeof out.text, "is not %s %.15g", bounds->above ? "above" : "at least",
                       bounds->min);
    } else {
        (void)snprintf(out.text, sizeof out.text, "is not %s %.15g", bounds->below ? "below" : "at most",
                       bounds->max);
    }
    return out;
}
