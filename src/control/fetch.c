/* SPDX-License-Identifier: Apache-2.0
 *
 *   curl says which socket to watch ---> libevent watches ---> curl_multi_socket_action
 *   curl says when to wake it      ---> one timer        ---> the same
 */
#include "control/fetch.h"

#include "base/buf.h"
#include "base/list.h"
#include <curl/curl.h>

struct fetcher {
    struct event_base *base;
    CURLM *multi;
    struct event *timer;
    struct list transfers;
};

struct transfer {
    struct list link;
    struct fetcher *fetcher;
    struct fetch_request request;
    CURL *easy;
    struct buf body;
    int64_t max_age_s;
    char error[CURL_ERROR_SIZE];
};

/* ---- addresses ---- */

/* The host of what stands behind `scheme://`, without its port. */
static struct str host_of(struct str rest)
{
    struct str authority = rest;
    ptrdiff_t end;

    for (size_t i = 0; i < rest.len; i++) {
        if (rest.ptr[i] == '/' || rest.ptr[i] == '?') {
            authority = str_slice(rest, 0, i);
            break;
        }
    }
    if (authority.len > 0 && authority.ptr[0] == '[') {
        end = str_find_char(authority, ']');
        return end < 0 ? STR_NONE : str_slice(authority, 0, (size_t)end + 1);
    }
    end = str_find_char(authority, ':');
    return end < 0 ? authority : str_slice(authority, 0, (size_t)end);
}

/* Four numbers and the first of them 127: a name such as 127.example.org is none. */
static bool is_loopback_ipv4(struct str host)
{
    struct str part, rest = host;
    uint64_t number;
    int parts = 1;
    bool first = true;

    while (str_split(rest, '.', &part, &rest)) {
        if (!str_to_u64(part, 255, &number) || (first && number != 127))
            return false;
        first = false;
        parts++;
    }
    return parts == 4 && str_to_u64(rest, 255, &number);
}

static bool is_loopback(struct str host)
{
    return str_equal_nocase(host, STR("localhost")) || str_equal(host, STR("[::1]")) ||
           is_loopback_ipv4(host);
}

static bool is_plain(struct str url)
{
    for (size_t i = 0; i < url.len; i++) {
        unsigned char c = (unsigned char)url.ptr[i];
        if (c <= 0x20 || c >= 0x7F || c == '@' || c == '#' || c == '\\')
            return false;
    }
    return true;
}

bool fetch_url_allowed(struct str url)
{
    static const struct str https = STR_INIT("https://"), http = STR_INIT("http://");

    if (!is_plain(url))
        return false;
    if (str_starts(url, https))
        return host_of(str_slice(url, https.len, url.len)).len > 0;
    return str_starts(url, http) && is_loopback(host_of(str_slice(url, http.len, url.len)));
}

/* ---- one transfer ---- */

static void transfer_free(struct transfer *transfer)
{
    curl_multi_remove_handle(transfer->fetcher->multi, transfer->easy);
    curl_easy_cleanup(transfer->easy);
    list_remove(&transfer->link);
    buf_release(&transfer->body);
    free(transfer);
}

static size_t on_body(char *bytes, size_t size, size_t count, void *arg)
{
    struct transfer *transfer = arg;

    buf_put(&transfer->body, bytes, size * count);
    return transfer->body.failed ? 0 : size * count;
}

/* Cache-Control: ..., max-age=300 */
static size_t on_header(char *bytes, size_t size, size_t count, void *arg)
{
    struct transfer *transfer = arg;
    struct str line = str_make(bytes, size * count), name, value, directive;
    uint64_t seconds;

    if (!str_split(line, ':', &name, &value) || !str_equal_nocase(name, STR("Cache-Control")))
        return line.len;
    while (value.len > 0) {
        if (!str_split(value, ',', &directive, &value)) {
            directive = value;
            value = STR_NONE;
        }
        directive = str_trim(directive);
        if (str_starts_nocase(directive, STR("max-age=")) &&
            str_to_u64(str_slice(directive, 8, directive.len), 1U << 30, &seconds))
            transfer->max_age_s = (int64_t)seconds;
    }
    return line.len;
}

static void finish(struct transfer *transfer, CURLcode code)
{
    struct fetch_answer answer = {.max_age_s = transfer->max_age_s};
    char problem[CURL_ERROR_SIZE + 64] = "";
    long status = 0;

    curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    if (transfer->body.failed)
        snprintf(problem, sizeof(problem), "the answer is larger than %zu bytes",
                 transfer->body.max);
    else if (code != CURLE_OK)
        snprintf(problem, sizeof(problem), "%s",
                 transfer->error[0] ? transfer->error : curl_easy_strerror(code));
    else if (status != 200)
        snprintf(problem, sizeof(problem), "HTTP status %ld", status);
    answer.ok = problem[0] == '\0';
    answer.problem = problem;
    answer.body = buf_str(&transfer->body);
    transfer->request.done(transfer->request.arg, &answer);
    transfer_free(transfer);
}

static void take_finished(struct fetcher *fetcher)
{
    struct transfer *transfer = NULL;
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(fetcher->multi, &left))) {
        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&transfer);
        finish(transfer, message->data.result);
    }
}

/* ---- curl and the event loop ---- */

static void on_socket(evutil_socket_t fd, short what, void *arg)
{
    struct fetcher *fetcher = arg;
    int running, action = 0;

    action |= what & EV_READ ? CURL_CSELECT_IN : 0;
    action |= what & EV_WRITE ? CURL_CSELECT_OUT : 0;
    curl_multi_socket_action(fetcher->multi, fd, action, &running);
    take_finished(fetcher);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct fetcher *fetcher = arg;
    int running;

    (void)fd, (void)what;
    curl_multi_socket_action(fetcher->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    take_finished(fetcher);
}

static int want_timer(CURLM *multi, long timeout_ms, void *arg)
{
    struct fetcher *fetcher = arg;
    struct timeval wait = {timeout_ms / 1000, timeout_ms % 1000 * 1000};

    (void)multi;
    if (timeout_ms < 0)
        event_del(fetcher->timer);
    else
        event_add(fetcher->timer, &wait);
    return 0;
}

static int want_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *watched)
{
    struct fetcher *fetcher = arg;
    struct event *event = watched;
    short kind = EV_PERSIST;

    (void)easy;
    if (event)
        event_free(event);
    curl_multi_assign(fetcher->multi, fd, NULL);
    if (what == CURL_POLL_REMOVE)
        return 0;
    if (what & CURL_POLL_IN)
        kind |= EV_READ;
    if (what & CURL_POLL_OUT)
        kind |= EV_WRITE;
    event = event_new(fetcher->base, fd, kind, on_socket, fetcher);
    if (!event || event_add(event, NULL) != 0)
        return -1;
    curl_multi_assign(fetcher->multi, fd, event);
    return 0;
}

struct fetcher *fetch_new(struct event_base *base)
{
    struct fetcher *fetcher = calloc(1, sizeof(*fetcher));

    if (!fetcher)
        return NULL;
    list_init(&fetcher->transfers);
    fetcher->base = base;
    fetcher->multi = curl_multi_init();
    fetcher->timer = evtimer_new(base, on_timer, fetcher);
    if (!fetcher->multi || !fetcher->timer) {
        fetch_free(fetcher);
        return NULL;
    }
    curl_multi_setopt(fetcher->multi, CURLMOPT_SOCKETFUNCTION, want_socket);
    curl_multi_setopt(fetcher->multi, CURLMOPT_SOCKETDATA, fetcher);
    curl_multi_setopt(fetcher->multi, CURLMOPT_TIMERFUNCTION, want_timer);
    curl_multi_setopt(fetcher->multi, CURLMOPT_TIMERDATA, fetcher);
    return fetcher;
}

void fetch_free(struct fetcher *fetcher)
{
    if (!fetcher)
        return;
    list_each_safe (node, &fetcher->transfers)
        transfer_free(list_entry(node, struct transfer, link));
    if (fetcher->multi)
        curl_multi_cleanup(fetcher->multi);
    if (fetcher->timer)
        event_free(fetcher->timer);
    free(fetcher);
}

static void set_options(struct transfer *transfer)
{
    const struct fetch_request *request = &transfer->request;
    struct curl_blob ca = {(void *)(uintptr_t)request->ca.ptr, request->ca.len, CURL_BLOB_COPY};
    CURL *easy = transfer->easy;

    curl_easy_setopt(easy, CURLOPT_URL, request->url);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https,http");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, request->timeout_ms);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "cardea/" CARDEA_VERSION);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error);
    if (request->ca.len > 0) {
        curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
        curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
        curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &ca);
    }
}

bool fetch_start(struct fetcher *fetcher, const struct fetch_request *request)
{
    struct transfer *transfer;

    if (!fetch_url_allowed(str_of(request->url)))
        return false;
    transfer = calloc(1, sizeof(*transfer));
    if (!transfer)
        return false;
    list_append(&fetcher->transfers, &transfer->link);
    transfer->fetcher = fetcher;
    transfer->request = *request;
    transfer->max_age_s = -1;
    buf_init(&transfer->body, request->max_bytes);
    transfer->easy = curl_easy_init();
    if (transfer->easy)
        set_options(transfer);
    if (!transfer->easy || curl_multi_add_handle(fetcher->multi, transfer->easy) != CURLM_OK) {
        transfer_free(transfer);
        return false;
    }
    return true;
}
