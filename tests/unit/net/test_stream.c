/* SPDX-License-Identifier: Apache-2.0 */
#include "../test.h"
#include "base/limits.h"
#include "net/stream.h"
#include <event2/event.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

/* One end of a pair, with what happened to it. */
struct end {
    struct stream stream;
    struct buf got;       /* what was consumed */
    size_t take;          /* consume at most so many bytes a time; 0: none */
    int secured, ended, drained;
};

static struct net_loop loop;
static struct event_base *base;

static void end_readable(struct stream *stream, void *owner)
{
    struct end *end = owner;
    struct str in = stream_in(stream);
    size_t n = in.len < end->take ? in.len : end->take;
    buf_put(&end->got, in.ptr, n);
    stream_consume(stream, n);
}

static void end_drained(struct stream *stream, void *owner)
{
    (void)stream;
    ((struct end *)owner)->drained++;
}

static void end_secured(struct stream *stream, void *owner)
{
    (void)stream;
    ((struct end *)owner)->secured++;
}

static void end_ended(struct stream *stream, void *owner)
{
    (void)stream;
    ((struct end *)owner)->ended++;
}

static const struct stream_events events = {end_readable, end_drained, end_secured, end_ended};

static void ends_open(struct end *a, struct end *b)
{
    int fds[2];
    struct end *ends[2] = {a, b};
    base = event_base_new();
    assert_true(net_loop_init(&loop, base));
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    for (int i = 0; i < 2; i++) {
        *ends[i] = (struct end){.take = SIZE_MAX};
        buf_init(&ends[i]->got, (size_t)64 << 20);
        stream_init(&ends[i]->stream, &loop, &events, ends[i]);
        assert_true(stream_open(&ends[i]->stream, fds[i]));
    }
}

static void ends_close(struct end *a, struct end *b)
{
    stream_close(&a->stream);
    stream_close(&b->stream);
    buf_release(&a->got);
    buf_release(&b->got);
    net_loop_release(&loop);
    event_base_free(base);
}

static void spin(int turns)
{
    for (int i = 0; i < turns; i++) {
        net_loop_settle(&loop);
        event_base_loop(base, EVLOOP_NONBLOCK);
    }
}

static void bytes_arrive_in_order(void **state)
{
    (void)state;
    struct end a, b;
    ends_open(&a, &b);
    for (uint32_t i = 0; i < 100000; i++)
        buf_put_u32(stream_out(&a.stream), i);
    stream_written(&a.stream);
    spin(200);
    assert_int_equal(b.got.len, 400000);
    for (uint32_t i = 0; i < 100000; i++)
        assert_memory_equal(b.got.data + i * 4, &i, 4);
    /* Nothing waits, nothing is held. */
    assert_null(b.stream.in);
    assert_null(a.stream.out.data);
    ends_close(&a, &b);
}

static void a_reader_that_does_not_take_costs_one_block(void **state)
{
    (void)state;
    struct end a, b;
    ends_open(&a, &b);
    b.take = 0;
    char piece[4096] = {0};
    size_t put = 0;
    for (int i = 0; i < 4000 && !stream_full(&a.stream); i++) {
        stream_write(&a.stream, str_make(piece, sizeof piece));
        put += sizeof piece;
        spin(1);
    }
    assert_true(stream_full(&a.stream));
    assert_true(stream_waiting(&a.stream) <= LIMIT_STREAM_BUFFER + sizeof piece);
    assert_int_equal(stream_in(&b.stream).len, LIMIT_STREAM_BUFFER);
    assert_int_equal(a.drained, 0);
    /* It takes again: all of it comes, and the writer is told. */
    b.take = SIZE_MAX;
    end_readable(&b.stream, &b);
    spin(200);
    assert_int_equal(b.got.len, put);
    assert_int_equal(a.drained, 1);
    ends_close(&a, &b);
}

static void a_limit_leaves_the_rest_in_the_socket(void **state)
{
    (void)state;
    struct end a, b;
    ends_open(&a, &b);
    stream_read_limit(&b.stream, 4);
    b.take = 0;
    stream_write(&a.stream, STR("0123456789"));
    spin(5);
    assert_str(stream_in(&b.stream), STR("0123"));
    stream_consume(&b.stream, 4);
    spin(5);
    assert_str(stream_in(&b.stream), STR("4567"));
    ends_close(&a, &b);
}

static void the_end_is_told_once_after_the_last_bytes(void **state)
{
    (void)state;
    struct end a, b;
    ends_open(&a, &b);
    stream_write(&a.stream, STR("last words"));
    net_loop_settle(&loop);
    stream_close(&a.stream);
    spin(10);
    assert_str(buf_str(&b.got), STR("last words"));
    assert_int_equal(b.ended, 1);
    assert_int_equal(a.ended, 0);
    assert_int_equal(b.stream.reason, STREAM_REASON_EOF);
    ends_close(&a, &b);
}

/* ---- TLS ---- */

static EVP_PKEY *key;
static char certificate_pem[4096], key_pem[4096];
static struct str certificate_text, key_text;

static struct str bio_text(BIO *bio, char *out, size_t size)
{
    int n = BIO_read(bio, out, (int)size);
    BIO_free(bio);
    assert_true(n > 0);
    return str_make(out, (size_t)n);
}

static int make_certificate(void **state)
{
    (void)state;
    key = EVP_EC_gen("P-256");
    X509 *x = X509_new();
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), -60);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    X509_set_pubkey(x, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
                               (const unsigned char *)"test", -1, -1, 0);
    X509_set_issuer_name(x, X509_get_subject_name(x));
    X509_EXTENSION *names =
        X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "DNS:db.test,IP:127.0.0.1");
    X509_add_ext(x, names, -1);
    X509_EXTENSION_free(names);
    X509_sign(x, key, EVP_sha256());
    BIO *bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(bio, x);
    certificate_text = bio_text(bio, certificate_pem, sizeof certificate_pem);
    bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
    key_text = bio_text(bio, key_pem, sizeof key_pem);
    X509_free(x);
    EVP_PKEY_free(key);
    return 0;
}

/* Runs a handshake of `a` as client with `b` as server. */
static void tls_run(struct end *a, struct end *b, enum tls_verify verify, const char *host)
{
    char error[200];
    struct ssl_ctx_st *server =
        tls_server_context(certificate_text, key_text, error, sizeof error);
    assert_non_null(server);
    struct ssl_ctx_st *client =
        tls_client_context(verify, certificate_text, error, sizeof error);
    assert_non_null(client);
    ends_open(a, b);
    assert_true(stream_start_tls(&b->stream, server, NULL));
    assert_true(stream_start_tls(&a->stream, client, host));
    spin(20);
    tls_context_free(server);
    tls_context_free(client);
}

static void tls_carries_bytes_both_ways(void **state)
{
    (void)state;
    struct end a, b;
    tls_run(&a, &b, TLS_VERIFY_FULL, "db.test");
    assert_int_equal(a.secured, 1);
    assert_int_equal(b.secured, 1);
    assert_true(stream_is_secure(&a.stream));
    for (uint32_t i = 0; i < 100000; i++)
        buf_put_u32(stream_out(&a.stream), i);
    stream_written(&a.stream);
    stream_write(&b.stream, STR("hello"));
    b.take = 1000;
    for (int i = 0; i < 2000 && b.got.len < 400000; i++) {
        spin(1);
        end_readable(&b.stream, &b);
    }
    assert_str(buf_str(&a.got), STR("hello"));
    assert_int_equal(b.got.len, 400000);
    for (uint32_t i = 0; i < 100000; i++)
        assert_memory_equal(b.got.data + i * 4, &i, 4);
    stream_close(&a.stream);
    spin(10);
    assert_int_equal(b.ended, 1);
    ends_close(&a, &b);
}

static void tls_verifies_the_name(void **state)
{
    (void)state;
    static const struct {
        enum tls_verify verify;
        const char *host;
        bool good;
    } rows[] = {
        {TLS_VERIFY_FULL, "127.0.0.1", true}, {TLS_VERIFY_FULL, "other.test", false},
        {TLS_VERIFY_FULL, "10.0.0.1", false}, {TLS_VERIFY_CA, "other.test", true},
        {TLS_VERIFY_NONE, "other.test", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct end a, b;
        tls_run(&a, &b, rows[i].verify, rows[i].host);
        assert_int_equal(a.secured, rows[i].good);
        assert_int_equal(a.ended, !rows[i].good);
        if (!rows[i].good)
            assert_non_null(strstr(a.stream.detail, "certificate: "));
        ends_close(&a, &b);
    }
}

static void tls_does_not_start_over_buffered_bytes(void **state)
{
    (void)state;
    char error[200];
    struct end a, b;
    ends_open(&a, &b);
    b.take = 0;
    stream_write(&a.stream, STR("smuggled"));
    spin(5);
    struct ssl_ctx_st *server =
        tls_server_context(certificate_text, key_text, error, sizeof error);
    assert_false(stream_start_tls(&b.stream, server, NULL));
    tls_context_free(server);
    ends_close(&a, &b);
}

static void tls_refuses_garbage(void **state)
{
    (void)state;
    char error[200] = "";
    assert_null(tls_server_context(STR("nonsense"), key_text, error, sizeof error));
    assert_true(error[0] != 0);
    assert_null(tls_client_context(TLS_VERIFY_FULL, STR_NONE, error, sizeof error));
    struct end a, b;
    ends_open(&a, &b);
    struct ssl_ctx_st *server =
        tls_server_context(certificate_text, key_text, error, sizeof error);
    assert_true(stream_start_tls(&b.stream, server, NULL));
    stream_write(&a.stream, STR("GET / HTTP/1.1\r\n\r\n"));
    spin(10);
    assert_int_equal(b.ended, 1);
    assert_int_equal(b.stream.reason, STREAM_REASON_TLS);
    tls_context_free(server);
    ends_close(&a, &b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_arrive_in_order),
        cmocka_unit_test(a_reader_that_does_not_take_costs_one_block),
        cmocka_unit_test(a_limit_leaves_the_rest_in_the_socket),
        cmocka_unit_test(the_end_is_told_once_after_the_last_bytes),
        cmocka_unit_test(tls_carries_bytes_both_ways),
        cmocka_unit_test(tls_verifies_the_name),
        cmocka_unit_test(tls_does_not_start_over_buffered_bytes),
        cmocka_unit_test(tls_refuses_garbage),
    };
    return cmocka_run_group_tests(tests, make_certificate, NULL);
}
