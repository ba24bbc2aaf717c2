/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/name.h"

#include "catalog/catalog.h"

/* First and last upper-case letter of a run, and what to add; step 2: every other code point. */
struct fold_run {
    uint32_t first, last, add, step;
};

static const struct fold_run fold_runs[] = {
    {0x00C0, 0x00D6, 32, 1}, {0x00D8, 0x00DE, 32, 1}, {0x0100, 0x012E, 1, 2},
    {0x0132, 0x0136, 1, 2},  {0x0139, 0x0147, 1, 2},  {0x014A, 0x0176, 1, 2},
    {0x0179, 0x017D, 1, 2},  {0x01CD, 0x01DB, 1, 2},  {0x01DE, 0x01EE, 1, 2},
    {0x01F8, 0x021E, 1, 2},  {0x0222, 0x0232, 1, 2},  {0x0391, 0x03A1, 32, 1},
    {0x03A3, 0x03AB, 32, 1}, {0x0400, 0x040F, 80, 1}, {0x0410, 0x042F, 32, 1},
    {0x0460, 0x0480, 1, 2},  {0x048A, 0x04BE, 1, 2},  {0x04D0, 0x04F4, 1, 2},
    {0x0531, 0x0556, 48, 1}, {0x1E00, 0x1E94, 1, 2},  {0x1EA0, 0x1EF8, 1, 2},
    {0xFF21, 0xFF3A, 32, 1},
};

static uint32_t fold(uint32_t c)
{
    if (c < 0x80)
        return c >= 'A' && c <= 'Z' ? c + 32 : c;
    if (c == 0x0178)
        return 0x00FF;
    for (size_t i = 0; i < sizeof(fold_runs) / sizeof(fold_runs[0]); i++) {
        const struct fold_run *run = &fold_runs[i];
        if (c < run->first)
            return c;
        if (c <= run->last)
            return (c - run->first) % run->step == 0 ? c + run->add : c;
    }
    return c;
}

/* The next code point, folded; a stray byte is itself plus 0x110000. Advances *at. */
static uint32_t next(struct str s, size_t *at)
{
    const unsigned char *p = (const unsigned char *)s.ptr + *at;
    size_t left = s.len - *at;

    if (p[0] < 0x80) {
        *at += 1;
        return fold(p[0]);
    }
    if (p[0] >= 0xC2 && p[0] < 0xE0 && left >= 2 && (p[1] & 0xC0) == 0x80) {
        *at += 2;
        return fold(((uint32_t)(p[0] & 0x1F) << 6) | (p[1] & 0x3F));
    }
    if (p[0] >= 0xE0 && p[0] < 0xF0 && left >= 3 && (p[1] & 0xC0) == 0x80 &&
        (p[2] & 0xC0) == 0x80) {
        *at += 3;
        return fold(((uint32_t)(p[0] & 0x0F) << 12) | ((uint32_t)(p[1] & 0x3F) << 6) |
                    (p[2] & 0x3F));
    }
    *at += 1;
    return 0x110000 + p[0];
}

int catalog_name_compare(struct str a, struct str b)
{
    size_t i = 0, j = 0;

    while (i < a.len && j < b.len) {
        uint32_t x = next(a, &i), y = next(b, &j);
        if (x != y)
            return x < y ? -1 : 1;
    }
    return (i < a.len) - (j < b.len);
}

bool catalog_name_equal(struct str a, struct str b)
{
    return catalog_name_compare(a, b) == 0;
}

bool catalog_name_fold(struct str name, char *out, size_t size, size_t *ret_len)
{
    size_t n = 0;

    for (size_t i = 0; i < name.len;) {
        uint32_t c = next(name, &i);
        if (size - n < 3)
            return false;
        if (c < 0x80) {
            out[n++] = (char)c;
        } else if (c >= 0x110000) {
            out[n++] = (char)(c - 0x110000);
        } else if (c < 0x800) {
            out[n++] = (char)(0xC0 | (c >> 6));
            out[n++] = (char)(0x80 | (c & 0x3F));
        } else {
            out[n++] = (char)(0xE0 | (c >> 12));
            out[n++] = (char)(0x80 | ((c >> 6) & 0x3F));
            out[n++] = (char)(0x80 | (c & 0x3F));
        }
    }
    *ret_len = n;
    return true;
}

bool catalog_schema_is_system(struct str schema)
{
    return str_equal_nocase(schema, STR("information_schema")) ||
           str_equal_nocase(schema, STR("performance_schema")) ||
           str_equal_nocase(schema, STR("mysql")) || str_equal_nocase(schema, STR("sys"));
}

bool catalog_table_name_equal(unsigned lower_case_table_names, struct str a, struct str b)
{
    return lower_case_table_names == 0 ? str_equal(a, b) : catalog_name_equal(a, b);
}

/* DATA_TYPE: TYPE(name, family) */
static const struct {
    const char *name;
    enum catalog_type type;
} types[] = {
    {"tinyint", CATALOG_TYPE_INTEGER},     {"smallint", CATALOG_TYPE_INTEGER},
    {"mediumint", CATALOG_TYPE_INTEGER},   {"int", CATALOG_TYPE_INTEGER},
    {"integer", CATALOG_TYPE_INTEGER},     {"bigint", CATALOG_TYPE_INTEGER},
    {"bit", CATALOG_TYPE_INTEGER},         {"year", CATALOG_TYPE_INTEGER},
    {"bool", CATALOG_TYPE_INTEGER},        {"boolean", CATALOG_TYPE_INTEGER},
    {"serial", CATALOG_TYPE_INTEGER},      {"decimal", CATALOG_TYPE_DECIMAL},
    {"numeric", CATALOG_TYPE_DECIMAL},     {"dec", CATALOG_TYPE_DECIMAL},
    {"fixed", CATALOG_TYPE_DECIMAL},       {"float", CATALOG_TYPE_FLOAT},
    {"double", CATALOG_TYPE_FLOAT},        {"real", CATALOG_TYPE_FLOAT},
    {"char", CATALOG_TYPE_TEXT},           {"varchar", CATALOG_TYPE_TEXT},
    {"tinytext", CATALOG_TYPE_TEXT},       {"text", CATALOG_TYPE_TEXT},
    {"mediumtext", CATALOG_TYPE_TEXT},     {"longtext", CATALOG_TYPE_TEXT},
    {"enum", CATALOG_TYPE_TEXT},           {"set", CATALOG_TYPE_TEXT},
    {"binary", CATALOG_TYPE_BINARY},       {"varbinary", CATALOG_TYPE_BINARY},
    {"tinyblob", CATALOG_TYPE_BINARY},     {"blob", CATALOG_TYPE_BINARY},
    {"mediumblob", CATALOG_TYPE_BINARY},   {"longblob", CATALOG_TYPE_BINARY},
    {"date", CATALOG_TYPE_TEMPORAL},       {"time", CATALOG_TYPE_TEMPORAL},
    {"datetime", CATALOG_TYPE_TEMPORAL},   {"timestamp", CATALOG_TYPE_TEMPORAL},
    {"json", CATALOG_TYPE_JSON},           {"geometry", CATALOG_TYPE_GEOMETRY},
    {"point", CATALOG_TYPE_GEOMETRY},      {"linestring", CATALOG_TYPE_GEOMETRY},
    {"polygon", CATALOG_TYPE_GEOMETRY},    {"multipoint", CATALOG_TYPE_GEOMETRY},
    {"multipolygon", CATALOG_TYPE_GEOMETRY}, {"multilinestring", CATALOG_TYPE_GEOMETRY},
    {"geomcollection", CATALOG_TYPE_GEOMETRY}, {"geometrycollection", CATALOG_TYPE_GEOMETRY},
};

enum catalog_type catalog_type_of(struct str data_type)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (str_equal_nocase(data_type, str_of(types[i].name)))
            return types[i].type;
    return CATALOG_TYPE_OTHER;
}
