/* SPDX-License-Identifier: Apache-2.0
 *
 * cardea reference: the files of docs/ that are generated from tables.
 */
#include "cli/analyze_schema.h"
#include "config/config.h"
#include "policy/cases.h"
#include <stdio.h>

int cli_reference(int argc, char **argv);

static void policy_page(struct buf *out)
{
    policy_reference(out);
    policy_cases_reference(out);
}

static const struct {
    const char *name;
    void (*write)(struct buf *out);
} pages[] = {
    {"configuration", config_reference}, /* docs/configuration.md */
    {"policy", policy_page},             /* docs/policy-reference.md */
    {"errors", policy_errors_reference}, /* docs/errors.md */
    {"analyze", analyze_schema},         /* docs/analyze.schema.json */
};

int cli_reference(int argc, char **argv)
{
    for (size_t i = 0; argc == 2 && i < ARRAY_LEN(pages); i++) {
        if (!str_equal(str_of(argv[1]), str_of(pages[i].name)))
            continue;
        struct buf page;
        buf_init(&page, (size_t)4 << 20);
        pages[i].write(&page);
        fwrite(page.data, 1, page.len, stdout);
        buf_release(&page);
        return 0;
    }
    fputs("usage: cardea reference configuration | policy | errors | analyze\n", stderr);
    return 2;
}
