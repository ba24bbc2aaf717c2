/* SPDX-License-Identifier: Apache-2.0
 *
 * YAML documents, and the configuration read from them. Whatever is refused has a reason.
 */
#include "config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct config_problems problems;
    struct config_document document;
    struct str text = str_make(data, size);
    struct buf out;
    size_t count;

    arena_init(&arena, (size_t)64 << 20);
    config_problems_init(&problems, &arena);
    if (!config_document_parse(STR("fuzz.yaml"), text, &arena, &problems, &document))
        REQUIRE(problems.total > 0 && document.count == 0);
    config_problems_init(&problems, &arena);
    struct config *config = config_parse(STR("fuzz.yaml"), text, &problems);
    REQUIRE((config == NULL) == (problems.total > 0));
    if (config != NULL)
        config_files(config, &arena, &count);
    config_unref(config);
    buf_init(&out, 1 << 20);
    config_problems_print(&problems, &out);
    buf_release(&out);
    arena_release(&arena);
    return 0;
}
