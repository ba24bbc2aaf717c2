/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/client.h"

static const char help[] =
    "usage: cardea approvals list [--state S] [--target T] [--mine | --decidable]\n"
    "       cardea approvals show ID\n"
    "       cardea approvals approve ID [--comment TEXT]\n"
    "       cardea approvals refuse ID --reason TEXT\n"
    "       cardea approvals withdraw ID\n"
    "\n"
    "Statements that policy lets run only when someone approves them.\n"
    "\n"
    "  --state S         pending, approved, refused, expired, used or void; list shows pending "
    "ones\n"
    "                    unless told `--state all`\n"
    "  --target T        those for this target\n"
    "  --mine            those that you asked for, in any state\n"
    "  --decidable       those that you may decide\n"
    "  --reason TEXT     shown to the requester\n"
    "  --comment TEXT    for the record\n" CLIENT_HELP_TEXT;

struct options {
    struct client client;
    const char *state, *target, *reason, *comment;
    bool mine, decidable;
};

static void put_query(struct buf *path, const char *name, const char *value)
{
    buf_printf(path, "%c%s=", memchr(path->data, '?', path->len) ? '&' : '?', name);
    client_path_put(path, value);
}

static int list(struct options *o)
{
    static const char *const headings[] = {"ID",     "STATE", "ASKED",    "BY",
                                           "TARGET", "VOTES", "STATEMENT"};
    const char *state = o->state ? o->state : o->mine ? "all" : "pending";
    struct table table;
    struct buf path;
    json_t *items, *item;
    size_t i;

    buf_init(&path, 4096);
    buf_printf(&path, "/api/v1/approvals?limit=100");
    if (strcmp(state, "all") != 0)
        put_query(&path, "state", state);
    if (o->target)
        put_query(&path, "target", o->target);
    if (o->mine || o->decidable)
        put_query(&path, "for", o->mine ? "me" : "others");
    buf_put_u8(&path, 0);
    items = client_ask_all(&o->client, path.failed ? "" : path.data);
    buf_release(&path);
    if (!items)
        return 1;
    if (!o->client.json && json_array_size(items) == 0)
        printf("no requests%s%s\n", strcmp(state, "all") ? " that are " : "",
               strcmp(state, "all") ? state : "");
    table_init(&table, ARRAY_LEN(headings), headings);
    json_array_foreach(items, i, item)
    {
        char when[20], votes[32];
        snprintf(votes, sizeof(votes), "%lld/%lld", client_number(item, "approvals"),
                 client_number(item, "needed"));
        table_cell(&table, client_text(item, "id"));
        table_cell(&table, client_text(item, "state"));
        table_cell(&table, client_time(item, "created", when));
        table_cell(&table, client_person(item, "requester"));
        table_cell(&table, client_text(item, "target"));
        table_cell(&table, votes);
        table_cell(&table, client_text(item, "statement"));
    }
    table_end(&table, !o->client.json && json_array_size(items) > 0);
    json_decref(items);
    return 0;
}

static void show_maybe(const char *label, const char *text)
{
    if (text[0])
        client_print_text(label, text);
}

static void show_votes(const json_t *item)
{
    const json_t *vote;
    size_t i;

    json_array_foreach(json_object_get(item, "votes"), i, vote)
    {
        char line[512], when[20];
        snprintf(line, sizeof(line), "%s by %s (%s) at %s%s%s", client_text(vote, "verdict"),
                 client_person(vote, "person"), client_text(vote, "group"),
                 client_time(vote, "at", when), client_text(vote, "comment")[0] ? ": " : "",
                 client_text(vote, "comment"));
        client_print_text(i == 0 ? "votes" : "", line);
    }
}

static void show_groups(const json_t *item)
{
    char line[512];
    const json_t *group;
    size_t i, len = 0;

    len += (size_t)snprintf(line, sizeof(line),
                            "%lld of %lld; may decide:", client_number(item, "approvals"),
                            client_number(item, "needed"));
    json_array_foreach(json_object_get(item, "groups"), i, group)
    {
        int n = snprintf(line + len, sizeof(line) - len, "%s %s", i > 0 ? "," : "",
                         json_string_value(group));
        if (n < 0 || (size_t)n >= sizeof(line) - len)
            break;
        len += (size_t)n;
    }
    client_print_text("approvals", line);
}

static void show(const json_t *item)
{
    char when[20];

    client_print_text("id", client_text(item, "id"));
    client_print_text("state", client_text(item, "state"));
    show_maybe("because", client_text(item, "outcome"));
    client_print_text("asked by", client_person(item, "requester"));
    client_print_text("issuer", client_text(json_object_get(item, "requester"), "issuer"));
    client_print_text("target", client_text(item, "target"));
    client_print_text("statement", client_text(item, "statement"));
    show_maybe("values", client_text(item, "values"));
    show_maybe("objects", client_text(item, "objects"));
    show_maybe("analysis", client_text(item, "summary"));
    show_maybe("reason", client_text(item, "reason"));
    client_print_text("rule", client_text(item, "rule"));
    show_groups(item);
    show_votes(item);
    client_print_text("asked", client_time(item, "created", when));
    client_print_text("good until", client_time(item, "expires", when));
}

/* GET or POST on one request. */
static json_t *on_one(struct options *o, const char *method, const char *id, const char *verb,
                      json_t *body)
{
    json_t *answer;
    struct buf path;

    buf_init(&path, 4096);
    buf_printf(&path, "/api/v1/approvals/");
    client_path_put(&path, id);
    buf_printf(&path, "%s", verb);
    buf_put_u8(&path, 0);
    answer = client_ask(&o->client, method, path.failed ? "" : path.data, body);
    buf_release(&path);
    return answer;
}

static int show_one(struct options *o, const char *id)
{
    json_t *answer = on_one(o, "GET", id, "", NULL);

    if (answer && !o->client.json)
        show(answer);
    json_decref(answer);
    return !answer;
}

static int decide(struct options *o, const char *id, const char *verb, json_t *body)
{
    json_t *answer = on_one(o, "POST", id, verb, body);
    char when[20];

    if (answer && !o->client.json) {
        const char *state = client_text(answer, "state");
        if (strcmp(state, "pending") == 0)
            printf("%s: noted, %lld of %lld approvals\n", client_text(answer, "id"),
                   client_number(answer, "approvals"), client_number(answer, "needed"));
        else if (strcmp(state, "approved") == 0)
            printf("%s: approved, good for one run until %s UTC\n", client_text(answer, "id"),
                   client_time(answer, "expires", when));
        else
            printf("%s: %s\n", client_text(answer, "id"), state);
        client_print_text("", client_text(answer, "statement"));
    }
    json_decref(answer);
    return !answer;
}

static int run(struct options *o, const char *verb, const char *id)
{
    if (strcmp(verb, "list") == 0 && !id)
        return list(o);
    if (!id) {
        fprintf(stderr, "cardea approvals %s: which request? cardea approvals list shows them\n",
                verb);
        return 2;
    }
    if (strcmp(verb, "show") == 0)
        return show_one(o, id);
    if (strcmp(verb, "withdraw") == 0)
        return decide(o, id, "/withdraw", json_object());
    if (strcmp(verb, "approve") == 0)
        return decide(o, id, "/approve",
                      o->comment ? json_pack("{s:s}", "comment", o->comment) : json_object());
    if (strcmp(verb, "refuse") == 0 && !o->reason) {
        fprintf(stderr, "cardea approvals refuse: say why, --reason TEXT; the requester is shown "
                        "it\n");
        return 2;
    }
    if (strcmp(verb, "refuse") == 0)
        return decide(o, id, "/refuse", json_pack("{s:s}", "reason", o->reason));
    fprintf(stderr, "cardea approvals: there is no \"%s\"\n%s", verb, help);
    return 2;
}

int cli_approvals(int argc, char **argv)
{
    static const struct option table[] = {
        {"state", required_argument, NULL, 's'},
        {"target", required_argument, NULL, 't'},
        {"reason", required_argument, NULL, 'r'},
        {"comment", required_argument, NULL, 'c'},
        {"mine", no_argument, NULL, 'm'},
        {"decidable", no_argument, NULL, 'd'},
        CLIENT_OPTIONS,
        {0},
    };
    struct options o = {0};
    int option, status;

    client_init(&o.client, "approvals");
    while ((option = getopt_long(argc, argv, "", table, NULL)) != -1) {
        if (client_option(&o.client, option, optarg))
            continue;
        if (option == 's')
            o.state = optarg;
        else if (option == 't')
            o.target = optarg;
        else if (option == 'r')
            o.reason = optarg;
        else if (option == 'c')
            o.comment = optarg;
        else if (option == 'm')
            o.mine = true;
        else if (option == 'd')
            o.decidable = true;
        else {
            fputs(help, option == CLIENT_HELP ? stdout : stderr);
            return option == CLIENT_HELP ? 0 : 2;
        }
    }
    if (optind >= argc || argc - optind > 2) {
        fputs(help, stderr);
        return 2;
    }
    status = run(&o, argv[optind], optind + 1 < argc ? argv[optind + 1] : NULL);
    client_release(&o.client);
    return status;
}
