/* SPDX-License-Identifier: Apache-2.0
 *
 * TZif files. An offset is never a day or more but for what the format itself allows.
 */
#include "policy/zone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;

    arena_init(&arena, (size_t)4 << 20);
    const struct policy_zone *zone = policy_zone_parse(str_make(data, size), &arena);
    for (int64_t t = -4000000000; zone != NULL && t < 8000000000; t += 86400 * 89) {
        int32_t offset = policy_zone_offset(zone, t);
        REQUIRE(offset >= -27 * 3600 && offset <= 27 * 3600);
    }
    arena_release(&arena);
    return 0;
}
