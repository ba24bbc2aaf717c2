/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/gateway_init.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/random.h"
#include "cli/gateway_init_text.h"
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#define CERTIFICATE_DAYS 365

static bool make_folder(int dir, const char *name)
{
    if (mkdirat(dir, name, 0700) == 0 || errno == EEXIST)
        return true;
    fprintf(stderr, "cardea: %s: %s\n", name, strerror(errno));
    return false;
}

static bool write_file(int dir, const char *name, mode_t mode, struct str text)
{
    int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    bool good = fd >= 0;

    for (size_t at = 0; good && at < text.len;) {
        ssize_t n = write(fd, text.ptr + at, text.len - at);
        good = n > 0;
        at += good ? (size_t)n : 0;
    }
    if (fd >= 0 && close(fd) != 0)
        good = false;
    if (!good)
        fprintf(stderr, "cardea: %s: %s\n", name, strerror(errno));
    return good;
}

/* ---- the development certificate ---- */

struct pair {
    X509 *certificate;
    EVP_PKEY *key;
};

static void pair_release(struct pair *pair)
{
    X509_free(pair->certificate);
    EVP_PKEY_free(pair->key);
}

static bool add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;

    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    bool good = extension != NULL && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return good;
}

static bool set_serial(X509 *certificate)
{
    unsigned char bytes[16];

    random_bytes(bytes, sizeof(bytes));
    bytes[0] &= 0x7F;
    BIGNUM *number = BN_bin2bn(bytes, sizeof(bytes), NULL);
    bool good =
        number != NULL && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL;
    BN_free(number);
    return good;
}

/* A certificate without extensions and signature. */
static bool pair_begin(struct pair *pair, const char *name, const struct pair *issuer)
{
    pair->key = EVP_EC_gen("P-256");
    pair->certificate = X509_new();
    if (pair->key == NULL || pair->certificate == NULL)
        return false;
    X509_NAME *subject = X509_get_subject_name(pair->certificate);
    return X509_set_version(pair->certificate, X509_VERSION_3) == 1 &&
           set_serial(pair->certificate) &&
           X509_gmtime_adj(X509_getm_notBefore(pair->certificate), -300) != NULL &&
           X509_gmtime_adj(X509_getm_notAfter(pair->certificate), CERTIFICATE_DAYS * 86400L) !=
               NULL &&
           X509_set_pubkey(pair->certificate, pair->key) == 1 &&
           X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1,
                                      -1, 0) == 1 &&
           X509_set_issuer_name(pair->certificate, issuer != NULL
                                                       ? X509_get_subject_name(issuer->certificate)
                                                       : subject) == 1;
}

static bool make_ca(struct pair *ca)
{
    return pair_begin(ca, "Cardea development CA", NULL) &&
           add_extension(ca->certificate, ca->certificate, NID_basic_constraints,
                         "critical,CA:TRUE,pathlen:0") &&
           add_extension(ca->certificate, ca->certificate, NID_key_usage,
                         "critical,keyCertSign,cRLSign") &&
           add_extension(ca->certificate, ca->certificate, NID_subject_key_identifier, "hash") &&
           X509_sign(ca->certificate, ca->key, EVP_sha256()) > 0;
}

static bool make_leaf(struct pair *leaf, const struct pair *ca)
{
    X509 *issuer = ca->certificate;

    return pair_begin(leaf, "localhost", ca) &&
           add_extension(leaf->certificate, issuer, NID_basic_constraints, "critical,CA:FALSE") &&
           add_extension(leaf->certificate, issuer, NID_key_usage, "critical,digitalSignature") &&
           add_extension(leaf->certificate, issuer, NID_ext_key_usage, "serverAuth") &&
           add_extension(leaf->certificate, issuer, NID_subject_alt_name,
                         "DNS:localhost,IP:127.0.0.1,IP:::1") &&
           add_extension(leaf->certificate, issuer, NID_subject_key_identifier, "hash") &&
           add_extension(leaf->certificate, issuer, NID_authority_key_identifier, "keyid") &&
           X509_sign(leaf->certificate, ca->key, EVP_sha256()) > 0;
}

static bool write_certificate(int dir, const char *name, X509 *certificate)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    bool good = bio != NULL && PEM_write_bio_X509(bio, certificate) == 1;
    long size = good ? BIO_get_mem_data(bio, &text) : 0;

    good = good && write_file(dir, name, 0644, str_make(text, (size_t)size));
    BIO_free(bio);
    return good;
}

static bool write_key(int dir, const char *name, EVP_PKEY *key)
{
    BIO *bio = BIO_new(BIO_s_secmem());
    char *text = NULL;
    bool good =
        bio != NULL && PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1;
    long size = good ? BIO_get_mem_data(bio, &text) : 0;

    good = good && write_file(dir, name, 0600, str_make(text, (size_t)size));
    BIO_free(bio);
    return good;
}

static bool write_tls(int dir)
{
    struct pair ca = {NULL, NULL}, leaf = {NULL, NULL};
    bool made = make_ca(&ca) && make_leaf(&leaf, &ca);

    if (!made)
        fprintf(stderr, "cardea: the certificate can't be made: %s\n",
                ERR_error_string(ERR_get_error(), NULL));
    bool good = made && write_certificate(dir, "tls/ca.pem", ca.certificate) &&
                write_certificate(dir, "tls/gateway.pem", leaf.certificate) &&
                write_key(dir, "tls/gateway.key", leaf.key);
    pair_release(&ca);
    pair_release(&leaf);
    return good;
}

/* ---- all ---- */

static bool write_secrets(int dir)
{
    unsigned char key[32];
    char hex[65];

    random_bytes(key, sizeof(key));
    hex_encode(hex, key, sizeof(key));
    hex[64] = '\n';
    bool good = write_file(dir, "secrets/pseudonym.key", 0600, str_make(hex, sizeof(hex))) &&
                write_file(dir, "secrets/shop.password", 0600, STR("put-the-password-here\n"));
    explicit_bzero(key, sizeof(key));
    explicit_bzero(hex, sizeof(hex));
    return good;
}

static bool write_all(int dir)
{
    static const char *const folders[] = {"tls", "secrets", "policies", "tests", "data", "audit"};

    for (size_t i = 0; i < ARRAY_LEN(folders); i++)
        if (!make_folder(dir, folders[i]))
            return false;
    return write_file(dir, "cardea.yaml", 0644, str_of(init_configuration)) &&
           write_file(dir, "policies/example.yaml", 0644, str_of(init_policy)) &&
           write_file(dir, "tests/example.yaml", 0644, str_of(init_tests)) &&
           write_file(dir, "tests/example.sql", 0644, str_of(init_catalog)) && write_tls(dir) &&
           write_secrets(dir);
}

int gateway_init(const char *folder)
{
    if (mkdir(folder, 0700) != 0 && errno != EEXIST) {
        fprintf(stderr, "cardea: %s: %s\n", folder, strerror(errno));
        return 1;
    }
    int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0) {
        fprintf(stderr, "cardea: %s: %s\n", folder, strerror(errno));
        return 1;
    }
    bool good = write_all(dir);
    close(dir);
    if (!good)
        return 1;
    printf(
        "%s/cardea.yaml is the configuration: name your issuer and your database there, put the\n"
        "database's password into %s/secrets/shop.password, then\n\n"
        "  cardea gateway --config %s/cardea.yaml --check\n"
        "  cardea policy test %s/tests/example.yaml\n"
        "  cardea gateway --config %s/cardea.yaml\n\n"
        "Clients trust %s/tls/ca.pem, a development CA whose key was not kept.\n",
        folder, folder, folder, folder, folder, folder);
    return 0;
}
