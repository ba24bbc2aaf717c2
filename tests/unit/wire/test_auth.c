/* SPDX-License-Identifier: Apache-2.0
 *
 * Known answers: PASSWORD('secret') as every server prints it; answers computed with Python's
 * hashlib for the scramble 01 02 .. 14.
 */
#include "hex.h"
#include "wire/auth.h"
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

static const unsigned char scramble[WIRE_SCRAMBLE] = {1,  2,  3,  4,  5,  6,  7,  8,  9,  10,
                                                      11, 12, 13, 14, 15, 16, 17, 18, 19, 20};

/* Made for this test. */
static const char private_key[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQChPHp/Ck5LzHFW\n"
    "gCPprXaks+StUfpFo2Y/U2RjLrhTliZSOJMigRKca02dm9Iyj4gMfgcu5XIS0xh7\n"
    "IiCqT3won5YyzDNe3Ck8IDag1ryLIl7Jjl6FidHhU89DNxV/Zd3r6hw8YYPYMnCt\n"
    "nuYGdYVBZFR8zye29hiipDvJtZ8BlQ1vbywtx+LDeH8TeUT76Y8wyM+rDgVvcNXG\n"
    "zNL58D/ZbZiYpqXzO9EHFT9BzjAmS1G70XvHJcYEYltuUWtQQfNHPsTcsAumFN6T\n"
    "K5SAthf648r20irZMQb5VB5s8CKU2Emp23oosGDrw+aCW3bT3AkQAN+DS6sr6ii/\n"
    "L+p7DmFRAgMBAAECggEAHCY8pabVNg8On4E2I+MsskMU8rx78wH8xSQIQ/ehZzhw\n"
    "3sxxRaYeq2/haFmOuFSONk4fb2zP/mDb5o12Af3oCYiZFqvHcTGDQnPGTczHtIvO\n"
    "3CYOswY1ff8dkZjRmEEe3kPsY49Lzyg5O1qhQrHsTpcXWAXro1nyQZzmMkhS5xnJ\n"
    "bgi4Bv/MUdMfIAaEslEsCAymAySQA0kxXoFPpTiFDHSETo4/5u5+garEHyKKXe1u\n"
    "sHw9GiawMUM+qmQ+OoaHawepZVlOKNrj/1v0v3wDrLiy8uzHcqRAb/10o63qIlDW\n"
    "N7GNkCXUoBq2n3lJLDGK/0GcxB/q6b3FgbH/7QeU5QKBgQDVFz6TaOzfjNl7eSY2\n"
    "TFpaFro1HDJuBF1CoNeHbnJbCeJV1Oeo3n0mj9IY4AgHb4eTVSLKc1y3MxIfNKBp\n"
    "fUgo7x5PXOiPMA5fXcIyghuwnppLH20kVXDMc99FJpqBhw+Hgs711Ac+m7Nwp0oA\n"
    "DJ1CJWLjUWfoaOF6kJwV/fNODQKBgQDBtCZqRT+IXuPzOisJQKXZEO9/IzVO/DUr\n"
    "+fX8PpI4ZrsHidttWchfQFsC2powJ3CjRMUy/P1G9KHrYmL1J4FbYMoXM+0bs0HA\n"
    "r84exzctHA25D4VTUNylzNlsZ4rMy7x5ZvL7ckrGosvoBYC//iQelrNDMx8rRhYu\n"
    "6xGamESTVQKBgGore60ckTDMz6s6cHSLVFUgj8RYeTPhjsncs6YxvF5prVCQlJ/J\n"
    "wtdMvyRPsxBpXEZnG798/Qv2MShFI0uL9UEX6qUmKGT3T6HqaBCcTMmSLFQTo2CA\n"
    "BYSIkwy0MDUrIuykmxNWggmKsDwHzdH6dvv2/q895ySf5QAZPvuiHPCdAoGBAJbP\n"
    "vQ0GZ0W0o4OOqU0l4TpUnjL9ZZbedEON9L/0s4FoMnvXEFleCsxmXbWmH2AYhPEJ\n"
    "LQPaxxOEicCrNGKs5GERxaY1Dol/klUES9XYwxPDAMgx1lsc3P3VtP5ay01R3qci\n"
    "yVGOFbv7qgg2qJxSsSqDqIRMfBsEEWdsK6OSo+mVAoGAM0BwF6dnX8XRBMzXaccU\n"
    "/9yVGpc3cuAVX78qvOwvqAUZ6kvDxBptnakvcNosI2VeotDkWLRLxiyzlZu1f+Qm\n"
    "c1das4ENhoNqMn68WKiGi2EuDtn2d7Sm0h9G2JxjJao2PQyDKZjIGxgECLCj1/Mq\n"
    "aUsLUgHcdW0UvgZ+R8/a0xE=\n"
    "-----END PRIVATE KEY-----\n";
static const char public_key[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAoTx6fwpOS8xxVoAj6a12\n"
    "pLPkrVH6RaNmP1NkYy64U5YmUjiTIoESnGtNnZvSMo+IDH4HLuVyEtMYeyIgqk98\n"
    "KJ+WMswzXtwpPCA2oNa8iyJeyY5ehYnR4VPPQzcVf2Xd6+ocPGGD2DJwrZ7mBnWF\n"
    "QWRUfM8ntvYYoqQ7ybWfAZUNb28sLcfiw3h/E3lE++mPMMjPqw4Fb3DVxszS+fA/\n"
    "2W2YmKal8zvRBxU/Qc4wJktRu9F7xyXGBGJbblFrUEHzRz7E3LALphTekyuUgLYX\n"
    "+uPK9tIq2TEG+VQebPAilNhJqdt6KLBg68Pmglt209wJEADfg0urK+oovy/qew5h\n"
    "UQIDAQAB\n"
    "-----END PUBLIC KEY-----\n";
static const char small_key[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDtOOxQXiCrr+M2A3eiE8nhW5EW\n"
    "y2HXcShLOJQuDa0V7u3It1AZjbxjOU4FK5BZi1FwajQ/wF7OihYvQa8eNBLhxWX8\n"
    "FyUSaT2h780GNrwHwmd+KIiLmuYULb5gB+dwULRCzws2FDGz7YBlIEwIHPgyRc75\n"
    "PJKNIGgk3xnG55McwwIDAQAB\n"
    "-----END PUBLIC KEY-----\n";

static void assert_hex(const unsigned char *bytes, size_t n, const char *hex)
{
    struct buf want;

    buf_init(&want, 1024);
    assert_int_equal(hex_only(&want, hex).len, n);
    assert_memory_equal(bytes, want.data, n);
    buf_release(&want);
}

static void native_known_answers(void **state)
{
    (void)state;
    unsigned char stored[20], answer[WIRE_NATIVE_ANSWER];

    assert_true(wire_native_stored(STR("secret"), stored));
    assert_hex(stored, 20, "14e65567abdb5135d0cfd9a70b3032c179a49ee7");
    assert_true(wire_native_answer(scramble, STR("secret"), answer));
    assert_hex(answer, 20, "b32bb3a583e1340c0a1108d58b1be49781ad8c2f");
    assert_true(wire_native_verify(scramble, stored, str_make(answer, 20)));
}

static void sha2_known_answers(void **state)
{
    (void)state;
    unsigned char stored[32], answer[WIRE_SHA2_ANSWER];

    assert_true(wire_sha2_stored(STR("secret"), stored));
    assert_true(wire_sha2_answer(scramble, STR("secret"), answer));
    assert_hex(answer, 32, "746ebe205d56a0707acb3e796e834e0dd7b1d61743b26bd5202c7a623230c7c9");
    assert_true(wire_sha2_verify(scramble, stored, str_make(answer, 32)));
}

static void wrong_answers_prove_nothing(void **state)
{
    (void)state;
    unsigned char stored[32], answer[32], other[WIRE_SCRAMBLE] = {0};

    assert_true(wire_native_stored(STR("secret"), stored));
    assert_true(wire_native_answer(scramble, STR("secret"), answer));
    assert_false(wire_native_verify(other, stored, str_make(answer, 20)));
    assert_false(wire_native_verify(scramble, stored, str_make(answer, 19)));
    assert_false(wire_native_verify(scramble, stored, STR_NONE));
    for (int i = 0; i < 20; i++) {
        answer[i] ^= 1;
        assert_false(wire_native_verify(scramble, stored, str_make(answer, 20)));
        answer[i] ^= 1;
    }
    assert_true(wire_sha2_stored(STR("secret"), stored));
    assert_true(wire_sha2_answer(scramble, STR("secret"), answer));
    assert_false(wire_sha2_verify(other, stored, str_make(answer, 32)));
    assert_false(wire_sha2_verify(scramble, stored, str_make(answer, 31)));
    assert_false(wire_sha2_verify(scramble, stored, STR_NONE));
    for (int i = 0; i < 32; i++) {
        answer[i] ^= 0x80;
        assert_false(wire_sha2_verify(scramble, stored, str_make(answer, 32)));
        answer[i] ^= 0x80;
    }
}

/* What a server does with the RSA answer. */
static struct str rsa_open(struct str answer, unsigned char *clear, size_t size)
{
    BIO *bio = BIO_new_mem_buf(private_key, -1);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);

    assert_int_equal(EVP_PKEY_decrypt_init(ctx), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING), 1);
    assert_int_equal(EVP_PKEY_decrypt(ctx, clear, &size, (const unsigned char *)answer.ptr,
                                      answer.len), 1);
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(key);
    BIO_free(bio);
    for (size_t i = 0; i < size; i++)
        clear[i] ^= scramble[i % WIRE_SCRAMBLE];
    return str_make(clear, size);
}

static void a_server_opens_the_rsa_answer(void **state)
{
    (void)state;
    struct buf answer;
    unsigned char clear[512];

    buf_init(&answer, 4096);
    assert_true(wire_rsa_answer(str_of(public_key), scramble, STR("secret"), &answer));
    assert_int_equal(answer.len, 256);
    assert_str(rsa_open(buf_str(&answer), clear, sizeof clear), STR("secret\0"));
    buf_clear(&answer);
    struct str longer = STR("a password that is longer than one scramble of twenty bytes");
    assert_true(wire_rsa_answer(str_of(public_key), scramble, longer, &answer));
    assert_int_equal(rsa_open(buf_str(&answer), clear, sizeof clear).len, longer.len + 1);
    buf_release(&answer);
}

static void keys_that_will_not_do(void **state)
{
    (void)state;
    struct buf answer;
    char password[300] = {0};

    buf_init(&answer, 4096);
    assert_false(wire_rsa_answer(str_of(small_key), scramble, STR("secret"), &answer));
    assert_false(wire_rsa_answer(STR_NONE, scramble, STR("secret"), &answer));
    assert_false(wire_rsa_answer(STR("-----BEGIN PUBLIC KEY-----\n"), scramble, STR("s"), &answer));
    assert_false(wire_rsa_answer(str_of(private_key), scramble, STR("s"), &answer));
    assert_false(wire_rsa_answer(str_of(public_key), scramble, str_make(password, 215), &answer));
    assert_false(wire_rsa_answer(str_of(public_key), scramble, str_make(password, 300), &answer));
    assert_int_equal(answer.len, 0);
    buf_release(&answer);
}

static void clear_passwords(void **state)
{
    (void)state;
    struct str got;

    assert_true(wire_clear_decode(STR("abc\0"), &got));
    assert_str(got, STR("abc"));
    assert_true(wire_clear_decode(STR("abc"), &got));
    assert_str(got, STR("abc"));
    assert_true(wire_clear_decode(STR_NONE, &got));
    assert_int_equal(got.len, 0);
    assert_false(wire_clear_decode(STR("a\0c\0"), &got));
}

static void tokens(void **state)
{
    (void)state;
    static char large[16385];
    struct buf out;
    struct str got;

    buf_init(&out, 1 << 16);
    wire_openid_encode(&out, STR("a.b.c"));
    assert_str(buf_str(&out), STR("\1\5a.b.c"));
    assert_true(wire_openid_decode(buf_str(&out), &got));
    assert_str(got, STR("a.b.c"));
    assert_false(wire_openid_decode(STR("\2\5a.b.c"), &got));
    assert_false(wire_openid_decode(STR("\1\6a.b.c"), &got));
    assert_false(wire_openid_decode(STR("\1\4a.b.c"), &got));
    assert_false(wire_openid_decode(STR("\1\0"), &got));
    assert_false(wire_openid_decode(STR_NONE, &got));
    buf_clear(&out);
    wire_openid_encode(&out, str_make(large, 16384));
    assert_true(wire_openid_decode(buf_str(&out), &got));
    buf_clear(&out);
    wire_openid_encode(&out, str_make(large, 16385));
    assert_false(wire_openid_decode(buf_str(&out), &got));
    buf_release(&out);
}

static void plugins_by_name(void **state)
{
    (void)state;
    for (unsigned i = 1; i < WIRE_PLUGIN_COUNT; i++)
        assert_int_equal(wire_plugin_by_text(str_of(wire_plugin_text((enum wire_plugin)i))), i);
    assert_int_equal(wire_plugin_by_text(STR("")), WIRE_PLUGIN_INVALID);
    assert_int_equal(wire_plugin_by_text(STR("mysql_old_password")), WIRE_PLUGIN_INVALID);
    assert_false(wire_plugin_without_tls(WIRE_PLUGIN_CLEAR));
    assert_false(wire_plugin_without_tls(WIRE_PLUGIN_OPENID_CONNECT));
    assert_false(wire_plugin_without_tls(WIRE_PLUGIN_INVALID));
    assert_true(wire_plugin_without_tls(WIRE_PLUGIN_NATIVE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(native_known_answers),
        cmocka_unit_test(sha2_known_answers),
        cmocka_unit_test(wrong_answers_prove_nothing),
        cmocka_unit_test(a_server_opens_the_rsa_answer),
        cmocka_unit_test(keys_that_will_not_do),
        cmocka_unit_test(clear_passwords),
        cmocka_unit_test(tokens),
        cmocka_unit_test(plugins_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
