#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * What the commands that speak with the gateway's API share: the options that say where it is and
 * who asks, one request, answers as tables or JSON, errors that say what to do.
 *
 *   --api URL       or CARDEA_API        https://gateway.example:8443
 *   --token-file F  or CARDEA_TOKEN_FILE; else the token of `cardea login`
 *   --ca F          or CARDEA_CA         PEM; else the system's
 *   --json                               the API's answer as it came
 */
#include "base/buf.h"
#include "base/secret.h"
#include <getopt.h>
#include <jansson.h>

#define COMMAND(name, function, summary) int function(int argc, char **argv);
#include "cli/commands.h"
#undef COMMAND

struct client {
    const char *command; /* for messages: "approvals" */
    const char *api, *token_file, *ca_file;
    bool json;
    struct secret token; /* fetched with the first request */
};

/* Values of the common options in getopt_long's table; a command's own are below 256. */
enum { CLIENT_API = 256, CLIENT_TOKEN_FILE, CLIENT_CA, CLIENT_JSON, CLIENT_HELP };
#define CLIENT_OPTIONS                                                                             \
    {"api", required_argument, NULL, CLIENT_API},                                                  \
        {"token-file", required_argument, NULL, CLIENT_TOKEN_FILE},                                \
        {"ca", required_argument, NULL, CLIENT_CA}, {"json", no_argument, NULL, CLIENT_JSON},      \
        {"help", no_argument, NULL, CLIENT_HELP},                                                  \
    {                                                                                              \
        "h", no_argument, NULL, CLIENT_HELP                                                        \
    }
#define CLIENT_HELP_TEXT                                                                           \
    "  --api URL         the gateway's API (CARDEA_API)\n"                                         \
    "  --token-file F    a file with your token (CARDEA_TOKEN_FILE); else that of cardea login\n"  \
    "  --ca F            certificates to trust, PEM (CARDEA_CA); else the system's\n"              \
    "  --json            the API's answer as it came\n"

/* From the environment. */
void client_init(struct client *client, const char *command);
void client_release(struct client *client);
/* True when `option` was one of the common ones and is taken. */
bool client_option(struct client *client, int option, const char *value);

/* One request; `body` is taken (decref'd) and may be NULL. The answer as a JSON value that the
 * caller decrefs, or NULL: a message was printed. With --json the answer is printed already. */
json_t *client_ask(struct client *client, const char *method, const char *path, json_t *body);
/* Percent-encodes one segment of a path or one value of a query at the end of `out`. */
void client_path_put(struct buf *out, const char *text);
/* A GET of all pages: the items in one array. */
json_t *client_ask_all(struct client *client, const char *path);

/* ---- showing ---- */

/* "" when it is not there or not a string. */
const char *client_text(const json_t *object, const char *name);
long long client_number(const json_t *object, const char *name);
/* The name, else the subject. */
const char *client_person(const json_t *object, const char *name);
/* "2026-11-22 17:00:00" of an RFC 3339 time, or "". */
const char *client_time(const json_t *object, const char *name, char out[20]);

/* A table: columns as wide as their widest cell, the last one cut at the terminal's edge. */
#define TABLE_COLUMNS 8
struct table {
    size_t columns;
    char **cells; /* owned; row by row */
    size_t count, capacity;
};
void table_init(struct table *table, size_t columns, const char *const *headings);
void table_cell(struct table *table, const char *text);
/* Prints it when `shown`, and releases it. Control characters are shown as `?`: what is shown was
 * written by others. */
void table_end(struct table *table, bool shown);
/* The same care for a single line of text. */
void client_print_text(const char *label, const char *text);
