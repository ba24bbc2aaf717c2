#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * One connection of `cardea connect`: a local client without a password on one side, the gateway
 * with TLS and a token on the other.
 *
 *   local client                link                         gateway
 *        |                       | <------- greeting ---------- |
 *        |                       | <=========== TLS ==========> |
 *        | <----- greeting ----- |  the gateway's own, less TLS  |
 *        | ------- login ------> |                              |
 *        |                       | -- login: target, token ---> |
 *        | <------ OK | ERR ---- | <-------- OK | ERR --------- |
 *        | <=================== bytes as they are ============> |
 *
 * The local client's user name and answer are not looked at: who may connect is decided by the
 * socket (connect.c), and who that is by the token.
 */
#include "cli/token_keeper.h"
#include "net/stream.h"
#include "net/tls.h"

struct addrinfo;

/* What all links share; owned by connect.c. */
struct link_world {
    struct net_loop *loop;
    struct token_keeper *tokens;
    struct ssl_ctx_st *tls;
    const char *target;               /* user name at the gateway */
    const char *host;                 /* of the gateway, as its certificate must say */
    const struct addrinfo *addresses; /* of the gateway */
    struct list links;
    unsigned count;
};

#define LINKS_MAX 1000

/* Takes the accepted, non-blocking descriptor. */
void link_open(struct link_world *world, int fd);
/* Ends all. */
void links_close(struct link_world *world);
