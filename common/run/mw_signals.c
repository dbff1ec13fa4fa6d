/* The flag and the pipe are the one piece of process-wide state in this library: signals are process-wide. */
// SPDX-License-Identifier: Apache-2.0
#include "mw_signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t caught;
static int pipe_ends[2] = {-1, -1};

/* Only async-signal-safe calls. The second signal meets the system's default action, which SA_RESETHAND restored. */
static void on_signal(int number)
{
    const int saved = errno;
    if (caught == 0) {
        caught = number;
    }
    const ssize_t written = write(pipe_ends[1], "x", 1); /* a full pipe is readable too */
    (void)written;
    errno = saved;
}

static enum mw_status open_pipe(struct mw_error *err)
{
    if (pipe_ends[0] >= 0) {
        return MW_OK;
    }
    if (pipe(pipe_ends) != 0) {
        return MW_FAIL(err, MW_E_IO, "no pipe for signals: %s", strerror(errno));
    }
    for (int i = 0; i < 2; i++) {
        (void)fcntl(pipe_ends[i], F_SETFD, FD_CLOEXEC);
        (void)fcntl(pipe_ends[i], F_SETFL, O_NONBLOCK);
    }
    return MW_OK;
}

enum mw_status mw_signals_install(struct mw_error *err)
{
    MW_TRY(open_pipe(err));
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    action.sa_flags = (int)SA_RESETHAND;
    struct sigaction ignore;
    memset(&ignore, 0, sizeof ignore);
    ignore.sa_handler = SIG_IGN;
    if (sigaction(SIGINT, &action, NULL) != 0 || sigaction(SIGTERM, &action, NULL) != 0 ||
        sigaction(SIGPIPE, &ignore, NULL) != 0) {
        return MW_FAIL(err, MW_E_IO, "signals cannot be caught: %s", strerror(errno));
    }
    return MW_OK;
}

int mw_signals_caught(void)
{
    return caught;
}

int mw_signals_fd(void)
{
    return pipe_ends[0];
}
