/* SPDX-License-Identifier: Apache-2.0 */
#include "lineage/function.h"

static const struct function functions[] = {
#define F(name, family, arguments, result, growth, flags)                                          \
    {#name, FUNCTION_##family, arguments, FUNCTION_##result, growth, flags},
#include "lineage/function_table.h"
#undef F
};

size_t function_count(void)
{
    return ARRAY_LEN(functions);
}

const struct function *function_at(size_t i)
{
    return i < ARRAY_LEN(functions) ? &functions[i] : NULL;
}

static bool of_family(const struct function *function, bool mariadb)
{
    return function->family == FUNCTION_BOTH ||
           function->family == (mariadb ? FUNCTION_MARIADB : FUNCTION_MYSQL);
}

static const struct function_version {
    const char *name;
    enum function_family family;
    uint32_t since, gone;
} versions[] = {
#define S(name, family, since, gone) {#name, FUNCTION_##family, since, gone},
#include "lineage/function_version_table.h"
#undef S
};

static bool of_version(const struct function *function, bool mariadb, uint32_t version)
{
    for (size_t i = 0; i < ARRAY_LEN(versions); i++)
        if (strcmp(versions[i].name, function->name) == 0 &&
            versions[i].family == (mariadb ? FUNCTION_MARIADB : FUNCTION_MYSQL))
            return version >= versions[i].since &&
                   (versions[i].gone == 0 || version < versions[i].gone);
    return true;
}

static int compare_upper(struct str name, const char *upper)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i] >= 'a' && name.ptr[i] <= 'z' ? (char)(name.ptr[i] - 32) : name.ptr[i];
        if (upper[i] == '\0')
            return 1;
        if (c != upper[i])
            return (unsigned char)c < (unsigned char)upper[i] ? -1 : 1;
    }
    return upper[name.len] == '\0' ? 0 : -1;
}

const struct function *function_find(struct str name, bool mariadb, uint32_t version)
{
    size_t low = 0, high = ARRAY_LEN(functions);

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_upper(name, functions[middle].name);
        if (order == 0) {
            /* A name that both families give another meaning has two rows, side by side. */
            for (size_t i = middle > 0 ? middle - 1 : 0; i < ARRAY_LEN(functions) && i <= middle + 1;
                 i++)
                if (compare_upper(name, functions[i].name) == 0 && of_family(&functions[i], mariadb))
                    return of_version(&functions[i], mariadb, version) ? &functions[i] : NULL;
            return NULL;
        }
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

char function_argument(const struct function *function, size_t i)
{
    size_t len = strlen(function->arguments);

    if (len >= 2 && function->arguments[len - 1] == '*') {
        size_t fixed = len - 3; /* letters before the two that repeat */
        return i < fixed ? function->arguments[i] : function->arguments[fixed + (i - fixed) % 2];
    }
    return function->arguments[i < len ? i : len - 1];
}
