#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * The JSON objects of the API, field by field: the source of the OpenAPI document's schemas and
 * of docs/api.md. Tests hold every answer to it, so that a member that is not here can't appear.
 */
#include "base/buf.h"

/* Type: "string", "integer", "boolean", "time" (RFC 3339, UTC, microseconds), "object" (any
 * object), "a|b|c" (one of these), "#Name" (another schema); with "[]" behind it, a list. */
struct schema_field {
    const char *name;
    const char *type;
    bool required; /* always there (answers), must be given (bodies) */
    const char *description;
};

struct schema {
    const char *name;
    const char *description;
    const struct schema_field *fields; /* ends with a NULL name */
};

extern const struct schema schema_table[];
extern const size_t schema_count;

/* The OpenAPI 3.1 document, of routes and schemas. */
void schema_openapi_write(struct buf *out);
/* docs/api.md, of the same tables. */
void schema_reference_write(struct buf *out);
