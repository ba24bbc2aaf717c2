/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/identity.h"

static const struct {
    const char *code, *meaning;
} reasons[IDENTITY_REASON_COUNT] = {
    [IDENTITY_UNDECIDED] = {"identity.undecided", "nothing was decided"},
    [IDENTITY_ACCEPTED] = {"identity.accepted", "verified"},
#define REASON(name, code, meaning) [IDENTITY_##name] = {code, meaning},
#include "identity/reason_table.h"
#undef REASON
};

const char *identity_reason_code(enum identity_reason reason)
{
    return reasons[reason < IDENTITY_REASON_COUNT ? reason : IDENTITY_UNDECIDED].code;
}

const char *identity_reason_meaning(enum identity_reason reason)
{
    return reasons[reason < IDENTITY_REASON_COUNT ? reason : IDENTITY_UNDECIDED].meaning;
}
