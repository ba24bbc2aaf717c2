/* SPDX-License-Identifier: Apache-2.0
 *
 * Sets of flags, made from the table once by the compiler: a row counts into a set when its column
 * carries the set's word.
 */
#include "wire/capabilities.h"

#include "base/attr.h"

enum client_word { CLIENT_OFF, CLIENT_OFFER, CLIENT_DEMAND, CLIENT_TLS };
enum server_word { SERVER_NEVER, SERVER_USE, SERVER_NEED, SERVER_LIKE, SERVER_TLS };

static const struct {
    const char *name;
    enum client_word client;
    enum server_word server;
} rows[] = {
#define WIRE_CAPABILITY(name, bit, client, server, why)                                            \
    [bit] = {#name, CLIENT_##client, SERVER_##server},
    WIRE_CAPABILITY_TABLE(WIRE_CAPABILITY)
#undef WIRE_CAPABILITY
};

static uint64_t client_set(enum client_word word)
{
    uint64_t set = 0;

    for (unsigned bit = 0; bit < ARRAY_LEN(rows); bit++)
        if (rows[bit].name != NULL && rows[bit].client == word)
            set |= 1ull << bit;
    return set;
}

static uint64_t server_set(enum server_word word)
{
    uint64_t set = 0;

    for (unsigned bit = 0; bit < ARRAY_LEN(rows); bit++)
        if (rows[bit].name != NULL && rows[bit].server == word)
            set |= 1ull << bit;
    return set;
}

/* The name of the lowest bit of a set that is not empty. */
static const char *lowest_name(uint64_t set)
{
    return wire_capability_name((unsigned)__builtin_ctzll(set));
}

uint64_t wire_capabilities_offer(bool has_tls)
{
    uint64_t set = client_set(CLIENT_OFFER) | client_set(CLIENT_DEMAND);

    return has_tls ? set | client_set(CLIENT_TLS) : set;
}

bool wire_capabilities_client(uint64_t offered, uint64_t asked, uint64_t *ret_agreed,
                              const char **ret_name)
{
    uint64_t missing = client_set(CLIENT_DEMAND) & ~asked;

    if (missing != 0) {
        *ret_name = lowest_name(missing);
        return false;
    }
    *ret_agreed = offered & asked;
    return true;
}

bool wire_capabilities_server(uint64_t offered, uint64_t client, bool tls, bool schema,
                              uint64_t *ret_asked, const char **ret_name)
{
    uint64_t need = server_set(SERVER_NEED);
    uint64_t asked = need | (offered & server_set(SERVER_USE)) |
                     (offered & client & server_set(SERVER_LIKE));

    if (tls)
        need |= WIRE_CAP(SSL);
    if ((need & ~offered) != 0) {
        *ret_name = lowest_name(need & ~offered);
        return false;
    }
    asked |= need;
    if (!schema)
        asked &= ~WIRE_CAP(CONNECT_WITH_DB);
    *ret_asked = asked;
    return true;
}

const char *wire_capability_name(unsigned bit)
{
    return bit < ARRAY_LEN(rows) ? rows[bit].name : NULL;
}
