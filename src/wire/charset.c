/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/charset.h"

#include "base/attr.h"

#define NO_PAD_FIRST 1024u
#define NO_PAD_LAST  2047u

enum charset_index {
#define CHARSET(name, longest, collation, safe) CHARSET_##name,
#include "wire/charset_table.h"
#undef CHARSET
};

static const struct wire_charset charsets[] = {
#define CHARSET(name, longest, collation, safe) {STR_INIT(#name), longest, safe},
#include "wire/charset_table.h"
#undef CHARSET
};

static const uint16_t default_collations[] = {
#define CHARSET(name, longest, collation, safe) collation,
#include "wire/charset_table.h"
#undef CHARSET
};

static const struct {
    uint16_t first, last;
    uint8_t charset;
} ranges[] = {
#define RANGE(first, last, charset) {first, last, CHARSET_##charset},
#include "wire/collation_table.h"
#undef RANGE
};

const struct wire_charset *wire_charset_by_collation(uint32_t collation)
{
    size_t low = 0, high = ARRAY_LEN(ranges);

    if (collation >= NO_PAD_FIRST && collation <= NO_PAD_LAST)
        collation -= NO_PAD_FIRST;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (collation > ranges[middle].last)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == ARRAY_LEN(ranges) || collation < ranges[low].first)
        return NULL;
    return &charsets[ranges[low].charset];
}

const struct wire_charset *wire_charset_by_name(struct str name)
{
    if (str_equal_nocase(name, STR("utf8")))
        return &charsets[CHARSET_utf8mb3];
    for (size_t i = 0; i < ARRAY_LEN(charsets); i++)
        if (str_equal_nocase(name, charsets[i].name))
            return &charsets[i];
    return NULL;
}

uint32_t wire_charset_default_collation(const struct wire_charset *charset)
{
    return default_collations[charset - charsets];
}
