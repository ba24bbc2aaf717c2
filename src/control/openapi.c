/* SPDX-License-Identifier: Apache-2.0
 *
 * The OpenAPI document and docs/api.md, both from routes and schemas.
 */
#include "base/json.h"
#include "control/route.h"
#include "control/schema.h"

static void put_pair(struct json_writer *w, const char *key, const char *text)
{
    json_key(w, key);
    json_text(w, str_of(text));
}

/* ---- types ---- */

static void put_choices(struct json_writer *w, struct str type)
{
    struct str head, rest = type;

    put_pair(w, "type", "string");
    json_key(w, "enum");
    json_array_begin(w);
    while (str_split(rest, '|', &head, &rest))
        json_text(w, head);
    json_text(w, rest);
    json_array_end(w);
}

/* The members of a schema object for one type; the object is open already. */
static void put_type(struct json_writer *w, struct str type)
{
    char ref[96];

    if (str_ends(type, STR("[]"))) {
        put_pair(w, "type", "array");
        json_key(w, "items");
        json_object_begin(w);
        put_type(w, str_slice(type, 0, type.len - 2));
        json_object_end(w);
    } else if (type.ptr[0] == '#') {
        snprintf(ref, sizeof(ref), "#/components/schemas/%.*s",
                 STR_ARG(str_slice(type, 1, type.len)));
        put_pair(w, "$ref", ref);
    } else if (str_find_char(type, '|') >= 0) {
        put_choices(w, type);
    } else if (str_equal(type, STR("time"))) {
        put_pair(w, "type", "string");
        put_pair(w, "format", "date-time");
    } else {
        json_key(w, "type");
        json_text(w, type);
    }
}

static void put_schema(struct json_writer *w, const struct schema *schema)
{
    json_key(w, schema->name);
    json_object_begin(w);
    put_pair(w, "type", "object");
    if (schema->description[0])
        put_pair(w, "description", schema->description);
    json_key(w, "properties");
    json_object_begin(w);
    for (const struct schema_field *f = schema->fields; f->name; f++) {
        json_key(w, f->name);
        json_object_begin(w);
        put_type(w, str_of(f->type));
        if (f->description[0])
            put_pair(w, "description", f->description);
        json_object_end(w);
    }
    json_object_end(w);
    json_key(w, "required");
    json_array_begin(w);
    for (const struct schema_field *f = schema->fields; f->name; f++)
        if (f->required)
            json_text(w, str_of(f->name));
    json_array_end(w);
    json_key(w, "additionalProperties");
    json_bool(w, false);
    json_object_end(w);
}

/* ---- operations ---- */

static void put_content(struct json_writer *w, const char *type, const char *schema)
{
    char full[96];

    json_key(w, "content");
    json_object_begin(w);
    json_key(w, type);
    json_object_begin(w);
    if (schema) {
        json_key(w, "schema");
        json_object_begin(w);
        snprintf(full, sizeof(full), "#%s", schema);
        put_type(w, str_of(full));
        json_object_end(w);
    }
    json_object_end(w);
    json_object_end(w);
}

static void put_path_parameters(struct json_writer *w, const struct route *route)
{
    struct str rest = str_of(route->path), head, name;

    while (str_split(rest, '{', &head, &rest) && str_split(rest, '}', &name, &rest)) {
        json_object_begin(w);
        json_key(w, "name");
        json_text(w, name);
        put_pair(w, "in", "path");
        json_key(w, "required");
        json_bool(w, true);
        json_key(w, "schema");
        json_object_begin(w);
        put_pair(w, "type", "string");
        json_object_end(w);
        json_object_end(w);
    }
}

static void put_parameters(struct json_writer *w, const struct route *route)
{
    json_key(w, "parameters");
    json_array_begin(w);
    put_path_parameters(w, route);
    for (const struct route_query *q = route->queries; q && q->name; q++) {
        json_object_begin(w);
        put_pair(w, "name", q->name);
        put_pair(w, "in", "query");
        put_pair(w, "description", q->description);
        json_key(w, "schema");
        json_object_begin(w);
        put_type(w, str_of(q->type));
        json_object_end(w);
        json_object_end(w);
    }
    json_array_end(w);
}

static void put_responses(struct json_writer *w, const struct route *route)
{
    char status[8];

    json_key(w, "responses");
    json_object_begin(w);
    snprintf(status, sizeof(status), "%u", route->status);
    json_key(w, status);
    json_object_begin(w);
    put_pair(w, "description", "done");
    put_content(w, route->type, route->answer);
    json_object_end(w);
    if (strcmp(route->name, "ready") == 0) {
        json_key(w, "503");
        json_object_begin(w);
        put_pair(w, "description", "not ready: what is missing");
        put_content(w, route->type, NULL);
        json_object_end(w);
    }
    json_key(w, "default");
    json_object_begin(w);
    put_pair(w, "description", "a problem");
    put_content(w, "application/problem+json", "Problem");
    json_object_end(w);
    json_object_end(w);
}

static const char *method_key(enum api_method method)
{
    switch (method) {
    case API_GET:
        return "get";
    case API_POST:
        return "post";
    case API_DELETE:
        return "delete";
    case API_METHOD_INVALID:
        break;
    }
    return "invalid";
}

static void put_operation(struct json_writer *w, const struct route *route)
{
    json_key(w, method_key(route->method));
    json_object_begin(w);
    put_pair(w, "operationId", route->name);
    put_pair(w, "summary", route->summary);
    put_pair(w, "x-cardea-role", api_role_text(route->role));
    if (route->role == API_ANYONE) {
        json_key(w, "security");
        json_array_begin(w);
        json_array_end(w);
    }
    put_parameters(w, route);
    if (route->body) {
        json_key(w, "requestBody");
        json_object_begin(w);
        put_content(w, "application/json", route->body);
        json_object_end(w);
    }
    put_responses(w, route);
    json_object_end(w);
}

static bool path_came_before(size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (strcmp(route_table[i].path, route_table[at].path) == 0)
            return true;
    return false;
}

static void put_paths(struct json_writer *w)
{
    json_key(w, "paths");
    json_object_begin(w);
    for (size_t i = 0; i < route_count; i++) {
        if (path_came_before(i))
            continue;
        json_key(w, route_table[i].path);
        json_object_begin(w);
        for (size_t j = i; j < route_count; j++)
            if (strcmp(route_table[j].path, route_table[i].path) == 0)
                put_operation(w, &route_table[j]);
        json_object_end(w);
    }
    json_object_end(w);
}

void schema_openapi_write(struct buf *out)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    put_pair(&w, "openapi", "3.1.0");
    json_key(&w, "info");
    json_object_begin(&w);
    put_pair(&w, "title", "Cardea");
    put_pair(&w, "version", CARDEA_VERSION);
    put_pair(&w, "description", "The control plane of a Cardea gateway.");
    json_object_end(&w);
    json_key(&w, "security");
    json_raw(&w, STR("[{\"bearer\":[]}]"));
    put_paths(&w);
    json_key(&w, "components");
    json_object_begin(&w);
    json_key(&w, "securitySchemes");
    json_raw(&w, STR("{\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\",\"bearerFormat\":"
                     "\"JWT\",\"description\":\"a token of a configured issuer\"}}"));
    json_key(&w, "schemas");
    json_object_begin(&w);
    for (size_t i = 0; i < schema_count; i++)
        put_schema(&w, &schema_table[i]);
    json_object_end(&w);
    json_object_end(&w);
    json_object_end(&w);
}

/* ---- docs/api.md ---- */

static void write_route(struct buf *out, const struct route *route)
{
    buf_printf(out, "### `%s %s`\n\n%s\n\nRole: %s.", api_method_text(route->method), route->path,
               route->summary, api_role_text(route->role));
    if (route->body)
        buf_printf(out, " Body: [%s](#%s).", route->body, route->body);
    if (route->answer)
        buf_printf(out, " Answer: %u, [%s](#%s).", route->status, route->answer, route->answer);
    else
        buf_printf(out, " Answer: %u, `%s`.", route->status, route->type);
    buf_printf(out, "\n\n");
    if (route->queries) {
        buf_printf(out, "| query | type | |\n|---|---|---|\n");
        for (const struct route_query *q = route->queries; q->name; q++) {
            buf_printf(out, "| `%s` | ", q->name);
            for (const char *c = q->type; *c; c++)
                buf_printf(out, *c == '|' ? ", " : "%c", *c);
            buf_printf(out, " | %s |\n", q->description);
        }
        buf_printf(out, "\n");
    }
}

static void write_schema(struct buf *out, const struct schema *schema)
{
    buf_printf(out, "### <a name=\"%s\"></a>%s\n\n", schema->name, schema->name);
    if (schema->description[0])
        buf_printf(out, "%s\n\n", schema->description);
    buf_printf(out, "| member | type | | |\n|---|---|---|---|\n");
    for (const struct schema_field *f = schema->fields; f->name; f++) {
        buf_printf(out, "| `%s` | ", f->name);
        for (const char *c = f->type; *c; c++) {
            if (*c == '|')
                buf_printf(out, ", ");
            else if (*c != '#')
                buf_printf(out, "%c", *c);
        }
        buf_printf(out, " | %s | %s |\n", f->required ? "always" : "", f->description);
    }
    buf_printf(out, "\n");
}

void schema_reference_write(struct buf *out)
{
    buf_printf(out, "## Routes\n\n");
    for (size_t i = 0; i < route_count; i++)
        write_route(out, &route_table[i]);
    buf_printf(out, "## Objects\n\nTimes are RFC 3339 in UTC with microseconds.\n\n");
    for (size_t i = 0; i < schema_count; i++)
        write_schema(out, &schema_table[i]);
    buf_printf(out, "## Problems\n\n| code | status | |\n|---|---|---|\n");
    for (int i = PROBLEM_NONE + 1; i < PROBLEM_COUNT; i++) {
        const struct problem_info *info = problem_info((enum problem)i);
        buf_printf(out, "| `%s` | %u | %s |\n", info->code, info->status, info->title);
    }
}
