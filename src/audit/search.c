/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/search.h"

#include "audit/scan.h"
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>

static struct str member(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    return json_is_string(value) ? str_make(json_string_value(value), json_string_length(value))
                                 : STR_NONE;
}

static bool same(struct str wanted, struct str value)
{
    return wanted.len == 0 || str_equal(wanted, value);
}

static bool alike(struct str pattern, struct str value)
{
    return pattern.len == 0 || str_glob(pattern, value, true);
}

static bool contains_nocase(struct str text, struct str part)
{
    for (size_t i = 0; i + part.len <= text.len; i++)
        if (str_equal_nocase(str_slice(text, i, part.len), part))
            return true;
    return false;
}

static bool in_group(const json_t *identity, struct str group)
{
    const json_t *groups = json_object_get(identity, "groups");

    for (size_t i = 0; i < json_array_size(groups); i++) {
        const json_t *one = json_array_get(groups, i);
        if (json_is_string(one) && str_equal(group, str_of(json_string_value(one))))
            return true;
    }
    return false;
}

static bool matches(const struct audit_filter *f, const json_t *record)
{
    const json_t *identity = json_object_get(record, "identity");
    struct str time = member(record, "time");

    return same(f->target, member(record, "target")) &&
           same(f->decision, member(record, "decision")) &&
           same(f->kind, member(record, "kind")) && same(f->session, member(record, "session")) &&
           alike(f->code, member(record, "code")) &&
           (f->subject.len == 0 || alike(f->subject, member(identity, "subject")) ||
            alike(f->subject, member(identity, "name"))) &&
           (f->group.len == 0 || in_group(identity, f->group)) &&
           (f->since.len == 0 || str_compare(time, f->since) >= 0) &&
           (f->until.len == 0 || str_compare(time, f->until) < 0) &&
           (f->text.len == 0 || contains_nocase(member(record, "text"), f->text));
}

bool audit_filter_matches(const struct audit_filter *filter, struct str line,
                          struct json_t **ret_record)
{
    json_t *record = json_loadb(line.ptr ? line.ptr : "", line.len, JSON_REJECT_DUPLICATES, NULL);
    bool good = json_is_object(record) && matches(filter, record);

    if (good && ret_record)
        *ret_record = record;
    else
        json_decref(record);
    return good;
}

/* Matches of one segment. With `skip`, counts alone or leaves out as many as it says. */
static int64_t search_segment(int folder, uint64_t number, const struct audit_search *search,
                              bool count_only, uint64_t *skip)
{
    char name[AUDIT_SEGMENT_NAME_SIZE];
    struct str bytes, rest;
    int64_t found = 0;

    audit_segment_name(number, name);
    int error = audit_scan_map(folder, name, &bytes);
    if (error)
        return error;
    rest = bytes;
    for (ptrdiff_t end; (end = str_find_char(rest, '\n')) >= 0;
         rest = str_slice(rest, (size_t)end + 1, rest.len)) {
        struct str line = str_slice(rest, 0, (size_t)end);
        json_t *record;
        if (!audit_filter_matches(&search->filter, line, &record))
            continue;
        bool go_on = true;
        if (count_only)
            found++;
        else if (*skip > 0)
            (*skip)--;
        else if (++found, !search->found(search->owner, line, record))
            go_on = false;
        json_decref(record);
        if (!go_on) {
            found = -ECANCELED;
            break;
        }
    }
    audit_scan_unmap(bytes);
    return found;
}

/* Where the last `last` matches begin: the segment's index, and how many of it to leave out. */
static int64_t find_start(int folder, const struct audit_search *search, const uint64_t *numbers,
                          size_t count, size_t *ret_first, uint64_t *ret_skip)
{
    uint64_t have = 0;
    size_t i = count;

    *ret_skip = 0;
    while (i > 0 && have < search->last) {
        int64_t n = search_segment(folder, numbers[--i], search, true, NULL);
        if (n < 0)
            return n;
        have += (uint64_t)n;
    }
    if (have > search->last)
        *ret_skip = have - search->last;
    *ret_first = i;
    return 0;
}

int64_t audit_search(int folder, const struct audit_search *search)
{
    uint64_t *numbers, skip = 0;
    size_t count, first = 0;
    int64_t total = audit_scan_segments(folder, &numbers, &count);

    if (total < 0)
        return total;
    if (search->last != 0)
        total = find_start(folder, search, numbers, count, &first, &skip);
    for (size_t i = first; i < count && total >= 0; i++) {
        int64_t n = search_segment(folder, numbers[i], search, false, &skip);
        if (n == -ECANCELED)
            break;
        total = n < 0 ? n : total + n;
    }
    free(numbers);
    return total;
}
