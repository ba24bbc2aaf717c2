/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/client.h"

static const char help[] =
    "usage: cardea logins issue TARGET [--minutes N]\n"
    "       cardea logins list\n"
    "\n"
    "A random user name and password for tools that can hand over no token: good for one target\n"
    "and some minutes, and for you alone.\n"
    "\n"
    "  --minutes N       how long it is good\n" CLIENT_HELP_TEXT;

static int list(struct client *client)
{
    static const char *const headings[] = {"USER", "WHO", "TARGET", "ISSUED", "EXPIRES"};
    json_t *items = client_ask_all(client, "/api/v1/logins"), *item;
    struct table table;
    char when[20];
    size_t i;

    if (!items)
        return 1;
    table_init(&table, ARRAY_LEN(headings), headings);
    json_array_foreach(items, i, item)
    {
        table_cell(&table, client_text(item, "user"));
        table_cell(&table, client_person(item, "identity"));
        table_cell(&table, client_text(item, "target"));
        table_cell(&table, client_time(item, "issued", when));
        table_cell(&table, client_time(item, "expires", when));
    }
    table_end(&table, !client->json);
    json_decref(items);
    return 0;
}

static int issue(struct client *client, const char *target, long minutes)
{
    json_t *body = json_pack("{s:s}", "target", target), *answer;
    char when[20];

    if (minutes > 0)
        json_object_set_new(body, "minutes", json_integer(minutes));
    answer = client_ask(client, "POST", "/api/v1/logins", body);
    if (answer && !client->json) {
        client_print_text("user", client_text(answer, "user"));
        client_print_text("password", client_text(answer, "password"));
        client_print_text("target", client_text(answer, "target"));
        client_print_text("good until", client_time(answer, "expires", when));
    }
    json_decref(answer);
    return !answer;
}

int cli_logins(int argc, char **argv)
{
    static const struct option table[] = {
        {"minutes", required_argument, NULL, 'm'}, CLIENT_OPTIONS, {0}};
    struct client client;
    int option, status = 2;
    uint64_t minutes = 0;

    client_init(&client, "logins");
    while ((option = getopt_long(argc, argv, "", table, NULL)) != -1) {
        if (client_option(&client, option, optarg))
            continue;
        if (option == 'm' && str_to_u64(str_of(optarg), 1440, &minutes) && minutes > 0)
            continue;
        if (option == 'm')
            fprintf(stderr, "cardea logins: --minutes is a number from 1 to 1440\n");
        else
            fputs(help, option == CLIENT_HELP ? stdout : stderr);
        return option == CLIENT_HELP ? 0 : 2;
    }
    if (argc - optind == 1 && strcmp(argv[optind], "list") == 0)
        status = list(&client);
    else if (argc - optind == 2 && strcmp(argv[optind], "issue") == 0)
        status = issue(&client, argv[optind + 1], (long)minutes);
    else
        fputs(help, stderr);
    client_release(&client);
    return status;
}
