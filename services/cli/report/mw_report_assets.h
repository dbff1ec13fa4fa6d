/* mw_report_assets.h: files that are part of the program: style, script and chart specifications of the page,
 * and the chart library when there was one at build time. */
// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "mw_span.h"

struct mw_span mw_report_style(void);
struct mw_span mw_report_script(void);
struct mw_span mw_report_charts(void); /* {"contribution": {a Vega specification}, ..} */
