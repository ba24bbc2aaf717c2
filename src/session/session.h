#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * A client's session: who it is, what step it is in, and what it is doing. docs/session.md draws
 * the steps and says who owns which buffer.
 *
 * The files of this part, by topic:
 *   session.c         accept, steps, the one door out, answers of the gateway's own
 *   client_login.c    greeting to identity
 *   opening.c         identity to a hardened backend connection
 *   command.c         the command table carried out
 *   statement.c       understand, decide, run
 *   reading.c         texts understood and decided, cached by shape
 *   approval_wait.c   statements that wait for a person
 *   prepared.c        COM_STMT_*
 *   inband.c          CALL cardea.…()
 *   result.c          the server's answer, row by row
 *   state.c           what the session knows of its server
 *   killer.c          statements ended on the server
 *   diagnostics.c     errors and warnings rid of values
 *   recording.c       audit records
 *   backend*.c, catalog_loader.c, world.c
 */
#include "identity/identity.h"
#include "mask/mask.h"
#include "session/backend.h"
#include "session/reading.h"
#include "wire/auth.h"
#include "wire/commands.h"

/* STEP(name, "text") */
#define SESSION_STEP_TABLE(STEP)                                                                   \
    STEP(GREETING, "greeting")                                                                     \
    STEP(TLS, "tls")                                                                               \
    STEP(RESPONSE, "login")                                                                        \
    STEP(SWITCH, "auth switch")                                                                    \
    STEP(VERIFY, "verify")                                                                         \
    STEP(CONNECT, "connect")                                                                       \
    STEP(READY, "ready")                                                                           \
    STEP(CATALOG, "catalog")                                                                       \
    STEP(APPROVAL, "approval")                                                                     \
    STEP(DURABLE, "durable")                                                                       \
    STEP(RUN, "run")                                                                               \
    STEP(CLOSING, "closing")

enum session_step {
    SESSION_ENDED = 0,
#define STEP(name, text) SESSION_##name,
    SESSION_STEP_TABLE(STEP)
#undef STEP
    SESSION_STEP_COUNT
};

enum session_way {
    SESSION_WAY_NONE = 0,
    SESSION_WAY_TOKEN, /* openid plugin or clear text */
    SESSION_WAY_LOGIN  /* issued: a challenge is answered */
};

/* One statement of a command, in session.arena (or in its prepared statement's). */
struct statement {
    struct reading *reading;       /* a reference; see reading.h */
    size_t index;                  /* in the reading */
    const struct sql_text *tokens; /* what the client sent now: the reading's own text may have
                                      other literals */
    uint32_t first, last;          /* tokens */
    struct str text;               /* as the client sent it */
    struct policy_decision decision; /* the reading's, or the one that an approval made */
    uint64_t number;               /* in the session, from 1; 0: not recorded */
    int64_t started_us;
    char approval_id[32];          /* used, or asked for; may be empty */
};

/* A prepared statement, by the id that the client was given. */
struct prepared {
    struct arena arena;      /* all that is below */
    uint32_t id, server_id;
    bool live;               /* the server has it */
    bool inband;             /* CALL cardea.…(), comments alone: the server knows nothing of it */
    struct str text;
    struct reading *reading; /* a reference */
    struct wire_execute_memory memory;
    struct wire_parameter_type *types;
    bool *long_data;         /* which parameters have pieces */
    struct buf *pieces;      /* of each parameter */
    size_t long_bytes;       /* of all pieces */
    bool too_long;           /* pieces were thrown away: EXECUTE fails */
    uint32_t columns;
};

/* What the command at hand is. */
struct command {
    const struct wire_command *info;
    struct str text;              /* of QUERY, PREPARE; `USE x` for INIT_DB */
    struct statement *statements; /* decided */
    size_t count, at;             /* `at`: the one that is running or is next */
    struct prepared *prepared;    /* PREPARE, EXECUTE */
    struct wire_execute *execute; /* EXECUTE */
    struct str values_json;       /* EXECUTE: for the record */
    struct str payload;           /* EXECUTE: the client's, in the arena */
    bool refreshed;               /* a catalog refresh was asked for already */
    bool looked;                  /* ... and again, for the objects that an approval is bound to */
    bool counted;                 /* in the rate of statements */
    unsigned record_tries;        /* while the recorder is behind */
    bool asked;                   /* a request for approval is known to control */
    struct str fingerprint;       /* of that request */
    void (*reset_done)(void *owner, bool ok); /* a command of the gateway's own: told instead of
                                                 the client */
};

/* The answer under way. */
struct flow {
    bool active;
    bool began;               /* a packet of this result went to the client */
    struct wire_answer answer;
    struct wire_splitter splitter;
    struct buf joined;        /* a payload in several pieces */
    bool joining;             /* ... a row that will be masked */
    bool control_joining;     /* ... anything but a row */
    struct buf held;          /* count and definitions, until all are checked */
    uint8_t held_sequence;
    struct wire_column *columns;
    struct mask_rows masks;
    bool masking;             /* rows of this result go through `masks` */
    bool discarding;          /* the rest is thrown away; then `fault` is told */
    uint64_t discarded;       /* bytes */
    struct fault fault;
    bool relaying;            /* a row passes in pieces */
    uint64_t rows, bytes, affected;
    uint16_t error;
    char sqlstate[6];
    struct str error_text;    /* as the client was told; in the arena */
};

#define SESSION_SCHEMA_MAX 256

struct session {
    struct list node;            /* world.sessions */
    struct list waiting;         /* DURABLE: world.waiting */
    struct session_world *world;
    uint64_t id;
    size_t listener;             /* index; may be gone after a reload */
    bool listener_secure;        /* a unix socket: as good as TLS */
    struct ssl_ctx_st *tls;      /* the listener's, a reference; NULL without */
    int listener_tls;            /* enum config_listener_tls */
    struct str listener_target;  /* in `life`; empty: the user name says */
    enum session_step step;
    struct stream client;
    struct wire_joiner incoming;
    uint8_t sequence;            /* of the next packet to the client */
    uint64_t offered, capabilities;
    struct net_timer timer;      /* the step's */
    struct net_timer lifetime;   /* end of token and grace, or of the longest session */
    struct net_farewell farewell;
    struct arena life;
    char peer[64];               /* NUL-terminated */
    int64_t accepted_us;
    const char *end_reason;      /* why it ended; static text */

    /* login */
    unsigned char scramble[WIRE_SCRAMBLE];
    enum wire_plugin plugin;     /* whose answer is awaited */
    enum session_way way;
    uint8_t collation;
    struct str user;             /* as the client gave it */
    struct str role_wanted;      /* of `role+target` */
    struct str target_wanted;
    struct str schema_wanted;
    struct str attributes_json;  /* recorded, never believed */
    struct str client_name;      /* program_name or _client_name of those; in `life` */
    bool client_has_openid;      /* libmysql 9.1 or later says so of itself */
    uint32_t tag;
    enum session_peer tag_peer;
    bool logged_in;              /* the client was told OK */

    /* identity */
    struct identity identity;
    struct str identity_json;
    struct str identity_record;  /* issuer, subject, groups: for audit records */
    unsigned char identity_class[32]; /* SHA-256 over all that policy may look at */
    json_t *claims;
    struct session_usage *usage;
    struct session_target *target;
    struct arena scope_arena;
    const struct policy_set *policy; /* of the scope; a reference */
    uint64_t policy_generation;
    const struct policy_scope *scope;
    struct policy_session limits;

    /* the server's side */
    struct backend backend;
    bool backend_made;           /* backend_init was called */
    size_t harden_at;
    char schema[SESSION_SCHEMA_MAX]; /* default schema; empty: none */
    char sql_mode[512];
    char charset[64];            /* character_set_client */
    struct sql_context sql;
    bool autocommit;
    bool results_utf8;           /* character_set_results */
    uint16_t status;             /* of the last OK */
    uint64_t state_generation;   /* rises when anything above that decisions depend on changes */
    struct catalog_overlay *overlay; /* temporary tables; NULL until the first */
    bool diagnostics_hidden;     /* the server's diagnostics area may hold masked values */
    struct map sql_prepared;     /* PREPARE name: struct sql_prepared */

    /* the command */
    struct arena arena;
    struct command command;
    struct flow flow;
    struct catalog_waiter waiter;
    uint64_t record_sequence;    /* DURABLE: the record; 0: there is no room for it yet */
    uint64_t statements;         /* numbered so far */
    bool killing;                /* the statement at hand is being ended on the server */
    bool kept_by_killer;         /* killer.c tells the keeper to forget it */
    bool in_commands;            /* session_commands is on the stack */
    struct map prepared;         /* by 4 bytes of id */
    uint32_t next_prepared;
    struct str request_reason;   /* CALL cardea.request() with nothing to file: for the statement
                                    that is sent for approval next; owned */
    struct arena held_arena;
    struct ipc_approval_ask *held; /* the last statement that was sent for approval and did not
                                      run, for CALL cardea.request(); in held_arena; or NULL */
    uint64_t rows_total, bytes_total;
    uint64_t refused;            /* statements, so far */
    int64_t last_us;             /* when it last went from one step to another */
};

/* ---- session.c ---- */

/* Takes an accepted, non-blocking socket. `peer`: its address, NUL-terminated. */
void session_accept(struct session_world *world, size_t listener, int fd, const char *peer);
/* The same over a stream that has no socket (scenario tests): NULL when out of memory. */
struct session *session_start_memory(struct session_world *world, size_t listener,
                                     const char *peer);
void session_step_set(struct session *session, enum session_step step, uint64_t deadline_ms);
const char *session_step_text(enum session_step step);
/* The one door. What was written to the client is sent, for two seconds at most. */
void session_end(struct session *session, const char *reason);
/* Likewise, after telling the client why. */
void session_end_fault(struct session *session, const struct fault *fault, const char *reason);
/* Whether anything more may be done for it. */
static inline bool session_alive(const struct session *session)
{
    return session->step != SESSION_ENDED && session->step != SESSION_CLOSING;
}
/* A packet to the client: begin, put into session_out, end. */
struct buf *session_out(struct session *session);
size_t session_packet_begin(struct session *session);
void session_packet_end(struct session *session, size_t mark);
void session_send_ok(struct session *session, const struct wire_ok *ok);
void session_send_fault(struct session *session, const struct fault *fault);
/* An ERR that is a server's or has the form of one. */
void session_send_err(struct session *session, const struct wire_err *err);
/* Idle or in-transaction limit, as the session stands; step READY. */
void session_ready(struct session *session);
void session_tag_stop(struct session *session);
/* TLS, or a unix socket. */
bool session_is_secure(const struct session *session);

/* ---- client_login.c ---- */

void client_login_greet(struct session *session);
void client_login_payload(struct session *session, struct str payload);
void client_login_secured(struct session *session);
/* Refused: one text for everything, the reason goes to the record. */
void client_login_refuse(struct session *session, const char *code, struct str problem);

/* ---- opening.c ---- */

/* The keeper has proved who it is: target, policy, backend. */
void session_open_target(struct session *session, struct str login_target);
/* The backend stands and the session's state is known: tells the client OK. */
void session_opened(struct session *session);
/* Remakes the scope when the policy was swapped; false: the session was ended. */
bool session_scope_fresh(struct session *session);
/* COM_RESET_CONNECTION: the server has reset; hardens anew, then OK. */
void session_harden_again(struct session *session);

/* ---- command.c ---- */

/* Takes commands off the client's stream while the session is READY. */
void session_commands(struct session *session);
/* The command is over: READY, and on with the next. */
void session_command_end(struct session *session);
/* Gives back what the command at hand holds. */
void session_command_drop(struct session *session);
/* The same as session_command_end, with a refusal. */
void session_command_refuse(struct session *session, const struct fault *fault);

/* ---- statement.c ---- */

/* Decides on session.command.text (or on its prepared statement) and runs what it holds; called
 * again when what it waited for has come. */
void statement_go(struct session *session);
/* Recorded, on disk where wanted: sends it. */
void statement_send(struct session *session);
/* The statement at hand was answered; `ok`: not with an error. */
void statement_done(struct session *session, bool ok);
/* Refuses the statement at hand (recorded already or not) and ends the command. */
void statement_refuse(struct session *session, const struct fault *fault);
/* Records the decision and goes on to statement_send, by way of the disk where wanted. */
void statement_record(struct session *session);
void statement_durable_moved(struct session *session);
/* catalog_waiter.done */
void statement_catalog_done(void *owner, bool ok);
static inline struct statement *statement_now(struct session *session)
{
    return &session->command.statements[session->command.at];
}
static inline const struct reading_statement *statement_read(const struct statement *statement)
{
    return &statement->reading->statements[statement->index];
}

/* ---- approval_wait.c ---- */

void approval_begin(struct session *session);
/* Files what is held anew, with a reason. False: nothing is held, or control can't be asked;
 * `done` is not called then. Tag and peer are the session's. */
bool approval_file_held(struct session *session, struct str reason,
                        void (*done)(void *owner, const struct ipc_approval_state *answer));
void approval_timeout(struct session *session);
void approval_moved(struct session *session, struct str id, unsigned state, struct str reason);

/* ---- prepared.c ---- */

void prepared_prepare(struct session *session, struct str payload);
void prepared_execute(struct session *session, struct str payload);
void prepared_long_data(struct session *session, struct str payload);
void prepared_close(struct session *session, struct str payload);
void prepared_reset(struct session *session, struct str payload);
void prepared_forget_all(struct session *session);
/* The payload that goes to the server for the command at hand. */
bool prepared_payload(struct session *session, struct buf *out);
/* Frees what a PREPARE that came to nothing had made. */
void prepared_command_end(struct session *session);
/* PREPARE of a statement that the gateway answers itself. */
void prepared_inband(struct session *session);
/* Comments alone, which MariaDB prepares. */
void prepared_nothing(struct session *session);
/* The server has prepared it (or, with NULL, has not). */
void prepared_answered(struct session *session, const struct wire_prepared *prepared);

/* ---- inband.c ---- */

/* Answers CALL cardea.…() with a result set, in text or (COM_STMT_EXECUTE) binary rows. */
void inband_run(struct session *session, struct statement *statement);
/* The answer to its PREPARE. */
void inband_describe(struct session *session, const struct prepared *prepared);

/* ---- result.c ---- */

/* The command was sent: reads the answer as it comes. */
void result_begin(struct session *session, enum wire_answer_to to);
void result_pump(struct session *session);
void result_release(struct session *session);
/* The result may not go on: the rest is thrown away, and the client is told this instead. */
void result_stop(struct session *session, enum fault_code code, const char *text);

/* ---- state.c ---- */

/* The first row of what a new connection says of itself. */
bool state_read(struct session *session, const struct str *values, size_t count,
                struct fault *fault);
bool state_charset_known(struct str name);
/* Before a statement: the session can go on after it. */
bool state_may_follow(struct session *session, const struct analysis *analysis,
                      struct fault *fault);
/* After a statement that succeeded. False: the session can't go on (fault filled). */
bool state_follow(struct session *session, const struct analysis *analysis, struct fault *fault);
/* The text of PREPARE name, and how it was read; STR_NONE when there is none. */
struct str state_prepared_text(const struct session *session, struct str name,
                               struct reading_frame *ret_frame);
void state_prepared_forget_all(struct session *session);
/* What the server told of its state in an OK. */
bool state_check(struct session *session, struct str block, struct fault *fault);

/* ---- killer.c ---- */

/* Ends the statement that runs on the session's backend, over a connection of its own. `last`: the
 * session is ending; the keeper forgets it when that is done. False: it can't be tried. */
bool killer_start(struct session *session, bool last);

/* ---- diagnostics.c ---- */

/* Rids a server's error of whatever may depend on a value. */
void diagnostics_clean(struct wire_err *err);

/* ---- recording.c ---- */

/* False: nothing may be run. */
bool record_decision(struct session *session, struct statement *statement,
                     const struct fault *refusal);
void record_outcome(struct session *session, struct statement *statement);
/* A command or text that was refused before it was understood. */
void record_refused(struct session *session, const struct fault *fault);
bool record_login(struct session *session);
void record_login_refused(struct session *session, const char *code, struct str problem);
void record_logout(struct session *session);
/* For reading.c: made once for each reading, used for many records. */
struct str record_analysis_json(const struct analysis *analysis, struct arena *arena);
struct str record_masked_json(const struct analysis *analysis,
                              const struct policy_decision *decision, struct arena *arena);
