#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * Lists of parameters, the shape that COM_STMT_EXECUTE and the attributes of COM_QUERY share:
 * NULL bitmap, types (with names where QUERY_ATTRIBUTES is agreed), values. Private to this part.
 */
#include "base/cursor.h"
#include "wire/execute.h"

/* Types drivers bind parameters as. ENUM, SET and BIT are types of columns alone: servers differ
 * in how they read them here. */
bool wire_parameter_type_ok(uint8_t type);
/* Type and sign of each, and its name. */
bool wire_parameter_types_take(struct cursor *c, struct wire_parameter *list, size_t count,
                               bool named);
/* The values of those that are neither NULL nor sent before. `nulls`: the bitmap, bit i for i. */
bool wire_parameter_values_take(struct cursor *c, struct wire_parameter *list, size_t count,
                                struct str nulls);
