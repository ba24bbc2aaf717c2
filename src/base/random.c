/* SPDX-License-Identifier: Apache-2.0 */
#include "base/random.h"
#include "base/attr.h"

#include <sys/random.h>

void random_bytes(void *out, size_t n)
{
    char *p = out;

    while (n > 0) {
        ssize_t got = getrandom(p, n, 0);
        REQUIRE(got > 0);
        p += got;
        n -= (size_t)got;
    }
}

uint64_t random_u64(void)
{
    uint64_t v;

    random_bytes(&v, sizeof(v));
    return v;
}

struct hash_key random_hash_key(void)
{
    return (struct hash_key){random_u64(), random_u64()};
}

void random_name(char *out, size_t n)
{
    static const char letters[] = "abcdefghjkmnpqrstuvwxyz23456789";
    const unsigned count = sizeof(letters) - 1;

    for (size_t i = 0; i < n;) {
        unsigned char byte;
        random_bytes(&byte, 1);
        if (byte < 256 / count * count) /* no bias */
            out[i++] = letters[byte % count];
    }
}
