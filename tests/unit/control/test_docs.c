/* SPDX-License-Identifier: Apache-2.0
 *
 * The generated parts of the documentation are those that the tables give. To write them anew:
 *   CARDEA_WRITE_DOCS=1 meson test -C build/dev control/docs
 */
#include "../test.h"
#include "base/metrics.h"
#include "control/schema.h"

#include <stdlib.h>

#define MARK_BEGIN "<!-- generated from here -->\n"
#define MARK_END   "<!-- to here -->\n"

static const char *folder;

static void read_page(const char *name, struct buf *out)
{
    char path[4096];
    size_t n;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "r");
    if (!file)
        fail_msg("%s can't be read", path);
    while (buf_reserve(out, 65536) && (n = fread(out->data + out->len, 1, 65536, file)) > 0)
        out->len += n;
    fclose(file);
}

static void write_page(const char *name, struct str head, struct str body, struct str tail)
{
    char path[4096];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "%.*s%.*s%.*s", STR_ARG(head), STR_ARG(body), STR_ARG(tail));
    fclose(file);
}

static void hold(const char *name, void (*generate)(struct buf *out))
{
    struct buf page, wanted;

    buf_init(&page, 4 << 20);
    buf_init(&wanted, 4 << 20);
    read_page(name, &page);
    generate(&wanted);
    ptrdiff_t begin = str_find(buf_str(&page), STR(MARK_BEGIN));
    ptrdiff_t end = str_find(buf_str(&page), STR(MARK_END));
    if (begin < 0 || end < begin)
        fail_msg("%s has no place for what is generated", name);
    size_t from = (size_t)begin + sizeof(MARK_BEGIN) - 1;
    if (getenv("CARDEA_WRITE_DOCS"))
        write_page(name, str_slice(buf_str(&page), 0, from), buf_str(&wanted),
                   str_slice(buf_str(&page), (size_t)end, page.len));
    else if (!str_equal(str_slice(buf_str(&page), from, (size_t)end - from), buf_str(&wanted)))
        fail_msg("docs/%s is not what the tables say; write it anew with "
                 "CARDEA_WRITE_DOCS=1 meson test -C build/dev control/docs",
                 name);
    buf_release(&page);
    buf_release(&wanted);
}

static void api_page(void **state)
{
    (void)state;
    hold("api.md", schema_reference_write);
}

static void operations_page(void **state)
{
    (void)state;
    hold("operations.md", metrics_reference);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(api_page),
        cmocka_unit_test(operations_page),
    };
    folder = argc > 1 ? argv[1] : "docs";
    return cmocka_run_group_tests(tests, NULL, NULL);
}
