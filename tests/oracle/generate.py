# SPDX-License-Identifier: Apache-2.0
"""Random cases for the two worlds, biased to the odd: nested, aliased, windowed, set operations,
views on views, functions on everything, sessions that remember. Same seed, same cases."""
import random
import re

from asking import Case, Step, case
from queries import Queries
from world import MASKED, TABLES

# What two servers answer differently by themselves: connection ids, times, random numbers, facts
# about the host. MariaDB gives bytes of unset memory for MAKE_SET(1, UNHEX(what is no hexadecimal)).
HARMLESS = "warning_count|error_count|last_insert_id|identity|insert_id|sql_mode|autocommit|sql_notes|character_set_\\w+|collation_\\w+|div_precision_increment|group_concat_max_len"
VOLATILE = re.compile(r"make_set\(1, unhex|\b(now|sysdate|curdate|curtime|current_(date|time|timestamp)|localtime\w*|utc_\w+|rand|uuid\w*|connection_id|"
                      r"unix_timestamp\(\s*\)|hostname|port|socket|pid_file|datadir|server_id|server_uuid|uptime|random_bytes|benchmark|processlist|"
                      rf"show\s+(global\s+|session\s+)?(variables|status))\b|@@(?!((session|local)\s*\.\s*)?({HARMLESS})\b)\w*", re.I)

SETTINGS = ["sql_mode = 'ANSI_QUOTES'", "sql_mode = 'PIPES_AS_CONCAT'", "sql_mode = ''", "sql_mode = 'STRICT_ALL_TABLES'", "sql_mode = 'NO_BACKSLASH_ESCAPES'",
            "sql_mode = 'PAD_CHAR_TO_FULL_LENGTH'", "sql_mode = 'HIGH_NOT_PRECEDENCE'", "sql_mode = 'IGNORE_SPACE'", "sql_mode = 'ONLY_FULL_GROUP_BY'",
            "sql_mode = 'TRADITIONAL'", "sql_mode = 'ERROR_FOR_DIVISION_BY_ZERO'", "sql_mode = DEFAULT", "NAMES utf8mb4", "NAMES latin1", "NAMES utf8mb4 COLLATE utf8mb4_bin",
            "CHARACTER SET latin1", "collation_connection = utf8mb4_bin", "character_set_results = NULL", "character_set_results = latin1", "sql_notes = 0",
            "group_concat_max_len = 4", "div_precision_increment = 0", "max_error_count = 0", "sql_select_limit = 2", "sql_safe_updates = 1",
            "autocommit = 0", "default_week_format = 3", "lc_time_names = 'de_DE'", "time_zone = '+03:00'", "foreign_key_checks = 0",
            "unique_checks = 0", "sql_warnings = 1", "sql_big_selects = 1", "optimizer_switch = 'derived_merge=off'", "optimizer_switch = DEFAULT"]
SHOWS = ["SHOW WARNINGS LIMIT 1", "SHOW COUNT(*) WARNINGS", "SHOW TABLES", "SHOW FULL TABLES", "SHOW TABLES LIKE 'v%'", "SHOW COLUMNS FROM {t}", "SHOW FULL COLUMNS FROM {t}",
         "SHOW INDEX FROM {t}", "SHOW CREATE TABLE {t}", "SHOW CREATE VIEW v_tag", "SHOW TABLE STATUS", "SHOW TABLE STATUS LIKE '{t}'", "SHOW STATUS LIKE 'Handler_read%'",
         "SHOW STATUS LIKE 'Last_query_cost'", "SHOW ERRORS", "SHOW DATABASES LIKE 'app'", "SHOW ENGINES", "SHOW CHARACTER SET LIKE 'utf8%'", "SHOW COLLATION LIKE 'latin1%'", "SHOW PRIVILEGES",
         "SHOW TRIGGERS", "SHOW EVENTS", "SHOW CREATE FUNCTION f_ssn", "SHOW GRANTS", "SHOW PROFILES", "DESCRIBE {t}", "DESC {t} {c}", "EXPLAIN {t}",
         "SHOW OPEN TABLES", "SHOW CREATE DATABASE app", "SHOW COLUMNS FROM {t} WHERE Field = '{c}'", "CHECKSUM TABLE {t}", "ANALYZE TABLE {t}", "CHECK TABLE {t}",
         "SELECT * FROM information_schema.columns WHERE table_schema = 'app' AND table_name = '{t}'", "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = 'app' ORDER BY 1, 2",
         "SELECT * FROM information_schema.statistics WHERE table_schema = 'app'", "SELECT table_name FROM information_schema.tables WHERE table_schema = 'app' ORDER BY 1",
         "SELECT table_rows, avg_row_length FROM information_schema.tables WHERE table_schema = 'app'", "SELECT table_name FROM information_schema.views WHERE table_schema = 'app' ORDER BY 1",
         "SELECT * FROM information_schema.key_column_usage WHERE table_schema = 'app'", "SELECT * FROM information_schema.column_statistics", "SELECT * FROM information_schema.innodb_tablestats",
         "SELECT * FROM performance_schema.events_statements_history", "SELECT histogram FROM information_schema.column_statistics", "SELECT * FROM mysql.innodb_index_stats",
         "CALL p_ssn()", "CALL p_count(@n)", "SELECT f_ssn(1)", "SELECT f_pure(1)", "SELECT f_pure(salary) FROM person"]


class Generator(Queries):
    """Cases for one lane."""

    def __init__(self, seed, functions=(), mariadb=True, wide=False, indexed=True):
        super().__init__(random.Random(seed), functions, mariadb, indexed)
        self.wide = wide
        self.made = 0

    # -- writes ------------------------------------------------------------------------------

    def write(self):
        roll = self.random.random()
        table = self.pick(["pub", "pub", "event", "person", "checked", "badge", "v_open", "staging", "logged"])
        columns = TABLES.get(table) or {"staging": ["id", "payload"], "logged": ["id", "note"]}[table]
        open_columns = [c for c in columns if c not in MASKED.get(table, ()) and c != "id"]
        scope = [(table, c, c in MASKED.get(table, ())) for c in columns]
        target = self.pick(open_columns) if self.chance(0.75) or table not in MASKED else self.pick(sorted(MASKED[table]))
        where = f"WHERE {self.predicate(scope, self.chance(0.9))}"
        if self.chance(0.4):
            where = f"WHERE {table}.id = {self.random.randint(1, 9)}"
        if roll < 0.15:
            return f"INSERT INTO {table} ({target}) VALUES ({self.expression([], 1)})"
        if roll < 0.25:
            return (f"INSERT {self.pick(['', 'IGNORE '])}INTO {table} (id, {target}) VALUES ({self.random.randint(1, 12)}, {self.literal()}), ({self.random.randint(1, 12)}, {self.literal()}) "
                    f"ON DUPLICATE KEY UPDATE {self.pick(open_columns)} = {self.pick([f'VALUES({target})', self.expression(scope, 2, self.chance(0.7)), self.literal()])}")
        if roll < 0.35:
            return f"{self.pick(['INSERT', 'REPLACE', 'INSERT IGNORE'])} INTO {table} ({target}) {self.select(1, columns=1)}"
        if roll < 0.6:
            return f"UPDATE {self.pick(['', 'IGNORE '])}{table} SET {target} = {self.expression(scope, 1, self.chance(0.6))} {where}{self.pick(['', '', ' ORDER BY id', ' ORDER BY id LIMIT 2', ' LIMIT 1'])}"
        if roll < 0.7:
            return f"UPDATE {table} SET {target} = ({self.scalar(2, scope)}) {where}"
        if roll < 0.8:
            other, more, _ = self.source(1, [])
            return (f"UPDATE {table} JOIN {other} ON {table}.id = {self.column(more, self.chance(0.9))} "
                    f"SET {table}.{target} = {self.expression(scope + more, 2, self.chance(0.6))}{self.pick(['', ' WHERE ' + self.predicate(scope + more, self.chance(0.9))])}")
        if roll < 0.9:
            return f"DELETE FROM {table} {where}{self.pick(['', ' ORDER BY id LIMIT 1', ' LIMIT 2'])}" + (f" RETURNING {self.expression(scope, 1)}" if self.mariadb and self.chance(0.3) else "")
        if self.mariadb and roll < 0.95:
            return f"INSERT INTO {table} ({target}) VALUES ({self.literal()}) RETURNING {self.expression(scope, 1)}, {target}"
        other, more, _ = self.source(1, [])
        return f"DELETE {table} FROM {table} JOIN {other} ON {table}.id = {self.column(more, self.chance(0.9))}"

    def writing(self):
        """One or several writes that are taken back."""
        steps = ["BEGIN", *(self.write() for _ in range(self.random.randint(1, 3)))]
        if self.chance(0.5):
            steps.append(self.pick(["SELECT ROW_COUNT()", "SELECT * FROM pub", "SELECT LAST_INSERT_ID()", self.select(1)]))
        steps.append("ROLLBACK")
        if self.chance(0.3):
            return case("; ".join(steps))
        return case(*steps)

    # -- sessions ----------------------------------------------------------------------------

    def variables(self):
        query = self.pick([self.scalar(1), self.scalar(1), self.select(1, columns=1)])
        name = self.pick(["@v", "@w", "@`v`"])
        first = self.pick([f"SET {name} = ({query})", f"SELECT {name} := ({query})", f"{query} INTO {name}", f"SET {name} := {self.expression([], 1)}", f"DO {name} := ({query})"])
        return case(first, self.pick([f"SELECT {name}", f"SELECT id FROM person WHERE id = {name}", f"SELECT CONCAT({name}, ssn) FROM person", f"SELECT id, {name} IS NULL FROM pub ORDER BY id LIMIT 2"]))

    def temporary(self):
        self.made += 1
        name = self.pick([f"scratch.t{self.made % 5}", f"t{self.made % 5}", "pub", "person"])
        made = self.pick([f"AS {self.named_select(1)[0]}", "(id INT, ssn VARCHAR(20), note VARCHAR(20))", "LIKE person", f"(a INT) {self.select(1, columns=1)}"])
        steps = [f"CREATE TEMPORARY TABLE {name} {made}", f"INSERT INTO {name} {self.select(1)}", f"SELECT * FROM {name}",
                 f"SELECT {self.column([('', c, True) for c in TABLES['person']])} FROM {name} ORDER BY 1", f"UPDATE {name} SET note = ({self.scalar(2)})"]
        return case(*steps[:self.random.randint(1, 5)], f"DROP TEMPORARY TABLE IF EXISTS {name}")

    def defined(self):
        """Definitions of its own, in scratch."""
        self.made += 1
        name = f"scratch.d{self.made % 7}"
        query = self.named_select(1)[0]
        made = self.pick([f"CREATE VIEW {name} AS {query}", f"CREATE TABLE {name} AS {query}", f"CREATE TABLE {name} (a INT, b VARCHAR(20) AS (a) VIRTUAL)", f"CREATE TABLE {name} LIKE person",
                          f"CREATE INDEX i ON person ({self.pick(TABLES['person'])})", f"CREATE OR REPLACE VIEW {name} AS {query}"])
        return case(made, f"SELECT * FROM {name}", f"INSERT INTO {name} {query}", self.pick([f"DROP TABLE IF EXISTS {name}", f"DROP VIEW IF EXISTS {name}"]))

    def by_name(self):
        """PREPARE and EXECUTE as statements."""
        query = self.select(1)
        text = query.replace("\\", "\\\\").replace("'", "''")
        if "?" not in query and self.chance(0.4):
            text = text.replace(" 1", " ?", 1)
        run = "EXECUTE s" + (" USING @a" if "?" in text else "")
        steps = ["SET @a = 1", f"PREPARE s FROM '{text}'", run, self.pick([run, "SET sql_mode = 'ANSI_QUOTES'", "DEALLOCATE PREPARE s"]), run]
        if self.mariadb and self.chance(0.3):
            return case(f"EXECUTE IMMEDIATE '{text}'")
        return case(*steps)

    def handler(self):
        table = self.pick(list(TABLES))
        read = self.pick(["FIRST", "NEXT", "`PRIMARY` FIRST", "`PRIMARY` = (1)", "by_balance FIRST", "by_balance >= (0)", f"FIRST WHERE {self.predicate([('', c, True) for c in TABLES[table]], False)}"])
        return case(f"HANDLER {table} OPEN", f"HANDLER {table} READ {read}", f"HANDLER {table} READ NEXT LIMIT 3", f"HANDLER {table} CLOSE")

    def explain(self):
        writes = self.chance(0.2)
        query = self.write() if writes else self.select(1)
        how = self.pick(["EXPLAIN", "EXPLAIN FORMAT=JSON", "EXPLAIN EXTENDED", "EXPLAIN FORMAT=TREE", "EXPLAIN ANALYZE", "ANALYZE", "ANALYZE FORMAT=JSON", "DESCRIBE", "EXPLAIN PARTITIONS"])
        return case(*(["BEGIN"] if writes else []), f"{how} {query}", "SHOW WARNINGS", *(["ROLLBACK"] if writes else []))

    def show(self):
        table = self.pick(list(TABLES))
        return case(self.pick(SHOWS).replace("{t}", table).replace("{c}", self.pick(TABLES[table])))

    def setting(self):
        setting = self.pick(SETTINGS)
        query = self.select()
        if setting.startswith(("NAMES", "CHARACTER")) or not self.mariadb or self.chance(0.6):
            return case(f"SET {self.pick(['', 'SESSION ']) if '=' in setting else ''}{setting}", query, self.select())
        return case(f"SET STATEMENT {setting} FOR {query}")

    def several(self):
        texts = [self.pick([self.select, self.select, self.write])() for _ in range(self.random.randint(2, 3))]
        return case("; ".join(["BEGIN", *texts, "ROLLBACK"]), "ROLLBACK")

    def bound(self):
        """A query with some literals as values of a prepared statement."""
        values, sql = [], self.select()

        def take(found):
            if not self.chance(0.4):
                return found[0]
            text = found[0]
            values.append(text[1:-1] if text[0] == "'" else int(text))
            return "?"
        text = re.sub(r"(?<![\w'.`])(?:'[^'\\]*'|\d{1,9})(?![\w'.`])", take, sql)
        return Case([Step(text, tuple(values))])

    def next(self):
        roll = self.random.random()
        if roll < 0.60:
            sql = self.simple() if self.chance(0.15) else self.select()
            return Case([Step(sql, () if self.chance(0.25) else None)])
        if roll < 0.68:
            return self.bound()
        if roll < 0.76:
            return self.writing()
        return self.pick([self.variables, self.variables, self.temporary if self.wide or self.chance(0.1) else self.bound,
                          self.defined if self.chance(0.15) else self.variables, self.by_name, self.handler if self.chance(0.1) else self.bound, self.explain, self.explain, self.show, self.show,
                          self.setting, self.several, self.several])()


def volatile(this):
    return any(VOLATILE.search(s.sql if isinstance(s.sql, str) else s.sql.decode("latin-1")) for s in this.steps)


def generated(generator, count):
    """`count` statements, in cases."""
    made = 0
    while made < count:
        this = generator.next()
        if not volatile(this):
            made += len(this.steps)
            yield this
