/* SPDX-License-Identifier: Apache-2.0 */
#include "../test.h"
#include "base/hash.h"
#include "base/map.h"

/* The authors' own vector (appendix A of the SipHash paper). */
static void siphash_vector(void **state)
{
    (void)state;
    struct hash_key key = {0x0706050403020100ULL, 0x0f0e0d0c0b0a0908ULL};
    unsigned char in[15];
    for (unsigned i = 0; i < sizeof(in); i++)
        in[i] = (unsigned char)i;
    assert_true(hash_bytes(key, str_make(in, sizeof(in))) == 0xa129ca6149be45e5ULL);
}

static void put_get_remove_grow(void **state)
{
    (void)state;
    static char names[1000][16];
    struct map map;
    map_init(&map, (struct hash_key){1, 2}, true);
    for (int i = 0; i < 1000; i++) {
        snprintf(names[i], sizeof(names[i]), "Key%d", i);
        assert_true(map_put(&map, str_of(names[i]), names[i]));
    }
    assert_ptr_equal(map_get(&map, STR("kEY77")), names[77]);
    assert_ptr_equal(map_remove(&map, STR("key77")), names[77]);
    assert_null(map_get(&map, STR("key77")));
    assert_int_equal(map.live, 999);
    for (int i = 0; i < 5000; i++) { /* churn does not grow it without end */
        assert_true(map_put(&map, STR("again"), names[0]));
        assert_non_null(map_remove(&map, STR("again")));
    }
    assert_true(map.slot_count <= 4096);
    size_t position = 0, seen = 0;
    while (map_next(&map, &position) != NULL)
        seen++;
    assert_int_equal(seen, 999);
    map_release(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(siphash_vector),
        cmocka_unit_test(put_get_remove_grow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
