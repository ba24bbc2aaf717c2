# SPDX-License-Identifier: Apache-2.0
"""Random statements over the schema of the two worlds, biased to the odd: nested, aliased,
windowed, set operations, views on views, functions on everything. Same seed, same statements."""
import random

# table → columns; the masked ones are in MASKED
TABLES = {
    "person": ["id", "name", "ssn", "email", "salary", "dob", "grade", "boss"],
    "account": ["id", "person_id", "iban", "balance", "opened", "kind"],
    "event": ["id", "person_id", "what", "at", "weight", "secret"],
    "pub": ["id", "note", "owner", "num"],
    "v_person": ["id", "tag", "who"],
    "v_deep": ["k", "v", "n"],
    "v_join": ["pid", "iban", "label", "balance"],
    "v_agg": ["kind", "total", "cnt"],
}
MASKED = {"person": {"ssn", "email", "salary"}, "account": {"iban", "balance"}, "event": {"secret"},
          "v_person": {"tag"}, "v_deep": {"v"}, "v_join": {"iban", "balance"}, "v_agg": {"total"}}
# Columns that no two rows have in common: an order by them is the same on every server. `account`
# is left out: the servers may read it by its index on a masked column, in that order.
UNIQUE = {"person": "id", "event": "id", "pub": "id", "v_person": "id", "v_deep": "k", "v_agg": "kind"}
NUMERIC = {"id", "salary", "grade", "boss", "person_id", "balance", "weight", "owner", "num", "k", "n", "pid", "total", "cnt"}
WRITABLE = {"pub": ["note", "owner", "num"]}

TEXT_FUNCTIONS = ["CONCAT({}, {})", "UPPER({})", "LOWER({})", "REVERSE({})", "LEFT({}, 2)", "RIGHT({}, 3)",
                  "SUBSTRING({}, 2, 3)", "HEX({})", "TO_BASE64({})", "MD5({})", "SHA2({}, 256)", "TRIM({})",
                  "REPLACE({}, '1', '2')", "LPAD({}, 8, '.')", "REPEAT({}, 2)", "COALESCE({}, {})", "IFNULL({}, 'n')",
                  "NULLIF({}, {})", "QUOTE({})", "CONCAT_WS('-', {}, {})", "ELT(1, {}, {})", "INSERT({}, 1, 1, 'z')",
                  "SOUNDEX({})", "CAST({} AS CHAR)", "CONVERT({} USING utf8mb4)", "IF({} IS NULL, {}, 'b')",
                  "CASE WHEN {} = {} THEN 'x' ELSE {} END", "GREATEST({}, {})", "LEAST({}, {})", "SPACE(2)", "BIN(3)",
                  "FORMAT({}, 2)", "MAKE_SET(1, {})", "EXPORT_SET(5, {}, {}, ',', 3)", "JSON_QUOTE({})", "JSON_ARRAY({}, {})",
                  "JSON_OBJECT('a', {})", "AES_ENCRYPT({}, 'k')", "COMPRESS({})", "UNHEX({})", "FROM_BASE64({})",
                  "SUBSTRING_INDEX({}, '-', 1)", "REGEXP_REPLACE({}, '[0-9]', 'x')", "REGEXP_SUBSTR({}, '[a-z]+')",
                  "DATE_FORMAT({}, '%Y')", "STR_TO_DATE({}, '%Y')", "WEIGHT_STRING({})", "INET_NTOA({})", "UUID_TO_BIN({})",
                  "JSON_EXTRACT({}, '$')", "JSON_UNQUOTE({})", "ST_AsText({})", "CHAR({})", "EXTRACTVALUE({}, '/a')"]
NUMBER_FUNCTIONS = ["LENGTH({})", "CHAR_LENGTH({})", "ASCII({})", "CRC32({})", "ABS({})", "ROUND({}, 1)", "FLOOR({})", "SIGN({})",
                    "{} + 1", "{} - {}", "{} * 2", "{} / 3", "{} DIV 2", "{} % 3", "-{}", "{} & 3", "{} | 1", "{} ^ 1", "~{}",
                    "LOCATE('1', {})", "INSTR({}, '2')", "FIELD({}, {}, 'x')", "FIND_IN_SET({}, 'a,b')", "ISNULL({})",
                    "STRCMP({}, {})", "MOD({}, 7)", "POW({}, 2)", "SQRT({})", "LN({})", "EXP({})", "CAST({} AS SIGNED)",
                    "CAST({} AS DECIMAL(10,2))", "CAST({} AS UNSIGNED)", "BIT_COUNT({})", "CONV({}, 10, 2)", "TRUNCATE({}, 1)",
                    "YEAR({})", "TO_DAYS({})", "UNIX_TIMESTAMP({})", "DATEDIFF({}, '2020-01-01')", "INET_ATON({})",
                    "INTERVAL({}, 1, 5)", "{} IS NULL", "{} <=> {}", "{} LIKE '1%'", "{} BETWEEN 1 AND {}", "{} IN ({}, 'q')",
                    "{} REGEXP 'a'", "NOT {}", "{} AND {}", "{} OR {}", "{} XOR {}", "{} = {}", "{} > {}", "JSON_LENGTH({})",
                    "JSON_VALID({})", "COERCIBILITY({})", "GTID_SUBSET({}, 'a')", "IS_UUID({})", "SLEEP({})", "ORD({})"]
AGGREGATES = ["COUNT({})", "COUNT(DISTINCT {})", "MAX({})", "MIN({})", "BIT_OR({})", "SUM({})", "AVG({})", "COUNT(*)"]
# The order in which the rows come is part of these: only where a unique key gives it.
ORDERED_AGGREGATES = ["GROUP_CONCAT({} ORDER BY {key})", "GROUP_CONCAT({})", "JSON_ARRAYAGG({})", "JSON_OBJECTAGG({key}, {})", "ANY_VALUE({})", "STD({})", "VAR_POP({})"]
WINDOWS = ["RANK()", "DENSE_RANK()", "SUM({})", "COUNT({})", "MAX({})", "MIN({})", "CUME_DIST()"]
ORDERED_WINDOWS = ["ROW_NUMBER()", "FIRST_VALUE({})", "LAST_VALUE({})", "LAG({})", "LEAD({}, 1)", "NTH_VALUE({}, 2)", "NTILE(2)"]


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.serial = 0

    def chance(self, share):
        return self.random.random() < share

    def pick(self, items):
        return self.random.choice(items)

    def alias(self):
        self.serial += 1
        return self.pick(["a", "b", "name", "ssn", "note", "q", "x"]) + str(self.serial % 50)

    # -- expressions. `scope` is a list of (qualifier, column, masked) -----------------------

    def column(self, scope, clean=False):
        choices = [c for c in scope if not (clean and c[2])] or scope
        qualifier, name, _ = self.pick(choices)
        name = self.pick([name, name, name, f"`{name}`", name.upper()])
        return f"{qualifier}.{name}" if qualifier and self.chance(0.6) else name

    def literal(self):
        return self.pick(["1", "0", "2", "'a'", "'1'", "NULL", "3.5", "'721-07-4426'", "''", "x'41'", "TRUE", "-1", "'2020-01-01'", "1e1"])

    def expression(self, scope, depth=0, clean=False):
        if depth > 2 or self.chance(0.45):
            return self.column(scope, clean) if scope and self.chance(0.85) else self.literal()
        roll = self.random.random()
        if roll < 0.08 and depth < 2:
            return f"({self.select(depth + 2, columns=1, limit1=True, outer=scope)})"
        if roll < 0.11 and depth < 2:
            return f"EXISTS ({self.select(depth + 2, columns=1, outer=scope)})"
        if roll < 0.14 and depth < 2:
            return f"{self.expression(scope, depth + 1, clean)} IN ({self.select(depth + 2, columns=1, outer=scope)})"
        pattern = self.pick(TEXT_FUNCTIONS if roll < 0.6 else NUMBER_FUNCTIONS)
        parts = pattern.split("{}")
        text = parts[0]
        for part in parts[1:]:
            text += self.expression(scope, depth + 1, clean) + part
        return f"({text})" if pattern in NUMBER_FUNCTIONS else text

    def predicate(self, scope, clean):
        column = self.column(scope, clean)
        return self.pick([f"{column} = {self.literal()}", f"{column} IS NOT NULL", f"{column} > {self.literal()}",
                          f"{column} IN (1, 2, 3)", f"{column} LIKE '%a%'", f"{column} BETWEEN 1 AND 9",
                          self.expression(scope, 1, clean), f"NOT {column}", f"({column}, 1) = (1, 1)"])

    # -- sources ----------------------------------------------------------------------------

    def source(self, depth, ctes, keyed=False):
        """(SQL, scope, unique key or None); `keyed`: one that has such a key."""
        roll = 1 if keyed else self.random.random()
        if ctes and roll < 0.3:
            name, columns = self.pick(ctes)
            alias = self.alias()
            return f"{name} AS {alias}", [(alias, c, m) for c, m in columns], None
        if depth < 2 and roll < 0.5:
            inner, columns = self.named_select(depth + 1, ctes)
            alias = self.alias()
            return f"({inner}) AS {alias}", [(alias, c, m) for c, m in columns], None
        table = self.pick(list(UNIQUE if keyed else TABLES))
        alias = self.pick([table, self.alias(), "pub" if table != "pub" else "person"])
        scope = [(alias, c, c in MASKED.get(table, ())) for c in TABLES[table]]
        key = f"{alias}.{UNIQUE[table]}" if table in UNIQUE else None
        return (table if alias == table else f"{table} {self.pick(['', 'AS '])}{alias}"), scope, key

    def named_select(self, depth, ctes=()):
        """A query whose every output has a name of its own: (SQL, [(name, masked)])."""
        source, scope, _ = self.source(depth, list(ctes))
        columns, parts = [], []
        for _ in range(self.random.randint(1, 4)):
            name = self.alias()
            plain = self.column(scope) if self.chance(0.7) else self.expression(scope, 1)
            masked = any(m and c.lower() in plain.lower() for _, c, m in scope)
            if name not in [c for c, _ in columns]:
                columns.append((name, masked))
                parts.append(f"{plain} AS {name}")
        sql = f"SELECT {', '.join(parts)} FROM {source}"
        if self.chance(0.3):
            sql += f" WHERE {self.predicate(scope, clean=self.chance(0.9))}"
        if self.chance(0.15):
            sql += f" UNION ALL SELECT {', '.join(self.literal() for _ in columns)}"
        return sql, columns

    # -- queries ------------------------------------------------------------------------------

    def select(self, depth=0, columns=None, limit1=False, outer=()):
        ctes = []
        text = ""
        if depth == 0 and self.chance(0.2):
            definitions = []
            for i in range(self.random.randint(1, 2)):
                inner, named = self.named_select(1, ctes)
                if self.chance(0.4):
                    named = [(f"r{i}{j}", m) for j, (_, m) in enumerate(named)]
                    definitions.append(f"c{i}({', '.join(n for n, _ in named)}) AS ({inner})")
                else:
                    definitions.append(f"c{i} AS ({inner})")
                ctes.append((f"c{i}", named))
            text = f"WITH {', '.join(definitions)} "
        source, scope, key = self.source(depth, ctes, limit1)
        if not limit1 and self.chance(0.3):
            other, more, _ = self.source(depth + 1, ctes)
            if more[0][0] != scope[0][0]:
                kind = self.pick(["JOIN", "LEFT JOIN", "CROSS JOIN", "INNER JOIN", ","])
                on = "" if kind in (",", "CROSS JOIN") else f" ON {self.column(scope, self.chance(0.9))} = {self.column(more, self.chance(0.9))}"
                source += f"{'' if kind == ',' else ' '}{kind} {other}{on}"
                scope = scope + more
                key = None
        full = scope + list(outer)
        count = columns or self.random.randint(1, 4)
        grouped = not limit1 and self.chance(0.2)
        by = self.column(scope, self.chance(0.9)) if grouped and self.chance(0.6) else None
        outputs = []
        for _ in range(count):
            roll = self.random.random()
            if grouped:
                ordered = key is not None and by is None and self.chance(0.5)
                aggregate = self.pick(ORDERED_AGGREGATES if ordered else AGGREGATES).replace("{key}", key or "")
                outputs.append(by if by and roll < 0.3 else aggregate.replace("{}", self.column(scope)))
            elif roll < 0.08:
                order = f"ORDER BY {self.column(scope, self.chance(0.8))}"
                if key is not None and self.chance(0.6):
                    window, order = self.pick(ORDERED_WINDOWS), f"ORDER BY {key}"
                else:
                    window, order = self.pick(WINDOWS), self.pick(["", order])
                partition = self.pick(["", "", f"PARTITION BY {self.column(scope, self.chance(0.8))} "])
                outputs.append(f"{window.replace('{}', self.column(scope))} OVER ({partition}{order})")
            elif roll < 0.16 and not columns:
                outputs.append(self.pick(["*", f"{scope[0][0]}.*"]) if not outputs else f"{scope[0][0]}.*")
            else:
                outputs.append(self.expression(full) + (f" AS {self.alias()}" if self.chance(0.3) else ""))
        text += f"SELECT {'DISTINCT ' if self.chance(0.06) else ''}{', '.join(outputs)} FROM {source}"
        if self.chance(0.45):
            text += " WHERE " + self.predicate(full, clean=self.chance(0.92))
            if self.chance(0.3):
                text += self.pick([" AND ", " OR "]) + self.predicate(full, clean=self.chance(0.92))
        if by:
            text += f" GROUP BY {by}" + (" WITH ROLLUP" if self.chance(0.15) else "")
            if self.chance(0.2):
                text += f" HAVING {self.pick(['COUNT(*) > 0', 'MAX(' + self.column(scope, self.chance(0.8)) + ') IS NOT NULL'])}"
        if limit1:
            text += f" ORDER BY {key} LIMIT 1"
        elif depth == 0 and self.chance(0.12):
            text += f" {self.pick(['UNION ALL', 'UNION ALL', 'UNION', 'EXCEPT', 'INTERSECT'])} " + self.select(2, columns=count)
        elif depth == 0 and key is not None and not grouped and self.chance(0.3):
            text += f" ORDER BY {key} LIMIT {self.random.randint(0, 5)}"
        elif depth == 0 and self.chance(0.5):
            text += f" ORDER BY {self.column(scope, self.chance(0.95)) if self.chance(0.8) else '1'}"
        return text

    def write(self):
        roll = self.random.random()
        scope = [("", c, False) for c in TABLES["pub"]]
        if roll < 0.3:
            return f"INSERT INTO pub (note, num) VALUES ({self.expression([], 1)}, {self.pick(['1', '2', 'NULL'])})"
        if roll < 0.5:
            return f"INSERT INTO pub (note) {self.select(1, columns=1, limit1=True)}"
        if roll < 0.75:
            return f"UPDATE pub SET note = {self.expression(scope, 1)} WHERE {self.predicate(scope, True)}"
        if roll < 0.85:
            return f"UPDATE pub SET num = ({self.select(2, columns=1, limit1=True)}) WHERE id = 1"
        return f"DELETE FROM pub WHERE id > {self.random.randint(3, 9)} AND {self.predicate(scope, True)}"

    def other(self):
        query = self.select(1)
        return self.pick(["SHOW WARNINGS", "SHOW COUNT(*) WARNINGS", "SELECT @@warning_count", "SELECT FOUND_ROWS()",
                          "SELECT ROW_COUNT()", "SHOW TABLES", f"EXPLAIN {query}", f"EXPLAIN FORMAT=JSON {query}",
                          f"SET @v = ({self.select(2, columns=1, limit1=True)})", "SELECT @v", f"DO {self.expression([], 1)}",
                          "SHOW STATUS LIKE 'Handler_read%'", "SHOW ERRORS", "GET DIAGNOSTICS @n = NUMBER", "SHOW INDEX FROM person",
                          "SHOW TABLE STATUS", "SELECT * FROM information_schema.statistics WHERE table_schema = 'app'",
                          "CHECKSUM TABLE person", "ANALYZE TABLE person", f"TABLE {self.pick(list(TABLES))}", "DESCRIBE person",
                          "SELECT LAST_INSERT_ID()", f"PREPARE s FROM '{query.replace(chr(39), chr(39) * 2)}'", "EXECUTE s"])

    def statement(self):
        roll = self.random.random()
        if roll < 0.84:
            return self.select()
        return self.write() if roll < 0.92 else self.other()
