# SPDX-License-Identifier: Apache-2.0
"""The protocol itself, by hand: what peers may send and must not, at every stage; what passes
unchanged; what is refused while the session lives."""
import os
import random
import ssl
import struct
import time

import pytest
from cardea_test import deployment, mysqlproto, process
from cardea_test.mysqlproto import CAPS, COM, DEFAULT_CAPS, LONG, TYPE, Closed, Error, ProtocolError

HANDSHAKE_TIME = 3
PACKET = 34 << 20
SEED = int(os.environ.get("CARDEA_SEED", "20261122"))
LOST = (Closed, Error, ProtocolError, ValueError, OSError)


def strict(config):
    config["limits"] = {"handshake_time": f"{HANDSHAKE_TIME}s", "packet": "34MiB",
                        "failed_logins_per_minute": 100000}
    plain = dict(config["listeners"][0], name="plain", tls="optional")
    config["listeners"].append(plain)


@pytest.fixture(scope="module")
def door(folder, authority, provider, mariadb, mysql):
    """A gateway of its own: hostile peers must not disturb the others' tests."""
    running = deployment.AppGateway(folder / "wire", authority, provider, [mariadb, mysql], strict)
    yield running
    assert running.stop() == 0, process.tail(running.log)


@pytest.fixture(scope="module")
def context(door):
    return mysqlproto.client_context(door.ca)


@pytest.fixture
def login(door, provider, target, context):
    """login(**options): a session of the coding agent, by hand."""
    opened = []

    def log_in(**options):
        options.setdefault("database", "app")
        opened.append(mysqlproto.connect("127.0.0.1", door.port(), target, provider.token(),
                                         tls=context, **options))
        return opened[-1]

    yield log_in
    for connection in opened:
        connection.close()


@pytest.fixture
def unharmed(door, provider, context):
    """The same processes as before, and a login that works: after whatever the test did."""
    before = {role: pid for role, pid in door.children().items()}
    yield
    assert door.children() == before, process.tail(door.log)
    with mysqlproto.connect("127.0.0.1", door.port(), "app-mariadb", provider.token(),
                            tls=context) as c:
        assert c.query("SELECT 1").rows == [(b"1",)]


def dial(door, listener="main"):
    return mysqlproto.Connection("127.0.0.1", door.port(listener))


def rubbish(rng, size):
    """Random bytes; half of the time behind a packet's header that fits."""
    data = rng.randbytes(rng.randrange(size))
    if rng.random() < 0.5:
        return struct.pack("<I", len(data))[:3] + bytes([rng.randrange(4)]) + data
    return data


def drain(connection):
    """Reads whatever comes until the end, or for a moment."""
    connection.socket.settimeout(0.2)
    try:
        while connection.socket.recv(65536):
            pass
    except OSError:
        pass
    connection.close()


# ---- hostile peers ----

def test_random_bytes_instead_of_a_login(door, unharmed):
    rng = random.Random(SEED)
    for _ in range(60):
        c = dial(door, rng.choice(["main", "plain"]))
        c.read_greeting()
        c.socket.sendall(rubbish(rng, 600))
        drain(c)


def test_random_bytes_inside_tls(door, context, unharmed):
    rng = random.Random(SEED + 1)
    for _ in range(30):
        c = dial(door)
        c.read_greeting()
        c.start_tls(context, server_hostname="localhost")
        try:
            c.send(rubbish(rng, 2000))
        except LOST:
            pass
        drain(c)


def test_random_bytes_as_the_tls_handshake(door, unharmed):
    rng = random.Random(SEED + 2)
    for _ in range(20):
        c = dial(door)
        c.read_greeting()
        c.write_packet(struct.pack("<IIB23x", DEFAULT_CAPS | CAPS["SSL"], 1 << 24, 45))
        c.socket.sendall(rng.randbytes(rng.randrange(1, 400)))
        drain(c)


def test_random_bytes_at_the_auth_switch(door, context, unharmed):
    rng = random.Random(SEED + 3)
    for i in range(20):
        c = dial(door)
        c.read_greeting()
        c.start_tls(context, server_hostname="localhost")
        c.write_login("cl_nobody" if i % 2 else "app-mariadb", b"", "caching_sha2_password")
        try:
            c.read_payload()
            c.send(rubbish(rng, 20000))
        except LOST:
            pass
        drain(c)


def test_random_commands(login, unharmed):
    rng = random.Random(SEED + 4)
    for _ in range(25):
        c = login()
        try:
            for _ in range(4):
                c.send(rubbish(rng, 300))
        except LOST:
            pass
        drain(c)


def test_mutated_commands(login, unharmed):
    """Commands that are nearly right: a byte of each changed, cut or put in."""
    rng = random.Random(SEED + 5)
    c = login()
    s = c.prepare("SELECT ?, ?, ?")
    execute = bytes([COM["STMT_EXECUTE"]]) + s.payload([1, "text", None])
    seeds = [execute, b"\x03SELECT id, name FROM person", b"\x16SELECT ? FROM person",
             bytes([COM["STMT_SEND_LONG_DATA"]]) + struct.pack("<IH", s.id, 1) + b"piece",
             bytes([COM["STMT_RESET"]]) + struct.pack("<I", s.id), b"\x02app", b"\x1b\0\0", b"\x0e"]
    for _ in range(120):
        data = bytearray(rng.choice(seeds))
        at = rng.randrange(len(data))
        change = rng.randrange(3)
        if change == 0:
            data[at] = rng.randrange(256)
        elif change == 1:
            del data[at:]
        else:
            data[at:at] = rng.randbytes(rng.randrange(1, 9))
        if not data or data[0] in (COM["QUIT"], COM["STMT_CLOSE"], COM["STMT_SEND_LONG_DATA"]):
            continue
        try:
            c.sequence = 0
            c.write_payload(bytes(data))
            c.socket.settimeout(5)
            c.read_payload()
        except LOST:
            pass
        c.close()
        c = login()
        s = c.prepare("SELECT ?, ?, ?")


def test_a_login_cut_anywhere(door, context, unharmed):
    c = dial(door)
    c.read_greeting()
    sent = []
    c.send = sent.append
    c.write_login("app-mariadb", b"x" * 30 + b"\0", "mysql_clear_password", database="app")
    c.close()
    whole = sent[0]
    for cut in range(0, len(whole), 7):
        c = dial(door)
        c.read_greeting()
        c.start_tls(context, server_hostname="localhost")
        # Once with a header that promises more, once as a packet of its own.
        data = whole[4:cut + 4]
        c.send(struct.pack("<I", len(whole) - 4)[:3] + b"\2" + data if cut % 2 else
               struct.pack("<I", len(data))[:3] + b"\2" + data)
        drain(c)


def test_a_wrong_sequence_ends_the_login(door, unharmed):
    for sequence in (0, 2, 255):
        c = dial(door)
        c.read_greeting()
        c.write_packet(struct.pack("<IIB23x", DEFAULT_CAPS | CAPS["SSL"], 1 << 24, 45), sequence)
        assert c.wait_closed(), sequence


def test_a_wrong_sequence_ends_the_session(login, unharmed):
    c = login()
    c.write_packet(b"\x03SELECT 1", 1)
    assert c.wait_closed()


def test_more_bytes_than_a_login_may_have(door, unharmed):
    c = dial(door)
    c.read_greeting()
    try:
        c.send(b"\xff\xff\xff\x01" + bytes(4 << 20))
    except Closed:
        return
    assert c.wait_closed()


def test_a_command_over_the_limit(login, unharmed):
    """Refused at the header that shows it: the rest is not waited for."""
    c = login()
    c.sequence = 0
    full = b"\x03" + b" " * 0xFFFFFE
    try:
        for i in range(PACKET // 0xFFFFFF):
            c.write_packet(full if i == 0 else b" " * 0xFFFFFF)
        c.send(b"\xff\xff\xff" + bytes([c.sequence]))
        error = None
        payload = c.read_packet()[1]
        assert payload[:1] == b"\xff"
        error = mysqlproto.parse_err(payload)
        assert error.number == 1153 and "cardea/limit.packet" in error.message
    except Closed:
        pass
    assert c.wait_closed()


def test_who_says_nothing_is_put_out(door, context, unharmed):
    silent, half, inside = dial(door), dial(door), dial(door)
    for c in (silent, half, inside):
        c.read_greeting()
    half.send(b"\x20\0\0\x01abc")
    inside.start_tls(context, server_hostname="localhost")
    begun = time.monotonic()
    for c in (silent, half, inside):
        assert c.wait_closed(HANDSHAKE_TIME + 5)
    assert time.monotonic() - begun < HANDSHAKE_TIME + 5


def test_a_slow_writer_is_served(login, unharmed):
    c = login()
    packet = b"\x09\0\0\0\x03SELECT 7"
    for i in range(len(packet)):
        c.send(packet[i:i + 1])
        time.sleep(0.02)
    c.sequence = 1
    assert c.read_result().rows == [(b"7",)]


def rss(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) << 10 for line in status if line.startswith("VmRSS"))


def test_a_slow_reader_costs_bounded_memory(door, login, unharmed):
    c = login()
    workers = [pid for role, pid in door.children().items() if role.startswith("worker")]
    before = sum(map(rss, workers))
    c.command(COM["QUERY"], b"SELECT REPEAT('x', 1000) FROM types a, types b, types c, types d, types e,"
              b" types f, types g, types h, types i, types j, types k, types l, types m, types n, types o,"
              b" types p, types q")  # 131,072 rows of 1,000 bytes
    time.sleep(2)
    assert sum(map(rss, workers)) - before < 24 << 20
    result = c.read_result()
    assert len(result.rows) == 131072


def test_bytes_behind_the_tls_request_are_not_read_as_sent_inside(door, provider, context, unharmed):
    """A login in clear, in the same segment as the TLS request (CVE-2011-0411's kind)."""
    c = dial(door)
    c.read_greeting()
    request = struct.pack("<IIB23x", DEFAULT_CAPS | CAPS["SSL"], 1 << 24, 45)
    sent = []
    real, c.send = c.send, sent.append
    c.write_packet(request)
    c.write_login("app-mariadb", provider.token().encode() + b"\0", "mysql_clear_password")
    c.send = real
    c.send(b"".join(sent))
    try:
        c.socket = context.wrap_socket(c.socket, server_hostname="localhost")
        c.tls = True
        c.socket.settimeout(3)
        assert c.read_payload()[:1] != b"\x00", "the login in clear was taken"
    except (ssl.SSLError, TimeoutError, *LOST):
        pass
    c.close()


# ---- logins that are refused ----

def login_error(door, context, **options):
    with pytest.raises((Error, Closed, ssl.SSLError)) as error:
        mysqlproto.connect("127.0.0.1", door.port(), "app-mariadb", options.pop("token", "x"),
                           tls=context, **options).close()
    return error.value


@pytest.mark.parametrize("missing", ["PROTOCOL_41", "SECURE_CONNECTION", "PLUGIN_AUTH"])
def test_capabilities_that_are_demanded(door, context, provider, missing, unharmed):
    login_error(door, context, token=provider.token(), flags=DEFAULT_CAPS & ~CAPS[missing])


@pytest.mark.parametrize("collation", [1, 13, 28, 87, 95, 35, 54, 60, 10, 248])
def test_character_sets_that_can_be_read_in_two_ways(door, context, provider, collation, unharmed):
    """big5, sjis, gbk, cp932, ucs2, utf16, utf32, swe7, gb18030 by the login's byte alone."""
    login_error(door, context, token=provider.token(), collation=collation)


@pytest.mark.parametrize("collation", [0, 8, 33, 45, 46, 63, 255])
def test_character_sets_that_pass(login, collation):
    assert login(collation=collation).query("SELECT 1").rows == [(b"1",)]


def test_what_is_not_offered(door):
    c = dial(door)
    greeting = c.read_greeting()
    for name in ("COMPRESS", "ZSTD_COMPRESSION", "LOCAL_FILES", "OPTIONAL_RESULTSET_METADATA",
                 "IGNORE_SPACE", "MULTI_FACTOR_AUTHENTICATION"):
        assert not greeting.caps & CAPS[name], name
    assert greeting.reserved == bytes(10)  # no MariaDB extensions
    c.close()


def test_no_secret_is_asked_for_without_tls(door, provider):
    """Not even where the listener takes connections without TLS."""
    for plugin in ("mysql_clear_password", "authentication_openid_connect_client",
                   "caching_sha2_password"):
        c = dial(door, "plain")
        c.read_greeting()
        c.write_login("app-mariadb", b"", plugin)
        payload = c.read_payload()
        assert payload[:1] == b"\xff", payload
        assert b"TLS" in payload
        c.close()


# ---- commands ----

PASSED = {COM[name] for name in ("QUIT", "INIT_DB", "QUERY", "PING", "STMT_PREPARE", "STMT_EXECUTE",
                                 "STMT_SEND_LONG_DATA", "STMT_CLOSE", "STMT_RESET", "SET_OPTION",
                                 "RESET_CONNECTION")}


def test_every_other_command_is_refused_and_the_session_lives(login):
    c = login()
    for byte in range(256):
        if byte in PASSED:
            continue
        c.command(byte, b"person\0" + bytes(12))
        with pytest.raises(Error) as error:
            c.read_ok()
        assert "cardea/" in error.value.message, hex(byte)
        c.ping()
    assert c.query("SELECT 1").rows == [(b"1",)]


def test_nobody_changes_identity_within_a_session(login, provider):
    c = login()
    before = c.query("SELECT CURRENT_USER()").rows
    c.command(COM["CHANGE_USER"], b"root\0\0app\0" + struct.pack("<H", 45) + b"mysql_clear_password\0")
    with pytest.raises(Error):
        c.read_ok()
    assert c.query("SELECT CURRENT_USER()").rows == before


def test_an_empty_command(login, unharmed):
    c = login()
    c.sequence = 0
    c.write_packet(b"")
    try:
        payload = c.read_payload()
        assert payload[:1] == b"\xff"
    except Closed:
        pass


def test_commands_sent_ahead_are_answered_in_order(login):
    c = login()
    c.send(b"".join(b"\x09\0\0\0\x03SELECT %d" % i for i in range(10)))
    for i in range(10):
        c.sequence = 1
        assert c.read_result().rows == [(b"%d" % i,)]


def test_reset_connection_forgets(login):
    c = login()
    s = c.prepare("SELECT 1")
    c.query("SET SESSION sql_mode = 'ANSI_QUOTES'")
    c.reset()
    with pytest.raises(Error) as error:
        s.execute()
    assert error.value.number == 1243
    assert b"ANSI_QUOTES" not in c.query("SELECT @@sql_mode").rows[0][0]
    assert c.query('SELECT "text"').rows == [(b"text",)]


def test_set_option_turns_several_statements_on_and_off(login):
    c = login()
    with pytest.raises(Error):
        c.query("SELECT 1; SELECT 2")
    c.set_option(0)
    assert [r.rows for r in c.query("SELECT 1; SELECT 2").more] == [[(b"2",)]]
    c.set_option(1)
    with pytest.raises(Error):
        c.query("SELECT 1; SELECT 2")
    with pytest.raises(Error):
        c.set_option(2)


def test_local_infile_is_never_asked_of_a_client(login, server):
    c = login(flags=DEFAULT_CAPS | CAPS["LOCAL_FILES"])
    with pytest.raises(Error):
        c.query("LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE staging (payload)")
    assert c.query("SELECT 1").rows == [(b"1",)]


# ---- results ----

FLAG_SETS = {"new": DEFAULT_CAPS, "eof": DEFAULT_CAPS & ~CAPS["DEPRECATE_EOF"],
             "old": DEFAULT_CAPS & ~CAPS["DEPRECATE_EOF"] & ~CAPS["SESSION_TRACK"] &
             ~CAPS["CONNECT_ATTRS"] & ~CAPS["PLUGIN_AUTH_LENENC"]}


@pytest.mark.parametrize("flags", ["new", "eof"])
def test_rows_are_the_servers_own(login, server, flags):
    """Text and binary, every type: the same columns and bytes as from the server itself."""
    c = login(flags=FLAG_SETS[flags])
    direct = mysqlproto.connect("127.0.0.1", server.port, server.gateway_user,
                                server.gateway_password, plugin="caching_sha2_password",
                                tls=mysqlproto.client_context(server.ca), database="app",
                                flags=FLAG_SETS[flags])
    with direct:
        for sql in ("SELECT * FROM types ORDER BY id", "SELECT id, name, dob FROM person ORDER BY id",
                    "SELECT 1 AS a, NULL AS b, 'x' AS `c d`", "SELECT id FROM pub WHERE id < 0"):
            ours, theirs = c.query(sql), direct.query(sql)
            assert ours.rows == theirs.rows
            assert [vars(x) for x in ours.columns] == [vars(x) for x in theirs.columns]
            ours, theirs = c.prepare(sql).execute(), direct.prepare(sql).execute()
            assert ours.rows == theirs.rows
            assert [vars(x) for x in ours.columns] == [vars(x) for x in theirs.columns]


@pytest.mark.parametrize("flags", ["new", "eof"])
def test_masked_in_both_protocols(login, flags):
    from people import leaks
    c = login(flags=FLAG_SETS[flags])
    sql = "SELECT id, ssn, salary, email FROM person ORDER BY id"
    text, s = c.query(sql), c.prepare(sql)
    binary = s.execute()
    again = s.execute()
    assert len(text.rows) == len(binary.rows) == len(again.rows) == 3
    assert not leaks(repr(text.rows) + repr(binary.rows) + repr(again.rows))
    assert [r[0] for r in binary.rows] == [1, 2, 3]
    assert text.rows[2][3] is None and binary.rows[2][3] is None


def test_session_state_is_told(login):
    c = login()
    ok = c.init_db("app")
    assert b"app" in ok.state
    c = login(flags=DEFAULT_CAPS & ~CAPS["SESSION_TRACK"])
    c.init_db("app")


def test_a_result_with_an_error_in_the_middle(login):
    c = login()
    with pytest.raises(Error):
        c.query("SELECT (SELECT id FROM pub)")
    assert c.query("SELECT 1").rows == [(b"1",)]


# ---- prepared statements ----

def test_values_of_every_type(login):
    c = login()
    s = c.prepare("SELECT ?, ?, ?, ?, ?, ?, ?")
    assert len(s.parameters) == 7
    row = s.execute([-5, 2.5, "h\u00e9", None, b"\0\xff",
                     (TYPE["DATETIME"], b"\x0b\xe4\x07\x02\x1d\x01\x02\x03\x04\0\0\0"),
                     (TYPE["DATE"], b"\x04\xe4\x07\x02\x1d")]).rows[0]
    assert row[0] == -5 and row[1] == 2.5 and row[2] == "h\u00e9".encode() and row[3] is None
    assert b"2020-02-29" in repr(row[5]).encode() and "2020-02-29" in repr(row[6])


def test_types_are_remembered_between_executions(login):
    c = login()
    s = c.prepare("SELECT ? + 0, ?")
    assert s.execute([40, "a"]).rows[0][1] == b"a"
    again = s.execute([41, "b"], bind=False).rows[0]
    assert float(again[0]) == 41 and again[1] == b"b"
    fresh = c.prepare("SELECT ?")
    with pytest.raises(Error):
        fresh.execute([1], bind=False)
    assert c.query("SELECT 1").rows == [(b"1",)]


def test_long_data(login, server):
    c = login()
    server.run("DELETE FROM app.staging;\n")
    s = c.prepare("INSERT INTO staging (payload) VALUES (?)")
    for piece in (b"one, ", b"two, ", b"", b"three"):
        s.long_data(0, piece)
    assert s.execute([LONG]).ok.affected == 1
    s.long_data(0, b"forgotten")
    s.reset()
    s.execute(["plain"])
    assert server.rows("SELECT payload FROM app.staging ORDER BY id") == (("one, two, three",), ("plain",))
    c.query("DELETE FROM staging WHERE payload IN ('plain', 'one, two, three')")


def test_long_data_is_in_the_record(door, login):
    c = login()
    s = c.prepare("SELECT ?")
    s.long_data(0, b"in the rec")
    s.long_data(0, b"ord 4711")
    assert s.execute([LONG]).rows == [(b"in the record 4711",)]
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if any("in the record 4711" in str(r) for r in door.audit()):
            return
        time.sleep(0.2)
    raise AssertionError("the joined value is not in the audit")


def test_a_cursor_is_not_opened_and_all_rows_come(login):
    c = login()
    result = c.prepare("SELECT id FROM person ORDER BY id").execute(flags=1)
    assert [r[0] for r in result.rows] == [1, 2, 3]
    assert not result.status & 0x40
    c.command(COM["STMT_FETCH"], struct.pack("<II", 1, 10))
    with pytest.raises(Error):
        c.read_ok()


def test_unknown_and_closed_statements(login):
    c = login()
    s = c.prepare("SELECT 1")
    other = mysqlproto.Statement(c, s.id + 1000, [], [])
    with pytest.raises(Error) as error:
        other.execute()
    assert error.value.number == 1243
    s.close()
    with pytest.raises(Error) as error:
        s.execute()
    assert error.value.number == 1243
    c.ping()


def test_statements_of_another_session_are_out_of_reach(login):
    a, b = login(), login()
    s = a.prepare("SELECT 'of a'")
    with pytest.raises(Error):
        mysqlproto.Statement(b, s.id, [], []).execute()
    assert s.execute().rows == [(b"of a",)]


def test_more_prepared_statements_than_allowed(login):
    c = login()
    statements = []
    with pytest.raises(Error) as error:
        for i in range(300):
            statements.append(c.prepare(f"SELECT {i}"))
    assert error.value.number in (1461, 1105) and len(statements) == 256
    statements[7].close()
    assert c.prepare("SELECT 1").execute().rows == [(1,)]
    assert statements[255].execute().rows == [(255,)]


def test_prepare_refused_statements(login):
    c = login()
    for sql in ("DELETE FROM person", "SELECT ssn FROM person WHERE ssn = ?", "SELECT 1; SELECT 2",
                "SELEC"):
        with pytest.raises(Error):
            c.prepare(sql).execute(["x"])
    assert c.query("SELECT 1").rows == [(b"1",)]


# ---- query attributes ----

def test_query_attributes_are_read_and_taken_off(login):
    c = login(flags=DEFAULT_CAPS | CAPS["QUERY_ATTRIBUTES"])
    assert c.query("SELECT 1").rows == [(b"1",)]
    assert c.query("SELECT 2", {"traceparent": "00-1-2-03", "q": "'; DROP TABLE pub; --"}).rows == [(b"2",)]
    with pytest.raises(Error):
        c.query("DELETE FROM person", {"q": "SELECT 1"})
    # Two parameter sets, and a block cut short.
    for block in (b"\x00\x02SELECT 1", b"\x01\x01\x00\x01\xfe\x00\x01aZ", b"\xfa\x01"):
        c.command(COM["QUERY"], block)
        with pytest.raises(Error):
            c.read_result()
    assert c.query("SELECT 3").rows == [(b"3",)]


def test_sql_that_would_be_read_as_attributes(login):
    """Without the flag the same bytes are SQL."""
    c = login()
    with pytest.raises(Error):
        c.query(b"\x00\x01SELECT 1")


# ---- over 16 MiB ----

def test_packets_over_16_mib(login, server):
    c = login()
    size = (16 << 20) + 1000
    result = c.query(b"SELECT '" + b"x" * size + b"'")
    assert len(result.rows[0][0]) == size
    s = c.prepare("SELECT ?")
    assert s.execute([b"y" * size]).rows[0][0] == b"y" * size
    for exact in (0xFFFFFF - 10, 0xFFFFFF - 9, 0xFFFFFF - 8):  # the payload ends at a full packet
        assert len(c.query(b"SELECT '" + b"z" * (exact) + b"'").rows[0][0]) == exact
    assert c.query("SELECT 1").rows == [(b"1",)]
