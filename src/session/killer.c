/* SPDX-License-Identifier: Apache-2.0
 *
 * Ends a statement that runs on a server: a second connection, of the same identity and account,
 * says KILL QUERY. An account may always kill its own statements.
 */
#include "session/session.h"

struct killer {
    struct list node; /* world.killers */
    struct backend backend;
    struct session_world *world;
    uint64_t session;
    uint32_t connection_id;
    bool last; /* the session is gone: the keeper forgets it afterwards */
    struct net_farewell farewell;
};

static void killer_free(void *owner)
{
    struct killer *killer = owner;
    if (killer->last)
        killer->world->ops->session_close(killer->world->ops_context, killer->session);
    backend_close(&killer->backend);
    list_remove(&killer->node);
    killer->world->killer_count--;
    free(killer);
}

static void killer_end(struct killer *killer)
{
    net_farewell_queue(killer->world->loop, &killer->farewell, killer_free, killer);
}

static void on_killed(void *owner, struct backend *backend, const struct wire_err *err)
{
    (void)backend;
    (void)err; /* 1094, no such connection: the statement is over already */
    killer_end(owner);
}

static void on_ready(void *owner, struct backend *backend)
{
    struct killer *killer = owner;
    char sql[40];
    int n = snprintf(sql, sizeof sql, "KILL QUERY %u", killer->connection_id);
    backend_query(backend, str_make(sql, (size_t)n), NULL, on_killed, killer);
}

static void on_failed(void *owner, struct backend *backend, const char *text)
{
    (void)backend;
    (void)text;
    killer_end(owner);
}

static void on_bytes(void *owner, struct backend *backend)
{
    (void)owner;
    (void)backend;
}

static const struct backend_events killer_events = {on_ready, on_failed, on_bytes, on_bytes};

bool killer_start(struct session *session, bool last)
{
    struct session_world *world = session->world;
    if (world->killer_count >= KILLERS_MAX || world->releasing)
        return false;
    struct killer *killer = calloc(1, sizeof *killer);
    if (!killer)
        return false;
    *killer = (struct killer){.world = world,
                              .session = session->id,
                              .connection_id = session->backend.connection_id,
                              .last = last};
    list_init(&killer->node);
    list_append(&world->killers, &killer->node);
    world->killer_count++;
    backend_init(&killer->backend, session->target, &killer_events, killer);
    backend_open(&killer->backend, session->id, WIRE_CAP(DEPRECATE_EOF), 45);
    return true;
}

void killers_stop(struct session_world *world)
{
    list_each (node, &world->killers)
        killer_end(list_entry(node, struct killer, node));
}
