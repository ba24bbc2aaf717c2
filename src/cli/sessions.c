/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/client.h"

static const char help[] =
    "usage: cardea sessions list [--target T]\n"
    "       cardea sessions kill ID [--reason TEXT]\n"
    "\n"
    "Clients that are logged in: your own, or all for viewers. Admins end any.\n"
    "\n"
    "  --target T        those on this target\n"
    "  --reason TEXT     for the record\n" CLIENT_HELP_TEXT;

static void add_row(struct table *table, const json_t *item)
{
    char when[20], count[24];

    snprintf(count, sizeof(count), "%lld", client_number(item, "statements"));
    table_cell(table, client_text(item, "id"));
    table_cell(table, client_person(item, "identity"));
    table_cell(table, client_text(item, "target"));
    table_cell(table, client_text(item, "peer"));
    table_cell(table, client_time(item, "opened", when));
    table_cell(table, client_text(item, "state"));
    table_cell(table, count);
    table_cell(table, client_text(item, "statement"));
}

static int list(struct client *client, const char *target)
{
    static const char *const headings[] = {"ID",     "WHO",   "TARGET",     "FROM",
                                           "OPENED", "STATE", "STATEMENTS", "LAST"};
    struct table table;
    json_t *items, *item;
    struct buf path;
    size_t i;

    buf_init(&path, 4096);
    buf_printf(&path, "/api/v1/sessions?limit=200%s", target ? "&target=" : "");
    if (target)
        client_path_put(&path, target);
    buf_put_u8(&path, 0);
    items = client_ask_all(client, path.failed ? "" : path.data);
    buf_release(&path);
    if (!items)
        return 1;
    table_init(&table, ARRAY_LEN(headings), headings);
    json_array_foreach(items, i, item) add_row(&table, item);
    table_end(&table, !client->json);
    json_decref(items);
    return 0;
}

static int kill_one(struct client *client, const char *id, const char *reason)
{
    json_t *answer;
    struct buf path;

    buf_init(&path, 4096);
    buf_printf(&path, "/api/v1/sessions/");
    client_path_put(&path, id);
    buf_printf(&path, "/kill");
    buf_put_u8(&path, 0);
    answer = client_ask(client, "POST", path.failed ? "" : path.data,
                        reason ? json_pack("{s:s}", "reason", reason) : json_object());
    buf_release(&path);
    if (answer && !client->json)
        printf("%s: told to end\n", client_text(answer, "id"));
    json_decref(answer);
    return !answer;
}

int cli_sessions(int argc, char **argv)
{
    static const struct option table[] = {
        {"target", required_argument, NULL, 't'},
        {"reason", required_argument, NULL, 'r'},
        CLIENT_OPTIONS,
        {0},
    };
    const char *target = NULL, *reason = NULL;
    struct client client;
    int option, status = 2;

    client_init(&client, "sessions");
    while ((option = getopt_long(argc, argv, "", table, NULL)) != -1) {
        if (client_option(&client, option, optarg))
            continue;
        if (option == 't')
            target = optarg;
        else if (option == 'r')
            reason = optarg;
        else {
            fputs(help, option == CLIENT_HELP ? stdout : stderr);
            return option == CLIENT_HELP ? 0 : 2;
        }
    }
    if (argc - optind == 1 && strcmp(argv[optind], "list") == 0)
        status = list(&client, target);
    else if (argc - optind == 2 && strcmp(argv[optind], "kill") == 0)
        status = kill_one(&client, argv[optind + 1], reason);
    else
        fputs(help, stderr);
    client_release(&client);
    return status;
}
