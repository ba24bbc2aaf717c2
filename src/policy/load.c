/* SPDX-License-Identifier: Apache-2.0
 *
 * Documents become structs by the field tables; tags of all classifications become one list; then
 * names are checked against one another. The set is never changed afterwards.
 */
#include "base/limits.h"
#include "policy/model.h"
#include <openssl/evp.h>
#include <stdlib.h>

/* ---- zones ---- */

static bool zone_name_good(struct str name)
{
    if (name.len == 0 || name.len > 64 || name.ptr[0] == '/' || str_find(name, STR("..")) >= 0)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = ascii_lower(name.ptr[i]);
        if (!(c >= 'a' && c <= 'z') && !ascii_digit(c) && c != '/' && c != '_' && c != '+' &&
            c != '-')
            return false;
    }
    return true;
}

static const struct policy_zone *zone_fetch(struct policy_loader *loader, struct arena *arena,
                                            struct str name)
{
    struct str bytes;

    if (!zone_name_good(name) || loader->fetch == NULL ||
        !loader->fetch(loader->fetch_context, name, &bytes))
        return NULL;
    return policy_zone_parse(bytes, arena);
}

const struct policy_zone *policy_loader_zone(struct config_reader *reader,
                                             struct config_position at, struct str name)
{
    struct policy_loader *loader = reader->context;
    struct policy_set *set = loader->set;

    if (str_equal(name, STR("UTC")))
        return policy_zone_utc();
    for (size_t i = 0; i < set->zone_count; i++)
        if (str_equal(set->zone_names[i], name))
            return set->zones[i];
    const struct policy_zone *zone = zone_fetch(loader, reader->arena, name);
    if (zone == NULL) {
        config_problem(reader->problems, at, "an IANA name, such as `Europe/Berlin`",
                       "there is no time zone `%.*s`", STR_ARG(str_slice(name, 0, 100)));
        return policy_zone_utc();
    }
    size_t count = set->zone_count, capacity = loader->zone_capacity;
    struct str *slot =
        arena_push(reader->arena, &set->zone_names, &count, &capacity, sizeof(*slot));
    const struct policy_zone **zone_slot = arena_push(reader->arena, &set->zones, &set->zone_count,
                                                      &loader->zone_capacity, sizeof(zone));
    if (slot != NULL && zone_slot != NULL) {
        *slot = name;
        *zone_slot = zone;
    }
    return zone;
}

/* ---- tags ---- */

struct tag_fields {
    struct config_position at;
    int mask;
    int64_t first, last;
    int unit;
};

static const struct config_choice mask_choices[] = {
#define MASK(name, text, keeps, meaning) {text, POLICY_MASK_##name, meaning},
    POLICY_MASK_TABLE(MASK)
#undef MASK
        {NULL, 0, NULL}};
static const struct config_choice date_units[] = {{"year", POLICY_DATE_YEAR, NULL},
                                                  {"month", POLICY_DATE_MONTH, NULL},
                                                  {"day", POLICY_DATE_DAY, NULL},
                                                  {NULL, 0, NULL}};

static void check_tag(struct config_reader *reader, void *object)
{
    const struct tag_fields *t = object;

    if (t->mask == POLICY_MASK_PARTIAL && t->first + t->last == 0)
        config_problem(reader->problems, t->at, "`{mask: partial, last: 4}`",
                       "a partial mask keeps `first` or `last` characters");
    if (t->mask != POLICY_MASK_PARTIAL && t->first + t->last > 0)
        config_problem(reader->problems, t->at, NULL, "`first` and `last` are for partial masks");
    if (t->mask != POLICY_MASK_DATE && t->unit != POLICY_DATE_INVALID)
        config_problem(reader->problems, t->at, NULL, "`to` is for date masks");
}

static const struct config_field tag_fields[] = {
    {.name = "mask",
     .type = CONFIG_FIELD_ENUM,
     .offset = offsetof(struct tag_fields, mask),
     .required = true,
     .choices = mask_choices,
     .description = "How it is masked"},
    {.name = "first",
     .type = CONFIG_FIELD_INT,
     .offset = offsetof(struct tag_fields, first),
     .min = 0,
     .max = 64,
     .description = "`partial`: characters kept in front."},
    {.name = "last",
     .type = CONFIG_FIELD_INT,
     .offset = offsetof(struct tag_fields, last),
     .min = 0,
     .max = 64,
     .description = "`partial`: characters kept at the end; never more than half in all."},
    {.name = "to",
     .type = CONFIG_FIELD_ENUM,
     .offset = offsetof(struct tag_fields, unit),
     .choices = date_units,
     .description = "`date`: what it is cut to; `year` by default."},
};
const struct config_table policy_tag_table = {
    "tag",
    "How data with this tag is masked. Where a value depends on several tags, the strictest "
    "mask is used; a value computed from a masked column is redacted unless it is `null`.",
    tag_fields,
    ARRAY_LEN(tag_fields),
    sizeof(struct tag_fields),
    check_tag};

static void read_tag(struct config_reader *reader, const struct config_pair *pair)
{
    struct policy_loader *loader = reader->context;
    struct policy_set *set = loader->set;
    struct tag_fields fields;
    const struct policy_tag *other = policy_tag_find(set, pair->key);

    if (!config_table_read(reader, &policy_tag_table, pair->value, &fields))
        return;
    if (other != NULL) {
        config_problem(reader->problems, pair->at, NULL,
                       "tag `%.*s` has a mask already, in %.*s:%u", STR_ARG(pair->key),
                       STR_ARG(other->at.file), other->at.line);
        return;
    }
    struct policy_tag *tag =
        arena_push(reader->arena, &set->tags, &set->tag_count, &loader->tag_capacity, sizeof(*tag));
    if (tag == NULL)
        return;
    *tag = (struct policy_tag){
        .at = pair->at,
        .name = pair->key,
        .mask = {.kind = (enum policy_mask_kind)fields.mask,
                 .tag = pair->key,
                 .first = (uint32_t)fields.first,
                 .last = (uint32_t)fields.last,
                 .unit = fields.unit == 0 ? POLICY_DATE_YEAR : (enum policy_date_unit)fields.unit}};
}

const struct policy_tag *policy_tag_find(const struct policy_set *set, struct str name)
{
    for (size_t i = 0; i < set->tag_count; i++)
        if (str_equal(set->tags[i].name, name))
            return &set->tags[i];
    return NULL;
}

/* A tag that columns have and no document gives a mask is redacted: give it a row of its own, so
 * that a decision can point to it. */
static void complete_tags(struct config_reader *reader)
{
    struct policy_loader *loader = reader->context;
    struct policy_set *set = loader->set;

    for (size_t i = 0; i < set->classification_count; i++) {
        const struct policy_classification *c = set->classifications[i];
        for (size_t k = 0; k < c->column_count; k++)
            for (size_t t = 0; t < c->columns[k].tags.count; t++) {
                struct str name = c->columns[k].tags.items[t];
                if (policy_tag_find(set, name) != NULL)
                    continue;
                struct policy_tag *tag = arena_push(reader->arena, &set->tags, &set->tag_count,
                                                    &loader->tag_capacity, sizeof(*tag));
                if (tag != NULL)
                    *tag = (struct policy_tag){.at = c->columns[k].at,
                                               .name = name,
                                               .mask = {.kind = POLICY_MASK_REDACT, .tag = name}};
            }
    }
}

/* ---- documents ---- */

static void read_policy(struct config_reader *reader, const struct config_node *root)
{
    struct policy_loader *loader = reader->context;
    struct policy_set *set = loader->set;
    struct policy_document *policy = arena_new(reader->arena, struct policy_document);

    if (policy == NULL || !config_table_read(reader, &policy_document_table, root, policy))
        return;
    for (size_t i = 0; i < set->policy_count; i++)
        if (str_equal(set->policies[i]->name, policy->name))
            config_problem(reader->problems, policy->at, NULL,
                           "policy `%.*s` is there already, in %.*s:%u", STR_ARG(policy->name),
                           STR_ARG(set->policies[i]->at.file), set->policies[i]->at.line);
    struct policy_document **slot = arena_push(reader->arena, &set->policies, &set->policy_count,
                                               &loader->policy_capacity, sizeof(policy));
    if (slot != NULL)
        *slot = policy;
}

static void read_classification(struct config_reader *reader, const struct config_node *root)
{
    struct policy_loader *loader = reader->context;
    struct policy_set *set = loader->set;
    struct policy_classification *c = arena_new(reader->arena, struct policy_classification);

    if (c == NULL || !config_table_read(reader, &policy_classification_table, root, c))
        return;
    for (size_t i = 0; i < set->classification_count; i++)
        if (str_equal(set->classifications[i]->name, c->name))
            config_problem(reader->problems, c->at, NULL,
                           "classification `%.*s` is there already, in %.*s:%u", STR_ARG(c->name),
                           STR_ARG(set->classifications[i]->at.file),
                           set->classifications[i]->at.line);
    for (size_t i = 0; c->tags_node != NULL && i < c->tags_node->count; i++)
        read_tag(reader, &c->tags_node->pairs[i]);
    struct policy_classification **slot =
        arena_push(reader->arena, &set->classifications, &set->classification_count,
                   &loader->classification_capacity, sizeof(c));
    if (slot != NULL)
        *slot = c;
}

static void read_file(struct config_reader *reader, const struct policy_file *file)
{
    struct config_document document;

    if (!config_document_parse(file->name, file->text, reader->arena, reader->problems, &document))
        return;
    for (size_t i = 0; i < document.count; i++) {
        const struct config_node *root = document.roots[i];
        if (config_node_get(root, "policy") != NULL)
            read_policy(reader, root);
        else if (config_node_get(root, "classification") != NULL)
            read_classification(reader, root);
        else if (config_node_get(root, "tests") == NULL)
            config_problem(
                reader->problems, root->at, NULL,
                "a document has `policy: NAME`, `classification: NAME` or `tests: NAME`");
    }
}

static bool digest_files(const struct policy_file *files, size_t count, unsigned char *digest)
{
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    bool good = md != NULL && EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1;

    for (size_t i = 0; i < count && good; i++) {
        uint64_t lengths[2] = {files[i].name.len, files[i].text.len};
        good = EVP_DigestUpdate(md, lengths, sizeof(lengths)) == 1 &&
               EVP_DigestUpdate(md, files[i].name.ptr, files[i].name.len) == 1 &&
               EVP_DigestUpdate(md, files[i].text.ptr, files[i].text.len) == 1;
    }
    good = good && EVP_DigestFinal_ex(md, digest, NULL) == 1;
    EVP_MD_CTX_free(md);
    return good;
}

struct policy_set *policy_set_load(const struct policy_file *files, size_t file_count,
                                   policy_zone_fetch *fetch, void *fetch_context,
                                   struct config_problems *problems)
{
    struct policy_set *set = calloc(1, sizeof(*set));
    size_t before = problems->total;
    struct config_position nowhere = {STR("policies"), 0, 0};

    if (set == NULL) {
        config_problem(problems, nowhere, NULL, "out of memory");
        return NULL;
    }
    set->references = 1;
    arena_init(&set->arena, LIMIT_CONFIG_ARENA);
    struct policy_loader loader = {.set = set, .fetch = fetch, .fetch_context = fetch_context};
    struct config_reader reader = {&set->arena, problems, &loader};
    for (size_t i = 0; i < file_count; i++)
        read_file(&reader, &files[i]);
    complete_tags(&reader);
    if (!digest_files(files, file_count, set->digest) || set->arena.failed)
        config_problem(problems, nowhere, NULL, "out of memory");
    if (problems->total == before)
        return set;
    policy_set_unref(set);
    return NULL;
}

struct policy_set *policy_set_ref(const struct policy_set *set)
{
    struct policy_set *s = (struct policy_set *)(uintptr_t)set;

    s->references++;
    return s;
}

void policy_set_unref(const struct policy_set *set)
{
    struct policy_set *s = (struct policy_set *)(uintptr_t)set;

    if (s == NULL || --s->references > 0)
        return;
    arena_release(&s->arena);
    free(s);
}

const unsigned char *policy_set_digest(const struct policy_set *set)
{
    return set->digest;
}

size_t policy_set_policy_count(const struct policy_set *set)
{
    return set->policy_count;
}

const struct str *policy_set_zones(const struct policy_set *set, size_t *ret_count)
{
    *ret_count = set->zone_count;
    return set->zone_names;
}

const char *policy_mask_text(enum policy_mask_kind kind)
{
    static const char *const texts[POLICY_MASK_COUNT] = {[POLICY_MASK_INVALID] = "invalid",
#define MASK(name, text, keeps, meaning) [POLICY_MASK_##name] = text,
                                                         POLICY_MASK_TABLE(MASK)
#undef MASK
    };
    return texts[(unsigned)kind < POLICY_MASK_COUNT ? kind : POLICY_MASK_INVALID];
}
