/* SPDX-License-Identifier: Apache-2.0
 *
 * Statements that change definitions. Privileges are those that the servers check (manual, the
 * statement's own page). A definition that names a column (generated column, check, key, view,
 * default) is a DEFINITION use of it; whatever moves a table or column to another name is one of
 * all that moves, since classification goes by name.
 */
#include "lineage/function.h"

static struct str schema_of(struct work *w, const struct sql_node *name)
{
    struct str schema = sql_name_schema(w->text, name);

    return schema.len > 0 ? schema : w->schema;
}

void ddl_changed(struct work *w, struct str schema, const char *what, uint32_t position)
{
    w->analysis->writes = true;
    record_effect(w, EFFECT_CHANGES_SCHEMA, str_of(what), position);
    record_effect(w, EFFECT_COMMITS, str_of(what), position);
    record_change(w, CHANGE_CATALOG, schema, STR_NONE);
    if (schema.len > 0 && catalog_schema_is_system(schema))
        record_unknown(w, "system table", schema, position);
}

/* Of an opaque one it is not known whether it is still there: then another is meant. */
static bool is_own_temporary(const struct catalog_table *table)
{
    return table != NULL && table->kind == CATALOG_TABLE_TEMPORARY && table->column_count > 0;
}

/* The session has to look at its temporary tables again. Not by find_table(): what a routine's
 * body drops is the session's as well. */
static void touch_temporary(struct work *w, const struct sql_node *name)
{
    struct str schema = schema_of(w, name), object = sql_name_object(w->text, name);

    if (catalog_overlay_find(w->context->overlay, schema, object) != NULL)
        record_change(w, CHANGE_TEMPORARY, work_table_text(w, schema, object, STR_NONE), STR_NONE);
}

/* A temporary table of a view's name: what was prepared over the view goes on reading the view, as
 * both servers have it, and nothing here could tell. */
static void hides_view(struct work *w, struct str schema, struct str object, uint32_t position)
{
    const struct catalog_table *hidden = catalog_table_find(w->context->catalog, schema, object);

    if (hidden != NULL && hidden->kind == CATALOG_TABLE_VIEW)
        record_unknown(w, "temporary table", work_table_text(w, schema, object, STR_NONE),
                       position);
}

/* What is stored under a name, whatever temporary table of the session hides it. */
static const struct catalog_table *stored_table(struct work *w, const struct sql_node *name)
{
    return catalog_table_find(w->context->catalog, schema_of(w, name),
                              sql_name_object(w->text, name));
}

static const struct catalog_table *named_table(struct work *w, const struct sql_node *name)
{
    return find_table_in_doubt(w, schema_of(w, name), sql_name_object(w->text, name));
}

static void need_of(struct work *w, enum privilege privilege, const struct sql_node *name,
                    const struct catalog_table *table)
{
    struct str schema = schema_of(w, name), object = sql_name_object(w->text, name);
    enum object_kind kind = OBJECT_TABLE;

    if (is_own_temporary(table))
        return;
    if (table != NULL && table->kind == CATALOG_TABLE_VIEW)
        kind = OBJECT_VIEW;
    record_need(w, privilege, kind, table ? table->schema : schema, table ? table->name : object,
                work_position(w, name));
}

static void need(struct work *w, enum privilege privilege, const struct sql_node *name)
{
    need_of(w, privilege, name, named_table(w, name));
}

/* All base columns of a table or view. */
static set_t whole_table(struct work *w, const struct catalog_table *table)
{
    set_t all = {NULL, 0};

    if (table == NULL)
        return all;
    if (table->kind == CATALOG_TABLE_VIEW) {
        const struct relation *relation = view_relation(w, table, 0);
        for (size_t i = 0; relation != NULL && i < relation->count; i++)
            all = set_union(w, all, relation->columns[i].value.from);
        return all;
    }
    struct table_use *use = record_table(w, table, 0);
    for (size_t i = 0; i < table->column_count; i++)
        all = set_union(w, all, record_base(w, use, i));
    return all;
}

static void moved(struct work *w, const struct sql_node *name, const struct catalog_table *table,
                  const char *what)
{
    struct str schema = schema_of(w, name);
    set_t all = whole_table(w, table);

    record_use(w, USE_DEFINITION, all, what, work_position(w, name));
    if (table == NULL)
        record_unknown(w, "table",
                       work_table_text(w, schema, sql_name_object(w->text, name), STR_NONE),
                       work_position(w, name));
}

/* Every column that an expression of a definition names, found by walking: no privileges. */
static set_t named_in(struct work *w, const struct catalog_table *table,
                      const struct sql_node *node)
{
    set_t set = {NULL, 0};

    if (node == NULL || table == NULL || !work_enter(w, node))
        return set;
    if (node->kind == SQL_COLUMN || node->kind == SQL_IDENT) {
        struct str name = node->kind == SQL_COLUMN
                              ? sql_name(w->text, node->child[SQL_COLUMN_NAME])
                              : sql_name(w->text, node);
        const struct catalog_column *column = catalog_column_find(table, name);
        if (column != NULL)
            set = record_base(w, record_table(w, table, 0), (size_t)(column - table->columns));
    }
    for (uint32_t i = 0; i < node->count; i++)
        set = set_union(w, set, named_in(w, table, node->child[i]));
    work_leave(w);
    return set;
}

/* Function calls in a definition must be ones that are known. */
static void calls_in(struct work *w, const struct sql_node *node)
{
    if (node == NULL || !work_enter(w, node))
        return;
    if (node->kind == SQL_CALL) {
        const struct sql_node *name = node->child[SQL_CALL_NAME];
        struct str text = name->kind == SQL_NAME ? sql_name_object(w->text, name)
                                                 : sql_name(w->text, name);
        if (function_find(text, w->mariadb, w->version) == NULL)
            record_unknown(w, "function", text, work_position(w, node));
    }
    for (uint32_t i = 0; i < node->count; i++)
        calls_in(w, node->child[i]);
    work_leave(w);
}

/* Engines that keep their rows in this server. */
static bool engine_ordinary(struct work *w, const struct sql_node *node)
{
    static const char *const engines[] = {"innodb", "myisam", "memory", "aria", "heap", "archive"};
    struct str name = sql_token_value(w->text, node->last);

    for (size_t i = 0; i < ARRAY_LEN(engines); i++)
        if (str_equal_nocase(name, str_of(engines[i])))
            return true;
    return false;
}

static void references(struct work *w, const struct sql_node *node)
{
    const struct sql_node *name = node->child[SQL_REFERENCES_TABLE];
    const struct sql_node *columns = node->child[SQL_REFERENCES_COLUMNS];
    struct str schema = schema_of(w, name);
    const struct catalog_table *parent = stored_table(w, name);
    struct privilege_need *slot;

    if (parent != NULL)
        record_use(w, USE_KEY, named_in(w, parent, columns), "foreign key",
                   work_position(w, node));
    slot = arena_push(w->arena, &w->needs, &w->need_count, &w->need_cap, sizeof(*slot));
    if (slot != NULL)
        *slot = (struct privilege_need){.privilege = PRIVILEGE_REFERENCES,
                                        .object_kind = OBJECT_TABLE,
                                        .schema = parent ? parent->schema : schema,
                                        .object = parent ? parent->name
                                                         : sql_name_object(w->text, name),
                                        .position = work_position(w, node),
                                        .inside_view = w->definer};
}

/* UNION=(t1, t2): their rows are this one's. */
static void union_needs(struct work *w, const struct sql_node *names)
{
    for (uint32_t i = 0; names != NULL && i < names->count; i++) {
        if (names->child[i]->kind != SQL_NAME)
            continue;
        need(w, PRIVILEGE_SELECT, names->child[i]);
        need(w, PRIVILEGE_UPDATE, names->child[i]);
        need(w, PRIVILEGE_DELETE, names->child[i]);
    }
}

/* MySQL wants FILE of who says where on the host a table's files are; MariaDB asks nothing. */
static void directory_need(struct work *w, uint32_t position)
{
    if (!w->mariadb)
        record_need(w, PRIVILEGE_FILE, OBJECT_GLOBAL, STR_NONE, STR_NONE, position);
}

/* DATA DIRECTORY of partitions and of their parts, however deep. */
static void partition_directories(struct work *w, const struct sql_node *node)
{
    if (node == NULL || !work_enter(w, node))
        return;
    if (node->kind == SQL_OPTION && node->op == SQL_OPTION_DIRECTORY) {
        record_unknown(w, "option", str_slice(sql_node_text(w->text, node), 0, 60),
                       work_position(w, node));
        directory_need(w, work_position(w, node));
    }
    for (uint32_t i = 0; i < node->count; i++)
        partition_directories(w, node->child[i]);
    work_leave(w);
}

/* An option of a column or table: some reach outside, to files, servers, other tables. */
static void option(struct work *w, const struct catalog_table *table, const struct sql_node *node)
{
    struct str text = str_slice(sql_node_text(w->text, node), 0, 60);
    uint32_t position = work_position(w, node);

    if (node->kind == SQL_REFERENCES) {
        references(w, node);
    } else if (node->kind == SQL_CHECK) {
        record_use(w, USE_DEFINITION, named_in(w, table, node), "check", position);
        calls_in(w, node);
    } else if (node->kind == SQL_OPTION) {
        if (node->op == SQL_OPTION_DIRECTORY || node->op == SQL_OPTION_CONNECTION ||
            node->op == SQL_OPTION_UNION || node->op == SQL_OPTION_TABLESPACE)
            record_unknown(w, "option", text, position);
        if (node->op == SQL_OPTION_DIRECTORY)
            directory_need(w, position);
        if (node->op == SQL_OPTION_UNION)
            union_needs(w, node->child[SQL_OPTION_VALUE]);
        if (node->op == SQL_OPTION_ENGINE && !engine_ordinary(w, node))
            record_unknown(w, "engine", text, position);
        record_use(w, USE_DEFINITION, named_in(w, table, node), "default", position);
        calls_in(w, node);
    }
}

static void options(struct work *w, const struct catalog_table *table,
                    const struct sql_node *list)
{
    for (uint32_t i = 0; list != NULL && i < list->count; i++)
        option(w, table, list->child[i]);
}

/* One element of CREATE TABLE or one addition of ALTER TABLE. */
static void element(struct work *w, const struct catalog_table *table, struct str schema,
                    struct str object, const struct sql_node *node)
{
    uint32_t position = work_position(w, node);

    if (node->kind == SQL_LIST) {
        for (uint32_t i = 0; i < node->count; i++)
            element(w, table, schema, object, node->child[i]);
        return;
    }
    if (node->kind == SQL_COLUMN_DEF) {
        const struct sql_node *generated = node->child[SQL_COLUMN_DEF_GENERATED];
        if (generated != NULL) {
            set_t from = named_in(w, table, generated);
            calls_in(w, generated);
            record_use(w, USE_DEFINITION, from, "generated column", position);
            record_sink(w, SINK_COLUMN,
                        work_table_text(w, schema, object,
                                        sql_name(w->text, node->child[SQL_COLUMN_DEF_NAME])),
                        from, position);
        }
        options(w, table, node->child[SQL_COLUMN_DEF_OPTIONS]);
        return;
    }
    set_t named = named_in(w, table, node);
    calls_in(w, node);
    record_use(w, USE_DEFINITION, named, "definition", position);
    if (node->kind == SQL_FOREIGN_KEY) {
        record_use(w, USE_KEY, named, "foreign key", position);
        if (node->child[SQL_FOREIGN_KEY_REFERENCES] != NULL)
            references(w, node->child[SQL_FOREIGN_KEY_REFERENCES]);
    } else if (node->kind == SQL_INDEX_DEF &&
               (node->op == SQL_INDEX_UNIQUE || node->op == SQL_INDEX_PRIMARY)) {
        record_use(w, USE_KEY, named, "unique key", position);
    } else if (node->kind == SQL_CHECK) {
        record_use(w, USE_ERROR, named, "check", position);
    }
}

static void create_table(struct work *w, const struct sql_node *n)
{
    const struct sql_node *name = n->child[SQL_CREATE_TABLE_NAME];
    const struct sql_node *query = n->child[SQL_CREATE_TABLE_QUERY];
    const struct sql_node *elements = n->child[SQL_CREATE_TABLE_ELEMENTS];
    struct str schema = schema_of(w, name), object = sql_name_object(w->text, name);
    bool temporary = sql_flag(n, SQL_FLAG_TEMPORARY);
    uint32_t position = work_position(w, n);

    if (temporary) {
        w->analysis->writes = true;
        record_need(w, PRIVILEGE_CREATE_TEMPORARY_TABLES, OBJECT_SCHEMA, schema, STR_NONE,
                    position);
        record_change(w, CHANGE_TEMPORARY, work_table_text(w, schema, object, STR_NONE), STR_NONE);
        hides_view(w, schema, object, position);
    } else {
        ddl_changed(w, schema, "CREATE TABLE", position);
        record_need(w, PRIVILEGE_CREATE, OBJECT_TABLE, schema, object, position);
        if (sql_flag(n, SQL_FLAG_OR_REPLACE))
            need(w, PRIVILEGE_DROP, name);
        if (query != NULL)
            record_need(w, PRIVILEGE_INSERT, OBJECT_TABLE, schema, object, position);
    }
    for (uint32_t i = 0; elements != NULL && i < elements->count; i++)
        element(w, NULL, schema, object, elements->child[i]);
    options(w, NULL, n->child[SQL_CREATE_TABLE_OPTIONS]);
    partition_directories(w, n->child[SQL_CREATE_TABLE_PARTITION]);
    if (query == NULL) {
        if (temporary && w->program != NULL)
            temporary_made(w, n, NULL);
        return;
    }
    const struct relation *relation = query_relation(w, NULL, NULL, query);
    if (relation == NULL || !relation->known)
        record_unknown(w, "columns", object, position);
    else if (temporary && w->program != NULL)
        temporary_made(w, n, relation);
    for (size_t i = 0; relation != NULL && i < relation->count; i++) {
        struct result_column *column = &relation->columns[i];
        record_sink(w, SINK_COLUMN, work_table_text(w, schema, object, column->name),
                    column->value.from, position);
        record_use(w, USE_ERROR, column->value.plain ? (set_t){NULL, 0} : column->value.from,
                   "CREATE TABLE", position);
    }
}

static void create_like(struct work *w, const struct sql_node *n)
{
    struct str schema = schema_of(w, n->child[0]), object = sql_name_object(w->text, n->child[0]);
    uint32_t position = work_position(w, n);
    struct str from_schema = schema_of(w, n->child[1]);
    const struct catalog_table *from =
        find_table_in_doubt(w, from_schema, sql_name_object(w->text, n->child[1]));

    if (sql_flag(n, SQL_FLAG_TEMPORARY)) {
        w->analysis->writes = true;
        record_need(w, PRIVILEGE_CREATE_TEMPORARY_TABLES, OBJECT_SCHEMA, schema, STR_NONE,
                    position);
        record_change(w, CHANGE_TEMPORARY, work_table_text(w, schema, object, STR_NONE), STR_NONE);
        hides_view(w, schema, object, position);
    } else {
        ddl_changed(w, schema, "CREATE TABLE", position);
        record_need(w, PRIVILEGE_CREATE, OBJECT_TABLE, schema, object, position);
    }
    if (from == NULL) {
        record_unknown(w, "table",
                       work_table_text(w, from_schema, sql_name_object(w->text, n->child[1]),
                                       STR_NONE),
                       position);
        return;
    }
    struct table_use *use = record_table(w, from, position);
    if (use != NULL)
        use->named = true;
    record_use(w, USE_DEFINITION, whole_table(w, from), "CREATE TABLE LIKE", position);
}

static void drop_names(struct work *w, const struct sql_node *n, const struct sql_node *list,
                       const char *what)
{
    for (uint32_t i = 0; list != NULL && i < list->count; i++) {
        /* DROP VIEW drops what is stored: to it a temporary table is not there. */
        const struct catalog_table *table = n->kind == SQL_DROP_VIEW
                                                ? stored_table(w, list->child[i])
                                                : named_table(w, list->child[i]);
        w->analysis->writes = true;
        touch_temporary(w, list->child[i]);
        if (sql_flag(n, SQL_FLAG_TEMPORARY) || is_own_temporary(table))
            continue; /* the session's own, and no commit */
        need_of(w, PRIVILEGE_DROP, list->child[i], table);
        ddl_changed(w, schema_of(w, list->child[i]), what, work_position(w, n));
    }
}

static void rename_pair(struct work *w, const struct sql_node *from,
                        const struct catalog_table *table, const struct sql_node *to)
{
    touch_temporary(w, from);
    touch_temporary(w, to);
    if (catalog_overlay_find(w->context->overlay, schema_of(w, from),
                             sql_name_object(w->text, from)) != NULL)
        hides_view(w, schema_of(w, to), sql_name_object(w->text, to), work_position(w, to));
    need_of(w, PRIVILEGE_ALTER, from, table);
    need_of(w, PRIVILEGE_DROP, from, table);
    record_need(w, PRIVILEGE_CREATE, OBJECT_TABLE, schema_of(w, to), sql_name_object(w->text, to),
                work_position(w, to));
    record_need(w, PRIVILEGE_INSERT, OBJECT_TABLE, schema_of(w, to), sql_name_object(w->text, to),
                work_position(w, to));
    moved(w, from, table, "RENAME");
    ddl_changed(w, schema_of(w, from), "RENAME TABLE", work_position(w, from));
    ddl_changed(w, schema_of(w, to), "RENAME TABLE", work_position(w, to));
}

/* MySQL's RENAME TABLE knows no temporary tables: it renames what one hides. MariaDB's renames the
 * temporary one, and the stored one after that where the name comes again. */
static void rename_pairs(struct work *w, const struct sql_node *list)
{
    for (uint32_t i = 0; list != NULL && i < list->count; i++) {
        const struct sql_node *from = list->child[i]->child[0], *to = list->child[i]->child[1];
        const struct catalog_table *table = named_table(w, from), *stored = stored_table(w, from);
        bool own = is_own_temporary(table);

        if (!own || w->mariadb)
            rename_pair(w, from, table, to);
        if (own && (!w->mariadb || (i > 0 && stored != NULL)))
            rename_pair(w, from, stored, to);
    }
}

static bool verb_is(struct work *w, const struct sql_node *action, const char *verb)
{
    return str_equal_nocase(sql_token_text(w->text, action->first), str_of(verb));
}

static bool is_check(struct work *w, const struct sql_node *action)
{
    return verb_is(w, action, "ANALYZE") || verb_is(w, action, "CHECK") ||
           verb_is(w, action, "OPTIMIZE") || verb_is(w, action, "REPAIR");
}

/* What is done to partitions as it is done to tables needs what that does, and not ALTER. */
static void partition_needs(struct work *w, const struct sql_node *table_name,
                            const struct sql_node *action)
{
    if (verb_is(w, action, "TRUNCATE")) {
        need(w, PRIVILEGE_DROP, table_name);
    } else if (is_check(w, action)) {
        need(w, PRIVILEGE_SELECT, table_name);
        if (!verb_is(w, action, "CHECK"))
            need(w, PRIVILEGE_INSERT, table_name);
    }
}

static bool partitions_only(struct work *w, const struct sql_node *actions)
{
    if (actions == NULL || actions->count == 0)
        return false;
    for (uint32_t i = 0; i < actions->count; i++)
        if (actions->child[i]->kind != SQL_ALTER_ACTION ||
            actions->child[i]->op != SQL_ACTION_PARTITION ||
            !(is_check(w, actions->child[i]) || verb_is(w, actions->child[i], "TRUNCATE")))
            return false;
    return true;
}

static void alter_action(struct work *w, const struct sql_node *table_name,
                         const struct catalog_table *table, const struct sql_node *action)
{
    const struct sql_node *name = action->child[SQL_ALTER_ACTION_NAME];
    const struct sql_node *body = action->child[SQL_ALTER_ACTION_BODY];
    struct str schema = schema_of(w, table_name), object = sql_name_object(w->text, table_name);
    uint32_t position = work_position(w, action);

    switch ((enum sql_action)action->op) {
    case SQL_ACTION_ADD_COLUMN:
    case SQL_ACTION_ADD_INDEX:
    case SQL_ACTION_ADD_FOREIGN_KEY:
    case SQL_ACTION_ADD_CHECK:
        if (body != NULL)
            element(w, table, schema, object, body);
        break;
    case SQL_ACTION_CHANGE_COLUMN:
    case SQL_ACTION_MODIFY_COLUMN: {
        set_t set = set_union(w, named_in(w, table, name), named_in(w, table, body));
        record_use(w, USE_DEFINITION, set, "ALTER COLUMN", position);
        record_use(w, USE_ERROR, set, "ALTER COLUMN", position);
        if (body != NULL)
            element(w, table, schema, object, body);
        break;
    }
    case SQL_ACTION_RENAME_TABLE: {
        const struct sql_node *to = name != NULL && name->kind == SQL_NAME ? name : body;
        if (to != NULL && to->kind == SQL_NAME)
            rename_pair(w, table_name, table, to);
        else
            record_unknown(w, "action", STR("RENAME"), position);
        break;
    }
    case SQL_ACTION_EXCHANGE_PARTITION:
        if (body != NULL && body->kind == SQL_NAME) {
            need(w, PRIVILEGE_ALTER, body);
            need(w, PRIVILEGE_DROP, body);
            need(w, PRIVILEGE_INSERT, body);
            need(w, PRIVILEGE_CREATE, body);
            need(w, PRIVILEGE_DROP, table_name);
            need(w, PRIVILEGE_INSERT, table_name);
            need(w, PRIVILEGE_CREATE, table_name);
            moved(w, body, named_table(w, body), "EXCHANGE PARTITION");
        }
        moved(w, table_name, named_table(w, table_name), "EXCHANGE PARTITION");
        break;
    case SQL_ACTION_PARTITION:
        partition_needs(w, table_name, action);
        partition_directories(w, action);
        break;
    case SQL_ACTION_DROP_PARTITION: need(w, PRIVILEGE_DROP, table_name); break;
    case SQL_ACTION_OPTION:
        if (body != NULL) {
            option(w, table, body);
        }
        break;
    case SQL_ACTION_ALTER_COLUMN:
    case SQL_ACTION_DROP_COLUMN:
    case SQL_ACTION_DROP_INDEX:
    case SQL_ACTION_DROP_CONSTRAINT:
    case SQL_ACTION_RENAME_COLUMN:
    case SQL_ACTION_RENAME_INDEX:
    case SQL_ACTION_ORDER_BY:
        record_use(w, USE_DEFINITION,
                   set_union(w, named_in(w, table, name), named_in(w, table, body)),
                   "ALTER TABLE", position);
        break;
    case SQL_ACTION_CONVERT_CHARSET: {
        set_t all = whole_table(w, table);
        record_use(w, USE_ERROR, all, "CONVERT TO CHARACTER SET", position);
        break;
    }
    case SQL_ACTION_ADD_PARTITION: partition_directories(w, action); break;
    case SQL_ACTION_OTHER:
    case SQL_ACTION_ALTER_OTHER: break;
    case SQL_ACTION_NONE:
    case SQL_ACTION_ADD_OTHER:
    case SQL_ACTION_DROP_OTHER:
    case SQL_ACTION_TABLESPACE:
        record_unknown(w, "action", str_slice(sql_node_text(w->text, action), 0, 60), position);
        break;
    }
}

static void alter_table(struct work *w, const struct sql_node *n)
{
    const struct sql_node *name = n->child[SQL_ALTER_TABLE_NAME];
    const struct sql_node *actions = n->child[SQL_ALTER_TABLE_ACTIONS];
    struct str schema = schema_of(w, name);
    const struct catalog_table *table =
        find_table_in_doubt(w, schema, sql_name_object(w->text, name));

    touch_temporary(w, name);
    if (!partitions_only(w, actions))
        need(w, PRIVILEGE_ALTER, name);
    ddl_changed(w, schema, "ALTER TABLE", work_position(w, n));
    if (table == NULL)
        record_unknown(w, "table",
                       work_table_text(w, schema, sql_name_object(w->text, name), STR_NONE),
                       work_position(w, name));
    for (uint32_t i = 0; actions != NULL && i < actions->count; i++)
        if (actions->child[i]->kind == SQL_ALTER_ACTION)
            alter_action(w, name, table, actions->child[i]);
    partition_directories(w, n->child[SQL_ALTER_TABLE_PARTITION]);
    if (n->child[SQL_ALTER_TABLE_PARTITION] != NULL)
        record_use(w, USE_DEFINITION, named_in(w, table, n->child[SQL_ALTER_TABLE_PARTITION]),
                   "PARTITION BY", work_position(w, n));
}

static void create_index(struct work *w, const struct sql_node *n)
{
    const struct sql_node *name = n->child[SQL_CREATE_INDEX_TABLE];
    const struct catalog_table *table =
        find_table_in_doubt(w, schema_of(w, name), sql_name_object(w->text, name));
    set_t named = named_in(w, table, n->child[SQL_CREATE_INDEX_PARTS]);
    uint32_t position = work_position(w, n);

    need(w, PRIVILEGE_INDEX, name);
    calls_in(w, n->child[SQL_CREATE_INDEX_PARTS]);
    record_use(w, USE_DEFINITION, named, "CREATE INDEX", position);
    if (n->op == SQL_INDEX_UNIQUE)
        record_use(w, USE_KEY, named, "CREATE INDEX", position);
    ddl_changed(w, schema_of(w, name), "CREATE INDEX", position);
    if (table == NULL)
        record_unknown(w, "table", sql_name_object(w->text, name), position);
}

set_t ddl_all_touched(struct work *w)
{
    uint32_t *ids = arena_array(w->arena, w->base_count, uint32_t);

    for (size_t i = 0; ids != NULL && i < w->base_count; i++)
        ids[i] = (uint32_t)i;
    return ids ? (set_t){ids, w->base_count} : (set_t){NULL, 0};
}

void ddl_definer(struct work *w, const struct sql_node *account, uint32_t position)
{
    if (account == NULL ||
        (account->kind == SQL_ACCOUNT && account->child[SQL_ACCOUNT_USER] == NULL))
        return; /* CURRENT_USER */
    enum privilege privilege = w->mariadb             ? PRIVILEGE_SET_USER
                               : w->version >= 80200 ? PRIVILEGE_SET_ANY_DEFINER
                                                     : PRIVILEGE_SET_USER_ID;
    record_need(w, privilege, OBJECT_GLOBAL, STR_NONE, STR_NONE, position);
    record_unknown(w, "definer", sql_node_text(w->text, account), position);
}

static void create_view(struct work *w, const struct sql_node *n)
{
    const struct sql_node *name = n->child[SQL_CREATE_VIEW_NAME];
    struct str schema = schema_of(w, name), object = sql_name_object(w->text, name);
    uint32_t position = work_position(w, n);

    ddl_changed(w, schema, "CREATE VIEW", position);
    record_need(w, PRIVILEGE_CREATE_VIEW, OBJECT_VIEW, schema, object, position);
    /* OR REPLACE, and ALTER VIEW, which is the same to the servers. */
    if (sql_flag(n, SQL_FLAG_OR_REPLACE) || find_table(w, schema, object) != NULL)
        record_need(w, PRIVILEGE_DROP, OBJECT_VIEW, schema, object, position);
    ddl_definer(w, n->child[SQL_CREATE_VIEW_DEFINER], position);
    const struct relation *relation =
        query_relation(w, NULL, NULL, n->child[SQL_CREATE_VIEW_QUERY]);
    set_t all = {NULL, 0};
    for (size_t i = 0; relation != NULL && i < relation->count; i++)
        all = set_union(w, all, relation->columns[i].value.from);
    record_sink(w, SINK_VIEW, work_table_text(w, schema, object, STR_NONE), all, position);
    record_use(w, USE_DEFINITION, set_union(w, all, ddl_all_touched(w)), "CREATE VIEW", position);
}

static void schema_statement(struct work *w, const struct sql_node *n, enum privilege privilege,
                             const char *what)
{
    const struct sql_node *node = n->child[SQL_SCHEMA_NAME];
    struct str schema = node ? (node->kind == SQL_NAME ? sql_name_object(w->text, node)
                                                       : sql_name(w->text, node))
                             : w->schema;

    record_need(w, privilege, OBJECT_SCHEMA, schema, STR_NONE, work_position(w, n));
    if (sql_flag(n, SQL_FLAG_OR_REPLACE))
        record_need(w, PRIVILEGE_DROP, OBJECT_SCHEMA, schema, STR_NONE, work_position(w, n));
    ddl_changed(w, schema, what, work_position(w, n));
}

void ddl_statement(struct work *w, const struct sql_node *n)
{
    w->no_result = true;
    if (n->kind == SQL_CREATE_TABLE)
        create_table(w, n);
    else if (n->kind == SQL_CREATE_TABLE_LIKE)
        create_like(w, n);
    else if (n->kind == SQL_ALTER_TABLE)
        alter_table(w, n);
    else if (n->kind == SQL_DROP_TABLE)
        drop_names(w, n, n->child[0], "DROP TABLE");
    else if (n->kind == SQL_DROP_VIEW)
        drop_names(w, n, n->child[0], "DROP VIEW");
    else if (n->kind == SQL_RENAME_TABLE)
        rename_pairs(w, n->child[0]);
    else if (n->kind == SQL_CREATE_INDEX)
        create_index(w, n);
    else if (n->kind == SQL_DROP_INDEX) {
        need(w, PRIVILEGE_INDEX, n->child[SQL_DROP_INDEX_TABLE]);
        ddl_changed(w, schema_of(w, n->child[SQL_DROP_INDEX_TABLE]), "DROP INDEX",
                work_position(w, n));
    } else if (n->kind == SQL_CREATE_VIEW)
        create_view(w, n);
    else if (n->kind == SQL_CREATE_SCHEMA)
        schema_statement(w, n, PRIVILEGE_CREATE, "CREATE SCHEMA");
    else if (n->kind == SQL_ALTER_SCHEMA)
        schema_statement(w, n, PRIVILEGE_ALTER, "ALTER SCHEMA");
    else if (n->kind == SQL_DROP_SCHEMA)
        schema_statement(w, n, PRIVILEGE_DROP, "DROP SCHEMA");
    else if (n->kind == SQL_TRUNCATE) {
        need(w, PRIVILEGE_DROP, n->child[0]);
        w->analysis->writes = true;
        record_effect(w, EFFECT_COMMITS, STR("TRUNCATE"), work_position(w, n));
    }
}
