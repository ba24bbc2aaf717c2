/* SPDX-License-Identifier: Apache-2.0
 *
 * The verify mode rides in the context's application data, as a pointer to its row in `modes`.
 */
#include "net/tls.h"
#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdio.h>

static const enum tls_verify modes[] = {
    [TLS_VERIFY_FULL] = TLS_VERIFY_FULL,
    [TLS_VERIFY_CA] = TLS_VERIFY_CA,
    [TLS_VERIFY_NONE] = TLS_VERIFY_NONE,
};

void tls_error_text(char *out, size_t size)
{
    unsigned long code = ERR_get_error();
    if (code == 0)
        snprintf(out, size, "unknown TLS error");
    else
        ERR_error_string_n(code, out, size);
    ERR_clear_error();
}

static BIO *pem_bio(struct str pem)
{
    if (pem.len == 0 || pem.len > INT_MAX)
        return NULL;
    return BIO_new_mem_buf(pem.ptr, (int)pem.len);
}

/* Reading a PEM bundle ends with "no start line", which is not an error. */
static bool pem_ended(void)
{
    unsigned long code = ERR_peek_last_error();
    bool ended = ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    return ended;
}

static bool context_load_chain(SSL_CTX *context, struct str chain_pem)
{
    BIO *bio = pem_bio(chain_pem);
    X509 *leaf = bio ? PEM_read_bio_X509_AUX(bio, NULL, NULL, NULL) : NULL;
    bool ok = leaf && SSL_CTX_use_certificate(context, leaf) == 1;
    X509_free(leaf);
    while (ok) {
        X509 *link = PEM_read_bio_X509(bio, NULL, NULL, NULL);
        if (!link) {
            ok = pem_ended();
            break;
        }
        ok = SSL_CTX_add0_chain_cert(context, link) == 1;
        if (!ok)
            X509_free(link);
    }
    BIO_free(bio);
    return ok;
}

static bool context_load_key(SSL_CTX *context, struct str key_pem)
{
    BIO *bio = pem_bio(key_pem);
    EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL) : NULL;
    bool ok = key && SSL_CTX_use_PrivateKey(context, key) == 1 &&
              SSL_CTX_check_private_key(context) == 1;
    EVP_PKEY_free(key);
    BIO_free(bio);
    return ok;
}

static bool context_load_authorities(SSL_CTX *context, struct str ca_pem)
{
    BIO *bio = pem_bio(ca_pem);
    X509_STORE *store = SSL_CTX_get_cert_store(context);
    size_t count = 0;
    X509 *authority;
    if (!bio)
        return false;
    while ((authority = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
        bool added = X509_STORE_add_cert(store, authority) == 1;
        X509_free(authority);
        if (!added)
            break;
        count++;
    }
    bool ok = !authority && pem_ended() && count > 0;
    BIO_free(bio);
    return ok;
}

static void context_harden(SSL_CTX *context)
{
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                     SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context, 0);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS);
    /* One read of the socket serves header and body of a record. */
    SSL_CTX_set_read_ahead(context, 1);
}

struct ssl_ctx_st *tls_server_context(struct str chain_pem, struct str key_pem, char *error,
                                      size_t error_size)
{
    ERR_clear_error();
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (context && context_load_chain(context, chain_pem) && context_load_key(context, key_pem)) {
        context_harden(context);
        return context;
    }
    tls_error_text(error, error_size);
    SSL_CTX_free(context);
    return NULL;
}

struct ssl_ctx_st *tls_client_context(enum tls_verify verify, struct str ca_pem, char *error,
                                      size_t error_size)
{
    ERR_clear_error();
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (!context || (verify != TLS_VERIFY_NONE && !context_load_authorities(context, ca_pem))) {
        tls_error_text(error, error_size);
        SSL_CTX_free(context);
        return NULL;
    }
    context_harden(context);
    SSL_CTX_set_verify(context, verify == TLS_VERIFY_NONE ? SSL_VERIFY_NONE : SSL_VERIFY_PEER,
                       NULL);
    SSL_CTX_set_app_data(context, (void *)(uintptr_t)&modes[verify]);
    return context;
}

void tls_context_free(struct ssl_ctx_st *context)
{
    SSL_CTX_free(context);
}

enum tls_verify tls_context_verify(const struct ssl_ctx_st *context)
{
    const enum tls_verify *mode = SSL_CTX_get_app_data(context);
    return mode ? *mode : TLS_VERIFY_FULL;
}
