#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * TLS contexts from PEM texts: nothing here opens a file, since workers can't.
 *
 * TLS 1.2 at least; no compression, no renegotiation, no session tickets and no session cache, so
 * that no state of one session can serve another.
 */
#include "base/str.h"

struct ssl_ctx_st;
struct ssl_st;

enum tls_verify {
    TLS_VERIFY_FULL = 0, /* chain and host name */
    TLS_VERIFY_CA,       /* chain alone */
    TLS_VERIFY_NONE      /* encryption without knowing the peer */
};

/* Certificate chain (leaf first) and its key. NULL with a text in `error` when they can't be
 * read or don't belong together. */
struct ssl_ctx_st *tls_server_context(struct str chain_pem, struct str key_pem, char *error,
                                      size_t error_size);
/* `ca_pem`: trusted authorities; must not be empty unless `verify` is NONE. */
struct ssl_ctx_st *tls_client_context(enum tls_verify verify, struct str ca_pem, char *error,
                                      size_t error_size);
void tls_context_free(struct ssl_ctx_st *context);
/* Remembered in the context at its making. */
enum tls_verify tls_context_verify(const struct ssl_ctx_st *context);
/* The first error of this thread's queue as text; empties the queue. */
void tls_error_text(char *out, size_t size);
