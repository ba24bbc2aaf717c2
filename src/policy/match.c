/* SPDX-License-Identifier: Apache-2.0
 *
 * What fits what: names and patterns, subjects and identities, selectors and targets, windows and
 * the time.
 */
#include "policy/model.h"

bool policy_name_matches(const struct policy_name *pattern, struct str name, bool nocase)
{
    if (pattern->glob)
        return str_glob(pattern->text, name, nocase);
    return nocase ? str_equal_nocase(pattern->text, name) : str_equal(pattern->text, name);
}

bool policy_object_matches(const struct policy_object *pattern, struct str schema,
                           struct str object, bool nocase)
{
    return policy_name_matches(&pattern->schema, schema, nocase) &&
           policy_name_matches(&pattern->object, object, nocase);
}

/* ---- subjects ---- */

const json_t *policy_claim_find(const json_t *claims, struct str path)
{
    const json_t *at = claims;

    while (at != NULL && path.len > 0) {
        struct str part;
        char key[256];
        if (path.ptr[0] == '"') {
            ptrdiff_t end = str_find_char(str_slice(path, 1, path.len), '"');
            if (end < 0)
                return NULL;
            part = str_slice(path, 1, (size_t)end);
            path = str_slice(path, (size_t)end + 2, path.len);
            if (path.len > 0 && path.ptr[0] != '.')
                return NULL;
            path = str_slice(path, 1, path.len);
        } else if (!str_split(path, '.', &part, &path)) {
            part = path;
            path = STR_NONE;
        }
        if (part.len >= sizeof(key) || part.len == 0)
            return NULL;
        memcpy(key, part.ptr, part.len);
        key[part.len] = '\0';
        at = json_is_object(at) ? json_object_get(at, key) : NULL;
    }
    return at;
}

static bool claim_matches(const json_t *value, struct str pattern)
{
    char number[32];

    if (json_is_array(value)) {
        for (size_t i = 0; i < json_array_size(value); i++) {
            const json_t *item = json_array_get(value, i);
            if (!json_is_array(item) && claim_matches(item, pattern))
                return true;
        }
        return false;
    }
    if (json_is_string(value))
        return str_glob(pattern, str_make(json_string_value(value), json_string_length(value)),
                        false);
    if (json_is_boolean(value))
        return str_equal(pattern, json_is_true(value) ? STR("true") : STR("false"));
    if (!json_is_integer(value))
        return false;
    int n = snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(value));
    return str_glob(pattern, str_make(number, (size_t)n), false);
}

static bool group_matches(struct str pattern, const struct policy_identity *identity)
{
    for (size_t i = 0; i < identity->group_count; i++)
        if (str_glob(pattern, identity->groups[i], false))
            return true;
    return false;
}

bool policy_subject_matches(const struct policy_subject *subject,
                            const struct policy_identity *identity)
{
    if (subject->group.len > 0 && !group_matches(subject->group, identity))
        return false;
    if (subject->issuer.len > 0 && !str_glob(subject->issuer, identity->issuer, false))
        return false;
    if (subject->subject.len > 0 && !str_glob(subject->subject, identity->subject, false))
        return false;
    for (size_t i = 0; i < subject->claims.count; i++) {
        const struct config_label *claim = &subject->claims.items[i];
        const json_t *value = policy_claim_find(identity->claims, claim->name);
        if (value == NULL || claim->name.len == 0 || !claim_matches(value, claim->value))
            return false;
    }
    return true;
}

bool policy_selector_matches(const struct policy_selector *selector,
                             const struct policy_target *target)
{
    if (selector->name.len > 0 && !str_glob(selector->name, target->name, false))
        return false;
    for (size_t i = 0; i < selector->labels.count; i++) {
        const struct config_label *label = &selector->labels.items[i];
        bool found = false;
        for (size_t k = 0; target->labels != NULL && k < target->labels->count; k++)
            found = found || (str_equal(target->labels->items[k].name, label->name) &&
                              str_glob(label->value, target->labels->items[k].value, false));
        if (!found)
            return false;
    }
    return true;
}

/* ---- windows ---- */

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static bool day_in(const struct policy_window *w, int64_t day)
{
    int64_t weekday = ((day + 3) % 7 + 7) % 7; /* 1970-01-01 was a Thursday; Monday is 0 */

    return (w->days >> weekday & 1) != 0 && day >= w->from_day && day <= w->until_day;
}

static bool window_open(const struct policy_window *w, int64_t now_us)
{
    int64_t utc = floor_div(now_us, 1000000);
    int64_t local = utc + policy_zone_offset(w->zone, utc);
    int64_t day = floor_div(local, 86400);
    int64_t minute = (local - day * 86400) / 60;

    if (w->open < w->close)
        return day_in(w, day) && minute >= w->open && minute < w->close;
    return (day_in(w, day) && minute >= w->open) || (day_in(w, day - 1) && minute < w->close);
}

bool policy_in_force(const struct policy_document *policy, int64_t now_us)
{
    if (policy->window_count == 0)
        return true;
    for (size_t i = 0; i < policy->window_count; i++)
        if (window_open(&policy->windows[i], now_us))
            return true;
    return false;
}

/* ---- variables ---- */

static bool listed(struct str name, const char *const *names)
{
    if (str_starts_nocase(name, STR("@@")))
        name = str_slice(name, 2, name.len);
    if (str_starts_nocase(name, STR("session.")))
        name = str_slice(name, 8, name.len);
    else if (str_starts_nocase(name, STR("local.")))
        name = str_slice(name, 6, name.len);
    else if (str_starts_nocase(name, STR("global.")))
        name = str_slice(name, 7, name.len);
    for (size_t i = 0; names[i] != NULL; i++)
        if (str_glob(str_of(names[i]), name, true))
            return true;
    return false;
}

bool policy_variable_settable(struct str name)
{
    static const char *const names[] = {"autocommit",
                                        "auto_increment_increment",
                                        "auto_increment_offset",
                                        "transaction_read_only",
                                        "tx_read_only",
                                        "character_set_*",
                                        "collation_*",
                                        "names",
                                        "time_zone",
                                        "sql_mode",
                                        "net_read_timeout",
                                        "net_write_timeout",
                                        "wait_timeout",
                                        "interactive_timeout",
                                        "transaction_isolation",
                                        "tx_isolation",
                                        "lc_time_names",
                                        "group_concat_max_len",
                                        "sql_safe_updates",
                                        "sql_auto_is_null",
                                        "sql_quote_show_create",
                                        "sql_notes",
                                        "sql_warnings",
                                        "sql_big_selects",
                                        "sql_select_limit",
                                        "max_join_size",
                                        "max_execution_time",
                                        "max_statement_time",
                                        "div_precision_increment",
                                        "default_week_format",
                                        "optimizer_switch",
                                        "optimizer_search_depth",
                                        "join_buffer_size",
                                        "sort_buffer_size",
                                        "lock_wait_timeout",
                                        "innodb_lock_wait_timeout",
                                        "session_track_*",
                                        "resultset_metadata",
                                        "low_priority_updates",
                                        "max_error_count",
                                        NULL};

    return listed(name, names);
}

bool policy_variable_readable(struct str name)
{
    static const char *const names[] = {"autocommit",
                                        "character_set_*",
                                        "collation_*",
                                        "time_zone",
                                        "system_time_zone",
                                        "sql_mode",
                                        "net_read_timeout",
                                        "net_write_timeout",
                                        "wait_timeout",
                                        "interactive_timeout",
                                        "transaction_isolation",
                                        "tx_isolation",
                                        "transaction_read_only",
                                        "tx_read_only",
                                        "lc_time_names",
                                        "group_concat_max_len",
                                        "sql_safe_updates",
                                        "sql_auto_is_null",
                                        "sql_quote_show_create",
                                        "sql_notes",
                                        "sql_warnings",
                                        "sql_big_selects",
                                        "sql_select_limit",
                                        "max_join_size",
                                        "max_execution_time",
                                        "max_statement_time",
                                        "div_precision_increment",
                                        "default_week_format",
                                        "optimizer_switch",
                                        "version",
                                        "version_comment",
                                        "version_compile_machine",
                                        "version_compile_os",
                                        "license",
                                        "max_allowed_packet",
                                        "net_buffer_length",
                                        "lower_case_table_names",
                                        "lower_case_file_system",
                                        "auto_increment_increment",
                                        "auto_increment_offset",
                                        "init_connect",
                                        "query_cache_size",
                                        "query_cache_type",
                                        "performance_schema",
                                        "default_storage_engine",
                                        "storage_engine",
                                        "have_ssl",
                                        "have_openssl",
                                        "foreign_key_checks",
                                        "unique_checks",
                                        "warning_count",
                                        "error_count",
                                        "identity",
                                        "last_insert_id",
                                        "insert_id",
                                        "timestamp",
                                        "in_transaction",
                                        "session_track_*",
                                        "resultset_metadata",
                                        "explicit_defaults_for_timestamp",
                                        "read_only",
                                        "super_read_only",
                                        "innodb_read_only",
                                        "have_*",
                                        "protocol_version",
                                        NULL};

    return listed(name, names);
}
