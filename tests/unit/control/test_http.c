/* SPDX-License-Identifier: Apache-2.0
 *
 * The server over real sockets and TLS: a child process serves, this one is the client.
 */
#include "fake.h"

#include "control/http.h"
#include <curl/curl.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static char certificate[8192], key[8192];
static uint16_t port;
static pid_t child;

static void take_pem(BIO *bio, char *out, size_t size)
{
    char *data;
    long len = BIO_get_mem_data(bio, &data);

    assert_true(len > 0 && (size_t)len < size);
    memcpy(out, data, (size_t)len);
    out[len] = '\0';
    BIO_free(bio);
}

static void make_certificate(void)
{
    EVP_PKEY *pkey = EVP_EC_gen("P-256");
    X509 *x = X509_new();
    BIO *one = BIO_new(BIO_s_mem()), *two = BIO_new(BIO_s_mem());
    X509V3_CTX ctx;

    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), -60);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    X509_set_pubkey(x, pkey);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
                               (const unsigned char *)"test", -1, -1, 0);
    X509_set_issuer_name(x, X509_get_subject_name(x));
    X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
    X509_EXTENSION *san = X509V3_EXT_conf_nid(NULL, &ctx, NID_subject_alt_name, "IP:127.0.0.1");
    X509_add_ext(x, san, -1);
    X509_EXTENSION_free(san);
    X509_sign(x, pkey, EVP_sha256());
    PEM_write_bio_X509(one, x);
    PEM_write_bio_PrivateKey(two, pkey, NULL, NULL, 0, NULL, NULL);
    take_pem(one, certificate, sizeof(certificate));
    take_pem(two, key, sizeof(key));
    X509_free(x);
    EVP_PKEY_free(pkey);
}

static int listen_anywhere(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(fd, 64), 0);
    getsockname(fd, (struct sockaddr *)&address, &len);
    port = ntohs(address.sin_port);
    return fd;
}

static void serve(int fd)
{
    struct event_base *base = event_base_new();
    struct secret secret = {(unsigned char *)key, strlen(key)};
    static struct fake fake;
    char problem[128];

    signal(SIGPIPE, SIG_IGN);
    alarm(30);
    fake_init(&fake);
    struct http_server *server = http_server_new(base, &fake.api);
    if (!http_server_listen(server, fd) ||
        !http_server_set_certificate(server, str_of(certificate), &secret, problem,
                                     sizeof(problem)))
        _exit(3);
    event_base_dispatch(base);
    _exit(0);
}

static int setup(void **state)
{
    (void)state;
    make_certificate();
    int fd = listen_anywhere();
    child = fork();
    if (child == 0)
        serve(fd);
    close(fd);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    curl_global_cleanup();
    return 0;
}

struct reply {
    struct buf body, headers;
};

static size_t append(char *bytes, size_t size, size_t count, void *arg)
{
    buf_put(arg, bytes, size * count);
    return size * count;
}

static CURL *client(struct reply *reply, const char *path, const char *header,
                    struct curl_slist **ret_list)
{
    struct curl_blob ca = {certificate, strlen(certificate), CURL_BLOB_COPY};
    CURL *curl = curl_easy_init();
    char url[256];

    buf_init(&reply->body, 1 << 20);
    buf_init(&reply->headers, 1 << 16);
    snprintf(url, sizeof(url), "https://127.0.0.1:%u%s", port, path);
    *ret_list = header ? curl_slist_append(NULL, header) : NULL;
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_CAINFO_BLOB, &ca);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, *ret_list);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, append);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &reply->body);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, append);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &reply->headers);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 5L);
    curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
    return curl;
}

static long get(const char *path, const char *header, const char *body, struct reply *reply)
{
    struct curl_slist *list;
    CURL *curl = client(reply, path, header, &list);
    long status = 0;

    if (body)
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    if (curl_easy_perform(curl) == CURLE_OK)
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_slist_free_all(list);
    curl_easy_cleanup(curl);
    buf_put_u8(&reply->body, 0);
    buf_put_u8(&reply->headers, 0);
    return status;
}

static void release(struct reply *reply)
{
    buf_release(&reply->body);
    buf_release(&reply->headers);
}

static void calls_pass(void **state)
{
    (void)state;
    static char large_header[LIMIT_API_HEADERS + 100] = "X: ";
    static char large_body[LIMIT_API_BODY + 100];
    memset(large_header + 3, 'x', sizeof(large_header) - 4);
    memset(large_body, ' ', sizeof(large_body) - 1);
    const struct {
        const char *path, *header, *body;
        long status;
        const char *in_body, *in_headers;
    } rows[] = {
        {"/healthz", NULL, NULL, 200, "ok", "nosniff"},
        {"/api/v1/whoami", NULL, NULL, 401, "identity.missing", "Bearer realm"},
        {"/api/v1/whoami", "Authorization: Bearer ann.dba", NULL, 200, "\"dba\"", "no-store"},
        {"/api/v1/whoami", "Authorization: bearer  ann ", NULL, 200, "\"ann\"", "ETag: \""},
        {"/api/v1/whoami", "Authorization: Basic YQ==", NULL, 401, "identity.missing", ""},
        {"/api/v1/whoami", "Authorization: Bearer ann", "{}", 405, "api.method", "Allow: GET"},
        {"/api/v1/targets?x=1#y", "Authorization: Bearer ann", NULL, 200, "shop", ""},
        {"/api/v1/../v1/targets", "Authorization: Bearer ann", NULL, 404, "not_found", ""},
        {"/api/v1/logins", "Authorization: Bearer ann", "{}", 415, "content_type", ""},
        {"/api/v1/logins", "Authorization: Bearer ann", large_body, 413, "", ""},
        {"/healthz", large_header, NULL, 400, "", ""},
        {"/openapi.json", NULL, NULL, 200, "\"paths\"", "application/json"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct reply reply;
        long status = get(rows[i].path, rows[i].header, rows[i].body, &reply);
        if (status != rows[i].status || !strstr(reply.body.data, rows[i].in_body) ||
            !strstr(reply.headers.data, rows[i].in_headers))
            fail_msg("row %zu %s: %ld %s %s", i, rows[i].path, status, reply.headers.data,
                     reply.body.data);
        release(&reply);
    }
}

/* Bytes to the port, and what comes back. */
static size_t talk(const char *bytes, size_t len, char *out, size_t size)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval wait = {.tv_sec = 2};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    size_t got = 0;
    ssize_t n;

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(send(fd, bytes, len, MSG_NOSIGNAL), (ssize_t)len);
    while (got < size && (n = recv(fd, out + got, size - got, 0)) > 0)
        got += (size_t)n;
    close(fd);
    return got;
}

static void never_without_tls(void **state)
{
    (void)state;
    static const char request[] = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
    char out[512] = "";
    size_t got = talk(request, sizeof(request) - 1, out, sizeof(out) - 1);

    for (size_t i = 0; i + 4 <= got; i++)
        assert_memory_not_equal(out + i, "HTTP", 4);
}

static void old_tls_is_refused(void **state)
{
    (void)state;
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    char address[32];

    SSL_CTX_set_security_level(ctx, 0);
    assert_int_equal(SSL_CTX_set_max_proto_version(ctx, TLS1_1_VERSION), 1);
    SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION);
    snprintf(address, sizeof(address), "127.0.0.1:%u", port);
    BIO *bio = BIO_new_ssl_connect(ctx);
    BIO_set_conn_hostname(bio, address);
    assert_true(BIO_do_connect(bio) <= 0);
    BIO_free_all(bio);
    SSL_CTX_free(ctx);
}

static void still_there_after_a_crowd(void **state)
{
    (void)state;
    int crowd[LIMIT_API_CONNECTIONS + 20];
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct reply reply;

    for (size_t i = 0; i < ARRAY_LEN(crowd); i++) {
        crowd[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(connect(crowd[i], (struct sockaddr *)&address, sizeof(address)), 0);
    }
    for (size_t i = 0; i < ARRAY_LEN(crowd); i++)
        close(crowd[i]);
    assert_int_equal(get("/healthz", NULL, NULL, &reply), 200);
    release(&reply);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_pass),
        cmocka_unit_test(never_without_tls),
        cmocka_unit_test(old_tls_is_refused),
        cmocka_unit_test(still_there_after_a_crowd),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
