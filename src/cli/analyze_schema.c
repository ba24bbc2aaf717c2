/* SPDX-License-Identifier: Apache-2.0
 *
 * The JSON Schema of a line of `cardea analyze`: the shape is written here, what each closed list
 * holds comes from the tables that the analysis itself is made of.
 */
#include "base/json.h"
#include "cli/analyze_schema.h"
#include "lineage/analysis.h"
#include "sql/statement_kind.h"

/* One word of a list; `meaning` may be NULL. */
struct word {
    const char *text, *meaning;
};

static const struct word kinds[] = {
#define KIND(name, text) {text, NULL},
    STATEMENT_KIND_TABLE(KIND)
#undef KIND
};
static const struct word privileges[] = {
#define PRIVILEGE(name, text, level) {text, NULL},
#include "sql/privilege_table.h"
#undef PRIVILEGE
};
static const struct word objects[] = {
#define OBJECT(name, text) {text, NULL},
    OBJECT_KIND_TABLE(OBJECT)
#undef OBJECT
};
static const struct word uses[] = {
#define USE(name, text, meaning) {text, meaning},
    USE_TABLE(USE)
#undef USE
};
static const struct word sinks[] = {
#define SINK(name, text, meaning) {text, meaning},
    SINK_TABLE(SINK)
#undef SINK
};
static const struct word effects[] = {
#define EFFECT(name, text, meaning) {text, meaning},
    EFFECT_TABLE(EFFECT)
#undef EFFECT
};
static const struct word changes[] = {
#define CHANGE(name, text, meaning) {text, meaning},
    CHANGE_KIND_TABLE(CHANGE)
#undef CHANGE
};

static void list(struct buf *out, const char *name, const struct word *words, size_t count,
                 bool last)
{
    buf_printf(out, "    \"%s\": {\"oneOf\": [\n", name);
    for (size_t i = 0; i < count; i++) {
        struct json_writer w;
        buf_put_str(out, STR("      "));
        json_writer_init(&w, out);
        json_object_begin(&w);
        json_key(&w, "const");
        json_text(&w, str_of(words[i].text));
        if (words[i].meaning != NULL) {
            json_key(&w, "description");
            json_text(&w, str_of(words[i].meaning));
        }
        json_object_end(&w);
        buf_put_str(out, i + 1 < count ? STR(",\n") : STR("\n"));
    }
    buf_printf(out, "    ]}%s\n", last ? "" : ",");
}

static const char head[] =
    "{\n"
    "  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n"
    "  \"$id\": \"urn:cardea:schema:analyze\",\n"
    "  \"title\": \"One line of cardea analyze\",\n"
    "  \"description\": \"One input: docs/analyze.md. Members that are not required are left out"
    " where they say nothing.\",\n"
    "  \"type\": \"object\",\n"
    "  \"required\": [\"n\", \"accepted\", \"error\", \"statements\"],\n"
    "  \"additionalProperties\": false,\n"
    "  \"properties\": {\n"
    "    \"n\": {\"type\": \"integer\", \"minimum\": 1, \"description\": \"which input\"},\n"
    "    \"accepted\": {\"type\": \"boolean\", \"description\": \"understood in full\"},\n"
    "    \"error\": {\"oneOf\": [{\"type\": \"null\"}, {\"$ref\": \"#/$defs/error\"}]},\n"
    "    \"statements\": {\"type\": \"array\", \"items\": {\"$ref\": \"#/$defs/statement\"}}\n"
    "  },\n"
    "  \"if\": {\"properties\": {\"accepted\": {\"const\": true}}},\n"
    "  \"then\": {\"properties\": {\"error\": {\"type\": \"null\"}}},\n"
    "  \"else\": {\"properties\": {\"error\": {\"type\": \"object\"}, \"statements\":"
    " {\"maxItems\": 0}}},\n"
    "  \"$defs\": {\n"
    "    \"error\": {\n"
    "      \"type\": \"object\", \"additionalProperties\": false,\n"
    "      \"required\": [\"code\", \"message\", \"position\"],\n"
    "      \"properties\": {\n"
    "        \"code\": {\"type\": \"string\", \"pattern\": \"^[a-z_.]+$\","
    " \"description\": \"stable: docs/errors.md\"},\n"
    "        \"message\": {\"type\": \"string\"},\n"
    "        \"position\": {\"type\": \"integer\", \"minimum\": 0,"
    " \"description\": \"byte in the input, from 1; 0: of the whole\"}\n"
    "      }\n"
    "    },\n"
    "    \"base_column\": {\"type\": \"string\", \"pattern\": \"[.]\","
    " \"description\": \"schema.table.column\"},\n"
    "    \"base_columns\": {\"type\": \"array\", \"uniqueItems\": true,"
    " \"items\": {\"$ref\": \"#/$defs/base_column\"}},\n"
    "    \"statement\": {\n"
    "      \"type\": \"object\", \"additionalProperties\": false,\n"
    "      \"required\": [\"kind\", \"digest\", \"normalized\", \"privileges\", \"columns\","
    " \"uses\", \"sinks\", \"effects\", \"unknowns\"],\n"
    "      \"properties\": {\n"
    "        \"kind\": {\"$ref\": \"#/$defs/kind\"},\n"
    "        \"digest\": {\"type\": \"string\", \"pattern\": \"^[0-9a-f]{64}$\","
    " \"description\": \"SHA-256 of `normalized`\"},\n"
    "        \"normalized\": {\"type\": \"string\","
    " \"description\": \"literals as `?`, single blanks, no comments\"},\n"
    "        \"privileges\": {\"type\": \"array\", \"items\": {\"$ref\": \"#/$defs/need\"},"
    " \"description\": \"what the server asks of the caller\"},\n"
    "        \"definer_privileges\": {\"type\": \"array\", \"items\": {\"$ref\": \"#/$defs/need\"},"
    " \"description\": \"what it asks of the definers of views, routines and triggers on the way\"},\n"
    "        \"policy_privileges\": {\"type\": \"array\", \"items\": {\"$ref\": \"#/$defs/need\"},"
    " \"description\": \"what it asks of nobody, and a policy does\"},\n"
    "        \"columns\": {\"type\": \"array\", \"items\": {\"$ref\": \"#/$defs/column\"}},\n"
    "        \"columns_known\": {\"const\": false,"
    " \"description\": \"only the server knows the result's columns\"},\n"
    "        \"uses\": {\"type\": \"array\", \"items\": {\"$ref\": \"#/$defs/use\"}},\n"
    "        \"sinks\": {\"type\": \"array\", \"items\": {\"$ref\": \"#/$defs/sink\"}},\n"
    "        \"effects\": {\"type\": \"array\", \"items\": {\"$ref\": \"#/$defs/effect\"}},\n"
    "        \"changes\": {\"type\": \"array\", \"minItems\": 1,"
    " \"items\": {\"$ref\": \"#/$defs/change\"}},\n"
    "        \"unknowns\": {\"type\": \"array\", \"items\": {\"$ref\": \"#/$defs/unknown\"}},\n"
    "        \"writes\": {\"const\": true,"
    " \"description\": \"stored data or definitions may change\"},\n"
    "        \"has_where\": {\"const\": true,"
    " \"description\": \"UPDATE, DELETE: a WHERE clause that is not a constant\"},\n"
    "        \"has_key\": {\"const\": true,"
    " \"description\": \"it names a whole unique key by equality\"},\n"
    "        \"has_limit\": {\"const\": true},\n"
    "        \"cacheable\": {\"const\": true,"
    " \"description\": \"the decision is the same for every statement of this shape\"},\n"
    "        \"parameters\": {\"type\": \"integer\", \"minimum\": 1,"
    " \"description\": \"`?` markers\"}\n"
    "      }\n"
    "    },\n"
    "    \"need\": {\n"
    "      \"type\": \"object\", \"additionalProperties\": false,\n"
    "      \"description\": \"a privilege, and on what\",\n"
    "      \"required\": [\"privilege\", \"kind\", \"schema\", \"object\", \"columns\"],\n"
    "      \"properties\": {\n"
    "        \"privilege\": {\"$ref\": \"#/$defs/privilege\"},\n"
    "        \"kind\": {\"$ref\": \"#/$defs/object\"},\n"
    "        \"schema\": {\"type\": \"string\"},\n"
    "        \"object\": {\"type\": \"string\"},\n"
    "        \"columns\": {\"type\": \"array\", \"items\": {\"type\": \"string\"},"
    " \"description\": \"empty: the whole object\"},\n"
    "        \"any_column\": {\"const\": true,"
    " \"description\": \"no column is named, any one column's is enough\"}\n"
    "      }\n"
    "    },\n"
    "    \"column\": {\n"
    "      \"type\": \"object\", \"additionalProperties\": false,\n"
    "      \"required\": [\"name\", \"from\", \"plain\"],\n"
    "      \"properties\": {\n"
    "        \"name\": {\"type\": \"string\", \"description\": \"the heading\"},\n"
    "        \"from\": {\"$ref\": \"#/$defs/base_columns\"},\n"
    "        \"plain\": {\"type\": \"boolean\","
    " \"description\": \"it is one column's value, unchanged\"}\n"
    "      }\n"
    "    },\n"
    "    \"use\": {\n"
    "      \"type\": \"object\", \"additionalProperties\": false,\n"
    "      \"required\": [\"how\", \"what\", \"columns\"],\n"
    "      \"properties\": {\n"
    "        \"how\": {\"$ref\": \"#/$defs/use_how\"},\n"
    "        \"what\": {\"type\": \"string\", \"description\": \"the clause or function\"},\n"
    "        \"columns\": {\"$ref\": \"#/$defs/base_columns\"}\n"
    "      }\n"
    "    },\n"
    "    \"sink\": {\n"
    "      \"type\": \"object\", \"additionalProperties\": false,\n"
    "      \"required\": [\"kind\", \"target\", \"from\"],\n"
    "      \"properties\": {\n"
    "        \"kind\": {\"$ref\": \"#/$defs/sink_kind\"},\n"
    "        \"target\": {\"type\": \"string\"},\n"
    "        \"from\": {\"$ref\": \"#/$defs/base_columns\"}\n"
    "      }\n"
    "    },\n"
    "    \"effect\": {\n"
    "      \"type\": \"object\", \"additionalProperties\": false,\n"
    "      \"required\": [\"effect\", \"what\"],\n"
    "      \"properties\": {\n"
    "        \"effect\": {\"$ref\": \"#/$defs/effect_kind\"},\n"
    "        \"what\": {\"type\": \"string\","
    " \"description\": \"the function, variable or statement\"}\n"
    "      }\n"
    "    },\n"
    "    \"change\": {\n"
    "      \"type\": \"object\", \"additionalProperties\": false,\n"
    "      \"description\": \"what a session must remember after it succeeded\",\n"
    "      \"required\": [\"change\", \"name\", \"value\"],\n"
    "      \"properties\": {\n"
    "        \"change\": {\"$ref\": \"#/$defs/change_kind\"},\n"
    "        \"name\": {\"type\": \"string\"},\n"
    "        \"value\": {\"type\": \"string\"}\n"
    "      }\n"
    "    },\n"
    "    \"unknown\": {\n"
    "      \"type\": \"object\", \"additionalProperties\": false,\n"
    "      \"description\": \"what can't be vouched for\",\n"
    "      \"required\": [\"what\", \"name\"],\n"
    "      \"properties\": {\n"
    "        \"what\": {\"type\": \"string\","
    " \"description\": \"function, table, column, routine, view, variable, ...\"},\n"
    "        \"name\": {\"type\": \"string\"}\n"
    "      }\n"
    "    },\n";

void analyze_schema(struct buf *out)
{
    buf_put_str(out, str_of(head));
    list(out, "kind", kinds, ARRAY_LEN(kinds), false);
    list(out, "privilege", privileges, ARRAY_LEN(privileges), false);
    list(out, "object", objects, ARRAY_LEN(objects), false);
    list(out, "use_how", uses, ARRAY_LEN(uses), false);
    list(out, "sink_kind", sinks, ARRAY_LEN(sinks), false);
    list(out, "effect_kind", effects, ARRAY_LEN(effects), false);
    list(out, "change_kind", changes, ARRAY_LEN(changes), true);
    buf_put_str(out, STR("  }\n}\n"));
}
