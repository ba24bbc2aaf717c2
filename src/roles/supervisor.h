#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * The supervisor: `cardea gateway` itself. It reads files, binds listeners, starts the roles, hands
 * each what it needs and nothing else, starts again at once whichever dies, connects to targets
 * for those that may not, reloads on SIGHUP and drains on SIGTERM or SIGINT. It reads no byte that
 * comes from the network.
 *
 *   supervisor.c          start, stop, reload: the order of things
 *   supervisor_child.c    one process: start, channels, death
 *   supervisor_dial.c     connections to targets
 *   supervisor_listen.c   listening sockets
 *   supervisor_files.c    what is read from disk, and who may see it
 */
#include "base/list.h"
#include "ipc/ring.h"
#include "roles/role.h"
#include "roles/supervisor_files.h"

#define SUPERVISOR_CHILDREN_MAX 260
#define SUPERVISOR_OLD_RING_MS  10000 /* how long a dead worker's ring is kept for a new recorder */

struct supervisor_options {
    const char *config_path;
    const char *ports_path; /* JSON: listener → port, once ready; NULL: none */
    const char *pid_path;   /* NULL: none */
};

/* Runs until it is told to end. Gives the exit status. */
int supervisor_run(const struct supervisor_options *options);

/* ---- for the files of the supervisor ---- */

struct supervisor;

/* A worker's ring, kept so that a new recorder can be handed it again. */
struct supervisor_ring {
    struct list node;      /* in supervisor.rings, oldest first */
    uint16_t worker;
    uint64_t id;
    int memory, wake_recorder, wake_worker;
    uint64_t dead_since_ms; /* 0: its worker lives */
};

struct supervisor_child {
    struct supervisor *supervisor;
    enum role role;
    uint16_t index;
    pid_t pid;              /* 0: not running */
    struct ipc_channel *channel;
    uint64_t generation;    /* that it has taken; 0: none yet */
    bool refused;           /* the last one that was sent */
    bool ending;            /* was told to drain: its end is no death */
    uint64_t started_ms;
    unsigned quick_deaths;  /* in a row, each within a second of its start */
    struct event *restart;
    char sandbox[64];
};

struct supervisor_listener {
    struct str name;        /* owned */
    struct str address;     /* owned */
    int fd;
    uint16_t port;          /* the real one; 0 for a unix socket */
    char *socket_path;      /* to be removed at the end; NULL for TCP */
    bool kept;              /* by the reload under way */
};

struct supervisor_address;

enum supervisor_phase {
    SUPERVISOR_STARTING = 0,
    SUPERVISOR_SERVING,
    SUPERVISOR_RELOADING,   /* new configuration is out, not all have answered */
    SUPERVISOR_REVERTING,   /* one refused it: the old one is out again */
    SUPERVISOR_DRAINING,    /* workers end */
    SUPERVISOR_CLOSING,     /* keeper and control end */
    SUPERVISOR_SEALING,     /* the recorder ends */
    SUPERVISOR_DONE,
};

struct supervisor {
    const struct supervisor_options *options;
    struct event_base *base;
    enum supervisor_phase phase;
    struct supervisor_files *files;     /* in force */
    struct supervisor_files *new_files; /* RELOADING */
    uint64_t generation;
    struct supervisor_child children[SUPERVISOR_CHILDREN_MAX];
    size_t child_count;
    uint16_t workers;
    struct list rings;
    struct supervisor_listener *listeners; /* the configuration's, then control's */
    size_t listener_count;
    struct list dials;
    struct list resolutions;
    struct supervisor_address *addresses; /* of names, as last resolved */
    size_t address_count;
    struct buf unrecorded;              /* pack of records that wait for a recorder */
    struct event *phase_timer, *recorder_timer;
    int status;                         /* exit status */
    bool failed_start;
};

/* ---- supervisor_child.c ---- */

/* Starts the process, joins it with the others, hands it configuration and rings. */
void supervisor_child_start(struct supervisor_child *child);
/* It has ended with that status of waitpid. */
void supervisor_child_ended(struct supervisor_child *child, int status);
struct supervisor_child *supervisor_child_find(struct supervisor *s, enum role role,
                                               uint16_t index);
bool supervisor_child_configure(struct supervisor_child *child,
                                const struct supervisor_files *files);
/* Rings of workers that died a while ago. */
void supervisor_rings_expire(struct supervisor *s);
void supervisor_rings_accept(struct supervisor *s, bool accepting);

/* ---- supervisor.c ---- */

/* A child has taken its configuration, or refused it. */
void supervisor_configured(struct supervisor_child *child, const struct ipc_configured *m);
/* Lets the order of things go on after a child has ended. */
void supervisor_child_gone(struct supervisor_child *child);
/* A record of the supervisor's own; `detail` is JSON. */
void supervisor_record(struct supervisor *s, int kind, const char *detail);
bool supervisor_is_ending(const struct supervisor *s);

/* ---- supervisor_dial.c ---- */

void supervisor_dial(struct supervisor_child *child, const struct ipc_dial *m);
/* Its dials are given up. */
void supervisor_dial_forget(const struct supervisor_child *child);
void supervisor_dial_release(struct supervisor *s);

/* ---- supervisor_listen.c ---- */

/* Binds what the configuration lists, keeping sockets whose name and address stay. False with a
 * problem; nothing was changed then. */
bool supervisor_listen(struct supervisor *s, const struct config *config, struct buf *problem);
/* Hands a child the listeners that it may have. */
void supervisor_listen_send(struct supervisor_child *child);
void supervisor_listen_close(struct supervisor *s);
bool supervisor_listen_write_ports(const struct supervisor *s, const char *path);
