/* SPDX-License-Identifier: Apache-2.0
 *
 * cardea audit verify|tail|search FOLDER: works on the files alone, also on a copy.
 */
#include "audit/search.h"
#include "audit/verify.h"
#include "base/json.h"
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <unistd.h>

int cli_audit(int argc, char **argv);

static const char usage[] =
    "usage: cardea audit verify FOLDER [--key FILE] [--expect N:HASH] [--json]\n"
    "       cardea audit tail FOLDER [-n COUNT] [--follow] [FILTER...] [--json]\n"
    "       cardea audit search FOLDER [FILTER...] [--json]\n"
    "\n"
    "verify     says whether every line is there, unchanged and in order; names the first that is\n"
    "           not. Status 0: whole; 1: not; 2: the question was wrong\n"
    "  --key    the public key (64 hex digits or PEM), kept apart from the log; without it,\n"
    "           the folder's own audit.pub, which whoever changed the log may have changed too\n"
    "  --expect a line that was noted elsewhere: its number and hash, as verify prints them\n"
    "\n"
    "Filters, all of which must hold:\n"
    "  --identity NAME    subject or name; * and ? are wildcards\n"
    "  --group NAME       --target NAME      --session ID\n"
    "  --decision WORD    allow, mask, approve, deny\n"
    "  --code CODE        of the refusal; wildcards\n"
    "  --kind KIND        decision, outcome, login, ...\n"
    "  --text TEXT        the statement contains it\n"
    "  --since TIME       --until TIME       RFC 3339 in UTC, or a beginning of it\n";

enum { OPTION_FIRST = 256, KEY, EXPECT, JSON, FOLLOW, IDENTITY, GROUP, TARGET, SESSION, DECISION,
       CODE, KIND, TEXT, SINCE, UNTIL };

struct request {
    const char *folder;
    struct audit_verify_options verify;
    unsigned char key[AUDIT_PUBLIC_SIZE];
    struct audit_filter filter;
    uint64_t last;
    bool json, follow;
};

/* ---- arguments ---- */

static bool read_key(const char *path, unsigned char ret_key[AUDIT_PUBLIC_SIZE])
{
    char text[4096];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text));

    if (fd >= 0)
        close(fd);
    if (n > 0 && audit_public_read(str_make(text, (size_t)n), ret_key))
        return true;
    /* or the digits themselves */
    return audit_public_read(str_of(path), ret_key);
}

static bool read_expect(struct str text, struct audit_verify_options *out)
{
    struct str number, hash;

    return str_split(text, ':', &number, &hash) &&
           str_to_u64(number, UINT64_MAX, &out->expect_n) && out->expect_n != 0 &&
           audit_hex_decode(hash, out->expect_hash, AUDIT_HASH_SIZE);
}

static struct str *filter_field(struct audit_filter *f, int option)
{
    switch (option) {
    case IDENTITY:
        return &f->subject;
    case GROUP:
        return &f->group;
    case TARGET:
        return &f->target;
    case SESSION:
        return &f->session;
    case DECISION:
        return &f->decision;
    case CODE:
        return &f->code;
    case KIND:
        return &f->kind;
    case TEXT:
        return &f->text;
    case SINCE:
        return &f->since;
    case UNTIL:
        return &f->until;
    default:
        return NULL;
    }
}

static bool take_option(struct request *r, int option)
{
    struct str *field = filter_field(&r->filter, option);

    if (field) {
        *field = str_of(optarg);
        return true;
    }
    switch (option) {
    case KEY:
        r->verify.public_key = r->key;
        if (read_key(optarg, r->key))
            return true;
        fprintf(stderr, "cardea audit: %s is no Ed25519 public key\n", optarg);
        return false;
    case EXPECT:
        return read_expect(str_of(optarg), &r->verify);
    case 'n':
        return str_to_u64(str_of(optarg), INT64_MAX, &r->last) && r->last > 0;
    case JSON:
        return r->json = true;
    case FOLLOW:
        return r->follow = true;
    default:
        return false;
    }
}

static bool take_arguments(int argc, char **argv, struct request *r)
{
    static const struct option options[] = {
        {"key", required_argument, NULL, KEY},
        {"expect", required_argument, NULL, EXPECT},
        {"json", no_argument, NULL, JSON},
        {"follow", no_argument, NULL, FOLLOW},
        {"identity", required_argument, NULL, IDENTITY},
        {"group", required_argument, NULL, GROUP},
        {"target", required_argument, NULL, TARGET},
        {"session", required_argument, NULL, SESSION},
        {"decision", required_argument, NULL, DECISION},
        {"code", required_argument, NULL, CODE},
        {"kind", required_argument, NULL, KIND},
        {"text", required_argument, NULL, TEXT},
        {"since", required_argument, NULL, SINCE},
        {"until", required_argument, NULL, UNTIL},
        {NULL, 0, NULL, 0},
    };

    optind = 1;
    for (int o; (o = getopt_long(argc, argv, "n:", options, NULL)) != -1;)
        if (!take_option(r, o))
            return false;
    if (optind + 1 != argc)
        return false;
    r->folder = argv[optind];
    return true;
}

static int open_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        fprintf(stderr, "cardea audit: %s: %s\n", path, strerror(errno));
    return fd;
}

/* ---- verify ---- */

static void print_verdict_json(const struct audit_verdict *v, const char *hash)
{
    struct json_writer w;
    struct buf out;

    buf_init(&out, 8192);
    json_writer_init(&w, &out);
    json_object_begin(&w);
    json_key(&w, "whole");
    json_bool(&w, v->fault == AUDIT_WHOLE);
    if (v->fault != AUDIT_WHOLE) {
        json_key(&w, "fault");
        json_text(&w, str_of(audit_fault_name(v->fault)));
        json_key(&w, "file");
        json_text(&w, str_of(v->file));
        json_key(&w, "line");
        json_u64(&w, v->line);
        json_key(&w, "message");
        json_text(&w, str_of(v->what));
    }
    json_key(&w, "segments");
    json_u64(&w, v->segments);
    json_key(&w, "lines");
    json_u64(&w, v->lines);
    json_key(&w, "last");
    json_u64(&w, v->last_n);
    json_key(&w, "hash");
    json_text(&w, str_of(hash));
    json_key(&w, "unsigned_lines");
    json_u64(&w, v->unsigned_lines);
    json_key(&w, "recoveries");
    json_u64(&w, v->recoveries);
    json_object_end(&w);
    printf("%.*s\n", STR_ARG(buf_str(&out)));
    buf_release(&out);
}

static void print_verdict(const struct request *r, const struct audit_verdict *v, const char *hash)
{
    if (v->fault != AUDIT_WHOLE) {
        printf("%s/%s", r->folder, v->file);
        if (v->line)
            printf(":%llu", (unsigned long long)v->line);
        printf(": %s (%s)\n", v->what, audit_fault_name(v->fault));
        return;
    }
    printf("%s: whole: %llu lines in %llu segments, the last is %llu:%s\n", r->folder,
           (unsigned long long)v->lines, (unsigned long long)v->segments,
           (unsigned long long)v->last_n, hash);
    if (v->unsigned_lines)
        printf("  %llu lines are newer than the signature over the end of the log\n",
               (unsigned long long)v->unsigned_lines);
    if (v->recoveries)
        printf("  %llu times the recorder had not ended in order (%llu bytes of unfinished lines)\n",
               (unsigned long long)v->recoveries, (unsigned long long)v->torn_bytes);
    if (r->verify.public_key == NULL)
        puts("  verified with the folder's own audit.pub; keep a copy elsewhere and give --key");
}

static int verify(const struct request *r)
{
    struct audit_verdict v;
    char hash[2 * AUDIT_HASH_SIZE + 1] = {0};
    int folder = open_folder(r->folder);

    if (folder < 0)
        return 2;
    bool whole = audit_verify(folder, &r->verify, &v);
    hex_encode(hash, v.last_hash, AUDIT_HASH_SIZE);
    if (r->json)
        print_verdict_json(&v, hash);
    else
        print_verdict(r, &v, hash);
    close(folder);
    return whole ? 0 : 1;
}

/* ---- tail and search ---- */

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

/* Control characters that JSON had escaped must not reach the terminal unescaped. */
static void print_safe(const char *text)
{
    for (const char *c = text; *c; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7F)
            printf("\\x%02x", (unsigned char)*c);
        else if ((unsigned char)*c == 0xC2 && (unsigned char)c[1] < 0xA0 && c[1])
            printf("\\x%02x", (unsigned char)*++c); /* C1 controls */
        else
            putchar(*c);
    }
}

static void print_part(const char *before, const char *text)
{
    if (*text == '\0')
        return;
    fputs(before, stdout);
    print_safe(text);
}

static void print_record(const json_t *record)
{
    const json_t *identity = json_object_get(record, "identity");
    const json_t *rows = json_object_get(record, "rows");
    const json_t *detail = json_object_get(record, "detail");
    char *detail_text = detail ? json_dumps(detail, JSON_COMPACT) : NULL;

    print_safe(text_of(record, "time"));
    print_part(" ", text_of(record, "kind"));
    print_part(" ", text_of(record, "id")[0] ? text_of(record, "id") : text_of(record, "session"));
    print_part(" ", text_of(identity, "subject"));
    print_part("@", text_of(record, "target"));
    print_part(" ", text_of(record, "decision"));
    print_part(" ", text_of(record, "code"));
    print_part(" ", text_of(record, "command"));
    print_part(": ", text_of(record, "text"));
    if (json_is_integer(rows))
        printf(" rows=%lld", (long long)json_integer_value(rows));
    print_part(" rule=", text_of(record, "rule"));
    print_part(" approval=", text_of(record, "approval"));
    print_part(" message=", text_of(record, "message"));
    print_part(" ", detail_text ? detail_text : "");
    putchar('\n');
    free(detail_text);
}

struct printer {
    bool json;
    uint64_t last_n; /* of the last line that was printed */
};

static bool print_found(void *owner, struct str line, json_t *record)
{
    struct printer *p = owner;
    uint64_t n = (uint64_t)json_integer_value(json_object_get(record, "n"));

    if (n <= p->last_n) /* seen before, when following */
        return true;
    p->last_n = n;
    if (p->json)
        printf("%.*s\n", STR_ARG(line));
    else
        print_record(record);
    return true;
}

static int look(const struct request *r)
{
    struct printer printer = {.json = r->json};
    struct audit_search search = {
        .filter = r->filter, .last = r->last, .found = print_found, .owner = &printer};
    int folder = open_folder(r->folder);

    if (folder < 0)
        return 2;
    int64_t n = audit_search(folder, &search);
    while (n >= 0 && r->follow) {
        fflush(stdout);
        usleep(300000);
        search.last = printer.last_n == 0 ? r->last : 1000; /* more than come in that time, shown */
        n = audit_search(folder, &search);
    }
    close(folder);
    if (n < 0)
        fprintf(stderr, "cardea audit: %s: %s\n", r->folder, strerror((int)-n));
    return n < 0 ? 2 : 0;
}

int cli_audit(int argc, char **argv)
{
    struct request r = {0};
    struct str what = argc > 1 ? str_of(argv[1]) : STR_NONE;
    bool tail = str_equal(what, STR("tail"));

    if (str_equal(what, STR("--help")) || str_equal(what, STR("-h"))) {
        fputs(usage, stdout);
        return 0;
    }
    if (tail)
        r.last = 20;
    if ((tail || str_equal(what, STR("search")) || str_equal(what, STR("verify"))) &&
        take_arguments(argc - 1, argv + 1, &r))
        return str_equal(what, STR("verify")) ? verify(&r) : look(&r);
    fputs(usage, stderr);
    return 2;
}
