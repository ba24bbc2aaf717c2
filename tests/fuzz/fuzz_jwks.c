/* SPDX-License-Identifier: Apache-2.0
 *
 * A key set as an issuer might serve it, and identities as they cross between processes.
 */
#include "base/limits.h"
#include "identity/jwks.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = str_make(data, size);
    struct jwks *set = jwks_load(text);
    if (set) {
        REQUIRE(set->count + set->left_out <= LIMIT_JWKS_KEYS);
        for (int a = JWT_INVALID; a < JWT_ALGORITHM_COUNT; a++) {
            const struct jwk *key = jwks_choose(set, STR_NONE, (enum jwt_algorithm)a);
            REQUIRE(!key || key->type == jwt_algorithm_key_type((enum jwt_algorithm)a));
        }
        jwks_unref(set);
    }
    struct arena arena;
    struct identity identity, again;
    arena_init(&arena, 4 << 20);
    if (identity_decode(text, &arena, &identity)) {
        struct buf out;
        buf_init(&out, 16 * LIMIT_IDENTITY);
        identity_encode(&identity, &out);
        /* What was read can be written and read again, unless it grew over the limit. */
        REQUIRE(out.len > LIMIT_IDENTITY || identity_decode(buf_str(&out), &arena, &again));
        buf_release(&out);
    }
    arena_release(&arena);
    return 0;
}
