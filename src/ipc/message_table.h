/* SPDX-License-Identifier: Apache-2.0
 *
 * Every message between the processes, in one table. From it are made: `enum ipc_type`,
 * `struct ipc_NAME`, `ipc_NAME_encode`, `ipc_NAME_decode`, `ipc_NAME_dump`, `ipc_send_NAME`, the
 * handler's slot, the permission check, and the fuzz target's cases.
 *
 *   MESSAGE(name, senders, receivers, most bytes of the encoded body, fields)
 *   REQUEST(ask, answer)    `ask` is answered by `answer`; both have a `tag`: ipc_ask_NAME is made
 *
 * senders and receivers are sets of roles: S supervisor, W worker, K keeper, R recorder, C control.
 *
 * Fields, in the order in which they are encoded:
 *   U8 U16 U32 U64  integers (little-endian on the wire)
 *   BOOL            one byte, 0 or 1, anything else is malformed
 *   TEXT            struct str: u32 length, bytes. May hold any byte unless said otherwise
 *   SECRET          struct secret, borrowed: as TEXT, but dumps show the length alone and every
 *                   buffer that held the message is wiped
 *   FD              int: a descriptor, passed beside the body. Received: -1 when there is none.
 *                   Sent: 0 or less is none, so that a field left out is none
 *
 * Who owns what: strings and secrets of a received message live until the handler returns.
 * Descriptors of a received message belong to the handler. Descriptors of a message that is sent
 * belong to the channel from the call on, also when sending fails.
 *
 * A "pack" is a TEXT or SECRET holding pairs (name, bytes): ipc_pack_put, ipc_pack_next.
 * "JSON" is a text that the other side parses again as untrusted.
 */

/* ---- supervisor and everyone ---- */

MESSAGE(configure, S, W | K | R | C, (size_t)48 << 20,
    U64(generation)       /* rises by one with each reload that was accepted */
    U16(index)            /* which of its role this process is, from 0 */
    U16(workers)          /* how many workers there are */
    U64(sessions_base)    /* the highest 32 bits of this worker's session ids, the others 0 */
    TEXT(main_path)        /* name of the main document among `files` */
    TEXT(files)            /* pack: path → text, for each file that this role may see:
                             configuration, policies, certificates, CAs */
    SECRET(secrets))      /* pack: path or name → bytes, for each secret that this role holds */

MESSAGE(configured, W | K | R | C, S, 65536,
    U64(generation)
    BOOL(ok)              /* false: nothing was changed, the role runs on with what it had */
    TEXT(problem)          /* why not, for people */
    TEXT(sandbox))         /* which walls stand: "seccomp landlock:4" */

/* A socket pair's end; replaces an older one with the same peer. None: that peer is gone. */
MESSAGE(peer, S, W | K | R | C, 64,
    U8(role)              /* enum role */
    U16(index)
    FD(channel))

/* Sent when all roles are configured, and all of them again after each reload: a worker closes
 * what it had under an index for the new one, and those whose index is no more. */
MESSAGE(listener, S, W | C, 512,
    U16(index)            /* in the configuration's list of listeners; control's is 0 */
    TEXT(name)             /* "control" for the control plane's */
    FD(socket))           /* listening, non-blocking */

MESSAGE(ring, S, W | R, 64,
    U16(worker)           /* index of the worker that writes */
    U64(id)               /* of the ring; never used again, also not after a restart */
    FD(memory)
    FD(wake_recorder)     /* eventfd */
    FD(wake_worker))      /* eventfd */

/* No new sessions; running ones end at the end of their transaction or at the deadline. The role
 * leaves by itself with status 0 when it has none left. */
MESSAGE(drain, S, W | K | R | C, 16,
    U32(deadline_ms))

/* A session of this worker changed tables, views or routines; the supervisor tells the other
 * workers, which read the catalog anew before they decide by it. */
MESSAGE(catalog_touched, W, S, 512,
    TEXT(target))
MESSAGE(catalog_changed, S, W, 512,
    TEXT(target))

/* A connected, non-blocking socket to one of the configured targets. The supervisor refuses names
 * that are not in the configuration. */
MESSAGE(dial, W | K, S, 512,
    U32(tag)
    TEXT(target))          /* name */
MESSAGE(dialled, S, W | K, 1024,
    U32(tag)
    U32(error)            /* errno; 0: `socket` is there */
    TEXT(problem)          /* for people: which address, what happened */
    FD(socket))
REQUEST(dial, dialled)

/* ---- identity: worker, control → keeper ---- */

/* The keeper verifies the token and, when it is good, remembers `session` with that identity
 * until session_close. */
MESSAGE(verify, W | C, K, 131072 + 1024,
    U32(tag)
    U64(session)          /* 0 from control: nothing is remembered */
    TEXT(peer)             /* the client's address, for the record of a refusal */
    TEXT(purpose)          /* "mysql" or "api": which audience */
    SECRET(token))        /* as it came, bounded by LIMIT_TOKEN at the keeper */
/* An issued login instead of a token. */
MESSAGE(login_verify, W, K, 8192,
    U32(tag)
    U64(session)
    TEXT(peer)
    TEXT(user)
    TEXT(plugin)           /* mysql_native_password or caching_sha2_password */
    TEXT(scramble)         /* the 20 bytes that the worker sent */
    TEXT(answer))          /* the client's */
MESSAGE(verified, K, W | C, 65536,
    U32(tag)
    BOOL(ok)
    TEXT(identity)         /* JSON: issuer, subject, groups, claims, expires (seconds) */
    U64(expires)          /* seconds since 1970; end of token plus grace */
    TEXT(code)             /* when not ok: stable code, such as "token.expired" */
    TEXT(problem)          /* when not ok: for the audit record, never for the client */
    TEXT(login_target))    /* when an issued login is bound to one target: its name */
REQUEST(verify, verified)
REQUEST(login_verify, verified)

MESSAGE(login_issue, C, K, 65536,
    U32(tag)
    TEXT(identity)         /* JSON, as `verified` gave it */
    TEXT(target)           /* name; empty: any */
    U32(lifetime_s))
MESSAGE(login_issued, K, C, 4096,
    U32(tag)
    BOOL(ok)
    TEXT(user)
    SECRET(password)
    U64(expires)
    TEXT(problem))
REQUEST(login_issue, login_issued)
/* Forgets an issued login, or all of an identity's when `user` is empty. */
MESSAGE(login_revoke, C, K, 4096,
    TEXT(user)
    TEXT(issuer)
    TEXT(subject))

/* The session goes for this target: the keeper will answer challenges of no other. */
MESSAGE(session_open, W, K, 1024,
    U64(session)
    TEXT(target))
MESSAGE(session_close, W, K, 16,
    U64(session))

/* The answer to a server's authentication challenge. */
MESSAGE(answer, W, K, 65536,
    U32(tag)
    U64(session)
    TEXT(target)           /* name */
    TEXT(account)          /* name of one of the target's accounts; empty: the mapping chooses */
    TEXT(plugin)           /* as the server named it */
    U8(stage)             /* 0 first answer, 1 clear password (TLS), 2 RSA, with `public_key` */
    BOOL(tls)             /* the connection to the server is TLS and verified */
    TEXT(scramble)
    TEXT(public_key))      /* PEM, of the server; stage 2 */
MESSAGE(answered, K, W, 65536,
    U32(tag)
    BOOL(ok)
    TEXT(user)             /* account name to log in as */
    SECRET(bytes)         /* what to send */
    TEXT(role)             /* for SET ROLE; empty: none */
    TEXT(code)
    TEXT(problem))
REQUEST(answer, answered)
/* Fills the server's password cache over a connection of the keeper's own. */
MESSAGE(prime, W, K, 1024,
    U32(tag)
    U64(session)
    TEXT(target)
    TEXT(account))
MESSAGE(primed, K, W, 4096,
    U32(tag)
    BOOL(ok)
    TEXT(problem))
REQUEST(prime, primed)

MESSAGE(keys, C, K, (size_t)1 << 20,
    TEXT(issuer)           /* name in the configuration */
    TEXT(jwks))            /* JSON, as the issuer serves it */
MESSAGE(keys_wanted, K, C, 1024,
    TEXT(issuer)
    TEXT(key_id))

/* ---- approvals: worker ↔ control ---- */

/* Finds the live request with the same fingerprint or makes one. */
MESSAGE(approval_ask, W, C, (size_t)8 << 20,
    U32(tag)
    U64(session)
    TEXT(identity)         /* JSON */
    TEXT(target)
    TEXT(fingerprint)      /* approval_fingerprint (store/approval.h); control computes its own */
    TEXT(text)             /* exact statement */
    TEXT(values)           /* JSON array of the bound values; empty: none */
    TEXT(digest)
    TEXT(analysis)         /* JSON summary: kind, objects, privileges */
    TEXT(objects)          /* JSON: object → hash of its definition; default schema, sql_mode */
    TEXT(rule)             /* the deciding policy line */
    TEXT(approvers)        /* groups, a newline between them */
    U32(count)            /* how many distinct approvers are needed, at least 1 */
    TEXT(reason)           /* as the requester gave it; may be empty */
    BOOL(explicit_request) /* CALL cardea.request(): a new one even after a refusal */
    U32(valid_s))         /* how long an approval holds */
MESSAGE(approval_state, C, W, 65536,
    U32(tag)
    BOOL(ok)              /* false: no request could be made; `reason` says why */
    TEXT(id)
    U8(state)             /* enum approval_state of store */
    U64(expires)          /* seconds since 1970 */
    U32(approvals)        /* so far */
    U32(needed)
    TEXT(reason))          /* the refusal's, why it is void, or the problem */
REQUEST(approval_ask, approval_state)
/* Uses an approval up: yes exactly once. */
MESSAGE(approval_use, W, C, 8192,
    U32(tag)
    U64(session)
    TEXT(id)
    TEXT(fingerprint))
MESSAGE(approval_used, C, W, 65536,
    U32(tag)
    BOOL(ok)
    TEXT(approvers)        /* JSON, for the record */
    TEXT(problem))
REQUEST(approval_use, approval_used)
MESSAGE(approval_list, W, C, 65536,
    U32(tag)
    TEXT(identity))        /* JSON */
MESSAGE(approval_listed, C, W, (size_t)1 << 20,
    U32(tag)
    TEXT(requests))        /* JSON array: id, state, target, text, made, expires, reason */
REQUEST(approval_list, approval_listed)
MESSAGE(approval_changed, C, W, 65536,
    TEXT(id)
    U8(state)
    TEXT(fingerprint)
    TEXT(reason))

/* ---- sight and control ---- */

MESSAGE(status, S | W | K | R, C, (size_t)8 << 20,
    TEXT(metrics)          /* metrics_encode of base/metrics.h */
    TEXT(sessions))        /* workers only: JSON array of objects with the members id (16 hex
                             digits), issuer, subject, name, target, peer, client (program name),
                             state (the step's name), statement (the running one's
                             normalized text, at most 1,024 bytes), opened_us, last_us,
                             statements, rows, refused (how many) */
/* What would be decided; nothing is run. */
MESSAGE(check, C, W, 262144,
    U32(tag)
    TEXT(identity)         /* JSON */
    TEXT(target)
    TEXT(schema)           /* default schema; may be empty */
    TEXT(text))
MESSAGE(checked, W, C, (size_t)1 << 20,
    U32(tag)
    TEXT(decisions)        /* JSON array, an object for each statement; empty: see problem */
    TEXT(problem))
REQUEST(check, checked)
/* Ends one session, or all sessions of an identity when `session` is 0. */
MESSAGE(kill, C, W, 8192,
    U64(session)
    TEXT(issuer)
    TEXT(subject)
    TEXT(reason))

/* A record that is not of a statement. `tag` 0: no answer is wanted. Otherwise audit_noted says
 * that it is on disk, or that it can't be. */
MESSAGE(audit_event, S | K | C, R, (size_t)1 << 20,
    U32(tag)
    TEXT(record))          /* one JSON object, made by audit/record.h */
MESSAGE(audit_noted, R, S | K | C, 64,
    U32(tag)
    BOOL(ok))
REQUEST(audit_event, audit_noted)
