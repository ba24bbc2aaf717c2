# SPDX-License-Identifier: Apache-2.0
"""The MySQL protocol by hand, for tests that need what drivers hide: packets, flags, sequence
numbers, raw bytes, binary rows. Independent of src/wire on purpose.

    with mysqlproto.connect("127.0.0.1", port, "app-mysql", token, tls=context) as c:
        c.query("SELECT 1").rows                      # [(b"1",)]: text rows are bytes or None
        s = c.prepare("SELECT ?, ?"); s.execute([1, "x"]).rows       # [(1, b"x")]: decoded
        c.command(0x03, b"SELECT 1"); c.read_payload()               # by hand
        c.send(b"...")                                               # no framing at all
"""
import hashlib
import socket
import ssl as ssl_module
import struct

CAPS = {name: 1 << bit for bit, name in enumerate("""
    LONG_PASSWORD FOUND_ROWS LONG_FLAG CONNECT_WITH_DB NO_SCHEMA COMPRESS ODBC LOCAL_FILES
    IGNORE_SPACE PROTOCOL_41 INTERACTIVE SSL IGNORE_SIGPIPE TRANSACTIONS RESERVED SECURE_CONNECTION
    MULTI_STATEMENTS MULTI_RESULTS PS_MULTI_RESULTS PLUGIN_AUTH CONNECT_ATTRS PLUGIN_AUTH_LENENC
    CAN_HANDLE_EXPIRED_PASSWORDS SESSION_TRACK DEPRECATE_EOF OPTIONAL_RESULTSET_METADATA
    ZSTD_COMPRESSION QUERY_ATTRIBUTES MULTI_FACTOR_AUTHENTICATION CAPABILITY_EXTENSION
    SSL_VERIFY_SERVER_CERT REMEMBER_OPTIONS""".split())}


def caps(*names):
    return sum(CAPS[name] for name in names)


DEFAULT_CAPS = caps("LONG_PASSWORD", "LONG_FLAG", "PROTOCOL_41", "TRANSACTIONS",
                    "SECURE_CONNECTION", "MULTI_RESULTS", "PS_MULTI_RESULTS", "PLUGIN_AUTH",
                    "PLUGIN_AUTH_LENENC", "CONNECT_ATTRS", "SESSION_TRACK", "DEPRECATE_EOF")

COM = {"QUIT": 1, "INIT_DB": 2, "QUERY": 3, "FIELD_LIST": 4, "PING": 14, "CHANGE_USER": 17,
       "STMT_PREPARE": 22, "STMT_EXECUTE": 23, "STMT_SEND_LONG_DATA": 24, "STMT_CLOSE": 25,
       "STMT_RESET": 26, "SET_OPTION": 27, "STMT_FETCH": 28, "RESET_CONNECTION": 31}

TYPE = {"TINY": 1, "SHORT": 2, "LONG": 3, "FLOAT": 4, "DOUBLE": 5, "NULL": 6, "TIMESTAMP": 7,
        "LONGLONG": 8, "INT24": 9, "DATE": 10, "TIME": 11, "DATETIME": 12, "YEAR": 13, "BIT": 16,
        "JSON": 245, "NEWDECIMAL": 246, "BLOB": 252, "VAR_STRING": 253, "STRING": 254}
FIXED = {1: ("b", "B"), 2: ("<h", "<H"), 13: ("<H", "<H"), 3: ("<i", "<I"), 9: ("<i", "<I"),
         8: ("<q", "<Q"), 4: ("<f", "<f"), 5: ("<d", "<d")}
UNSIGNED = 0x20
MORE_RESULTS = 8


class Error(Exception):
    """An ERR packet. `number`, `sqlstate`, `message`."""

    def __init__(self, number, sqlstate, message):
        super().__init__(f"{number} ({sqlstate}): {message}")
        self.number, self.sqlstate, self.message = number, sqlstate, message


class Closed(Exception):
    """The other side closed the connection."""


class ProtocolError(Exception):
    """Bytes that can't stand here."""


# ---- fields ----

def lenenc(n):
    if n < 251:
        return bytes([n])
    if n < 1 << 16:
        return b"\xfc" + struct.pack("<H", n)
    if n < 1 << 24:
        return b"\xfd" + struct.pack("<I", n)[:3]
    return b"\xfe" + struct.pack("<Q", n)


def lenenc_bytes(b):
    b = b.encode() if isinstance(b, str) else b
    return lenenc(len(b)) + b


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, n):
        if self.at + n > len(self.data):
            raise ProtocolError(f"{n} bytes wanted at {self.at} of {self.data!r}")
        self.at += n
        return self.data[self.at - n:self.at]

    def left(self):
        return len(self.data) - self.at

    def rest(self):
        return self.take(self.left())

    def int(self, n):
        return int.from_bytes(self.take(n), "little")

    def nul(self):
        end = self.data.index(0, self.at)
        value = self.take(end - self.at)
        self.at += 1
        return value

    def lenenc(self):
        first = self.int(1)
        if first < 251:
            return first
        return self.int({0xFC: 2, 0xFD: 3, 0xFE: 8}[first])

    def lenenc_bytes(self):
        return self.take(self.lenenc())


class Greeting:
    def __init__(self, payload):
        r = Reader(payload)
        self.protocol = r.int(1)
        self.version = r.nul().decode()
        self.connection_id = r.int(4)
        scramble = r.take(8)
        r.take(1)
        self.caps = r.int(2)
        self.collation = r.int(1)
        self.status = r.int(2)
        self.caps |= r.int(2) << 16
        length = r.int(1)
        self.reserved = r.take(10)
        self.scramble = (scramble + r.take(max(13, length - 8)))[:20]
        self.plugin = r.nul().decode() if self.caps & CAPS["PLUGIN_AUTH"] else ""


class Ok:
    def __init__(self, payload, capabilities):
        r = Reader(payload[1:])
        self.affected, self.insert_id = r.lenenc(), r.lenenc()
        self.status, self.warnings = r.int(2), r.int(2)
        self.info, self.state = b"", b""
        if capabilities & CAPS["SESSION_TRACK"]:
            self.info = r.lenenc_bytes() if r.left() else b""
            self.state = r.lenenc_bytes() if self.status & 0x4000 else b""
        else:
            self.info = r.rest()
        if r.left():
            raise ProtocolError(f"{r.left()} bytes too many in OK {payload!r}")


def parse_err(payload):
    number = int.from_bytes(payload[1:3], "little")
    rest = payload[3:]
    state = "HY000"
    if rest[:1] == b"#":
        state, rest = rest[1:6].decode(), rest[6:]
    return Error(number, state, rest.decode(errors="replace"))


class Column:
    def __init__(self, payload):
        r = Reader(payload)
        (self.catalog, self.schema, self.table, self.org_table, self.name,
         self.org_name) = (r.lenenc_bytes().decode(errors="replace") for _ in range(6))
        if r.lenenc() != 12:
            raise ProtocolError(f"column definition {payload!r}")
        self.collation, self.length, self.type = r.int(2), r.int(4), r.int(1)
        self.flags, self.decimals = r.int(2), r.int(1)
        r.take(2)
        if r.left():
            raise ProtocolError("bytes behind a column definition")

    def __repr__(self):
        return f"<{self.schema}.{self.table}.{self.name} type {self.type}>"


class Result:
    """`columns` empty and `ok` set for a statement without rows."""

    def __init__(self, columns=(), rows=(), ok=None, status=0, warnings=0):
        self.columns, self.rows, self.ok = list(columns), list(rows), ok
        self.status, self.warnings = status, warnings

    @property
    def names(self):
        return [c.name for c in self.columns]


# ---- authentication ----

def native_answer(scramble, password):
    if not password:
        return b""
    once = hashlib.sha1(password).digest()
    mask = hashlib.sha1(scramble + hashlib.sha1(once).digest()).digest()
    return bytes(a ^ b for a, b in zip(once, mask))


def sha2_answer(scramble, password):
    if not password:
        return b""
    once = hashlib.sha256(password).digest()
    mask = hashlib.sha256(hashlib.sha256(once).digest() + scramble).digest()
    return bytes(a ^ b for a, b in zip(once, mask))


def openid_answer(token):
    return b"\x01" + lenenc_bytes(token)


# ---- connection ----

class Connection:
    """A socket with framing. Nothing is sent before login() or one of the steps is called."""

    def __init__(self, host, port, timeout=20):
        if str(host).startswith("/"):
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(timeout)
            self.socket.connect(str(host))
        else:
            self.socket = socket.create_connection((host, port), timeout)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sequence = 0
        self.caps = 0
        self.tls = False
        self.greeting = None
        self.received = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    # -- bytes and packets --

    def send(self, data):
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError, ssl_module.SSLError) as error:
            raise Closed(str(error)) from error

    def receive(self, n):
        while len(self.received) < n:
            try:
                more = self.socket.recv(max(65536, n - len(self.received)))
            except (ConnectionResetError, BrokenPipeError, ssl_module.SSLError) as error:
                raise Closed(str(error)) from error
            if not more:
                raise Closed("end of stream")
            self.received += more
        taken, self.received = self.received[:n], self.received[n:]
        return taken

    def wait_closed(self, seconds=10):
        """True when the other side closes within this time, whatever it sends before."""
        self.socket.settimeout(seconds)
        try:
            while self.socket.recv(65536):
                pass
            return True
        except (TimeoutError, socket.timeout):
            return False
        except (OSError, ssl_module.SSLError):
            return True

    def read_packet(self):
        """One packet, (sequence, payload), whatever its number."""
        header = self.receive(4)
        return header[3], self.receive(int.from_bytes(header[:3], "little"))

    def read_payload(self):
        """A whole payload; the sequence number is checked and counted on."""
        parts = []
        while True:
            sequence, payload = self.read_packet()
            if sequence != self.sequence:
                raise ProtocolError(f"packet {sequence} where {self.sequence} is due")
            self.sequence = (self.sequence + 1) & 0xFF
            parts.append(payload)
            if len(payload) < 0xFFFFFF:
                return b"".join(parts) if len(parts) > 1 else payload

    def write_packet(self, payload, sequence=None):
        sequence = self.sequence if sequence is None else sequence
        self.send(struct.pack("<I", len(payload))[:3] + bytes([sequence]) + payload)
        self.sequence = (sequence + 1) & 0xFF

    def write_payload(self, payload):
        while True:
            part, payload = payload[:0xFFFFFF], payload[0xFFFFFF:]
            self.write_packet(part)
            if len(part) < 0xFFFFFF:
                return

    def command(self, byte, payload=b""):
        self.sequence = 0
        self.write_payload(bytes([byte]) + payload)

    # -- login, step by step --

    def read_greeting(self):
        payload = self.read_payload()
        if payload[:1] == b"\xff":
            raise parse_err(payload)
        self.greeting = Greeting(payload)
        return self.greeting

    def start_tls(self, context, flags=DEFAULT_CAPS, server_hostname=None, collation=45):
        self.write_packet(struct.pack("<IIB23x", flags | CAPS["SSL"], 1 << 24, collation))
        self.socket = context.wrap_socket(self.socket, server_hostname=server_hostname)
        self.tls = True

    def write_login(self, user, answer, plugin, database=None, attributes=None, flags=DEFAULT_CAPS,
                    collation=45):
        flags |= CAPS["CONNECT_WITH_DB"] if database else 0
        flags |= CAPS["SSL"] if self.tls else 0
        payload = struct.pack("<IIB23x", flags, 1 << 24, collation) + user.encode() + b"\0"
        if flags & CAPS["PLUGIN_AUTH_LENENC"]:
            payload += lenenc_bytes(answer)
        else:
            payload += bytes([len(answer)]) + answer
        payload += database.encode() + b"\0" if database else b""
        payload += plugin.encode() + b"\0" if flags & CAPS["PLUGIN_AUTH"] else b""
        if flags & CAPS["CONNECT_ATTRS"]:
            pairs = attributes if attributes is not None else {"_client_name": "cardea-test"}
            payload += lenenc_bytes(b"".join(lenenc_bytes(k) + lenenc_bytes(v)
                                             for k, v in pairs.items()))
        self.caps = flags & self.greeting.caps
        self.write_payload(payload)

    def answer_for(self, plugin, secret, scramble):
        if plugin == "mysql_native_password":
            return native_answer(scramble, secret)
        if plugin == "caching_sha2_password":
            return sha2_answer(scramble, secret)
        if plugin == "authentication_openid_connect_client":
            return openid_answer(secret)
        if plugin == "mysql_clear_password":
            return secret + b"\0"
        raise ProtocolError(f"plugin {plugin}")

    def finish_login(self, secret, plugin):
        """Auth switch, auth more data, OK. Clear text goes out over TLS or a unix socket only."""
        while True:
            payload = self.read_payload()
            first = payload[:1]
            if first == b"\x00":
                return Ok(payload, self.caps)
            if first == b"\xff":
                raise parse_err(payload)
            if first == b"\xfe":
                name, _, scramble = payload[1:].partition(b"\0")
                plugin = name.decode()
                secretive = self.tls or self.socket.family == socket.AF_UNIX
                if not secretive and plugin not in ("mysql_native_password",
                                                    "caching_sha2_password"):
                    raise ProtocolError(f"asked for {plugin} without TLS")
                self.write_payload(self.answer_for(plugin, secret, scramble[:20]))
            elif payload == b"\x01\x04":
                if not self.tls:
                    raise ProtocolError("full authentication without TLS")
                self.write_payload(secret + b"\0")
            elif payload != b"\x01\x03":
                raise ProtocolError(f"in the login: {payload!r}")

    def login(self, user, secret, plugin="mysql_clear_password", tls=None, **options):
        secret = secret.encode() if isinstance(secret, str) else secret
        self.read_greeting()
        # Servers take flags and collation from the TLS request: it must have what the login has.
        options["flags"] = options.get("flags", DEFAULT_CAPS) | (
            CAPS["CONNECT_WITH_DB"] if options.get("database") else 0)
        if tls:
            self.start_tls(tls, options["flags"], options.pop("server_hostname", host_name(tls)),
                           options.get("collation", 45))
        answer = self.answer_for(plugin, secret, self.greeting.scramble)
        self.write_login(user, answer, plugin, **options)
        return self.finish_login(secret, plugin)

    # -- answers --

    def read_ok(self):
        payload = self.read_payload()
        if payload[:1] == b"\xff":
            raise parse_err(payload)
        if payload[:1] not in (b"\x00", b"\xfe"):
            raise ProtocolError(f"no OK: {payload!r}")
        if payload[:1] == b"\xfe" and len(payload) < 9 and not self.caps & CAPS["DEPRECATE_EOF"]:
            return None
        return Ok(payload, self.caps)

    def _read_columns(self, count):
        columns = [Column(self.read_payload()) for _ in range(count)]
        if count and not self.caps & CAPS["DEPRECATE_EOF"]:
            payload = self.read_payload()
            if payload[:1] != b"\xfe" or len(payload) != 5:
                raise ProtocolError(f"no EOF behind the columns: {payload!r}")
        return columns

    def _rows_end(self, payload):
        """(status, warnings) when this ends the rows, else None."""
        if payload[:1] == b"\xff":
            raise parse_err(payload)
        if payload[:1] != b"\xfe":
            return None
        if self.caps & CAPS["DEPRECATE_EOF"]:
            if len(payload) >= 0xFFFFFF:
                return None
            ok = Ok(payload, self.caps)
            return ok.status, ok.warnings
        if len(payload) != 5:
            return None
        return int.from_bytes(payload[3:5], "little"), int.from_bytes(payload[1:3], "little")

    def read_result(self, binary=False):
        payload = self.read_payload()
        if payload[:1] == b"\xff":
            raise parse_err(payload)
        if payload[:1] == b"\x00":
            ok = Ok(payload, self.caps)
            return Result(ok=ok, status=ok.status, warnings=ok.warnings)
        if payload[:1] == b"\xfb":
            raise ProtocolError("LOAD DATA LOCAL was asked for")
        columns = self._read_columns(Reader(payload).lenenc())
        rows = []
        while True:
            payload = self.read_payload()
            end = self._rows_end(payload)
            if end:
                return Result(columns, rows, None, *end)
            rows.append(binary_row(payload, columns) if binary else text_row(payload, len(columns)))

    def read_results(self, binary=False):
        results = [self.read_result(binary)]
        while results[-1].status & MORE_RESULTS:
            results.append(self.read_result(binary))
        return results

    # -- commands --

    def query(self, sql, attributes=None):
        """The first result; the others too in `.more`."""
        self.command(COM["QUERY"], self._attributes(attributes) + self._bytes(sql))
        results = self.read_results()
        results[0].more = results[1:]
        return results[0]

    @staticmethod
    def _bytes(sql):
        return sql.encode() if isinstance(sql, str) else sql

    def _attributes(self, attributes):
        if not self.caps & CAPS["QUERY_ATTRIBUTES"]:
            return b""
        pairs = list((attributes or {}).items())
        block = lenenc(len(pairs)) + lenenc(1)
        if pairs:
            block += bytes((len(pairs) + 7) // 8) + b"\x01"
            block += b"".join(struct.pack("<H", TYPE["STRING"]) + lenenc_bytes(k) for k, _ in pairs)
            block += b"".join(lenenc_bytes(v) for _, v in pairs)
        return block

    def ping(self):
        self.command(COM["PING"])
        return self.read_ok()

    def init_db(self, schema):
        self.command(COM["INIT_DB"], schema.encode())
        return self.read_ok()

    def reset(self):
        self.command(COM["RESET_CONNECTION"])
        return self.read_ok()

    def set_option(self, option):
        self.command(COM["SET_OPTION"], struct.pack("<H", option))
        return self.read_ok()

    def prepare(self, sql):
        self.command(COM["STMT_PREPARE"], self._bytes(sql))
        payload = self.read_payload()
        if payload[:1] == b"\xff":
            raise parse_err(payload)
        r = Reader(payload)
        if r.int(1) != 0:
            raise ProtocolError(f"answer to prepare: {payload!r}")
        statement_id, columns, parameters = r.int(4), r.int(2), r.int(2)
        return Statement(self, statement_id, self._read_columns(parameters),
                         self._read_columns(columns))

    def quit(self):
        self.command(COM["QUIT"])
        self.close()


class Statement:
    def __init__(self, connection, statement_id, parameters, columns):
        self.connection, self.id = connection, statement_id
        self.parameters, self.columns = parameters, columns

    def payload(self, values, bind=True, flags=0):
        """COM_STMT_EXECUTE's payload. Values: None, int, float, str, bytes, or (type, raw bytes);
        `LONG` for one that was sent with long_data."""
        out = struct.pack("<IBI", self.id, flags, 1)
        if not values:
            return out
        nulls = bytearray((len(values) + 7) // 8)
        types, data = b"", b""
        for i, value in enumerate(values):
            if value is None:
                nulls[i // 8] |= 1 << i % 8
                types += struct.pack("<H", TYPE["NULL"])
                continue
            kind, raw = encode_value(value)
            types += struct.pack("<H", kind)
            data += raw
        return out + bytes(nulls) + (b"\x01" + types if bind else b"\x00") + data

    def execute(self, values=(), bind=True, flags=0):
        self.connection.command(COM["STMT_EXECUTE"], self.payload(values, bind, flags))
        results = self.connection.read_results(binary=True)
        results[0].more = results[1:]
        return results[0]

    def long_data(self, parameter, data):
        self.connection.command(COM["STMT_SEND_LONG_DATA"],
                                struct.pack("<IH", self.id, parameter) + data)

    def reset(self):
        self.connection.command(COM["STMT_RESET"], struct.pack("<I", self.id))
        return self.connection.read_ok()

    def close(self):
        self.connection.command(COM["STMT_CLOSE"], struct.pack("<I", self.id))


LONG = object()


def encode_value(value):
    if value is LONG:
        return TYPE["BLOB"], b""
    if isinstance(value, tuple):
        return value
    if isinstance(value, bool):
        return TYPE["TINY"], bytes([value])
    if isinstance(value, int):
        return TYPE["LONGLONG"], struct.pack("<q", value)
    if isinstance(value, float):
        return TYPE["DOUBLE"], struct.pack("<d", value)
    return TYPE["VAR_STRING"], lenenc_bytes(value)


def text_row(payload, count):
    r = Reader(payload)
    row = []
    for _ in range(count):
        if payload[r.at:r.at + 1] == b"\xfb":
            r.take(1)
            row.append(None)
        else:
            row.append(r.lenenc_bytes())
    if r.left():
        raise ProtocolError("bytes behind a text row")
    return tuple(row)


def binary_value(r, column):
    if column.type in FIXED:
        code = FIXED[column.type][1 if column.flags & UNSIGNED else 0]
        return struct.unpack(code, r.take(struct.calcsize(code)))[0]
    if column.type in (TYPE["DATE"], TYPE["DATETIME"], TYPE["TIMESTAMP"]):
        raw = r.take(r.int(1)) + bytes(11)
        y, mo, d, h, mi, s, us = struct.unpack("<HBBBBBI", raw[:11])
        date = f"{y:04}-{mo:02}-{d:02}"
        return date if column.type == TYPE["DATE"] else (
            f"{date} {h:02}:{mi:02}:{s:02}" + (f".{us:06}" if us else ""))
    if column.type == TYPE["TIME"]:
        raw = r.take(r.int(1)) + bytes(12)
        neg, days, h, mi, s, us = struct.unpack("<BIBBBI", raw[:12])
        return ("-" if neg else "") + f"{days * 24 + h:02}:{mi:02}:{s:02}" + (f".{us:06}" if us else "")
    return r.lenenc_bytes()


def binary_row(payload, columns):
    r = Reader(payload)
    if r.int(1) != 0:
        raise ProtocolError(f"binary row {payload[:20]!r}")
    nulls = r.take((len(columns) + 9) // 8)
    row = []
    for i, column in enumerate(columns, 2):
        row.append(None if nulls[i // 8] >> i % 8 & 1 else binary_value(r, column))
    if r.left():
        raise ProtocolError("bytes behind a binary row")
    return tuple(row)


def connect(host, port, user, secret, **options):
    """A logged-in connection. `tls`: an ssl.SSLContext; `plugin`, `database`, `flags`,
    `attributes`, `collation`, `timeout` as in the methods above."""
    connection = Connection(host, port, options.pop("timeout", 20))
    try:
        connection.login(user, secret, **options)
    except BaseException:
        connection.close()
        raise
    return connection


def host_name(context):
    """Certificates of the tests name localhost; an address is verified where nothing is given."""
    return "localhost" if context.check_hostname else None


def client_context(ca=None):
    """A TLS context for the tests' authority; unverified without one (its file)."""
    if ca:
        return ssl_module.create_default_context(cafile=str(ca))
    context = ssl_module.SSLContext(ssl_module.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl_module.CERT_NONE
    return context
