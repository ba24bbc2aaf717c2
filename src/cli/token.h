#pragma once
/* SPDX-License-Identifier: Apache-2.0
 *
 * The token of whoever uses the command line. `cardea login` fetches it; every other command asks
 * here and gets one that is fresh.
 *
 *   FILE        the token and a newline; mode 0600. MySQL's own client reads it as
 *               --authentication-openid-connect-client-id-token-file=FILE
 *   FILE.json   how to get the next one: issuer, client, refresh token; mode 0600
 *
 * FILE is what --token-file or CARDEA_TOKEN_FILE says, else $XDG_STATE_HOME/cardea/token
 * (~/.local/state/cardea/token). CARDEA_TOKEN holds a token itself and is used as it is.
 */
#include "base/buf.h"
#include "base/secret.h"

#define TOKEN_FRESH_S 60 /* a token that ends sooner is renewed before it is used */

struct token_login {
    char *file;   /* FILE; owned, as all of these; NULL where there is none */
    char *issuer; /* URL */
    char *token_endpoint, *device_endpoint;
    char *client_id;
    char *client_secret_file; /* for client credentials; the secret itself is not kept */
    char *scope, *audience, *resource;
    char *ca_file;
    char *from_file; /* the token is read from here anew: workload tokens */
    bool id_token;   /* use the ID token rather than the access token */
    struct secret refresh_token;
};

/* Path of FILE: `given` (may be NULL), the environment, the default; owned by the caller. NULL
 * when there is no home. */
char *token_path(const char *given);
/* The token, renewed when it is about to end and can be. `given` as above. False, with a text to
 * show, when there is none or it has ended. */
NODISCARD bool token_get(const char *given, struct secret *ret_token, int64_t *ret_expires_at,
                         char *problem, size_t problem_size);
/* `exp` of a JWT, not verified; 0 when it can't be read. */
int64_t token_expiry(struct str token);

/* ---- for login.c ---- */

void token_login_release(struct token_login *login);
/* Reads FILE.json. False when it is not there or can't be read. */
NODISCARD bool token_login_load(const char *file, struct token_login *ret_login);
/* Writes FILE and FILE.json, each whole or not at all. */
NODISCARD bool token_store(const struct token_login *login, struct str token, char *problem,
                           size_t problem_size);
/* One request to the token endpoint with this form, the client's id and secret added. Fills the
 * token (and the login's refresh token). On refusal gives false with OAuth's `error` in
 * `error_code`. */
NODISCARD bool token_request(struct token_login *login, struct buf *form, struct secret *ret_token,
                             char *error_code, size_t error_size, char *problem,
                             size_t problem_size);
/* OIDC discovery (RFC 8414, OpenID Connect Discovery 1.0): fills the endpoints. The document must
 * name the same issuer. */
NODISCARD bool token_discover(struct token_login *login, char *problem, size_t problem_size);
/* A new token without anyone's help: from the file, by refresh token or by client credentials. */
NODISCARD bool token_renew(struct token_login *login, struct secret *ret_token, char *problem,
                           size_t problem_size);
