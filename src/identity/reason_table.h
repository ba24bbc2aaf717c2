/* SPDX-License-Identifier: Apache-2.0
 *
 * Why a token or an issued login was refused:
 *   REASON(name, "stable.code", "meaning, for the audit record and the reference")
 *
 * These are for the audit log and for metrics. The caller is told none of them: whoever forges
 * tokens learns nothing from `cardea/identity.refused: access denied`.
 * A code never changes its meaning and is never reused.
 */
REASON(too_large, "identity.too_large",
       "the token is longer than LIMIT_TOKEN; it was not looked at")
REASON(malformed, "identity.malformed", "not a compact JWS with a JSON header and JSON claims")
REASON(encrypted, "identity.encrypted",
       "a JWE or a token inside a token; only signed ones are taken")
REASON(algorithm, "identity.algorithm",
       "`none`, an HMAC, or an algorithm that this issuer may not use")
REASON(critical, "identity.critical", "a critical header: `crit` or `b64`; none is understood")
REASON(header, "identity.header",
       "the header asks for something that is not done: a key or an address of a key in the token, "
       "compression, a `typ` that is not of an access or ID token")
REASON(issuer, "identity.issuer", "`iss` is missing or names no configured issuer")
REASON(key, "identity.key", "no key, or more than one, of the issuer fits `kid` and `alg`")
REASON(keys_unavailable, "identity.keys_unavailable", "the issuer's keys have not been fetched yet")
REASON(signature, "identity.signature", "the signature is not that of the issuer's key")
REASON(audience, "identity.audience", "`aud` holds none of the configured audiences")
REASON(expired, "identity.expired",
       "`exp` is missing or past, or the token is older than `token_age`")
REASON(not_yet, "identity.not_yet", "`nbf` or `iat` lies in the future")
REASON(claim, "identity.claim", "a required claim is missing or a claim rule does not hold")
REASON(subject, "identity.subject", "`sub` is missing, empty or longer than LIMIT_SUBJECT")
REASON(groups, "identity.groups", "the groups claim has a form that can't be read")
REASON(login_unknown, "identity.login_unknown", "no such issued login, or it has expired")
REASON(login_password, "identity.login_password", "the password of the issued login is wrong")
REASON(login_target, "identity.login_target", "the issued login is for another target")
REASON(memory, "identity.memory", "out of memory while verifying")
