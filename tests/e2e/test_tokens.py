# SPDX-License-Identifier: Apache-2.0
"""What is no valid token gets in nowhere: the caller learns nothing, the audit names the reason."""
import json
import time

import pymysql
import pytest

FORGED = {
    "expired": (dict(payload={"exp": 1}), "expired"),
    "not yet valid": (dict(payload={"nbf": 4102444800}), "not_yet"),
    "wrong audience": (dict(payload={"aud": "somebody-else"}), "audience"),
    "no audience": (dict(payload={"aud": None}), "audience"),
    "wrong issuer": (dict(payload={"iss": "https://evil.example"}), "issuer"),
    "wrong key": (dict(key="stranger"), "signature"),
    "alg none": (dict(key="none"), "algorithm"),
    "alg NONE": (dict(key="none", header={"alg": "NoNe"}), "algorithm"),
    "HMAC with the public key": (dict(key="hmac"), "algorithm"),
    "unknown critical header": (dict(header={"crit": ["exp2"], "exp2": 1}), "critical"),
    "embedded key": (dict(key="stranger", header={"jwk": {"kty": "RSA", "n": "AQAB", "e": "AQAB"}}), ""),
    "no expiry": (dict(payload={"exp": None}), ""),
    "no subject": (dict(payload={"sub": None}), ""),
}


def refused(gateway, token, target="app-mariadb"):
    with pytest.raises(pymysql.MySQLError) as error:
        gateway.connect(token, target).close()
    return error.value.args[0], str(error.value.args[1])


def reason_in_audit(gateway, since, seconds=5):
    """The reason of the first refused login after `since` records."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for record in gateway.audit()[since:]:
            text = json.dumps(record)
            if "identity." in text:
                return text
        time.sleep(0.1)
    return ""


@pytest.mark.parametrize("name", FORGED)
def test_forged(gateway, provider, name):
    how, reason = FORGED[name]
    since = len(gateway.audit())
    number, text = refused(gateway, provider.sign(**how))
    assert number == 1045, text
    for word in ("expired", "audience", "signature", "algorithm", "key id", "nbf"):
        assert word not in text
    recorded = reason_in_audit(gateway, since)
    assert "identity." in recorded and reason in recorded


def test_tampered_payload(gateway, provider):
    head, payload, signature = provider.token().split(".")
    since = len(gateway.audit())
    number, _ = refused(gateway, f"{head}.{payload[:-4]}AAAA.{signature}")
    assert number == 1045
    assert "identity." in reason_in_audit(gateway, since)


def test_huge_token(gateway, provider):
    since = len(gateway.audit())
    assert refused(gateway, provider.sign(payload={"x": "y" * 70_000}))[0] == 1045
    assert "identity.too_large" in reason_in_audit(gateway, since)
    # Over what a handshake may be: closed without being read to the end.
    number, _ = refused(gateway, provider.sign(payload={"x": "y" * 1_000_000}))
    assert number in (1153, 2006, 2013)


def test_rubbish(gateway):
    for token in ("", "x", "..", "a.b.c", "e30.e30.", "\u00e9.\u00e9.\u00e9"):
        assert refused(gateway, token)[0] == 1045


@pytest.mark.parametrize("key", ["rsa", "ec", "ed"])
def test_each_key_type(gateway, provider, key):
    with gateway.connect(provider.sign(key=key), "app-mariadb") as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)


def test_no_group_no_access(gateway, provider):
    number, text = refused(gateway, provider.token("agent-outsider"))
    assert number in (1044, 1045, 1142)


def test_unknown_target_is_refused_the_same_way(gateway, provider):
    assert refused(gateway, provider.token(), "no-such-target")[0] in (1044, 1045)


def test_token_without_tls_is_never_asked_for(gateway, provider):
    with pytest.raises(pymysql.MySQLError) as error:
        gateway.connect(provider.token(), "app-mariadb", tls=False).close()
    assert error.value.args[0] in (1045, 2013, 3159)


def test_a_new_key_is_picked_up_and_an_outage_does_not_disturb(gateway, provider):
    before = provider.token()
    provider.rotate()
    with gateway.connect(provider.token(), "app-mariadb") as connection:
        assert connection.open
    provider.outage(True)
    try:
        with gateway.connect(provider.sign(), "app-mariadb") as connection:
            assert connection.open
    finally:
        provider.outage(False)
    assert refused(gateway, before)[0] == 1045  # its key is gone


def test_session_ends_with_the_token(gateway, provider):
    token = provider.sign(payload={"exp": int(time.time()) + 3})
    connection = gateway.connect(token, "app-mariadb")
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    deadline = time.monotonic() + 30 + gateway_grace(gateway)
    with pytest.raises(pymysql.MySQLError):
        while time.monotonic() < deadline:
            time.sleep(0.5)
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")


def gateway_grace(gateway):
    """Seconds a session lives on after its token, as the issuer is configured."""
    return float(gateway.config["issuers"][0].get("grace", "0s").rstrip("s"))


def test_cold_password_cache(gateway, provider, mysql):
    """caching_sha2_password without a cached entry: the keeper fills the cache by itself, and the
    password is given to no worker."""
    for _ in range(3):
        mysql.run("FLUSH PRIVILEGES")
        with gateway.connect(provider.token(), "app-mysql") as connection, connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            assert cursor.fetchone() == (1,)
    assert "prime_failed" not in gateway.log.read_text()
    plugin = mysql.rows(f"SELECT plugin FROM mysql.user WHERE user = '{mysql.gateway_user}'")
    assert "caching_sha2_password" in str(plugin)
