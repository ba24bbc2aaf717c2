#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * Whom the commands trust that speak TLS: the certificates of a file that was named, or the
 * system's.
 */
#include "base/buf.h"
#include "net/tls.h"

/* The whole file, at most `out`'s maximum. False when it can't be read or is empty. */
bool trust_file_read(const char *file, struct buf *out);
/* A context for a client. `ca_file` NULL or empty: the system's certificates. NULL with the reason
 * in `problem`. */
struct ssl_ctx_st *trust_context(enum tls_verify verify, const char *ca_file, char *problem,
                                 size_t size);
