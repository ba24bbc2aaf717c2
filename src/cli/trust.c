/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/trust.h"
#include <stdio.h>

#define CA_MAX ((size_t)4 << 20)

bool trust_file_read(const char *file, struct buf *out)
{
    FILE *in = fopen(file, "re");
    char block[16384];
    size_t n;
    while (in && (n = fread(block, 1, sizeof block, in)) > 0)
        buf_put(out, block, n);
    bool ok = in && !ferror(in) && !out->failed && out->len > 0;
    if (in)
        fclose(in);
    explicit_bzero(block, sizeof block); /* it may have been a password */
    return ok;
}

struct ssl_ctx_st *trust_context(enum tls_verify verify, const char *ca_file, char *problem,
                                 size_t size)
{
    static const char *const system[] = {"/etc/ssl/certs/ca-certificates.crt",
                                         "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"};
    struct ssl_ctx_st *context = NULL;
    struct buf ca;
    bool given = ca_file && *ca_file, found = verify == TLS_VERIFY_NONE;
    buf_init(&ca, CA_MAX);
    if (given && !found)
        found = trust_file_read(ca_file, &ca);
    for (size_t i = 0; !given && !found && i < ARRAY_LEN(system); i++)
        found = trust_file_read(system[i], &ca);
    if (!found)
        snprintf(problem, size, "%s can't be read; say --ca",
                 given ? ca_file : "the system's certificates");
    else
        context = tls_client_context(verify, buf_str(&ca), problem, size);
    buf_release(&ca);
    return context;
}
