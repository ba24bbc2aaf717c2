/* SPDX-License-Identifier: Apache-2.0
 *
 * A connection lives as long as its SSL object: libevent owns the SSL object through the
 * bufferevent, and OpenSSL tells of its end through the free function of its extra data. That is
 * where connections are counted and where a connection's own timer ends.
 *
 * A request's call outlives the request when the client goes away while another process is being
 * asked: the close callback cuts the tie, and the answer goes nowhere.
 */
#include "control/http.h"

#include "base/limits.h"
#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

struct http_server {
    struct event_base *base;
    struct api *api;
    struct evhttp *http;
    struct evhttp_bound_socket *bound;
    SSL_CTX *tls; /* NULL: no certificate yet */
    size_t connections;
    bool paused; /* the listener rests: too many connections */
    struct list exchanges;
};

/* One connection, kept in its SSL object. */
struct connection {
    struct http_server *server;
    struct bufferevent *bev;
    struct event *timer;
};

/* One request and its call. */
struct exchange {
    struct list link;
    struct api_call call;
    struct evhttp_request *request; /* NULL: the client is gone */
    struct secret token;
};

static int connection_slot = -1; /* index of OpenSSL's extra data */

/* ---- connections ---- */

static struct evconnlistener *listener_of(const struct http_server *server)
{
    return server->bound ? evhttp_bound_socket_get_listener(server->bound) : NULL;
}

static void on_ssl_freed(void *parent, void *ptr, CRYPTO_EX_DATA *data, int index, long argl,
                         void *argp)
{
    struct connection *connection = ptr;
    struct http_server *server;

    (void)parent, (void)data, (void)index, (void)argl, (void)argp;
    if (!connection)
        return;
    server = connection->server;
    event_free(connection->timer);
    free(connection);
    server->connections--;
    if (server->paused && server->connections < LIMIT_API_CONNECTIONS && listener_of(server)) {
        server->paused = false;
        evconnlistener_enable(listener_of(server));
    }
}

/* Too slow: the socket is shut, libevent then finds the connection at its end. */
static void on_connection_late(evutil_socket_t fd, short what, void *arg)
{
    struct connection *connection = arg;
    evutil_socket_t socket = bufferevent_getfd(connection->bev);

    (void)fd, (void)what;
    if (socket >= 0)
        shutdown(socket, SHUT_RDWR);
}

static void connection_restart_timer(struct connection *connection)
{
    const struct timeval wait = {.tv_sec = HTTP_REQUEST_S};

    event_add(connection->timer, &wait);
}

/* libevent would speak plain HTTP on a connection for which this gives NULL. It never does: the
 * listener is on only while there is a certificate, and out of memory ends the process, which the
 * supervisor starts again. */
static struct bufferevent *make_connection(struct event_base *base, void *arg)
{
    struct http_server *server = arg;
    struct connection *connection = calloc(1, sizeof(*connection));
    SSL *ssl = SSL_new(server->tls);

    REQUIRE(connection && ssl);
    connection->server = server;
    connection->timer = evtimer_new(base, on_connection_late, connection);
    connection->bev = bufferevent_openssl_socket_new(base, -1, ssl, BUFFEREVENT_SSL_ACCEPTING,
                                                     BEV_OPT_CLOSE_ON_FREE);
    REQUIRE(connection->timer && connection->bev);
    bufferevent_openssl_set_allow_dirty_shutdown(connection->bev, 1);
    REQUIRE(SSL_set_ex_data(ssl, connection_slot, connection) == 1);
    connection_restart_timer(connection);
    server->connections++;
    if (server->connections >= LIMIT_API_CONNECTIONS && listener_of(server)) {
        server->paused = true;
        evconnlistener_disable(listener_of(server));
    }
    return connection->bev;
}

static struct connection *connection_of(struct evhttp_connection *evcon)
{
    struct bufferevent *bev = evhttp_connection_get_bufferevent(evcon);
    SSL *ssl = bev ? bufferevent_openssl_get_ssl(bev) : NULL;

    return ssl ? SSL_get_ex_data(ssl, connection_slot) : NULL;
}

/* ---- requests ---- */

static enum api_method method_of(struct evhttp_request *request)
{
    enum evhttp_cmd_type command = evhttp_request_get_command(request);

    if (command == EVHTTP_REQ_GET)
        return API_GET;
    if (command == EVHTTP_REQ_POST)
        return API_POST;
    if (command == EVHTTP_REQ_DELETE)
        return API_DELETE;
    return API_METHOD_INVALID;
}

static struct str header(struct exchange *exchange, const char *name)
{
    const char *value =
        evhttp_find_header(evhttp_request_get_input_headers(exchange->request), name);

    return value ? arena_copy(&exchange->call.arena, str_of(value)) : STR_NONE;
}

static struct str peer_of(struct exchange *exchange)
{
    struct evhttp_connection *evcon = evhttp_request_get_connection(exchange->request);
    char *address = NULL;
    ev_uint16_t port = 0;

    evhttp_connection_get_peer(evcon, &address, &port);
    return arena_printf(&exchange->call.arena, "%s:%u", address ? address : "", port);
}

static void take_token(struct exchange *exchange)
{
    struct str value = header(exchange, "Authorization");

    if (str_starts_nocase(value, STR("Bearer "))) {
        struct str token = str_trim(str_slice(value, 7, value.len));
        if (secret_set(&exchange->token, token.ptr, token.len))
            exchange->call.token = str_make(exchange->token.bytes, exchange->token.len);
    }
}

static void take_uri(struct exchange *exchange)
{
    struct api_call *call = &exchange->call;
    struct str uri = arena_copy(&call->arena, str_of(evhttp_request_get_uri(exchange->request)));

    if (!str_split(uri, '?', &call->path, &call->query)) {
        call->path = uri;
        call->query = STR_NONE;
    }
}

static void take_body(struct exchange *exchange)
{
    struct evbuffer *input = evhttp_request_get_input_buffer(exchange->request);
    size_t len = evbuffer_get_length(input);

    if (len > 0)
        exchange->call.body =
            arena_copy(&exchange->call.arena, str_make(evbuffer_pullup(input, -1), len));
}

/* ---- answers ---- */

static void add_headers(struct exchange *exchange)
{
    struct evkeyvalq *headers = evhttp_request_get_output_headers(exchange->request);
    const struct api_call *call = &exchange->call;
    char number[16];

    evhttp_add_header(headers, "Cache-Control", "no-store");
    evhttp_add_header(headers, "X-Content-Type-Options", "nosniff");
    evhttp_add_header(headers, "Strict-Transport-Security", "max-age=31536000");
    if (call->answer_type)
        evhttp_add_header(headers, "Content-Type", call->answer_type);
    if (call->etag[0])
        evhttp_add_header(headers, "ETag", call->etag);
    if (call->status == 401)
        evhttp_add_header(headers, "WWW-Authenticate", "Bearer realm=\"cardea\"");
    if (call->status == 405 && call->allow.ptr)
        evhttp_add_header(headers, "Allow", call->allow.ptr);
    if (call->retry_after_s) {
        snprintf(number, sizeof(number), "%u", call->retry_after_s);
        evhttp_add_header(headers, "Retry-After", number);
    }
}

static const char *reason_of(unsigned status)
{
    if (status < 300)
        return "OK";
    if (status < 400)
        return "Not Modified";
    return status < 500 ? "Refused" : "Failed";
}

static void exchange_free(struct exchange *exchange)
{
    list_remove(&exchange->link);
    api_call_release(&exchange->call);
    secret_release(&exchange->token);
    free(exchange);
}

static void send_answer(struct exchange *exchange)
{
    struct evbuffer *body = evbuffer_new();
    const struct api_call *call = &exchange->call;
    struct evhttp_connection *evcon = evhttp_request_get_connection(exchange->request);
    struct connection *connection = connection_of(evcon);

    evhttp_connection_set_closecb(evcon, NULL, NULL);
    if (connection)
        connection_restart_timer(connection);
    add_headers(exchange);
    if (body)
        evbuffer_add(body, call->answer.data, call->answer.len);
    evhttp_send_reply(exchange->request, (int)call->status, reason_of(call->status), body);
    if (body)
        evbuffer_free(body);
}

static void on_answered(struct api_call *call)
{
    struct exchange *exchange = call->transport;

    if (exchange->request)
        send_answer(exchange);
    exchange_free(exchange);
}

static void on_client_gone(struct evhttp_connection *evcon, void *arg)
{
    struct exchange *exchange = arg;

    (void)evcon;
    exchange->request = NULL;
}

static void on_request(struct evhttp_request *request, void *arg)
{
    struct http_server *server = arg;
    struct exchange *exchange = calloc(1, sizeof(*exchange));
    struct connection *connection = connection_of(evhttp_request_get_connection(request));

    if (!exchange || !connection) {
        free(exchange);
        evhttp_send_error(request, 503, NULL);
        return;
    }
    event_del(connection->timer);
    api_call_init(&exchange->call);
    list_append(&server->exchanges, &exchange->link);
    exchange->request = request;
    exchange->call.method = method_of(request);
    exchange->call.answered = on_answered;
    exchange->call.transport = exchange;
    take_uri(exchange);
    take_token(exchange);
    take_body(exchange);
    exchange->call.content_type = header(exchange, "Content-Type");
    exchange->call.if_none_match = header(exchange, "If-None-Match");
    exchange->call.peer = peer_of(exchange);
    evhttp_connection_set_closecb(evhttp_request_get_connection(request), on_client_gone, exchange);
    api_dispatch(server->api, &exchange->call);
}

/* ---- the server ---- */

struct http_server *http_server_new(struct event_base *base, struct api *api)
{
    struct http_server *server = calloc(1, sizeof(*server));

    if (connection_slot < 0)
        connection_slot = SSL_get_ex_new_index(0, NULL, NULL, NULL, on_ssl_freed);
    if (!server || connection_slot < 0 || !(server->http = evhttp_new(base))) {
        free(server);
        return NULL;
    }
    server->base = base;
    server->api = api;
    list_init(&server->exchanges);
    evhttp_set_bevcb(server->http, make_connection, server);
    evhttp_set_gencb(server->http, on_request, server);
    evhttp_set_max_headers_size(server->http, (ev_ssize_t)LIMIT_API_HEADERS);
    evhttp_set_max_body_size(server->http, (ev_ssize_t)LIMIT_API_BODY);
    evhttp_set_timeout(server->http, HTTP_REQUEST_S);
    evhttp_set_allowed_methods(server->http, EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_PUT |
                                                 EVHTTP_REQ_PATCH | EVHTTP_REQ_DELETE |
                                                 EVHTTP_REQ_HEAD | EVHTTP_REQ_OPTIONS);
    evhttp_set_default_content_type(server->http, NULL);
    return server;
}

void http_server_free(struct http_server *server)
{
    if (!server)
        return;
    list_each (node, &server->exchanges)
        list_entry(node, struct exchange, link)->request = NULL;
    server->bound = NULL; /* freed with the rest, before the connections */
    evhttp_free(server->http);
    SSL_CTX_free(server->tls);
    free(server);
}

static bool use_certificate(SSL_CTX *tls, struct str text)
{
    BIO *bio = BIO_new_mem_buf(text.ptr, (int)text.len);
    X509 *leaf = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
    bool ok = leaf && SSL_CTX_use_certificate(tls, leaf) == 1;
    X509 *link;

    while (ok && (link = PEM_read_bio_X509(bio, NULL, NULL, NULL))) {
        ok = SSL_CTX_add0_chain_cert(tls, link) == 1;
        if (!ok)
            X509_free(link);
    }
    ERR_clear_error(); /* the end of the file is told as an error */
    X509_free(leaf);
    BIO_free(bio);
    return ok;
}

static bool use_key(SSL_CTX *tls, const struct secret *secret)
{
    BIO *bio = BIO_new_mem_buf(secret->bytes, (int)secret->len);
    EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL) : NULL;
    bool ok = key && SSL_CTX_use_PrivateKey(tls, key) == 1 && SSL_CTX_check_private_key(tls) == 1;

    EVP_PKEY_free(key);
    BIO_free(bio);
    return ok;
}

bool http_server_set_certificate(struct http_server *server, struct str certificate,
                                 const struct secret *key, char *ret_error, size_t error_size)
{
    static const unsigned char session_context[] = "cardea api";
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
    const char *wrong = NULL;

    if (!tls || SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION) != 1)
        wrong = "TLS can't be set up";
    else if (!use_certificate(tls, certificate))
        wrong = "the certificate can't be read";
    else if (!use_key(tls, key))
        wrong = "the key can't be read or is not that of the certificate";
    if (wrong) {
        snprintf(ret_error, error_size, "%s", wrong);
        ERR_clear_error();
        SSL_CTX_free(tls);
        return false;
    }
    SSL_CTX_set_options(tls, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_session_id_context(tls, session_context, sizeof(session_context) - 1);
    SSL_CTX_free(server->tls);
    server->tls = tls;
    if (listener_of(server) && !server->paused)
        evconnlistener_enable(listener_of(server));
    return true;
}

bool http_server_listen(struct http_server *server, int fd)
{
    http_server_stop(server);
    server->bound = evhttp_accept_socket_with_handle(server->http, fd);
    server->paused = false;
    if (!server->bound) {
        close(fd);
        return false;
    }
    if (!server->tls)
        evconnlistener_disable(listener_of(server));
    return true;
}

void http_server_stop(struct http_server *server)
{
    if (server->bound)
        evhttp_del_accept_socket(server->http, server->bound);
    server->bound = NULL;
}

bool http_server_busy(const struct http_server *server)
{
    return !list_empty(&server->exchanges);
}

size_t http_server_connections(const struct http_server *server)
{
    return server->connections;
}
