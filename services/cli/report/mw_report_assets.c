// SPDX-License-Identifier: Apache-2.0
/* .incbin takes half a megabyte in no time, where a C array of it would take the compiler seconds. The paths
 * come from CMake. */
#include "mw_report_assets.h"

#include "mw_report.h"

#define EMBED(name, path)                                                                                    \
    __asm__(".pushsection .rodata\n"                                                                         \
            ".balign 16\n" #name "_begin:\n"                                                                 \
            ".incbin \"" path "\"\n" #name "_end:\n"                                                         \
            ".byte 0\n"                                                                                      \
            ".popsection\n");                                                                                \
    extern const char name##_begin[], name##_end[]

EMBED(mw_asset_style, MW_ASSET_STYLE);
EMBED(mw_asset_script, MW_ASSET_SCRIPT);
EMBED(mw_asset_charts, MW_ASSET_CHARTS);
EMBED(mw_asset_library, MW_ASSET_LIBRARY);

#define SPAN_OF(name) ((struct mw_span){name##_begin, (size_t)(name##_end - name##_begin)})

struct mw_span mw_report_style(void)
{
    return SPAN_OF(mw_asset_style);
}

struct mw_span mw_report_script(void)
{
    return SPAN_OF(mw_asset_script);
}

struct mw_span mw_report_charts(void)
{
    return SPAN_OF(mw_asset_charts);
}

struct mw_span mw_report_chart_library(void)
{
    return SPAN_OF(mw_asset_library);
}
