/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/client.h"

static const char help[] = "usage: cardea targets\n"
                           "\n"
                           "The database servers that some policy opens to you.\n"
                           "\n" CLIENT_HELP_TEXT;

static void put_labels(struct table *table, const json_t *labels)
{
    struct buf text;
    const char *name;
    json_t *value;

    buf_init(&text, 4096);
    json_object_foreach((json_t *)(uintptr_t)labels, name, value)
        buf_printf(&text, "%s%s=%s", text.len > 0 ? " " : "", name, json_string_value(value));
    buf_put_u8(&text, 0);
    table_cell(table, text.failed ? "" : text.data);
    buf_release(&text);
}

static int list(struct client *client)
{
    static const char *const headings[] = {"TARGET", "KIND", "LABELS"};
    json_t *items = client_ask_all(client, "/api/v1/targets"), *item;
    struct table table;
    size_t i;

    if (!items)
        return 1;
    table_init(&table, ARRAY_LEN(headings), headings);
    json_array_foreach(items, i, item)
    {
        table_cell(&table, client_text(item, "name"));
        table_cell(&table, client_text(item, "kind"));
        put_labels(&table, json_object_get(item, "labels"));
    }
    table_end(&table, !client->json);
    json_decref(items);
    return 0;
}

int cli_targets(int argc, char **argv)
{
    static const struct option table[] = {CLIENT_OPTIONS, {0}};
    struct client client;
    int option, status = 2;

    client_init(&client, "targets");
    while ((option = getopt_long(argc, argv, "", table, NULL)) != -1) {
        if (client_option(&client, option, optarg))
            continue;
        fputs(help, option == CLIENT_HELP ? stdout : stderr);
        return option == CLIENT_HELP ? 0 : 2;
    }
    if (optind == argc)
        status = list(&client);
    else
        fputs(help, stderr);
    client_release(&client);
    return status;
}
