/* SPDX-License-Identifier: Apache-2.0
 *
 * The struct lives on the heap and its texts in the arena inside it; both go with the last
 * reference. Counting is not atomic: each process is one thread.
 */
#include "config/config.h"
#include "base/limits.h"
#include "config/config_tables.h"
#include <stdlib.h>

static bool read_root(struct config *config, struct arena *arena, struct str text,
                      struct config_problems *problems)
{
    struct config_document document;
    struct config_reader reader = {arena, problems, NULL};

    if (!config_document_parse(config->file, text, arena, problems, &document))
        return false;
    struct config_position at = {config->file, 1, 1};
    if (document.count != 1)
        return config_problem(problems, document.count > 1 ? document.roots[1]->at : at,
                              "`cardea gateway --init DIR` writes one to begin with",
                              document.count > 1 ? "a configuration is one YAML document"
                                                 : "the configuration is empty");
    return config_table_read(&reader, &config_root_table, document.roots[0], config);
}

struct config *config_parse(struct str file, struct str text, struct config_problems *problems)
{
    struct config *config = calloc(1, sizeof(*config));
    struct config_position nowhere = {file, 0, 0};
    size_t before = problems->total;
    struct arena arena;

    if (config == NULL) {
        config_problem(problems, nowhere, NULL, "out of memory");
        return NULL;
    }
    arena_init(&arena, LIMIT_CONFIG_ARENA);
    struct str name = arena_copy(&arena, file);
    config->file = name;
    bool good = read_root(config, &arena, text, problems);
    config->file = name; /* reading empties the struct first */
    config->arena = arena;
    config->references = 1;
    if (arena.failed)
        config_problem(problems, nowhere, NULL, "out of memory");
    if (good && problems->total == before)
        return config;
    config_unref(config);
    return NULL;
}

struct config *config_ref(const struct config *config)
{
    struct config *c = (struct config *)(uintptr_t)config;

    c->references++;
    return c;
}

void config_unref(const struct config *config)
{
    struct config *c = (struct config *)(uintptr_t)config;

    if (c == NULL || --c->references > 0)
        return;
    struct arena arena = c->arena;
    arena_release(&arena);
    free(c);
}

/* ---- files ---- */

struct file_list {
    const struct config *config;
    struct arena *arena;
    struct config_file *items;
    size_t count, capacity;
};

static const struct {
    const char *text;
    bool secret;
} file_kinds[CONFIG_FILE_COUNT] = {[CONFIG_FILE_INVALID] = {"invalid", false},
#define ROW(name, text, secret) [CONFIG_FILE_##name] = {text, secret},
                                   CONFIG_FILE_TABLE(ROW)
#undef ROW
};

const char *config_file_kind_text(enum config_file_kind kind)
{
    return file_kinds[(unsigned)kind < CONFIG_FILE_COUNT ? kind : CONFIG_FILE_INVALID].text;
}

struct str config_path(const struct config *config, struct str path, struct arena *arena)
{
    size_t folder = config->file.len;

    while (folder > 0 && config->file.ptr[folder - 1] != '/')
        folder--;
    if (path.len == 0 || path.ptr[0] == '/' || folder == 0)
        return arena_copy(arena, path);
    return arena_printf(arena, "%.*s%.*s", STR_ARG(str_slice(config->file, 0, folder)),
                        STR_ARG(path));
}

static struct config_file *add(struct file_list *list, enum config_file_kind kind,
                               struct config_position at, struct str path, size_t owner)
{
    if (path.len == 0)
        return NULL;
    struct config_file *file =
        arena_push(list->arena, &list->items, &list->count, &list->capacity, sizeof(*file));
    if (file == NULL)
        return NULL;
    *file = (struct config_file){.kind = kind,
                                 .at = at,
                                 .path = config_path(list->config, path, list->arena),
                                 .secret = file_kinds[kind].secret,
                                 .owner = owner};
    return file;
}

static void add_password(struct file_list *list, enum config_file_kind kind,
                         struct config_position at, struct str path, struct str env, size_t owner,
                         size_t account)
{
    struct config_file *file = add(list, kind, at, path.len > 0 ? path : env, owner);

    if (file == NULL)
        return;
    file->account = account;
    if (path.len == 0) {
        file->path = STR_NONE;
        file->env = env;
    }
}

static void add_target(struct file_list *list, const struct config_target *t, size_t index)
{
    add(list, CONFIG_FILE_TARGET_CA, t->at, t->ca_file, index);
    add(list, CONFIG_FILE_TARGET_PUBLIC_KEY, t->at, t->public_key_file, index);
    add_password(list, CONFIG_FILE_TARGET_PASSWORD, t->credential.at, t->credential.password_file,
                 t->credential.password_env, index, 0);
    for (size_t k = 0; k < t->account_count; k++)
        add_password(list, CONFIG_FILE_ACCOUNT_PASSWORD, t->accounts[k].at,
                     t->accounts[k].password_file, t->accounts[k].password_env, index, k);
}

const struct config_file *config_files(const struct config *config, struct arena *arena,
                                       size_t *ret_count)
{
    struct file_list list = {.config = config, .arena = arena};

    for (size_t i = 0; i < config->listener_count; i++) {
        const struct config_listener *l = &config->listeners[i];
        if (l->tls == CONFIG_LISTENER_TLS_OFF)
            continue;
        add(&list, CONFIG_FILE_LISTENER_CERTIFICATE, l->at, l->certificate_file, i);
        add(&list, CONFIG_FILE_LISTENER_KEY, l->at, l->key_file, i);
    }
    for (size_t i = 0; i < config->target_count; i++)
        add_target(&list, &config->targets[i], i);
    for (size_t i = 0; i < config->issuer_count; i++) {
        add(&list, CONFIG_FILE_ISSUER_CA, config->issuers[i].at, config->issuers[i].ca_file, i);
        add(&list, CONFIG_FILE_ISSUER_KEYS, config->issuers[i].at, config->issuers[i].jwks_file, i);
    }
    if (config->control.enabled) {
        add(&list, CONFIG_FILE_CONTROL_CERTIFICATE, config->control.at,
            config->control.certificate_file, 0);
        add(&list, CONFIG_FILE_CONTROL_KEY, config->control.at, config->control.key_file, 0);
    }
    add(&list, CONFIG_FILE_AUDIT_KEY, config->audit.at, config->audit.key_file, 0);
    add(&list, CONFIG_FILE_PSEUDONYM_KEY, config->at, config->pseudonym_key_file, 0);
    for (size_t i = 0; i < config->policies.count; i++) {
        struct config_file *file =
            add(&list, CONFIG_FILE_POLICY, config->at, config->policies.items[i], i);
        if (file != NULL)
            file->pattern =
                str_find_char(file->path, '*') >= 0 || str_find_char(file->path, '?') >= 0;
    }
    *ret_count = list.count;
    return list.items;
}

/* ---- look-ups ---- */

ptrdiff_t config_target_index(const struct config *config, struct str name)
{
    for (size_t i = 0; i < config->target_count; i++)
        if (str_equal(config->targets[i].name, name))
            return (ptrdiff_t)i;
    return -1;
}

ptrdiff_t config_issuer_index(const struct config *config, struct str name)
{
    for (size_t i = 0; i < config->issuer_count; i++)
        if (str_equal(config->issuers[i].name, name))
            return (ptrdiff_t)i;
    return -1;
}

ptrdiff_t config_issuer_by_url(const struct config *config, struct str url)
{
    for (size_t i = 0; i < config->issuer_count; i++)
        if (str_equal(config->issuers[i].url, url))
            return (ptrdiff_t)i;
    return -1;
}

struct str config_label(const struct config_labels *labels, struct str name)
{
    for (size_t i = 0; labels != NULL && i < labels->count; i++)
        if (str_equal(labels->items[i].name, name))
            return labels->items[i].value;
    return STR_NONE;
}

static bool has_group(const struct str *groups, size_t group_count, struct str group)
{
    for (size_t i = 0; i < group_count; i++)
        if (str_equal(groups[i], group))
            return true;
    return false;
}

ptrdiff_t config_target_account(const struct config_target *target, const struct str *groups,
                                size_t group_count)
{
    for (size_t i = 0; i < target->account_count; i++)
        if (has_group(groups, group_count, target->accounts[i].group))
            return (ptrdiff_t)i;
    return -1;
}

ptrdiff_t config_target_role(const struct config_target *target, const struct str *groups,
                             size_t group_count)
{
    for (size_t i = 0; i < target->role_count; i++)
        if (has_group(groups, group_count, target->roles[i].group))
            return (ptrdiff_t)i;
    return -1;
}

void config_reference(struct buf *out)
{
    buf_put_str(out, STR("# Configuration\n\n"
                         "The gateway reads one YAML file: `cardea gateway --config FILE`. "
                         "`cardea gateway --check --config FILE` lists everything that is wrong "
                         "with it, `cardea gateway --init DIR` writes one to begin with. Secrets "
                         "never stand in it: they are named by file or environment variable. "
                         "Relative paths are relative to the file.\n\n"
                         "Durations are written `500ms`, `30s`, `5m`, `12h`, `7d`; sizes `512`, "
                         "`64KiB`, `50MiB`, `2GiB` (`kB`, `MB`, `GB` are powers of ten). Anchors, "
                         "aliases, tags and repeated keys are refused, so that the file says what "
                         "it means where it stands.\n\n"
                         "This page is generated from the tables that read the file "
                         "(`cardea reference configuration`).\n\n"));
    config_table_reference(&config_root_table, out);
}
