/* Ingest under any history: see ingest_script.h for what the bytes say and what must hold. */
// SPDX-License-Identifier: Apache-2.0
#include "ingest_script.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ingest_script_info info;
    if (size <= 4096) {
        ingest_script_run(data, size, &info);
    }
    return 0;
}
