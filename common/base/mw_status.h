/* mw_status.h: how a function says that it could not do its work.
 *
 * Every fallible function returns enum mw_status, takes `struct mw_error *err` last (it may be NULL) and is
 * marked MW_MUST_USE. The error is owned by the caller and needs no heap; the first one wins, so that a
 * clean-up that fails afterwards does not hide the cause.
 *
 * Three things are kept apart: a status (called wrongly, or the world failed), an outcome (what the
 * mathematics found, in an `info` struct, with MW_OK), and a verdict (what the shell does with one record). */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdbool.h>
#include <stddef.h>

#define MW_STATUS_LIST(X)                                        \
    X(MW_OK, "ok")                                               \
    X(MW_E_CONTRACT, "the caller broke the contract")            \
    X(MW_E_DATA, "input is malformed or out of range")           \
    X(MW_E_NUMERIC, "a computation lost its meaning")            \
    X(MW_E_IO, "an outside system failed")                       \
    X(MW_E_FULL, "a declared limit was reached")                 \
    X(MW_E_BUSY, "somebody else holds it")                       \
    X(MW_E_MEMORY, "no memory")

enum mw_status {
#define X(name, text) name,
    MW_STATUS_LIST(X)
#undef X
};

/* "MW_E_DATA" and "input is malformed or out of range". Never NULL. */
const char *mw_status_name(enum mw_status status);
const char *mw_status_text(enum mw_status status);

struct mw_error {
    enum mw_status status;
    bool retriable; /* the same input may succeed later */
    bool fatal;     /* stop; a restart must replay */
    const char *where;
    int line;
    char text[480]; /* names the record, the column, the number, and what to do */
};

#define MW_MUST_USE __attribute__((warn_unused_result))
#define MW_PRINTF(fmt_index, first) __attribute__((format(printf, fmt_index, first)))

/* Fills err unless it is NULL or already holds an error; returns status. */
enum mw_status mw_fail_at(struct mw_error *err, enum mw_status status, const char *where, int line,
                          const char *fmt, ...) MW_PRINTF(5, 6);
/* Puts "prefix: " before the text of an error, as a caller that knows the file or the record does. */
void mw_error_prefix(struct mw_error *err, const char *fmt, ...) MW_PRINTF(2, 3);

#define MW_FAIL(err, status, ...) mw_fail_at((err), (status), __FILE__, __LINE__, __VA_ARGS__)

/* Forwards a failure. */
#define MW_TRY(call)                       \
    do {                                   \
        enum mw_status mw_try_ = (call);   \
        if (mw_try_ != MW_OK) {            \
            return mw_try_;                \
        }                                  \
    } while (0)

/* A broken invariant is a bug of ours: print condition and place, abort. Always on. Bad input never is one. */
#define mw_invariant(cond) ((cond) ? (void)0 : mw_invariant_failed(#cond, __FILE__, __LINE__))
_Noreturn void mw_invariant_failed(const char *cond, const char *file, int line);

/* What a shell does with one record after the core has seen it. */
enum mw_verdict {
    MW_DONE,   /* effects are delivered, go on */
    MW_RETRY,  /* same record again, later */
    MW_REJECT, /* to the dead letters, with the error text */
};
