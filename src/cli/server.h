#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * A connection from the command line straight to a database server: logs in with an account and
 * its password, runs queries one at a time and hands out their rows. Each call returns when its
 * answer is there; a server that says nothing for a while is given up.
 */
#include "net/stream.h"
#include "wire/dialogue.h"
#include "wire/packets.h"
#include "wire/result.h"

struct addrinfo;

struct server_options {
    const char *host, *port;  /* or `socket` */
    const char *socket;       /* path of a unix socket; NULL: host and port */
    const char *user;
    struct str password;      /* empty: none */
    struct str public_key;    /* PEM; for passwords without TLS; may be empty */
    struct ssl_ctx_st *tls;   /* NULL: no TLS */
    bool verified;            /* the context verifies the server's certificate */
    const char *server_name;  /* that the certificate must carry */
    bool insecure;            /* no TLS though the server is on another host */
};

/* False stops the query. A NULL ptr is SQL NULL. */
typedef bool server_row(void *owner, const struct str *values, size_t count);

enum server_outcome {
    SERVER_BROKEN = 0, /* the connection is of no more use */
    SERVER_REFUSED,    /* the server answered with an error, or on_row stopped it */
    SERVER_DONE
};

struct server {
    struct event_base *base;
    struct net_loop loop;
    struct stream stream;
    struct net_timer timer;
    const struct server_options *options;
    struct addrinfo *addresses;
    const struct addrinfo *address; /* that is being tried */
    struct wire_joiner incoming;
    uint8_t sequence;
    struct wire_dialogue dialogue;
    bool ready;               /* logged in */
    bool over;                /* ended; `problem` says why */
    bool asking;              /* a query is under way */
    struct wire_answer answer;
    server_row *on_row;
    void *owner;
    enum server_outcome outcome;
    char problem[400];        /* what went wrong last; NUL-terminated */
};

/* Connects and logs in; `options` must outlive it. False with server->problem set: it is to be
 * closed all the same. */
bool server_open(struct server *server, const struct server_options *options);
/* One query in the text protocol. Unless DONE, server->problem says why. */
enum server_outcome server_query(struct server *server, struct str sql, server_row *on_row,
                                 void *owner);
void server_close(struct server *server);
