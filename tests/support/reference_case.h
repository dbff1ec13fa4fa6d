// SPDX-License-Identifier: Apache-2.0
/* reference_case.h: the cases of the reference posteriors: a JSON file with specification, checkpoints and
 * summaries, and the table it speaks of. For tests and benchmarks only; the folder is MW_SHARED, by default
 * ../shared beside the source tree. */
#pragma once
#include "mw_model.h"
#include <jansson.h>

struct reference_case {
    char name[64];
    json_t *root;
    struct mw_model_spec spec; /* rho fixed to 0 as the references have it */
    struct mw_model_channel channels[MW_MODEL_CHANNELS_MAX];
    struct mw_model_control controls[8];
    struct mw_span events[8];
    size_t n_rows;
    double *spend, *control, *event, *outcome; /* row by row, as in the unchanged table */
    double *outcome_final, *spend_final;       /* after the case's change, if it has one */
};

/* NULL when the folder or the file is absent. */
struct reference_case *reference_case_open(const char *name);
void reference_case_close(struct reference_case **c);
/* Row t as the model takes it; `final` gives the changed data. */
struct mw_model_row reference_case_row(const struct reference_case *c, size_t t, bool final);
/* "mean" or "sd" of `section` ("parameters" or "derived"), `quantity` ("log_roi") of a channel. */
double reference_case_number(const struct reference_case *c, const char *section, const char *quantity,
                             size_t channel, const char *field);
