/* SPDX-License-Identifier: Apache-2.0
 *
 * A token from the wire: parsed, and where it parses held against an issuer with one key. No
 * input may be accepted, for the key's private half is nowhere.
 */
#include "base/limits.h"
#include "config/config.h"
#include "identity/claims.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char key_set[] = "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"k\","
                              "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct jwks *keys;
    static struct str audience[] = {STR_INIT("cardea")};
    static const struct config_issuer issuer = {
        .url = STR_INIT("https://id.example"),
        .audiences = {audience, 1},
        .groups_claim = STR_INIT("a.b"),
    };
    struct arena arena;
    struct jwt jwt;
    struct identity identity;
    if (!keys)
        keys = jwks_load(str_make(key_set, sizeof key_set - 1));
    REQUIRE(keys && keys->count == 1);
    arena_init(&arena, 1 << 20);
    enum identity_reason reason = jwt_parse(str_make(data, size), &arena, &jwt);
    REQUIRE(reason != IDENTITY_UNDECIDED && reason < IDENTITY_REASON_COUNT);
    REQUIRE((jwt.header == NULL) == (jwt.payload == NULL));
    if (reason == IDENTITY_ACCEPTED)
        REQUIRE(claims_verify(&jwt, &issuer, keys, 1800000000, &arena, &identity) !=
                IDENTITY_ACCEPTED);
    if (jwt.payload)
        claims_at(jwt.payload, issuer.groups_claim);
    jwt_release(&jwt);
    arena_release(&arena);
    return 0;
}
