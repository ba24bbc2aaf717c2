#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * A session between a scripted client and a scripted server, with the other processes played by
 * the test. Packets are put and looked at one by one; the gateway runs only when the test says so
 * (scenario_run), and time moves only when the test moves it (scenario_wait).
 */
#include "../unit/test.h"

#include "catalog/catalog.h"
#include "config/config.h"
#include "session/session.h"
#include <event2/event.h>

#define SCENARIO_PACKETS 512

struct side {
    int fd;
    struct buf in;
    uint8_t sequence; /* of the last packet received */
};

struct scenario {
    struct event_base *base;
    struct net_loop loop;
    struct metrics metrics;
    struct session_world world;
    struct config *config;
    struct policy_set *policy;
    struct side client, server;

    /* the other processes */
    struct net_farewell later[8];
    const char *identity;      /* JSON that the keeper gives; NULL: it refuses */
    char token[256];           /* what the keeper was shown */
    bool ring_full;
    bool room_soon; /* with ring_full: only for now */
    bool on_disk;
    uint64_t records;
    char last_record[8192];    /* JSON, NUL-terminated */
    char last_decision[8192];  /* the last that was no outcome */
    bool server_answers_setup; /* hardening is answered by scenario_run itself */
    unsigned approval_state;   /* what control says to an ask */
    unsigned approvals_used;
};

extern const char scenario_policy[];

/* Everything up to the accept: `durability` is sync or async. */
void scenario_start(struct scenario *s, const char *durability);
void scenario_stop(struct scenario *s);
/* Lets the gateway do all that it can. */
void scenario_run(struct scenario *s);
/* Moves time, then runs. */
void scenario_wait(struct scenario *s, uint64_t ms);

/* The packet's payload, or fails. In a static buffer that the next call may reuse. */
struct str scenario_take(struct scenario *s, struct side *side);
/* True when nothing waits. */
bool scenario_silent(struct scenario *s, struct side *side);
bool scenario_closed(struct scenario *s, struct side *side);
void scenario_put(struct scenario *s, struct side *side, uint8_t sequence, struct str payload);

/* Logs in as the agent, with a token, to the end. */
void scenario_login(struct scenario *s);
/* The client sends COM_QUERY. */
void scenario_query(struct scenario *s, const char *sql);
/* The server must have got exactly this COM_QUERY. */
void scenario_expect_query(struct scenario *s, const char *sql);
void scenario_server_ok(struct scenario *s);
/* Definitions of these columns and then rows, all VAR_STRING; ends with OK. */
void scenario_server_rows(struct scenario *s, const char *const *columns, uint32_t column_count,
                          const char *const *values, uint32_t row_count);
/* The client must get an ERR; gives its message. */
struct str scenario_expect_err(struct scenario *s, uint16_t number);
void scenario_expect_ok(struct scenario *s);
