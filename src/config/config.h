#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * The gateway's configuration: one YAML file, read into an immutable, counted struct. Pure: bytes
 * in, struct out. File names in it are names only; `config_files` lists them all, so that the
 * supervisor can read them and hand their content to those who need it. Secrets never stand in
 * the file itself.
 *
 * Every text is in the struct's own arena and lives until the last `config_unref`. Durations end
 * in `_ms`, sizes in `_bytes`. Relative paths are relative to the configuration file's folder and
 * are made absolute by `config_path` (the struct keeps them as written).
 */
#include "config/field.h"

enum config_listener_tls {
    CONFIG_LISTENER_TLS_INVALID = 0,
    CONFIG_LISTENER_TLS_REQUIRED,
    CONFIG_LISTENER_TLS_OPTIONAL, /* tokens and issued logins need TLS all the same, but for a
                                     challenge that never shows the password */
    CONFIG_LISTENER_TLS_OFF       /* only on a unix socket or a loopback address */
};

struct config_listener {
    struct config_position at;
    struct str name;    /* unique */
    struct str address; /* as written: `host:port`, `[::1]:3306`, `unix:/path` */
    struct str host;    /* from `address`; empty for a unix socket; `*` for any */
    uint16_t port;
    struct str socket_path;                /* from `address`; empty for TCP */
    int64_t socket_mode;                   /* permission bits of the unix socket */
    int tls;                               /* enum config_listener_tls */
    struct str certificate_file, key_file; /* PEM; empty with TLS off */
    struct str target;         /* name of the one target behind this listener; empty: the user
                                  name says which */
    struct str server_version; /* in the greeting; empty: the target's where fixed, else Cardea's */
};

enum config_target_kind {
    CONFIG_TARGET_KIND_INVALID = 0,
    CONFIG_TARGET_MYSQL,
    CONFIG_TARGET_MARIADB
};

enum config_target_tls {
    CONFIG_TARGET_TLS_INVALID = 0,
    CONFIG_TARGET_TLS_VERIFY_IDENTITY, /* chain and name */
    CONFIG_TARGET_TLS_VERIFY_CA,       /* chain only */
    CONFIG_TARGET_TLS_UNVERIFIED,      /* encrypted, to whoever answers */
    CONFIG_TARGET_TLS_OFF              /* clear text; only loopback or unix socket, else refused
                                          unless `insecure: true` */
};

/* Exactly one source of the password, or none for an account without one. */
struct config_credential {
    struct config_position at;
    struct str user;
    struct str password_file; /* the first line, without its newline */
    struct str password_env;  /* of the supervisor's environment */
};

/* The first account whose group the identity has is used; else the target's `credential`. */
struct config_account {
    struct config_position at;
    struct str group;
    struct str user;
    struct str password_file, password_env;
};

/* The first role whose group the identity has is set with SET ROLE. */
struct config_role {
    struct config_position at;
    struct str group;
    struct str role; /* `name` or `name@host` */
};

struct config_target {
    struct config_position at;
    struct str name;    /* unique; what clients put as user name */
    int kind;           /* enum config_target_kind */
    struct str version; /* `8.4.3`, `10.11.6`; empty: asked of the server */
    struct str host;
    int64_t port;
    struct str socket;          /* unix socket path instead of host and port */
    int tls;                    /* enum config_target_tls */
    struct str ca_file;         /* PEM; empty: the system's */
    struct str server_name;     /* expected in the certificate; empty: host */
    struct str public_key_file; /* PEM; the server's RSA key for passwords without TLS; empty: asked
                                   of the server only over TLS or a unix socket */
    bool insecure;              /* allows `tls: off` over a network */
    struct config_credential credential;
    struct config_account *accounts;
    size_t account_count;
    struct config_role *roles;
    size_t role_count;
    struct config_labels labels;
    int64_t connect_ms;
};

/* All tokens of the issuer must fit; exactly one of equals, matches, one_of. */
struct config_claim_rule {
    struct config_position at;
    struct str claim; /* path: `repository`, `kubernetes.io/namespace` by quoting parts */
    struct str equals;
    struct str matches; /* shell-style pattern */
    struct config_strings one_of;
};

struct config_issuer {
    struct config_position at;
    struct str name;                       /* unique; in records and policies */
    struct str url;                        /* the `iss` claim, exactly */
    struct config_strings audiences;       /* one of them must be in `aud` */
    struct config_strings algorithms;      /* as in JOSE headers; never none or HS* */
    struct str jwks_url;                   /* empty: by discovery */
    struct str jwks_file;                  /* keys from a file; neither discovery nor HTTP then */
    struct str ca_file;                    /* for HTTPS to the issuer; empty: the system's */
    struct config_strings required_claims; /* paths that must be there */
    struct config_claim_rule *rules;
    size_t rule_count;
    struct str subject_claim; /* path, `sub` */
    struct str name_claim;    /* path, for people to read; `preferred_username`, else subject */
    struct str groups_claim;  /* path, `groups`; strings, arrays, nested */
    struct config_strings default_groups; /* every identity of this issuer has these too */
    int64_t clock_skew_ms;
    int64_t token_age_ms; /* oldest `iat`; 0: not checked */
    int64_t refresh_ms;   /* how often the keys are fetched */
    int64_t grace_ms;     /* how long sessions live on after the token's expiry */
};

struct config_control {
    struct config_position at;
    bool enabled;      /* there is a `listen` */
    struct str listen; /* `host:port` */
    struct str host;   /* from `listen` */
    uint16_t port;
    struct str certificate_file, key_file;
    struct config_strings viewer_groups, approver_groups, admin_groups;
    int64_t login_ms;            /* longest life of an issued login */
    int64_t approval_ms;         /* how long an unanswered request stays */
    int64_t requests_per_minute; /* of one client */
    bool metrics_open;           /* /metrics without a token */
};

enum config_durability {
    CONFIG_DURABILITY_INVALID = 0,
    CONFIG_DURABILITY_SYNC, /* on disk before the statement runs */
    CONFIG_DURABILITY_ASYNC /* in the ring before it runs, on disk soon after */
};

struct config_audit {
    struct config_position at;
    struct str directory;
    int durability;      /* enum config_durability */
    struct str key_file; /* Ed25519 private key, PEM; by default audit.pem in the data directory */
    bool key_made;       /* it is that default: the supervisor makes it when it isn't there */
    int64_t segment_bytes;
    int64_t segment_ms; /* a segment is closed after this, too */
    int64_t ring_bytes; /* of each worker's shared memory */
    int64_t flush_ms;   /* async: the longest that a record is not on disk */
};

struct config_limits {
    struct config_position at;
    int64_t sessions; /* in the gateway, all workers */
    int64_t sessions_per_identity;
    int64_t packet_bytes;       /* one command */
    int64_t statements;         /* prepared, in one session */
    int64_t rows, result_bytes; /* of one result; 0: no limit; policies may be stricter */
    int64_t statement_ms;       /* one statement's run */
    int64_t idle_ms;            /* a session without a command */
    int64_t transaction_ms;     /* idle inside a transaction */
    int64_t handshake_ms;       /* from accept to authenticated */
    int64_t session_ms;         /* a session in all; 0: no limit */
    int64_t catalog_ms;         /* oldest catalog that is decided by */
    int64_t drain_ms;           /* on SIGTERM */
    int64_t logins_per_minute;  /* refused logins from one address */
    int64_t memory_bytes;       /* one statement's arena */
};

struct config {
    struct config_position at;
    struct str file; /* its name, as given to config_parse */
    struct config_listener *listeners;
    size_t listener_count;
    struct config_target *targets;
    size_t target_count;
    struct config_issuer *issuers;
    size_t issuer_count;
    struct config_control control;
    struct config_audit audit;
    struct config_limits limits;
    struct config_strings policies; /* files or shell-style patterns of policy and classification
                                       documents */
    struct str pseudonym_key_file;  /* 32 or more random bytes; pseudonyms stay the same as long as
                                       it does */
    struct str data_directory;      /* the store, sockets, caches */
    struct str zoneinfo_directory;
    int64_t workers;      /* 0: one for each core */
    struct str user;      /* to drop to when started as root; empty: stay */
    struct str log_level; /* debug info warning error */

    struct arena arena; /* private */
    int references;     /* private */
};

/* Every file that the configuration names, in this order: the certificate, key, ... of each. */
#define CONFIG_FILE_TABLE(ROW)                                                                     \
    ROW(LISTENER_CERTIFICATE, "listener certificate", false)                                       \
    ROW(LISTENER_KEY, "listener key", true)                                                        \
    ROW(TARGET_CA, "target CA", false)                                                             \
    ROW(TARGET_PUBLIC_KEY, "target public key", false)                                             \
    ROW(TARGET_PASSWORD, "target password", true)                                                  \
    ROW(ACCOUNT_PASSWORD, "account password", true)                                                \
    ROW(ISSUER_CA, "issuer CA", false)                                                             \
    ROW(ISSUER_KEYS, "issuer keys", false)                                                         \
    ROW(CONTROL_CERTIFICATE, "control certificate", false)                                         \
    ROW(CONTROL_KEY, "control key", true)                                                          \
    ROW(AUDIT_KEY, "audit key", true)                                                              \
    ROW(PSEUDONYM_KEY, "pseudonym key", true)                                                      \
    ROW(POLICY, "policy", false)

enum config_file_kind {
    CONFIG_FILE_INVALID = 0,
#define ROW(name, text, secret) CONFIG_FILE_##name,
    CONFIG_FILE_TABLE(ROW)
#undef ROW
        CONFIG_FILE_COUNT
};

struct config_file {
    enum config_file_kind kind;
    struct config_position at; /* where it is named */
    struct str path;           /* absolute where the configuration's own path is */
    struct str env;            /* instead of a path: a variable of the supervisor's environment */
    bool secret;
    bool pattern;   /* POLICY: may be a shell-style pattern of several files */
    size_t owner;   /* index of the listener, target or issuer */
    size_t account; /* ACCOUNT_PASSWORD: index in the target's accounts */
};

/* Reads the configuration. `file` is its name, for messages and relative paths. NULL when
 * anything is wrong; the problems then say what, all of it. One reference belongs to the caller. */
struct config *config_parse(struct str file, struct str text, struct config_problems *problems);
struct config *config_ref(const struct config *config);
void config_unref(const struct config *config);

/* All files named, in the arena. */
const struct config_file *config_files(const struct config *config, struct arena *arena,
                                       size_t *ret_count);
const char *config_file_kind_text(enum config_file_kind kind);
/* A path of the configuration made absolute or relative to the working folder, in the arena. */
struct str config_path(const struct config *config, struct str path, struct arena *arena);
/* Indices; -1 where there is none. */
ptrdiff_t config_target_index(const struct config *config, struct str name);
ptrdiff_t config_issuer_index(const struct config *config, struct str name);
ptrdiff_t config_issuer_by_url(const struct config *config, struct str url);
/* The label's value; STR_NONE where there is none. */
struct str config_label(const struct config_labels *labels, struct str name);
/* The account for an identity with these groups: index in accounts, or -1 for the target's own
 * credential. The role: index in roles or -1 for none. */
ptrdiff_t config_target_account(const struct config_target *target, const struct str *groups,
                                size_t group_count);
ptrdiff_t config_target_role(const struct config_target *target, const struct str *groups,
                             size_t group_count);
/* docs/configuration.md: Markdown, generated from the field tables. */
void config_reference(struct buf *out);
