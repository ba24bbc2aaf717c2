/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"

#define ROTL(x, b) (((x) << (b)) | ((x) >> (64 - (b))))

struct state {
    uint64_t v0, v1, v2, v3;
};

static inline void sip_round(struct state *s)
{
    s->v0 += s->v1;
    s->v1 = ROTL(s->v1, 13) ^ s->v0;
    s->v0 = ROTL(s->v0, 32);
    s->v2 += s->v3;
    s->v3 = ROTL(s->v3, 16) ^ s->v2;
    s->v0 += s->v3;
    s->v3 = ROTL(s->v3, 21) ^ s->v0;
    s->v2 += s->v1;
    s->v1 = ROTL(s->v1, 17) ^ s->v2;
    s->v2 = ROTL(s->v2, 32);
}

static inline uint64_t load(const unsigned char *p, size_t n, bool fold)
{
    uint64_t word = 0;

    for (size_t i = 0; i < n; i++) {
        unsigned char c = fold ? (unsigned char)ascii_lower((char)p[i]) : p[i];
        word |= (uint64_t)c << (8 * i);
    }
    return word;
}

static inline uint64_t siphash(struct hash_key key, struct str bytes, bool fold)
{
    struct state s = {
        key.k0 ^ 0x736f6d6570736575ULL,
        key.k1 ^ 0x646f72616e646f6dULL,
        key.k0 ^ 0x6c7967656e657261ULL,
        key.k1 ^ 0x7465646279746573ULL,
    };
    const unsigned char *p = (const unsigned char *)bytes.ptr;
    size_t left = bytes.len;

    for (; left >= 8; left -= 8, p += 8) {
        uint64_t word = load(p, 8, fold);
        s.v3 ^= word;
        sip_round(&s);
        sip_round(&s);
        s.v0 ^= word;
    }
    uint64_t last = (uint64_t)(bytes.len & 0xFF) << 56;
    if (left > 0)
        last |= load(p, left, fold);
    s.v3 ^= last;
    sip_round(&s);
    sip_round(&s);
    s.v0 ^= last;
    s.v2 ^= 0xFF;
    for (int i = 0; i < 4; i++)
        sip_round(&s);
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

uint64_t hash_bytes(struct hash_key key, struct str bytes)
{
    return siphash(key, bytes, false);
}

uint64_t hash_bytes_nocase(struct hash_key key, struct str bytes)
{
    return siphash(key, bytes, true);
}
