#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * docs/analyze.schema.json.
 */
#include "base/buf.h"

void analyze_schema(struct buf *out);
