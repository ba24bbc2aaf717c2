#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * The routes of the API, one row each in route_table.h. The OpenAPI document's paths, docs/api.md
 * and the dispatcher are all made from it.
 */
#include "control/api.h"

struct api_schema;

typedef void api_handler_fn(struct api *api, struct api_call *call);

/* A query parameter. */
struct route_query {
    const char *name, *type, *description; /* type: string, integer, or a|b|c for an enum */
};
#define ROUTE_QUERIES 5

struct route {
    const char *name; /* operationId */
    enum api_method method;
    const char *path; /* `/api/v1/approvals/{id}` */
    enum api_role role;
    api_handler_fn *handler;
    const char *summary;
    const char *body;                  /* name of the body's schema; NULL: none is taken */
    unsigned status;                   /* of success */
    const char *answer;                /* name of the answer's schema; NULL: not JSON (see type) */
    const char *type;                  /* Content-Type of the answer */
    const struct route_query *queries; /* ends with a NULL name; NULL: none */
};

extern const struct route route_table[];
extern const size_t route_count;

/* The route of this method and path. NULL: none; then *ret_problem says whether the path is
 * unknown or takes other methods (listed in call->allow). Fills route and params. */
const struct route *route_match(struct api_call *call, enum problem *ret_problem);

/* Percent-decoding (RFC 3986) of one path segment or query value into the arena. False for a
 * malformed escape or a NUL. `plus`: `+` is a blank. */
bool route_percent_decode(struct arena *arena, struct str in, bool plus, struct str *ret_out);
