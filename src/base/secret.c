/* SPDX-License-Identifier: Apache-2.0 */
#include "base/secret.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

static size_t whole_pages(size_t len)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);

    return (len + page) / page * page;
}

bool secret_set(struct secret *secret, const void *bytes, size_t len)
{
    size_t size = whole_pages(len);
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED)
        return false;
    (void)mlock(memory, size); /* a limit of the system, not a reason to refuse */
    (void)madvise(memory, size, MADV_DONTDUMP);
    secret_release(secret);
    if (len > 0)
        memcpy(memory, bytes, len);
    secret->bytes = memory;
    secret->len = len;
    return true;
}

void secret_release(struct secret *secret)
{
    if (secret->bytes != NULL) {
        size_t size = whole_pages(secret->len);
        explicit_bzero(secret->bytes, size);
        munmap(secret->bytes, size);
    }
    *secret = (struct secret){0};
}

bool bytes_equal_constant_time(const void *a, const void *b, size_t len)
{
    const volatile unsigned char *x = a, *y = b;
    unsigned char differs = 0;

    for (size_t i = 0; i < len; i++)
        differs |= (unsigned char)(x[i] ^ y[i]);
    return differs == 0;
}

bool secret_equal(const struct secret *secret, const void *bytes, size_t len)
{
    return secret->len == len && bytes_equal_constant_time(secret->bytes, bytes, len);
}

void secret_protect_process(void)
{
    struct rlimit none = {0, 0};

    (void)setrlimit(RLIMIT_CORE, &none);
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}
