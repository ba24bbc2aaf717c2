/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/client.h"

#include "cli/http.h"
#include "cli/token.h"
#include <sys/ioctl.h>
#include <unistd.h>

void client_init(struct client *client, const char *command)
{
    *client = (struct client){
        .command = command,
        .api = getenv("CARDEA_API"),
        .ca_file = getenv("CARDEA_CA"),
    };
}

void client_release(struct client *client)
{
    secret_release(&client->token);
}

bool client_option(struct client *client, int option, const char *value)
{
    switch (option) {
    case CLIENT_API:
        client->api = value;
        return true;
    case CLIENT_TOKEN_FILE:
        client->token_file = value;
        return true;
    case CLIENT_CA:
        client->ca_file = value;
        return true;
    case CLIENT_JSON:
        client->json = true;
        return true;
    default:
        return false;
    }
}

/* ---- requests ---- */

void client_path_put(struct buf *out, const char *text)
{
    static const char hex[] = "0123456789ABCDEF";

    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     (c && strchr("-._~", c));
        if (plain) {
            buf_put_u8(out, c);
        } else {
            buf_put_u8(out, '%');
            buf_put_u8(out, (uint8_t)hex[c >> 4]);
            buf_put_u8(out, (uint8_t)hex[c & 15]);
        }
    }
}

static bool take_token(struct client *client)
{
    char problem[512] = "";
    int64_t expires_at;

    if (client->token.len > 0)
        return true;
    if (token_get(client->token_file, &client->token, &expires_at, problem, sizeof(problem)))
        return true;
    fprintf(stderr, "cardea %s: %s\n", client->command, problem);
    return false;
}

static const char *advice(const char *code)
{
    static const struct {
        const char *code, *text;
    } rows[] = {
        {"identity.refused", "get a fresh token: cardea login"},
        {"identity.missing", "get a token: cardea login"},
        {"identity.unavailable", "try again in a moment; is the identity provider up?"},
        {"api.forbidden", "ask whoever configures the gateway to put your group under `control`"},
        {"approval.self", "someone else of the named groups has to decide it"},
        {"approval.not_approver", "cardea approvals show ID tells which groups may"},
        {"approval.state", "cardea approvals show ID tells what became of it"},
        {"limit.rate", "wait a minute"},
        {"audit.unavailable", "the gateway can't write its audit log; tell its operator"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (strcmp(rows[i].code, code) == 0)
            return rows[i].text;
    return NULL;
}

static void print_problem(const struct client *client, long status, const json_t *answer)
{
    const char *title = client_text(answer, "title"), *detail = client_text(answer, "detail");
    const char *code = client_text(answer, "code"), *hint = advice(code);

    if (!title[0]) {
        fprintf(stderr, "cardea %s: HTTP status %ld: is this the address of a gateway's API? %s\n",
                client->command, status, client->api);
        return;
    }
    fprintf(stderr, "cardea %s: %s%s%s (%s)\n", client->command, title, detail[0] ? ": " : "",
            detail, code);
    if (hint)
        fprintf(stderr, "  %s\n", hint);
}

static json_t *take_answer(const struct client *client, const struct cli_http_response *response)
{
    json_t *answer =
        json_loadb(response->body.data ? response->body.data : "", response->body.len, 0, NULL);

    if (response->status >= 200 && response->status < 300 && answer)
        return answer;
    print_problem(client, response->status, answer);
    json_decref(answer);
    return NULL;
}

static void print_json(const json_t *answer)
{
    json_dumpf(answer, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
    putchar('\n');
}

static json_t *ask_quietly(struct client *client, const char *method, const char *path,
                           json_t *body)
{
    char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
    char url[4096], problem[512] = "";
    struct cli_http_response response;
    json_t *answer = NULL;

    json_decref(body);
    if (!client->api || !client->api[0]) {
        fprintf(stderr, "cardea %s: where is the gateway's API? Say --api URL or set CARDEA_API\n",
                client->command);
    } else if (take_token(client)) {
        size_t len = strlen(client->api);
        len -= client->api[len - 1] == '/';
        snprintf(url, sizeof(url), "%.*s%s", (int)len, client->api, path);
        struct cli_http_request request = {
            .method = method,
            .url = url,
            .body = str_of(text),
            .content_type = text ? "application/json" : NULL,
            .bearer = str_make(client->token.bytes, client->token.len),
            .ca_file = client->ca_file,
        };
        if (cli_http(&request, &response, problem, sizeof(problem)))
            answer = take_answer(client, &response);
        else
            fprintf(stderr, "cardea %s: %s\n", client->command, problem);
        cli_http_response_release(&response);
    }
    free(text);
    return answer;
}

json_t *client_ask(struct client *client, const char *method, const char *path, json_t *body)
{
    json_t *answer = ask_quietly(client, method, path, body);

    if (answer && client->json)
        print_json(answer);
    return answer;
}

json_t *client_ask_all(struct client *client, const char *path)
{
    json_t *all = json_array(), *page = NULL;
    struct buf next;
    bool ok = true;

    buf_init(&next, 4096);
    buf_printf(&next, "%s", path);
    do {
        buf_put_u8(&next, 0);
        page = next.failed ? NULL : ask_quietly(client, "GET", next.data, NULL);
        ok = page && json_array_extend(all, json_object_get(page, "items")) == 0;
        buf_clear(&next);
        if (ok && client_text(page, "next")[0]) {
            buf_printf(&next, "%s%cafter=", path, strchr(path, '?') ? '&' : '?');
            client_path_put(&next, client_text(page, "next"));
        }
        json_decref(page);
    } while (ok && next.len > 0);
    buf_release(&next);
    if (ok && client->json)
        print_json(all);
    if (ok)
        return all;
    json_decref(all);
    return NULL;
}

/* ---- values ---- */

const char *client_text(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text ? text : "";
}

long long client_number(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

const char *client_person(const json_t *object, const char *name)
{
    const json_t *person = json_object_get(object, name);
    const char *text = client_text(person, "name");

    return text[0] ? text : client_text(person, "subject");
}

const char *client_time(const json_t *object, const char *name, char out[20])
{
    const char *text = client_text(object, name);

    snprintf(out, 20, "%.10s %.8s", text, strlen(text) > 19 ? text + 11 : "");
    return text[0] ? out : "";
}

/* ---- tables ---- */

/* A copy in which nothing moves the cursor or ends the line. */
static char *clean(const char *text)
{
    char *copy = strdup(text);

    REQUIRE(copy);
    for (char *c = copy; *c; c++) {
        unsigned char byte = (unsigned char)*c;
        if (byte == '\n' || byte == '\t' || byte == '\r')
            *c = ' ';
        else if (byte < 0x20 || byte == 0x7F)
            *c = '?';
        else if (byte == 0xC2 && (unsigned char)c[1] >= 0x80 && (unsigned char)c[1] < 0xA0)
            c[0] = c[1] = '?'; /* C1 controls */
    }
    return copy;
}

void table_init(struct table *table, size_t columns, const char *const *headings)
{
    REQUIRE(columns <= TABLE_COLUMNS);
    *table = (struct table){.columns = columns};
    for (size_t i = 0; i < columns; i++)
        table_cell(table, headings[i]);
}

void table_cell(struct table *table, const char *text)
{
    if (table->count == table->capacity) {
        table->capacity = table->capacity ? 2 * table->capacity : 64;
        table->cells = reallocarray(table->cells, table->capacity, sizeof(char *));
        REQUIRE(table->cells);
    }
    table->cells[table->count++] = clean(text);
}

/* Characters, counted as UTF-8 starts. */
static size_t width_of(const char *text)
{
    size_t width = 0;

    for (; *text; text++)
        width += ((unsigned char)*text & 0xC0) != 0x80;
    return width;
}

static size_t terminal_width(void)
{
    struct winsize size;

    if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20)
        return size.ws_col;
    return SIZE_MAX;
}

/* At most `room` characters. */
static void print_cut(const char *text, size_t room)
{
    const char *end = text;

    for (size_t n = 0; *end; end++)
        if (((unsigned char)*end & 0xC0) != 0x80 && n++ == room)
            break;
    printf("%.*s\n", (int)(end - text), text);
}

static void print_row(const struct table *table, char **row, const size_t *widths, size_t room)
{
    size_t used = 0;

    for (size_t i = 0; i + 1 < table->columns; i++) {
        printf("%s%*s", row[i], (int)(widths[i] - width_of(row[i]) + 2), "");
        used += widths[i] + 2;
    }
    print_cut(row[table->columns - 1], used < room ? room - used : 0);
}

void table_end(struct table *table, bool shown)
{
    size_t widths[TABLE_COLUMNS] = {0}, room = terminal_width();

    for (size_t i = 0; i < table->count; i++) {
        size_t width = width_of(table->cells[i]);
        if (width > widths[i % table->columns])
            widths[i % table->columns] = width;
    }
    for (size_t i = 0; shown && i + table->columns <= table->count; i += table->columns)
        print_row(table, &table->cells[i], widths, room);
    for (size_t i = 0; i < table->count; i++)
        free(table->cells[i]);
    free(table->cells);
    *table = (struct table){0};
}

void client_print_text(const char *label, const char *text)
{
    char *copy = clean(text);

    printf("%-12s%s\n", label, copy);
    free(copy);
}
