/* SPDX-License-Identifier: Apache-2.0
 *
 * Values: merging them, and telling when the servers would convert one in a way that can warn.
 * A warning or error that depends on a value is a channel, so every such place is an ERROR use.
 */
#include "lineage/internal.h"

uint64_t length_add(uint64_t a, uint64_t b)
{
    return a > LENGTH_UNBOUNDED - b ? LENGTH_UNBOUNDED : a + b;
}

uint64_t length_multiply(uint64_t a, uint64_t b)
{
    uint64_t product;

    return __builtin_mul_overflow(a, b, &product) ? LENGTH_UNBOUNDED : product;
}

static enum value_type value_type_of(enum catalog_type type)
{
    switch (type) {
    case CATALOG_TYPE_OTHER: return VALUE_UNKNOWN;
    case CATALOG_TYPE_INTEGER: return VALUE_INTEGER;
    case CATALOG_TYPE_DECIMAL: return VALUE_DECIMAL;
    case CATALOG_TYPE_FLOAT: return VALUE_FLOAT;
    case CATALOG_TYPE_TEXT: return VALUE_TEXT;
    case CATALOG_TYPE_BINARY: return VALUE_BINARY;
    case CATALOG_TYPE_TEMPORAL: return VALUE_TEMPORAL;
    case CATALOG_TYPE_JSON: return VALUE_JSON;
    case CATALOG_TYPE_GEOMETRY: return VALUE_GEOMETRY;
    }
    return VALUE_UNKNOWN;
}

/* `varchar(20)` → 80: at most four bytes a character. */
static uint64_t column_length(const struct catalog_column *column)
{
    struct str type = column->column_type;
    ptrdiff_t open = str_find_char(type, '(');
    uint64_t n = 0;

    if (column->type != CATALOG_TYPE_TEXT && column->type != CATALOG_TYPE_BINARY)
        return column->type == CATALOG_TYPE_JSON || column->type == CATALOG_TYPE_GEOMETRY ||
                       column->type == CATALOG_TYPE_OTHER
                   ? LENGTH_UNBOUNDED
                   : 96;
    if (str_starts_nocase(type, STR("enum")) || str_starts_nocase(type, STR("set")))
        return length_add(type.len, 4);
    if (str_starts_nocase(type, STR("tiny")))
        return 255 * 4;
    if (str_starts_nocase(type, STR("medium")) || str_starts_nocase(type, STR("long")))
        return LENGTH_UNBOUNDED;
    if (open < 0)
        return str_find(type, STR("char")) >= 0 || str_find(type, STR("binary")) >= 0
                   ? 4
                   : (uint64_t)65535; /* text, blob */
    for (size_t i = (size_t)open + 1; i < type.len && ascii_digit(type.ptr[i]) && n < 1u << 30; i++)
        n = n * 10 + (uint64_t)(type.ptr[i] - '0');
    return n * 4;
}

struct value value_of_column(struct work *w, const struct catalog_column *column, set_t from)
{
    (void)w;
    return (struct value){.from = from,
                          .type = value_type_of(column->type),
                          .length = column_length(column),
                          .plain = column->expression.len == 0};
}

struct value value_constant(enum value_type type, uint64_t length)
{
    return (struct value){.type = type, .length = length, .constant = true};
}

static bool numeric(enum value_type type)
{
    return type == VALUE_INTEGER || type == VALUE_DECIMAL || type == VALUE_FLOAT;
}

static bool textual(enum value_type type)
{
    return type == VALUE_TEXT || type == VALUE_BINARY;
}

static enum value_type common_type(enum value_type a, enum value_type b)
{
    if (a == b || b == VALUE_NULL)
        return a;
    if (a == VALUE_NULL)
        return b;
    if (numeric(a) && numeric(b))
        return a > b ? a : b; /* integer < decimal < float */
    if (textual(a) && textual(b))
        return VALUE_BINARY;
    if (a == VALUE_UNKNOWN || b == VALUE_UNKNOWN || a == VALUE_GEOMETRY || b == VALUE_GEOMETRY ||
        a == VALUE_ROW || b == VALUE_ROW)
        return VALUE_UNKNOWN;
    return VALUE_TEXT;
}

struct value value_either(struct work *w, struct value a, struct value b)
{
    struct value v = {.from = set_union(w, a.from, b.from),
                      .type = common_type(a.type, b.type),
                      .length = a.length > b.length ? a.length : b.length,
                      .constant = a.constant && b.constant,
                      .parameter = a.parameter || b.parameter,
                      .may_fail = a.may_fail || b.may_fail};

    v.plain = a.plain && b.plain && set_same(a.from, b.from) && a.type == b.type;
    return v;
}

struct value value_both(struct work *w, struct value a, struct value b)
{
    return (struct value){.from = set_union(w, a.from, b.from),
                          .length = length_add(a.length, b.length),
                          .constant = a.constant && b.constant,
                          .may_fail = a.may_fail || b.may_fail};
}

bool value_as_anything_that_fails(struct work *w, struct value v, struct str what,
                                  uint32_t position)
{
    record_use_str(w, USE_ERROR, v.from, what, position);
    return true;
}

bool value_as_anything_that_warns(struct work *w, struct value v, struct str what,
                                  uint32_t position)
{
    return w->warnings_stay ? false : value_as_anything_that_fails(w, v, what, position);
}

/* Texts become numbers and dates with a warning at worst; of the others nobody knows. */
static bool converted(struct work *w, struct value v, struct str what, uint32_t position)
{
    if (textual(v.type) || numeric(v.type) || v.parameter)
        return value_as_anything_that_warns(w, v, what, position);
    return value_as_anything_that_fails(w, v, what, position);
}

bool value_as_number(struct work *w, struct value v, struct str what, uint32_t position)
{
    if (numeric(v.type) || v.type == VALUE_NULL || v.type == VALUE_TEMPORAL)
        return false;
    if (v.as_number) {
        w->not_cacheable = true; /* another literal in its place may be none */
        return false;
    }
    return converted(w, v, what, position);
}

bool value_as_temporal(struct work *w, struct value v, struct str what, uint32_t position)
{
    if (v.type == VALUE_TEMPORAL || v.type == VALUE_NULL)
        return false;
    if (v.as_date) {
        w->not_cacheable = true;
        return false;
    }
    return converted(w, v, what, position);
}

bool value_as_json(struct work *w, struct value v, struct str what, uint32_t position)
{
    if (v.type == VALUE_JSON || v.type == VALUE_NULL)
        return false;
    return value_as_anything_that_fails(w, v, what, position);
}

/* May `v`, when compared with `other`, be converted with a warning? */
static bool converts(struct work *w, struct value v, struct value other)
{
    if (v.type == VALUE_NULL || other.type == VALUE_NULL)
        return false;
    switch (v.type) {
    case VALUE_NULL: return false;
    case VALUE_INTEGER:
    case VALUE_DECIMAL:
    case VALUE_FLOAT:
        /* A number becomes a date when compared with one; MySQL refuses some. */
        return other.type == VALUE_TEMPORAL || other.type == VALUE_JSON ||
               other.type == VALUE_GEOMETRY;
    case VALUE_TEXT:
    case VALUE_BINARY:
        if (textual(other.type))
            return v.type != other.type && other.type == VALUE_TEXT;
        /* MySQL gives a parameter the type of what it is compared with. */
        if (other.parameter && !w->mariadb)
            return false;
        if (w->warnings_stay && numeric(other.type))
            return false;
        if ((v.as_number && numeric(other.type)) || (v.as_date && other.type == VALUE_TEMPORAL)) {
            w->not_cacheable = true; /* decided by what the literal says */
            return false;
        }
        return true;
    case VALUE_TEMPORAL:
        return other.type == VALUE_JSON || other.type == VALUE_GEOMETRY;
    case VALUE_JSON: return other.type != VALUE_JSON;
    case VALUE_UNKNOWN: return !v.parameter;
    case VALUE_GEOMETRY:
    case VALUE_ROW: return true;
    }
    return true;
}

bool value_compare(struct work *w, struct value a, struct value b, const char *what,
                   uint32_t position)
{
    bool fails = false;

    if (a.type == VALUE_ROW && b.type == VALUE_ROW)
        return false; /* compared part by part by the caller */
    /* Also the side that stays as it is: where it is NULL the other is not looked at. */
    if (converts(w, a, b) || converts(w, b, a)) {
        record_use(w, USE_ERROR, set_union(w, a.from, b.from), what, position);
        fails = true;
    }
    return fails;
}
