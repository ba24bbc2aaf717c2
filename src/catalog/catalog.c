/* SPDX-License-Identifier: Apache-2.0
 *
 * The frozen snapshot: look-ups, counting, fingerprints.
 */
#include "catalog/internal.h"

#include "catalog/name.h"

#include <openssl/evp.h>
#include <stdlib.h>

struct catalog *catalog_ref(struct catalog *catalog)
{
    REQUIRE(catalog->references > 0);
    catalog->references++;
    return catalog;
}

void catalog_unref(struct catalog *catalog)
{
    if (catalog == NULL)
        return;
    REQUIRE(catalog->references > 0);
    if (--catalog->references > 0)
        return;
    map_release(&catalog->schema_map);
    map_release(&catalog->table_map);
    map_release(&catalog->routine_map);
    map_release(&catalog->event_map);
    arena_release(&catalog->arena);
    free(catalog);
}

bool catalog_mariadb(const struct catalog *catalog)
{
    return catalog->mariadb;
}

uint32_t catalog_version(const struct catalog *catalog)
{
    return catalog->version;
}

unsigned catalog_lower_case_table_names(const struct catalog *catalog)
{
    return catalog->lower_case_table_names;
}

const unsigned char *catalog_fingerprint(const struct catalog *catalog)
{
    return catalog->fingerprint;
}

size_t catalog_schema_count(const struct catalog *catalog)
{
    return catalog->schema_count;
}

const struct catalog_schema *catalog_schema_at(const struct catalog *catalog, size_t i)
{
    return i < catalog->schema_count ? catalog->schemas[i] : NULL;
}

size_t catalog_table_count(const struct catalog *catalog)
{
    return catalog->table_count;
}

const struct catalog_table *catalog_table_at(const struct catalog *catalog, size_t i)
{
    return i < catalog->table_count ? catalog->tables[i] : NULL;
}

size_t catalog_routine_count(const struct catalog *catalog)
{
    return catalog->routine_count;
}

const struct catalog_routine *catalog_routine_at(const struct catalog *catalog, size_t i)
{
    return i < catalog->routine_count ? catalog->routines[i] : NULL;
}

size_t catalog_event_count(const struct catalog *catalog)
{
    return catalog->event_count;
}

const struct catalog_event *catalog_event_at(const struct catalog *catalog, size_t i)
{
    return i < catalog->event_count ? catalog->events[i] : NULL;
}

const struct catalog_trigger *catalog_trigger_find(const struct catalog *catalog,
                                                   struct str schema, struct str name,
                                                   const struct catalog_table **ret_table)
{
    for (size_t t = 0; t < catalog->table_count; t++) {
        const struct catalog_table *table = catalog->tables[t];
        if (table->trigger_count == 0 ||
            !catalog_table_name_equal(catalog->lower_case_table_names, table->schema, schema))
            continue;
        for (size_t i = 0; i < table->trigger_count; i++)
            if (catalog_name_equal(table->triggers[i].name, name)) {
                *ret_table = table;
                return &table->triggers[i];
            }
    }
    return NULL;
}

size_t catalog_column_count(const struct catalog *catalog)
{
    return catalog->column_count;
}

const struct catalog_table *catalog_table_find(const struct catalog *catalog, struct str schema,
                                               struct str name)
{
    char room[CATALOG_KEY_MAX];
    struct str key;

    if (!catalog_key_make(catalog->lower_case_table_names, schema, name, false, room, &key))
        return NULL;
    return map_get(&catalog->table_map, key);
}

const struct catalog_column *catalog_column_find(const struct catalog_table *table,
                                                 struct str name)
{
    size_t low = 0, high = table->column_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct catalog_column *column = &table->columns[table->by_name[middle]];
        int order = catalog_name_compare(name, column->name);
        if (order == 0)
            return column;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

/* ---- order and fingerprints ---- */

static int by_folded_name(const void *a, const void *b, void *columns)
{
    const struct catalog_column *all = columns;

    return catalog_name_compare(all[*(const uint32_t *)a].name, all[*(const uint32_t *)b].name);
}

bool catalog_table_order(struct arena *arena, struct catalog_table *table)
{
    uint32_t *order = arena_array(arena, table->column_count, uint32_t);

    if (order == NULL)
        return false;
    for (size_t i = 0; i < table->column_count; i++)
        order[i] = (uint32_t)i;
    if (table->column_count > 1)
        qsort_r(order, table->column_count, sizeof(*order), by_folded_name,
                (void *)(uintptr_t)table->columns);
    table->by_name = order;
    return true;
}

/* Hashing with a length before each string, so that no two lists of fields look alike. */
struct digest {
    EVP_MD_CTX *context;
    bool failed;
};

static void digest_begin(struct digest *digest)
{
    digest->context = EVP_MD_CTX_new();
    digest->failed = digest->context == NULL ||
                     EVP_DigestInit_ex(digest->context, EVP_sha256(), NULL) != 1;
}

static void digest_bytes(struct digest *digest, const void *bytes, size_t size)
{
    if (!digest->failed && size > 0 && EVP_DigestUpdate(digest->context, bytes, size) != 1)
        digest->failed = true;
}

static void digest_number(struct digest *digest, uint64_t n)
{
    unsigned char bytes[8];

    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)(n >> (8 * i));
    digest_bytes(digest, bytes, sizeof(bytes));
}

static void digest_str(struct digest *digest, struct str s)
{
    digest_number(digest, s.len);
    digest_bytes(digest, s.ptr, s.len);
}

static bool digest_end(struct digest *digest, unsigned char ret[32])
{
    if (!digest->failed && EVP_DigestFinal_ex(digest->context, ret, NULL) != 1)
        digest->failed = true;
    EVP_MD_CTX_free(digest->context);
    return !digest->failed;
}

static void digest_column(struct digest *digest, const struct catalog_column *column)
{
    digest_str(digest, column->name);
    digest_str(digest, column->column_type.len > 0 ? column->column_type : column->data_type);
    digest_str(digest, column->charset);
    digest_str(digest, column->collation);
    digest_str(digest, column->expression);
    digest_str(digest, column->default_text);
    digest_number(digest, column->ordinal);
    digest_number(digest, (uint64_t)column->nullable | (uint64_t)column->has_default << 1 |
                              (uint64_t)column->invisible << 2 |
                              (uint64_t)column->auto_increment << 3 |
                              (uint64_t)column->on_update << 4);
}

static void digest_key(struct digest *digest, const struct catalog_key *key)
{
    digest_str(digest, key->name);
    digest_number(digest, key->kind);
    digest_number(digest, key->column_count);
    for (size_t i = 0; i < key->column_count; i++) {
        digest_str(digest, key->columns[i]);
        digest_str(digest, key->expressions ? key->expressions[i] : STR_NONE);
        digest_str(digest, key->to_columns ? key->to_columns[i] : STR_NONE);
    }
    digest_str(digest, key->to_schema);
    digest_str(digest, key->to_table);
    digest_str(digest, key->on_delete);
    digest_str(digest, key->on_update);
}

bool catalog_table_fingerprint(struct catalog_table *table)
{
    struct digest digest;

    digest_begin(&digest);
    digest_str(&digest, table->schema);
    digest_str(&digest, table->name);
    digest_str(&digest, table->engine);
    digest_number(&digest, table->kind);
    digest_number(&digest, table->column_count);
    for (size_t i = 0; i < table->column_count; i++)
        digest_column(&digest, &table->columns[i]);
    digest_number(&digest, table->key_count);
    for (size_t i = 0; i < table->key_count; i++)
        digest_key(&digest, &table->keys[i]);
    digest_number(&digest, table->trigger_count);
    for (size_t i = 0; i < table->trigger_count; i++) {
        digest_str(&digest, table->triggers[i].name);
        digest_str(&digest, table->triggers[i].event);
        digest_str(&digest, table->triggers[i].timing);
        digest_str(&digest, table->triggers[i].text);
        digest_str(&digest, table->triggers[i].sql_mode);
        digest_str(&digest, table->triggers[i].definer);
    }
    digest_number(&digest, table->check_count);
    for (size_t i = 0; i < table->check_count; i++) {
        digest_str(&digest, table->checks[i].name);
        digest_str(&digest, table->checks[i].text);
    }
    if (table->view != NULL) {
        digest_str(&digest, table->view->definition);
        digest_str(&digest, table->view->definer);
        digest_str(&digest, table->view->algorithm);
        digest_number(&digest, table->view->invoker);
    }
    return digest_end(&digest, table->fingerprint);
}

bool catalog_routine_fingerprint(struct catalog_routine *routine)
{
    struct digest digest;

    digest_begin(&digest);
    digest_str(&digest, routine->schema);
    digest_str(&digest, routine->name);
    digest_str(&digest, routine->text);
    digest_str(&digest, routine->data_access);
    digest_str(&digest, routine->definer);
    digest_str(&digest, routine->sql_mode);
    digest_str(&digest, routine->returns);
    digest_number(&digest, routine->parameter_count);
    for (size_t i = 0; i < routine->parameter_count; i++) {
        digest_str(&digest, routine->parameters[i].name);
        digest_str(&digest, routine->parameters[i].column_type);
        digest_number(&digest, routine->parameters[i].mode);
    }
    digest_number(&digest, (uint64_t)routine->function | (uint64_t)routine->aggregate << 1 |
                               (uint64_t)routine->loadable << 2 | (uint64_t)routine->invoker << 3 |
                               (uint64_t)routine->deterministic << 4 |
                               (uint64_t)routine->external << 5);
    return digest_end(&digest, routine->fingerprint);
}

bool catalog_event_fingerprint(struct catalog_event *event)
{
    struct digest digest;

    digest_begin(&digest);
    digest_str(&digest, event->schema);
    digest_str(&digest, event->name);
    digest_str(&digest, event->text);
    digest_str(&digest, event->definer);
    digest_str(&digest, event->sql_mode);
    return digest_end(&digest, event->fingerprint);
}

static int compare_32(const void *a, const void *b)
{
    return memcmp(a, b, 32);
}

/* Sorted, so that the order in which a server lists objects does not matter. */
bool catalog_fingerprint_all(struct catalog *catalog)
{
    size_t count = catalog->table_count + catalog->routine_count + catalog->event_count, n = 0;
    unsigned char(*all)[32] = malloc((count + 1) * sizeof(*all));
    struct digest digest;

    if (all == NULL)
        return false;
    for (size_t i = 0; i < catalog->table_count; i++)
        memcpy(all[n++], catalog->tables[i]->fingerprint, 32);
    for (size_t i = 0; i < catalog->routine_count; i++)
        memcpy(all[n++], catalog->routines[i]->fingerprint, 32);
    for (size_t i = 0; i < catalog->event_count; i++)
        memcpy(all[n++], catalog->events[i]->fingerprint, 32);
    qsort(all, n, sizeof(*all), compare_32);
    digest_begin(&digest);
    digest_number(&digest, catalog->version);
    digest_number(&digest, catalog->mariadb);
    digest_number(&digest, catalog->lower_case_table_names);
    digest_bytes(&digest, all, n * sizeof(*all));
    free(all);
    return digest_end(&digest, catalog->fingerprint);
}
