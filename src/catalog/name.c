/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/name.h"

#include "catalog/catalog.h"

/* First and last upper-case letter of a run, and what to add; step 2: every other code point. All of
 * utf8mb3_general_ci's lower-case mapping outside of ASCII, as both servers have it (LOWER() of each
 * code point); tests/oracle/test_names.py asks them again. */
struct fold_run {
    uint16_t first, last;
    int16_t add;
    uint8_t step;
};

/* clang-format off */
static const struct fold_run fold_runs[] = {
    {0x00C0, 0x00D6, 32, 1}, {0x00D8, 0x00DE, 32, 1}, {0x0100, 0x012E, 1, 2},
    {0x0130, 0x0130, -199, 1}, {0x0132, 0x0136, 1, 2}, {0x0139, 0x0147, 1, 2},
    {0x014A, 0x0176, 1, 2}, {0x0178, 0x0178, -121, 1}, {0x0179, 0x017D, 1, 2},
    {0x0181, 0x0181, 210, 1}, {0x0182, 0x0184, 1, 2}, {0x0186, 0x0186, 206, 1},
    {0x0187, 0x0187, 1, 1}, {0x0189, 0x018A, 205, 1}, {0x018B, 0x018B, 1, 1},
    {0x018E, 0x018E, 79, 1}, {0x018F, 0x018F, 202, 1}, {0x0190, 0x0190, 203, 1},
    {0x0191, 0x0191, 1, 1}, {0x0193, 0x0193, 205, 1}, {0x0194, 0x0194, 207, 1},
    {0x0196, 0x0196, 211, 1}, {0x0197, 0x0197, 209, 1}, {0x0198, 0x0198, 1, 1},
    {0x019C, 0x019C, 211, 1}, {0x019D, 0x019D, 213, 1}, {0x019F, 0x019F, 214, 1},
    {0x01A0, 0x01A4, 1, 2}, {0x01A6, 0x01A6, 218, 1}, {0x01A7, 0x01A7, 1, 1},
    {0x01A9, 0x01A9, 218, 1}, {0x01AC, 0x01AC, 1, 1}, {0x01AE, 0x01AE, 218, 1},
    {0x01AF, 0x01AF, 1, 1}, {0x01B1, 0x01B2, 217, 1}, {0x01B3, 0x01B5, 1, 2},
    {0x01B7, 0x01B7, 219, 1}, {0x01B8, 0x01B8, 1, 1}, {0x01BC, 0x01BC, 1, 1},
    {0x01C4, 0x01C4, 2, 1}, {0x01C5, 0x01C5, 1, 1}, {0x01C7, 0x01C7, 2, 1}, {0x01C8, 0x01C8, 1, 1},
    {0x01CA, 0x01CA, 2, 1}, {0x01CB, 0x01DB, 1, 2}, {0x01DE, 0x01EE, 1, 2}, {0x01F1, 0x01F1, 2, 1},
    {0x01F2, 0x01F4, 1, 2}, {0x01F6, 0x01F6, -97, 1}, {0x01F7, 0x01F7, -56, 1},
    {0x01F8, 0x021E, 1, 2}, {0x0222, 0x0232, 1, 2}, {0x0386, 0x0386, 38, 1},
    {0x0388, 0x038A, 37, 1}, {0x038C, 0x038C, 64, 1}, {0x038E, 0x038F, 63, 1},
    {0x0391, 0x03A1, 32, 1}, {0x03A3, 0x03AB, 32, 1}, {0x03DA, 0x03EE, 1, 2},
    {0x0400, 0x040F, 80, 1}, {0x0410, 0x042F, 32, 1}, {0x0460, 0x0480, 1, 2},
    {0x048C, 0x04BE, 1, 2}, {0x04C1, 0x04C3, 1, 2}, {0x04C7, 0x04C7, 1, 1}, {0x04CB, 0x04CB, 1, 1},
    {0x04D0, 0x04F4, 1, 2}, {0x04F8, 0x04F8, 1, 1}, {0x0531, 0x0556, 48, 1}, {0x1E00, 0x1E94, 1, 2},
    {0x1EA0, 0x1EF8, 1, 2}, {0x1F08, 0x1F0F, -8, 1}, {0x1F18, 0x1F1D, -8, 1},
    {0x1F28, 0x1F2F, -8, 1}, {0x1F38, 0x1F3F, -8, 1}, {0x1F48, 0x1F4D, -8, 1},
    {0x1F59, 0x1F5F, -8, 2}, {0x1F68, 0x1F6F, -8, 1}, {0x1F88, 0x1F8F, -8, 1},
    {0x1F98, 0x1F9F, -8, 1}, {0x1FA8, 0x1FAF, -8, 1}, {0x1FB8, 0x1FB9, -8, 1},
    {0x1FBA, 0x1FBB, -74, 1}, {0x1FBC, 0x1FBC, -9, 1}, {0x1FC8, 0x1FCB, -86, 1},
    {0x1FCC, 0x1FCC, -9, 1}, {0x1FD8, 0x1FD9, -8, 1}, {0x1FDA, 0x1FDB, -100, 1},
    {0x1FE8, 0x1FE9, -8, 1}, {0x1FEA, 0x1FEB, -112, 1}, {0x1FEC, 0x1FEC, -7, 1},
    {0x1FF8, 0x1FF9, -128, 1}, {0x1FFA, 0x1FFB, -126, 1}, {0x1FFC, 0x1FFC, -9, 1},
    {0x2126, 0x2126, -7517, 1}, {0x212A, 0x212A, -8383, 1}, {0x212B, 0x212B, -8262, 1},
    {0x2160, 0x216F, 16, 1}, {0x24B6, 0x24CF, 26, 1}, {0xFF21, 0xFF3A, 32, 1},
};
/* clang-format on */

static uint32_t fold(uint32_t c)
{
    size_t low = 0, high = sizeof(fold_runs) / sizeof(fold_runs[0]);

    if (c < 0x80)
        return c >= 'A' && c <= 'Z' ? c + 32 : c;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct fold_run *run = &fold_runs[middle];
        if (c < run->first)
            high = middle;
        else if (c > run->last)
            low = middle + 1;
        else
            return (c - run->first) % run->step == 0 ? (uint32_t)((int32_t)c + run->add) : c;
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

/* Two bytes that are letters of ASCII, or signs, and not the same: a byte below 0x80 is a whole
 * character, and characters fold one to one. */
static bool differ(char a, char b)
{
    return ((unsigned char)a | (unsigned char)b) < 0x80 && ascii_lower(a) != ascii_lower(b);
}

bool catalog_name_equal(struct str a, struct str b)
{
    /* Most names that are not the same end or begin with another letter. */
    if (a.len > 0 && b.len > 0 &&
        (differ(a.ptr[a.len - 1], b.ptr[b.len - 1]) || differ(a.ptr[0], b.ptr[0])))
        return false;
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
