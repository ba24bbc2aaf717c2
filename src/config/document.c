/* SPDX-License-Identifier: Apache-2.0
 *
 * libyaml gives events; a recursive builder (bounded in depth) makes the tree of them. A problem
 * that can be passed over (a duplicate key, an anchor) is noted and reading goes on; what libyaml
 * itself can't read ends the file.
 */
#include "config/document.h"
#include "base/limits.h"
#include <yaml.h>

struct builder {
    yaml_parser_t parser;
    struct arena *arena;
    struct config_problems *problems;
    struct str file;
    size_t nodes;
    bool broken; /* the event stream ended early; the reason is noted */
};

void config_problems_init(struct config_problems *problems, struct arena *arena)
{
    *problems = (struct config_problems){.arena = arena};
}

bool config_problem(struct config_problems *problems, struct config_position at, const char *hint,
                    const char *format, ...)
{
    problems->total++;
    if (problems->count >= CONFIG_PROBLEM_MAX)
        return false;
    struct config_problem *problem = arena_push(problems->arena, &problems->items, &problems->count,
                                                &problems->capacity, sizeof(*problem));
    if (problem == NULL)
        return false;
    va_list args;
    va_start(args, format);
    problem->message = arena_vprintf(problems->arena, format, args);
    va_end(args);
    problem->at = at;
    problem->at.file = arena_copy(problems->arena, at.file);
    problem->hint = hint == NULL ? STR_NONE : arena_copy(problems->arena, str_of(hint));
    return false;
}

static void put_printable(struct buf *out, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        buf_put_u8(out, c < 0x20 || c == 0x7F ? ' ' : c);
    }
}

void config_problems_print(const struct config_problems *problems, struct buf *out)
{
    for (size_t i = 0; i < problems->count; i++) {
        const struct config_problem *p = &problems->items[i];
        put_printable(out, p->at.file);
        if (p->at.line > 0)
            buf_printf(out, ":%u:%u", p->at.line, p->at.column);
        buf_put_str(out, STR(": "));
        put_printable(out, p->message);
        if (p->hint.len > 0) {
            buf_put_str(out, STR(" ("));
            put_printable(out, p->hint);
            buf_put_str(out, STR(")"));
        }
        buf_put_u8(out, '\n');
    }
    if (problems->total > problems->count)
        buf_printf(out, "and %zu more\n", problems->total - problems->count);
}

#define WORD_MAX 40

/* Levenshtein's distance, one row at a time. */
static size_t distance(struct str a, struct str b)
{
    size_t row[WORD_MAX + 1];

    for (size_t j = 0; j <= b.len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t best = diagonal + (ascii_lower(a.ptr[i - 1]) != ascii_lower(b.ptr[j - 1]));
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            diagonal = row[j];
            row[j] = best;
        }
    }
    return row[b.len];
}

const char *config_nearest(struct arena *arena, struct str word, const char *const *words)
{
    const char *best = NULL;
    size_t best_distance = SIZE_MAX;

    if (word.len == 0 || word.len > WORD_MAX)
        return NULL;
    for (size_t i = 0; words[i] != NULL; i++) {
        struct str other = str_of(words[i]);
        if (other.len > WORD_MAX)
            continue;
        size_t d = distance(word, other);
        if (d < best_distance) {
            best_distance = d;
            best = words[i];
        }
    }
    if (best == NULL || best_distance > (word.len + 3) / 3)
        return NULL;
    return arena_printf(arena, "did you mean `%s`?", best).ptr;
}

static struct config_position mark_position(const struct builder *b, yaml_mark_t mark)
{
    return (struct config_position){b->file, (uint32_t)mark.line + 1, (uint32_t)mark.column + 1};
}

static bool next_event(struct builder *b, yaml_event_t *event)
{
    if (b->broken)
        return false;
    if (yaml_parser_parse(&b->parser, event))
        return true;
    yaml_mark_t mark = b->parser.problem_mark;
    if (b->parser.error == YAML_READER_ERROR)
        mark = b->parser.mark;
    config_problem(b->problems, mark_position(b, mark), NULL, "not YAML: %s",
                   b->parser.problem != NULL ? b->parser.problem : "out of memory");
    b->broken = true;
    return false;
}

static struct config_node *node_new(struct builder *b, enum config_node_kind kind,
                                    const yaml_event_t *event)
{
    if (++b->nodes > LIMIT_DOCUMENT_NODES) {
        config_problem(b->problems, mark_position(b, event->start_mark), NULL,
                       "more than %d values in one file", LIMIT_DOCUMENT_NODES);
        b->broken = true;
        return NULL;
    }
    struct config_node *node = arena_new(b->arena, struct config_node);
    if (node == NULL) {
        b->broken = true;
        return NULL;
    }
    node->kind = kind;
    node->at = mark_position(b, event->start_mark);
    return node;
}

static void refuse_decoration(struct builder *b, const yaml_event_t *event,
                              const yaml_char_t *anchor, const yaml_char_t *tag)
{
    if (anchor != NULL)
        config_problem(b->problems, mark_position(b, event->start_mark),
                       "write the value out, so that the file says what it means where it stands",
                       "anchors are not allowed");
    if (tag != NULL)
        config_problem(b->problems, mark_position(b, event->start_mark), NULL,
                       "tags are not allowed");
}

static struct config_node *build(struct builder *b, yaml_event_t *event, unsigned depth);

static struct config_node *build_scalar(struct builder *b, const yaml_event_t *event)
{
    struct config_node *node = node_new(b, CONFIG_NODE_SCALAR, event);

    refuse_decoration(b, event, event->data.scalar.anchor, event->data.scalar.tag);
    if (node == NULL)
        return NULL;
    node->text =
        arena_copy(b->arena, str_make(event->data.scalar.value, event->data.scalar.length));
    node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    return node;
}

static struct config_node *build_list(struct builder *b, const yaml_event_t *start, unsigned depth)
{
    struct config_node *node = node_new(b, CONFIG_NODE_LIST, start);
    size_t capacity = 0;
    yaml_event_t event;

    refuse_decoration(b, start, start->data.sequence_start.anchor, start->data.sequence_start.tag);
    while (node != NULL && next_event(b, &event)) {
        if (event.type == YAML_SEQUENCE_END_EVENT) {
            yaml_event_delete(&event);
            return node;
        }
        struct config_node *item = build(b, &event, depth + 1);
        if (item == NULL)
            continue;
        struct config_node **slot = arena_push(b->arena, &node->items, &node->count, &capacity,
                                               sizeof(struct config_node *));
        if (slot != NULL)
            *slot = item;
    }
    return NULL;
}

static void check_key(struct builder *b, const struct config_node *map,
                      const struct config_node *key)
{
    if (key->kind != CONFIG_NODE_SCALAR) {
        config_problem(b->problems, key->at, NULL, "a key must be a plain word");
        return;
    }
    if (!key->quoted && str_equal(key->text, STR("<<")))
        config_problem(b->problems, key->at, NULL, "merge keys are not allowed");
    for (size_t i = 0; i < map->count; i++)
        if (str_equal(map->pairs[i].key, key->text)) {
            config_problem(b->problems, key->at, NULL, "`%.*s` stands here twice, first in line %u",
                           STR_ARG(key->text), map->pairs[i].at.line);
            return;
        }
    if (map->count >= LIMIT_DOCUMENT_KEYS) {
        config_problem(b->problems, key->at, NULL, "more than %d keys in one map",
                       LIMIT_DOCUMENT_KEYS);
        b->broken = true;
    }
}

static struct config_node *build_map(struct builder *b, const yaml_event_t *start, unsigned depth)
{
    struct config_node *node = node_new(b, CONFIG_NODE_MAP, start);
    size_t capacity = 0;
    yaml_event_t event;

    refuse_decoration(b, start, start->data.mapping_start.anchor, start->data.mapping_start.tag);
    while (node != NULL && next_event(b, &event)) {
        if (event.type == YAML_MAPPING_END_EVENT) {
            yaml_event_delete(&event);
            return node;
        }
        struct config_node *key = build(b, &event, depth + 1);
        if (!next_event(b, &event))
            break;
        struct config_node *value = build(b, &event, depth + 1);
        if (key == NULL || value == NULL)
            continue;
        check_key(b, node, key);
        struct config_pair *pair =
            arena_push(b->arena, &node->pairs, &node->count, &capacity, sizeof(*pair));
        if (pair != NULL)
            *pair = (struct config_pair){key->text, key->at, value};
    }
    return NULL;
}

/* The node that begins with *event, which is consumed. NULL where something was refused. */
static struct config_node *build(struct builder *b, yaml_event_t *event, unsigned depth)
{
    struct config_node *node = NULL;

    if (depth > LIMIT_DOCUMENT_DEPTH) {
        config_problem(b->problems, mark_position(b, event->start_mark), NULL,
                       "nested more than %d deep", LIMIT_DOCUMENT_DEPTH);
        b->broken = true;
    } else if (event->type == YAML_SCALAR_EVENT) {
        node = build_scalar(b, event);
    } else if (event->type == YAML_SEQUENCE_START_EVENT) {
        node = build_list(b, event, depth);
    } else if (event->type == YAML_MAPPING_START_EVENT) {
        node = build_map(b, event, depth);
    } else {
        config_problem(b->problems, mark_position(b, event->start_mark),
                       "write the value out, so that the file says what it means where it stands",
                       "aliases are not allowed");
    }
    yaml_event_delete(event);
    return node;
}

static void build_documents(struct builder *b, struct config_document *ret_document)
{
    size_t capacity = 0;
    yaml_event_t event;
    bool end = false;

    while (!end && next_event(b, &event)) {
        switch ((int)event.type) {
        case YAML_STREAM_START_EVENT:
        case YAML_DOCUMENT_START_EVENT:
        case YAML_DOCUMENT_END_EVENT:
            yaml_event_delete(&event);
            break;
        case YAML_STREAM_END_EVENT:
            yaml_event_delete(&event);
            end = true;
            break;
        default: {
            struct config_node *root = build(b, &event, 1);
            struct config_node **slot;
            if (root == NULL || config_node_is_null(root))
                break;
            slot = arena_push(b->arena, &ret_document->roots, &ret_document->count, &capacity,
                              sizeof(struct config_node *));
            if (slot != NULL)
                *slot = root;
        }
        }
    }
}

bool config_document_parse(struct str file, struct str text, struct arena *arena,
                           struct config_problems *problems, struct config_document *ret_document)
{
    struct builder b = {.arena = arena, .problems = problems, .file = arena_copy(arena, file)};
    struct config_position start = {b.file, 0, 0};

    *ret_document = (struct config_document){NULL, 0};
    if (text.len > LIMIT_DOCUMENT)
        return config_problem(problems, start, NULL, "larger than %zu bytes", LIMIT_DOCUMENT);
    if (!str_is_utf8(text) || str_find_char(text, '\0') >= 0)
        return config_problem(problems, start, NULL, "not UTF-8 text");
    if (!yaml_parser_initialize(&b.parser))
        return config_problem(problems, start, NULL, "out of memory");
    yaml_parser_set_encoding(&b.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&b.parser, (const unsigned char *)(text.ptr ? text.ptr : ""),
                                 text.len);
    build_documents(&b, ret_document);
    yaml_parser_delete(&b.parser);
    if (arena->failed)
        config_problem(problems, start, NULL, "out of memory");
    if (b.broken || arena->failed) {
        *ret_document = (struct config_document){NULL, 0};
        return false;
    }
    return true;
}

struct config_node *config_node_get(const struct config_node *map, const char *key)
{
    if (map == NULL || map->kind != CONFIG_NODE_MAP)
        return NULL;
    for (size_t i = 0; i < map->count; i++)
        if (str_equal(map->pairs[i].key, str_of(key)))
            return map->pairs[i].value;
    return NULL;
}

bool config_node_is_null(const struct config_node *node)
{
    return node != NULL && node->kind == CONFIG_NODE_SCALAR && !node->quoted &&
           (node->text.len == 0 || str_equal(node->text, STR("~")) ||
            str_equal_nocase(node->text, STR("null")));
}
