/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/client.h"

static const char help[] = "usage: cardea status\n"
                           "\n"
                           "The gateway in a few lines, and who you are to it.\n"
                           "\n" CLIENT_HELP_TEXT;

static void show_processes(const json_t *status)
{
    static const char *const headings[] = {"PROCESS", "SESSIONS", "LAST SEEN"};
    const json_t *process;
    struct table table;
    size_t i;

    table_init(&table, ARRAY_LEN(headings), headings);
    json_array_foreach(json_object_get(status, "processes"), i, process)
    {
        char name[64], count[24], when[20];
        snprintf(name, sizeof(name), "%s/%lld", client_text(process, "role"),
                 client_number(process, "index"));
        snprintf(count, sizeof(count), "%lld", client_number(process, "sessions"));
        table_cell(&table, name);
        table_cell(&table, count);
        table_cell(&table, client_time(process, "seen", when));
    }
    printf("\n");
    table_end(&table, true);
}

static void show(const json_t *status, const json_t *whoami)
{
    char number[24], who[256];

    client_print_text("version", client_text(status, "version"));
    client_print_text("ready", json_is_true(json_object_get(status, "ready"))
                                   ? "yes"
                                   : client_text(status, "missing"));
    snprintf(number, sizeof(number), "%lld", client_number(status, "sessions"));
    client_print_text("sessions", number);
    snprintf(who, sizeof(who), "%lld that you may decide", client_number(status, "pending"));
    client_print_text("requests", who);
    snprintf(who, sizeof(who), "%s of %s, role %s", client_text(whoami, "subject"),
             client_text(whoami, "issuer"), client_text(whoami, "role"));
    client_print_text("you are", who);
    show_processes(status);
}

int cli_status(int argc, char **argv)
{
    static const struct option table[] = {CLIENT_OPTIONS, {0}};
    json_t *status, *whoami = NULL;
    struct client client;
    int option;

    client_init(&client, "status");
    while ((option = getopt_long(argc, argv, "", table, NULL)) != -1) {
        if (client_option(&client, option, optarg))
            continue;
        fputs(help, option == CLIENT_HELP ? stdout : stderr);
        return option == CLIENT_HELP ? 0 : 2;
    }
    status = client_ask(&client, "GET", "/api/v1/status", NULL);
    if (status && !client.json)
        whoami = client_ask(&client, "GET", "/api/v1/whoami", NULL);
    if (whoami)
        show(status, whoami);
    option = !status || (!client.json && !whoami);
    json_decref(status);
    json_decref(whoami);
    client_release(&client);
    return option;
}
