/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/supervisor_check.h"
#include "audit/digest.h"
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#define PSEUDONYM_KEY_MIN 32

struct checking {
    const struct config_file *files;
    size_t count;
    supervisor_content *content;
    void *context;
    struct config_problems *problems;
};

static bool content_of(const struct checking *c, const struct config_file *file, struct str *ret)
{
    return file != NULL && c->content(c->context, file, ret);
}

static const struct config_file *find(const struct checking *c, enum config_file_kind kind,
                                      size_t owner)
{
    for (size_t i = 0; i < c->count; i++)
        if (c->files[i].kind == kind && c->files[i].owner == owner)
            return &c->files[i];
    return NULL;
}

static X509 *certificate_of(struct str pem)
{
    BIO *bio = BIO_new_mem_buf(pem.ptr, (int)pem.len);
    X509 *certificate = bio != NULL ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;

    BIO_free(bio);
    ERR_clear_error();
    return certificate;
}

/* Nobody is there to type a passphrase. */
static int no_passphrase(char *buffer, int size, int writing, void *context)
{
    (void)buffer;
    (void)size;
    (void)writing;
    (void)context;
    return -1;
}

static EVP_PKEY *key_of(struct str pem)
{
    BIO *bio = BIO_new_mem_buf(pem.ptr, (int)pem.len);
    EVP_PKEY *key = bio != NULL ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL) : NULL;

    BIO_free(bio);
    ERR_clear_error();
    return key;
}

static EVP_PKEY *public_key_of(struct str pem)
{
    BIO *bio = BIO_new_mem_buf(pem.ptr, (int)pem.len);
    EVP_PKEY *key = bio != NULL ? PEM_read_bio_PUBKEY(bio, NULL, no_passphrase, NULL) : NULL;

    BIO_free(bio);
    ERR_clear_error();
    return key;
}

static void wrong(const struct checking *c, const struct config_file *file, const char *hint,
                  const char *what)
{
    config_problem(c->problems, file->at, hint, "%s %.*s %s", config_file_kind_text(file->kind),
                   STR_ARG(file->env.len > 0 ? file->env : file->path), what);
}

static void check_certificate(const struct checking *c, const struct config_file *file,
                              struct str pem, enum config_file_kind key_kind)
{
    const struct config_file *key_file = find(c, key_kind, file->owner);
    struct str key_pem;
    bool has_key = content_of(c, key_file, &key_pem);
    X509 *certificate = certificate_of(pem);
    EVP_PKEY *key = has_key ? key_of(key_pem) : NULL;

    if (certificate == NULL)
        wrong(c, file, NULL, "holds no PEM certificate");
    if (has_key && key == NULL)
        wrong(c, key_file, NULL, "holds no PEM private key without passphrase");
    if (certificate != NULL && key != NULL && X509_check_private_key(certificate, key) != 1)
        wrong(c, key_file, NULL, "is not the key of the certificate");
    ERR_clear_error();
    X509_free(certificate);
    EVP_PKEY_free(key);
}

static void check_ca(const struct checking *c, const struct config_file *file, struct str pem)
{
    X509 *certificate = certificate_of(pem);

    if (certificate == NULL)
        wrong(c, file, NULL, "holds no PEM certificate");
    X509_free(certificate);
}

static void check_public_key(const struct checking *c, const struct config_file *file,
                             struct str pem)
{
    EVP_PKEY *key = public_key_of(pem);

    if (key == NULL || EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA)
        wrong(c, file, "the server's `SHOW STATUS LIKE 'Caching_sha2_password_rsa_public_key'`",
              "holds no RSA public key");
    EVP_PKEY_free(key);
}

static void check_audit_key(const struct checking *c, const struct config_file *file,
                            struct str pem)
{
    struct audit_key *key = audit_key_read(pem);

    if (key == NULL)
        wrong(c, file, "`openssl genpkey -algorithm ed25519`", "holds no Ed25519 private key");
    audit_key_free(key);
}

static void check_one(const struct checking *c, const struct config_file *file, struct str text)
{
    switch (file->kind) {
    case CONFIG_FILE_LISTENER_CERTIFICATE:
        check_certificate(c, file, text, CONFIG_FILE_LISTENER_KEY);
        break;
    case CONFIG_FILE_CONTROL_CERTIFICATE:
        check_certificate(c, file, text, CONFIG_FILE_CONTROL_KEY);
        break;
    case CONFIG_FILE_TARGET_CA:
    case CONFIG_FILE_ISSUER_CA:
        check_ca(c, file, text);
        break;
    case CONFIG_FILE_TARGET_PUBLIC_KEY:
        check_public_key(c, file, text);
        break;
    case CONFIG_FILE_AUDIT_KEY:
        check_audit_key(c, file, text);
        break;
    case CONFIG_FILE_PSEUDONYM_KEY:
        if (text.len < PSEUDONYM_KEY_MIN)
            wrong(c, file, "`openssl rand -hex 32`", "has fewer than 32 bytes");
        break;
    case CONFIG_FILE_TARGET_PASSWORD:
    case CONFIG_FILE_ACCOUNT_PASSWORD:
        if (str_trim(text).len == 0)
            wrong(c, file, "an account without a password has neither file nor variable",
                  "is empty");
        break;
    case CONFIG_FILE_LISTENER_KEY: /* with their certificates */
    case CONFIG_FILE_CONTROL_KEY:
    case CONFIG_FILE_ISSUER_KEYS: /* read by the keeper's own reader */
    case CONFIG_FILE_POLICY:
    case CONFIG_FILE_INVALID:
    case CONFIG_FILE_COUNT:
        break;
    }
}

void supervisor_check(const struct config *config, supervisor_content *content, void *context,
                      struct arena *arena, struct config_problems *problems)
{
    struct checking c = {.content = content, .context = context, .problems = problems};

    c.files = config_files(config, arena, &c.count);
    for (size_t i = 0; i < c.count; i++) {
        struct str text;
        if (content_of(&c, &c.files[i], &text))
            check_one(&c, &c.files[i], text);
    }
}
