/* SPDX-License-Identifier: Apache-2.0
 *
 * Against a small HTTP server on the same event loop.
 */
#include "../test.h"
#include "base/attr.h"
#include "control/issuers.h"

#include <event2/buffer.h>
#include <event2/http.h>
#include <netinet/in.h>
#include <sys/socket.h>

static struct event_base *base;
static struct evhttp *http;
static char url[64], discovery[512], key_set[256];
static int discovery_status, key_status;
static unsigned given, tried_well, tried_badly, hits;
static char last_keys[256], last_problem[256];

static void on_request(struct evhttp_request *request, void *arg)
{
    struct evbuffer *out = evbuffer_new();
    bool keys = strcmp(evhttp_request_get_uri(request), "/keys") == 0;
    int status = keys ? key_status : discovery_status;

    (void)arg;
    hits++;
    evbuffer_add_printf(out, "%s", keys ? key_set : discovery);
    evhttp_add_header(evhttp_request_get_output_headers(request), "Location", "http://127.0.0.1/");
    evhttp_send_reply(request, status, "-", out);
    evbuffer_free(out);
}

static void on_keys(void *owner, struct str name, struct str jwks)
{
    (void)owner;
    assert_str(name, STR("test"));
    given++;
    snprintf(last_keys, sizeof(last_keys), "%.*s", STR_ARG(jwks));
}

static void on_tried(void *owner, struct str name, const char *problem)
{
    (void)owner, (void)name;
    tried_well += !problem;
    tried_badly += problem != NULL;
    snprintf(last_problem, sizeof(last_problem), "%s", problem ? problem : "");
}

static int setup(void **state)
{
    struct sockaddr_in address;
    socklen_t len = sizeof(address);

    (void)state;
    base = event_base_new();
    http = evhttp_new(base);
    struct evhttp_bound_socket *bound = evhttp_bind_socket_with_handle(http, "127.0.0.1", 0);
    getsockname(evhttp_bound_socket_get_fd(bound), (struct sockaddr *)&address, &len);
    evhttp_set_gencb(http, on_request, NULL);
    snprintf(url, sizeof(url), "http://127.0.0.1:%u", ntohs(address.sin_port));
    snprintf(discovery, sizeof(discovery), "{\"issuer\":\"%s\",\"jwks_uri\":\"%s/keys\"}", url,
             url);
    snprintf(key_set, sizeof(key_set), "{\"keys\":[1]}");
    discovery_status = key_status = 200;
    given = tried_well = tried_badly = hits = 0;
    last_keys[0] = last_problem[0] = '\0';
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    evhttp_free(http);
    event_base_free(base);
    return 0;
}

static struct issuers *make(void)
{
    static const struct issuers_events events = {NULL, on_keys, on_tried};
    struct issuers *issuers = issuers_new(base, &events);
    struct issuer_source source = {.name = STR("test"), .url = str_of(url), .refresh_ms = 3600000};

    assert_true(issuers_configure(issuers, &source, 1));
    return issuers;
}

/* Runs the loop until so many tries are over, three seconds at most. */
static void run_until(unsigned tries)
{
    struct timeval slice = {0, 10000};

    for (int i = 0; i < 300 && tried_well + tried_badly < tries; i++) {
        event_base_loopexit(base, &slice);
        event_base_dispatch(base);
    }
    assert_true(tried_well + tried_badly >= tries);
}

static void addresses(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        bool allowed;
    } rows[] = {
        {"https://id.example/", true},
        {"https://id.example:8443/x?y", true},
        {"http://127.0.0.1:3000/x", true},
        {"http://127.9.9.9", true},
        {"http://localhost:1", true},
        {"http://LOCALHOST/", true},
        {"http://[::1]:80/", true},
        {"http://id.example/", false},
        {"http://localhost.evil.example/", false},
        {"http://127.0.0.1.evil.example/", false},
        {"http://127.evil.example/", false},
        {"http://127.0.0.1@evil.example/", false},
        {"http://127.0.0.1?@evil.example/", false},
        {"http://evil.example#127.0.0.1", false},
        {"http://127.0.0.1\\@evil.example", false},
        {"http://128.0.0.1/", false},
        {"http://[::2]/", false},
        {"http://0.0.0.0/", false},
        {"file:///etc/passwd", false},
        {"ftp://127.0.0.1/", false},
        {"HTTPS://id.example", false},
        {"https://", false},
        {"https:///x", false},
        {"https://a b", false},
        {"", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (fetch_url_allowed(str_of(rows[i].url)) != rows[i].allowed)
            fail_msg("%s", rows[i].url);
}

static void discovered_and_rotated(void **state)
{
    (void)state;
    struct issuers *issuers = make();
    size_t count;

    assert_int_equal(issuers_with_keys(issuers, &count), 0);
    run_until(1);
    assert_string_equal(last_keys, "{\"keys\":[1]}");
    assert_int_equal(issuers_with_keys(issuers, &count), 1);
    assert_int_equal(count, 1);
    snprintf(key_set, sizeof(key_set), "{\"keys\":[2]}");
    issuers_want(issuers, STR("test"));
    run_until(2);
    assert_string_equal(last_keys, "{\"keys\":[2]}");
    /* the issuer is down: what is there stays, and who waits is told at once */
    key_status = 500;
    issuers_want(issuers, STR("test"));
    run_until(3);
    assert_int_equal(tried_badly, 1);
    assert_int_equal(given, 3);
    assert_string_equal(last_keys, "{\"keys\":[2]}");
    issuers_repeat(issuers);
    assert_int_equal(given, 4);
    issuers_free(issuers);
}

static void unknown_keys_do_not_flood_the_issuer(void **state)
{
    (void)state;
    struct issuers *issuers = make();

    run_until(1);
    for (unsigned i = 0; i < ISSUER_WANTS; i++) {
        issuers_want(issuers, STR("test"));
        issuers_want(issuers, STR("test")); /* under way: no second one */
        run_until(2 + i);
    }
    unsigned before = hits, gave = given;
    for (int i = 0; i < 100; i++)
        issuers_want(issuers, STR("test"));
    run_until(0);
    assert_int_equal(hits, before);
    assert_int_equal(given, gave + 100); /* answered from what is there */
    issuers_want(issuers, STR("other"));
    issuers_free(issuers);
}

static void retried_soon(void **state)
{
    (void)state;
    discovery_status = 503;
    struct issuers *issuers = make();

    run_until(1);
    assert_int_equal(given, 0);
    discovery_status = 200;
    run_until(2);
    assert_int_equal(given, 1);
    issuers_free(issuers);
}

static void what_is_not_taken(void **state)
{
    (void)state;
    static const struct {
        const char *discovery, *keys, *problem;
        int status;
    } rows[] = {
        {"{\"issuer\":\"http://127.0.0.1:1\",\"jwks_uri\":\"http://127.0.0.1:1/\"}", "",
         "another issuer", 200},
        {"nonsense", "", "not JSON", 200},
        {NULL, "{\"keys\":1}", "not a JWK set", 200},
        {NULL, "x", "not a JWK set", 200},
        {NULL, NULL, "HTTP status 302", 302},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        setup(NULL);
        if (rows[i].discovery)
            snprintf(discovery, sizeof(discovery), "%s", rows[i].discovery);
        if (rows[i].keys)
            snprintf(key_set, sizeof(key_set), "%s", rows[i].keys);
        discovery_status = rows[i].status;
        struct issuers *issuers = make();
        run_until(1);
        if (given > 0 || !strstr(last_problem, rows[i].problem))
            fail_msg("row %zu: %s", i, last_problem);
        issuers_free(issuers);
        teardown(NULL);
    }
    setup(NULL);
    snprintf(discovery, sizeof(discovery),
             "{\"issuer\":\"%s\",\"jwks_uri\":\"http://192.0.2.1/keys\"}", url);
    struct issuers *issuers = make();
    run_until(1);
    assert_non_null(strstr(last_problem, "jwks_uri"));
    issuers_free(issuers);
    teardown(NULL);
}

static void from_a_file(void **state)
{
    (void)state;
    static const struct issuers_events events = {NULL, on_keys, on_tried};
    struct issuers *issuers = issuers_new(base, &events);
    struct issuer_source source = {
        .name = STR("test"), .url = str_of(url), .jwks = STR("{\"keys\":[7]}")};

    assert_true(issuers_configure(issuers, &source, 1));
    assert_string_equal(last_keys, "{\"keys\":[7]}");
    issuers_want(issuers, STR("test"));
    assert_int_equal(hits, 0);
    assert_true(issuers_configure(issuers, NULL, 0));
    issuers_free(issuers);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses),
        TEST(discovered_and_rotated),
        TEST(unknown_keys_do_not_flood_the_issuer),
        TEST(retried_soon),
        cmocka_unit_test(what_is_not_taken),
        TEST(from_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
