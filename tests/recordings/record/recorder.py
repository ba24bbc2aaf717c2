# SPDX-License-Identifier: Apache-2.0
"""Writes down what a tool says to a server: a relay between the two that reads commands.

The relay takes TLS and compression out of the server's greeting, so that every command stands on
the wire as the tool wrote it. What comes out is a list of entries, in order:

    {"session": 3, "schema": "app", "several": true}   a connection; `charset` is a collation's id
    {"create": "CREATE TABLE …", "schema": "app", "name": "person"}   the catalog from here on
    {"drop": "person", "schema": "app"}
    {"sql": "SELECT …", "session": 3, "prepared": true}  COM_QUERY; `prepared`: COM_STMT_PREPARE
    {"use": "app", "session": 3}                         COM_INIT_DB
    {"option": true, "session": 3}                       COM_SET_OPTION: several statements

    {"mode": "ANSI", "session": 3}                       sql_mode, where the tool gave it back

A statement that the server refused has its `errno`: tools try things out.

A statement whose bytes are no UTF-8 stands in base64 as `sql_b64`. Of statements that differ in
literals alone the first is kept; those that change how a session reads what follows (SET, USE) are
all kept."""
import base64
import json
import re
import socket
import struct
import threading

import pymysql

COM_INIT_DB, COM_QUERY, COM_PREPARE, COM_EXECUTE, COM_SET_OPTION = 0x02, 0x03, 0x16, 0x17, 0x1B
COMMANDS = {0x01: "quit", 0x02: "init db", 0x03: "query", 0x04: "field list", 0x08: "shutdown",
            0x09: "statistics", 0x0A: "process info", 0x0C: "process kill", 0x0D: "debug",
            0x0E: "ping", 0x11: "change user", 0x16: "prepare", 0x17: "execute",
            0x18: "send long data", 0x19: "close", 0x1A: "reset", 0x1B: "set option",
            0x1C: "fetch", 0x1F: "reset connection", 0xFA: "bulk execute"}
# Not offered: compression, TLS, zstd.
WITHHELD = 0x20 | 0x800 | 1 << 26
QUERY_ATTRIBUTES = 1 << 27
CONNECT_WITH_DB, MULTI_STATEMENTS = 0x08, 1 << 16
PLUGIN_AUTH_LENENC, SECURE_CONNECTION = 1 << 21, 1 << 15
LOCKED = 1205
SYSTEM = ("information_schema", "performance_schema", "mysql", "sys")
DEFINES = re.compile(rb"(?:^|;)\s*(?:/\*(?:[!M]\d*|.*?\*/)\s*)?(?:CREATE|ALTER|DROP|RENAME|CALL|EXECUTE)\b(?! TABLE [`\"]?\w+[`\"]? (?:DISABLE|ENABLE) KEYS)", re.I | re.S)
STATE = re.compile(r"\s*(/\*M?![\d#]*\s*)?(SET|USE)\b", re.I)
# @saved = @@sql_mode; sql_mode = 'text'; sql_mode = @saved
MODE = re.compile(r"@(\w+)\s*=\s*@@sql_mode|(?<!\w)sql_mode\s*=\s*(?:'([^']*)'|@(\w+))", re.I)
LITERAL = re.compile(r"'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.|\"\")*\"|`[^`]*`|\b0x[0-9a-f]+\b|\b\d+(?:\.\d+)?(?:e[+-]?\d+)?\b",
                     re.I | re.S)
LIST = re.compile(r"(\?|\((?:\s*\?\s*,?)+\))(?:\s*,\s*(?:\?|\((?:\s*\?\s*,?)+\)))+")


def shape(sql):
    """The statement without its literals and without the length of its lists."""
    text = LITERAL.sub(lambda m: m[0] if m[0][0] == "`" else "?", sql)
    text = re.sub(r"_?[0-9a-f]{8,}|__sp\w+|\d+", "#", text)
    return re.sub(r"\s+", " ", LIST.sub(r"\1, …", text)).strip()


def read_packet(stream):
    """(payload, sequence number, raw bytes) of a packet; payloads of 16 MiB are put together."""
    payload, raw, first = b"", b"", None
    while True:
        header = stream.read(4)
        if len(header) < 4:
            return None
        length = header[0] | header[1] << 8 | header[2] << 16
        body = stream.read(length)
        payload, raw = payload + body, raw + header + body
        first = header[3] if first is None else first
        if length < 0xFFFFFF:
            return payload, first, raw


def weaken(greeting):
    """The server's greeting with fewer abilities; an error in its place stays as it is."""
    if greeting[4] != 10:
        return greeting
    payload = bytearray(greeting[4:])
    at = payload.index(0, 1) + 1 + 4 + 8 + 1
    low, high = struct.unpack_from("<H", payload, at)[0], struct.unpack_from("<H", payload, at + 5)[0]
    offered = (low | high << 16) & ~WITHHELD
    struct.pack_into("<H", payload, at, offered & 0xFFFF)
    struct.pack_into("<H", payload, at + 5, offered >> 16)
    return greeting[:4] + bytes(payload)


def login_of(payload):
    """(schema, several, collation, attributes) of a handshake response."""
    abilities = struct.unpack_from("<I", payload)[0]
    schema = ""
    if abilities & CONNECT_WITH_DB:
        at = payload.index(0, 32) + 1
        if abilities & (PLUGIN_AUTH_LENENC | SECURE_CONNECTION):
            at += 1 + payload[at]
        else:
            at = payload.index(0, at) + 1
        schema = payload[at:payload.index(0, at)].decode()
    return (schema, bool(abilities & MULTI_STATEMENTS), payload[8],
            bool(abilities & QUERY_ATTRIBUTES))


class Recorder:
    """Relays 127.0.0.1:`port` to a server (cardea_test.servers) and keeps `entries`."""

    def __init__(self, server):
        self.server = server
        self.entries = []
        self.commands = {}
        self.statements = 0
        self.sessions = 0
        self.lock = threading.Lock()
        self.stale = True
        self.patience = 0
        self.objects = {}
        self.seen = set()
        self.side = server.root()
        with self.side.cursor() as cursor:
            cursor.execute("SET SESSION lock_wait_timeout = 1")
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.listener.close()
        with self.lock:
            self.stale = True
            self._catalog()
        self.side.close()

    # ---- the relay ----

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._relay, args=(client,), daemon=True).start()

    def _relay(self, client):
        backend = socket.create_connection(("127.0.0.1", self.server.port))
        for one in (client, backend):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        answers, asks = backend.makefile("rb"), client.makefile("rb")
        try:
            greeting = read_packet(answers)
            client.sendall(weaken(greeting[2]))
            state = {"prepared": False, "asked": None}
            threading.Thread(target=self._answers, args=(backend, client, state), daemon=True).start()
            self._asks(asks, backend, state)
        except (OSError, TypeError):
            pass
        finally:
            backend.close()
            client.close()

    @staticmethod
    def _answers(backend, client, state):
        try:
            while data := backend.recv(65536):
                asked, state["asked"] = state["asked"], None
                if asked is not None and len(data) > 6 and data[4] == 0xFF:
                    asked["errno"] = data[5] | data[6] << 8
                client.sendall(data)
        except OSError:
            pass
        finally:
            try:
                client.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _asks(self, asks, backend, state):
        session = None
        while packet := read_packet(asks):
            payload, number, raw = packet
            if session is None:
                session = self._open(payload, state)
            elif number == 0 and payload:
                state["asked"] = self._command(session, payload, state)
            backend.sendall(raw)

    # ---- what is kept ----

    def _open(self, payload, state):
        schema, several, collation, attributes = login_of(payload)
        state["attributes"] = attributes and self.server.kind == "mysql"
        with self.lock:
            self.sessions += 1
            self.entries.append({"session": self.sessions, "schema": schema, "several": several,
                                 "charset": collation})
            return self.sessions

    def _command(self, session, payload, state):
        """Notes a command; gives the entry of a statement."""
        code, body = payload[0], payload[1:]
        if code == COM_QUERY and state["attributes"] and body[:2] == b"\0\1":
            body = body[2:]  # no attribute, in one set
        with self.lock:
            name = COMMANDS.get(code, hex(code))
            self.commands[name] = self.commands.get(name, 0) + 1
            self.patience -= 1
            if self.stale and self.patience <= 0:
                self._catalog()
            if code == COM_INIT_DB:
                self.entries.append({"use": body.decode(), "session": session})
            elif code == COM_SET_OPTION:
                self.entries.append({"option": body[0] == 0, "session": session})
            elif code in (COM_QUERY, COM_PREPARE):
                state["prepared"] |= code == COM_PREPARE and bool(DEFINES.search(body))
                return self._statement(session, body, code == COM_PREPARE)
            elif code == COM_EXECUTE:
                self.stale = self.stale or state["prepared"]
            return None

    def _statement(self, session, body, is_prepared):
        self.statements += 1
        if DEFINES.search(body):
            self.stale = True
        entry = {"sql": None, "session": session}
        try:
            entry["sql"] = body.decode()
            key = shape(entry["sql"])
        except UnicodeDecodeError:
            entry = {"sql_b64": base64.b64encode(body).decode(), "session": session}
            key = shape(body.decode("latin1"))
        if is_prepared:
            entry["prepared"] = True
        if STATE.match(body.decode("latin1")) or ";" in key:
            key = (session, key)
        if key not in self.seen:
            self.seen.add(key)
            self.entries.append(entry)
        return entry

    def _catalog(self):
        """Notes what was defined since the last look."""
        try:
            now = self._objects()
        except pymysql.OperationalError:  # the tool holds locks: look again later
            self.patience = 20
            return
        self.stale = False
        for place in self.objects.keys() - now.keys():
            self.entries.append({"drop": place[1], "schema": place[0]})
        for place, text in now.items():
            if self.objects.get(place) != text:
                self.entries.append({"create": text, "schema": place[0], "name": place[1]})
        self.objects = now

    def _objects(self):
        found = {}
        with self.side.cursor() as cursor:
            cursor.execute("SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES WHERE "
                           f"TABLE_SCHEMA NOT IN {SYSTEM} ORDER BY TABLE_TYPE = 'VIEW', 1, 2")
            for schema, name in cursor.fetchall():
                try:
                    cursor.execute(f"SHOW CREATE TABLE `{schema}`.`{name}`")
                    text = cursor.fetchone()[1]
                    found[schema, name] = re.sub(r" AUTO_INCREMENT=\d+", "", text)
                except pymysql.MySQLError as error:  # just dropped, or a view of what is gone
                    if error.args[0] == LOCKED:
                        raise
        return found

    # ---- writing ----

    @staticmethod
    def _modes(entries):
        """The same, with a `mode` behind each statement that sets sql_mode from a user variable,
        which the server knows and a reader does not."""
        modes, saved = {}, {}
        for entry in entries:
            yield entry
            session, sql = entry.get("session"), entry.get("sql", "")
            if not STATE.match(sql):
                continue
            given_back = None
            for variable, text, other in MODE.findall(sql):
                if variable:
                    saved[session, variable.lower()] = modes.get(session, "")
                elif other:
                    given_back = modes[session] = saved.get((session, other.lower()), "")
                else:
                    modes[session] = text
            if given_back is not None:
                yield {"mode": given_back, "session": session}

    def _useful(self):
        """The entries without sessions of which nothing but SET and USE is left."""
        keep = {e["session"] for e in self.entries if "sql" in e and not STATE.match(e["sql"])
                or "sql_b64" in e}
        first = [e for e in self.entries if "session" in e and "sql" in e and STATE.match(e["sql"])]
        seen = set()
        for entry in first:
            if shape(entry["sql"]) not in seen:
                seen.add(shape(entry["sql"]))
                keep.add(entry["session"])
        return [e for e in self.entries if "session" not in e or e["session"] in keep]

    def write(self, path, tool, kind, version):
        entries = list(self._modes(self._useful()))
        kept = sum(1 for e in entries if "sql" in e or "sql_b64" in e)
        head = {"tool": tool, "server": kind, "version": version, "statements": self.statements,
                "kept": kept, "commands": dict(sorted(self.commands.items()))}
        with open(path, "w", encoding="utf-8") as file:
            for line in [head, *entries]:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
        return kept
