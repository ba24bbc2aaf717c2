#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * Logging in to a server, as a machine without I/O: payloads in, what to do next out. Whoever has
 * the connection moves the bytes; whoever has the password makes the answers. A worker asks the
 * keeper for them; the keeper, filling a server's cache, makes them itself.
 *
 *   GREETING --greeting--> TLS --secured--> ANSWER --answer--> WAIT --OK--> DONE
 *                 |                          ^  ^               |
 *                 +-------- (no TLS) --------+  +--switch, full-+   ERR: REFUSED
 *                                                                   else: BROKEN
 *
 *   wire_dialogue_init(&d, &settings);
 *   for each payload of the server, while step is GREETING or WAIT:
 *       wire_dialogue_payload(&d, payload), then look at d.step:
 *       TLS      wire_dialogue_tls_request(&d, out) as one payload; start TLS when there is not a
 *                byte more from the server; wire_dialogue_secured(&d)
 *       ANSWER   make the answer for d.plugin, d.scramble, d.stage; then
 *                wire_dialogue_answer(&d, user, answer, out) as one payload. With a stage other
 *                than FIRST the server wants the password whole: a worker first has the keeper
 *                fill the server's cache, and connects anew
 *       DONE     logged in: d.capabilities, d.status
 *
 * Promises: no answer is asked for before TLS stands where TLS is wanted; the password whole is
 * asked for only on a line that is secure, or encrypted to a configured key on one without TLS; a
 * server may switch plugins once.
 */
#include "base/buf.h"
#include "base/str.h"
#include "wire/auth.h"
#include "wire/handshake.h"

enum wire_line {
    WIRE_LINE_OPEN = 0,   /* no TLS: others may listen */
    WIRE_LINE_UNVERIFIED, /* TLS to whoever answered */
    WIRE_LINE_SECURE      /* TLS to the right one, or a unix socket */
};

enum wire_dialogue_step {
    WIRE_DIALOGUE_INVALID = 0,
    WIRE_DIALOGUE_GREETING, /* waits for the server's greeting */
    WIRE_DIALOGUE_TLS,
    WIRE_DIALOGUE_ANSWER,
    WIRE_DIALOGUE_WAIT,     /* waits for the server's next payload */
    WIRE_DIALOGUE_DONE,
    WIRE_DIALOGUE_REFUSED,  /* by the server: `err` */
    WIRE_DIALOGUE_BROKEN    /* `problem` */
};

enum wire_answer_stage {
    WIRE_STAGE_FIRST = 0, /* to the scramble */
    WIRE_STAGE_CLEAR = 1, /* the password and its NUL */
    WIRE_STAGE_RSA = 2    /* wire_rsa_answer with the configured key */
};

struct wire_dialogue_settings {
    uint64_t client_capabilities; /* whose LIKE flags are asked for; 0 for none */
    bool tls;                     /* start TLS; a server without is not spoken to */
    bool verified;                /* ... and its certificate is verified */
    bool socket;                  /* a unix socket: secure as it is */
    bool has_key;                 /* the server's RSA key is configured */
    uint8_t collation;            /* for the login */
    uint32_t max_packet;
};

struct wire_dialogue {
    struct wire_dialogue_settings settings;
    enum wire_dialogue_step step;
    enum wire_line line;
    /* From the greeting; `greeting`'s strings point into its payload and are gone after it. */
    struct wire_greeting greeting;
    uint64_t capabilities;       /* agreed */
    /* ANSWER: what is asked. */
    enum wire_plugin plugin;     /* NATIVE or CACHING_SHA2 */
    enum wire_answer_stage stage;
    unsigned char scramble[WIRE_SCRAMBLE];
    bool sent;                   /* the login packet went out */
    bool switched;
    uint16_t status;             /* DONE: of the server's OK */
    struct wire_err err;         /* REFUSED; message points into the payload */
    const char *problem;         /* BROKEN: for logs and records, static */
};

void wire_dialogue_init(struct wire_dialogue *dialogue,
                        const struct wire_dialogue_settings *settings);
/* One payload of the server. Gives the new step. */
enum wire_dialogue_step wire_dialogue_payload(struct wire_dialogue *dialogue, struct str payload);
/* TLS: the payload to send before TLS starts. The step stays until _secured. */
void wire_dialogue_tls_request(const struct wire_dialogue *dialogue, struct buf *out);
/* TLS stands. */
enum wire_dialogue_step wire_dialogue_secured(struct wire_dialogue *dialogue);
/* ANSWER: appends the payload that carries it (the login packet, the first time). `answer` is a
 * secret where the stage is not FIRST: so is `out` then. Now WAIT, or BROKEN. */
enum wire_dialogue_step wire_dialogue_answer(struct wire_dialogue *dialogue, struct str user,
                                             struct str answer, struct buf *out);
/* Gives up, with a static text. */
void wire_dialogue_break(struct wire_dialogue *dialogue, const char *problem);
/* The server's turn? */
static inline bool wire_dialogue_waits(const struct wire_dialogue *dialogue)
{
    return dialogue->step == WIRE_DIALOGUE_GREETING || dialogue->step == WIRE_DIALOGUE_WAIT;
}

/* The answer that step ANSWER asks for, made from the password; `public_key` (PEM) is used with
 * WIRE_STAGE_RSA. False when it can't be made. */
NODISCARD bool wire_dialogue_make_answer(enum wire_plugin plugin, enum wire_answer_stage stage,
                                         const unsigned char scramble[WIRE_SCRAMBLE],
                                         struct str password, struct str public_key,
                                         struct buf *answer);
