/* mw_charset.h: the kinds of text that travel. Each says the same thing twice, as a predicate for the decoder
 * and as a regular expression for the schema; a test holds the two together. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_field.h"

/* 1 to 64 of letters, digits, '_', '-', '.', ':' and '/': tenants, channels, sources, tests. */
extern const struct mw_charset mw_charset_name;
/* 1 to 256 characters without control characters: geos and campaigns, named by others. */
extern const struct mw_charset mw_charset_label;
/* 1 to 256 printable ASCII characters without space: ids of events, incidents and recommendations. */
extern const struct mw_charset mw_charset_id;
/* Three capital letters, ISO 4217. */
extern const struct mw_charset mw_charset_currency;
/* 1 to 256 characters of any kind: the header of a table's column. */
extern const struct mw_charset mw_charset_column;
/* Up to 4,096 characters of any kind: sentences for people. */
extern const struct mw_charset mw_charset_text;
/* As long as a record may be: rule files, dead letters. */
extern const struct mw_charset mw_charset_blob;
/* '=' or '!='. */
extern const struct mw_charset mw_charset_op;
/* "zero". */
extern const struct mw_charset mw_charset_fill;
/* "day" or "week". */
extern const struct mw_charset mw_charset_period;

/* "ymd", "mdy" or "dmy". */
extern const struct mw_charset mw_charset_date_order;
/* "." or ",". */
extern const struct mw_charset mw_charset_decimal;

/* Well-formed UTF-8 (Unicode, table 3-7): no overlong forms, no surrogates, nothing above U+10FFFF. */
bool mw_text_is_utf8(struct mw_span text);
/* Number of Unicode code points; the text must be valid UTF-8. */
size_t mw_text_chars(struct mw_span text);
bool mw_charset_takes(const struct mw_charset *charset, struct mw_span text);
