# SPDX-License-Identifier: Apache-2.0
"""Random queries over the schema of the two worlds.

A scope is a list of (qualifier, column, masked). `clean` prefers columns that are not masked, where
a masked one would have the query refused and little learned. In lanes with indexes on masked columns
the servers may read `account` and `badge` in the order of these (docs/security.md): there, what
shows an order stands only where a unique key gives it."""
import re

from world import MASKED, TABLES, TAINTED

UNIQUE = {"person": "id", "event": "id", "pub": "id", "odd": "id", "checked": "id", "v_tag": "id", "v_deep": "k", "v_agg": "kind", "v_temp": "id", "v_sub": "id"}
SOURCES = [t for t in TABLES for _ in range(1 if t in TAINTED else 3)]

LITERALS = {
    "s": ["'a'", "'1'", "''", "'abc-def'", "NULL", "x'41'", "N'q'", "_latin1'b'", "'%Y-%m'", "'721-07-4426'", "'a' COLLATE utf8mb4_bin", "_binary'b'", "'.'", "','", "'$.a'"],
    "n": ["1", "0", "2", "-1", "NULL", "3.5", "1e1", "'2'", "18446744073709551615", "b'101'", "TRUE", "0x10"],
    "t": ["'2020-01-01'", "DATE'2020-02-29'", "TIMESTAMP'2020-01-01 10:11:12.5'", "TIME'10:11:12'", "20200101", "NULL", "'10:11:12'", "0"],
    "j": ["'{\"a\": [1, 2]}'", "'[1, \"x\"]'", "'$.a'", "'$[0]'", "JSON_ARRAY(1, 'a')", "JSON_OBJECT('a', 1)", "NULL", "'null'"],
}
LITERALS["x"] = LITERALS["p"] = LITERALS["k"] = LITERALS["c"] = LITERALS["v"] = LITERALS["s"] + LITERALS["n"]
LITERALS["w"] = LITERALS["l"] = LITERALS["f"] = [x for some in "sntj" for x in LITERALS[some]] + ["'utf8mb4'", "'POINT(1 2)'", "POINT(1, 2)", "'one'", "'all'"]

# Operators and syntax that functions.py does not have.
PATTERNS = ["{} + 1", "{} - {}", "{} * 2", "{} / 3", "{} DIV 2", "{} % 3", "-{}", "{} & 3", "{} | 1", "{} ^ 1", "~{}", "{} << 1", "{} >> 1", "!{}", "NOT {}", "{} AND {}", "{} OR {}", "{} XOR {}",
            "{} IS NULL", "{} IS NOT NULL", "{} IS TRUE", "{} IS NOT UNKNOWN", "{} <=> {}", "{} = {}", "{} > {}", "{} <> {}", "{} LIKE '1%'", "{} LIKE 'a' ESCAPE '|'", "{} NOT LIKE {}", "{} BETWEEN 1 AND {}",
            "{} NOT BETWEEN 'a' AND 'b'", "{} IN ({}, 'q')", "{} NOT IN (1, 2)", "{} REGEXP 'a'", "{} RLIKE {}", "{} SOUNDS LIKE {}", "({}, 1) = ({}, 1)", "({}, {}) IN ((1, 2), (3, 4))", "({}, 1) > (1, {})",
            "ROW({}, 1) <=> ROW(1, {})", "CASE {} WHEN {} THEN 1 WHEN 'a' THEN {} ELSE 'x' END", "CASE WHEN {} THEN {} END", "CASE WHEN {} IS NULL THEN 'a' ELSE {} END", "IF({} IS NULL, {}, 'b')", "BINARY {}",
            "{} COLLATE utf8mb4_bin", "{} COLLATE utf8mb4_general_ci", "CAST({} AS CHAR)", "CAST({} AS CHAR(3))", "CAST({} AS BINARY(4))", "CAST({} AS SIGNED)", "CAST({} AS UNSIGNED)", "CAST({} AS DECIMAL(10,2))",
            "CAST({} AS DATE)", "CAST({} AS DATETIME(3))", "CAST({} AS TIME)", "CAST({} AS DOUBLE)", "CAST({} AS JSON)", "CAST({} AS YEAR)", "CAST({} AS FLOAT)", "CONVERT({}, CHAR)", "CONVERT({} USING utf8mb4)",
            "CONVERT({} USING latin1)", "CONVERT({} USING ascii)", "EXTRACT(YEAR FROM {})", "EXTRACT(DAY_MICROSECOND FROM {})", "POSITION({} IN {})", "TRIM({})", "TRIM(BOTH 'a' FROM {})", "TRIM(LEADING FROM {})", "TRIM(TRAILING {} FROM {})",
            "SUBSTRING({} FROM 2 FOR 3)", "SUBSTRING({} FROM 2)", "{} + INTERVAL 1 DAY", "{} - INTERVAL {} HOUR", "INTERVAL 1 MONTH + {}", "DATE_ADD({}, INTERVAL {} SECOND)", "DATE_SUB({}, INTERVAL '1:1' MINUTE_SECOND)",
            "TIMESTAMPADD(DAY, {}, {})", "TIMESTAMPDIFF(SECOND, {}, {})", "INTERVAL({}, 1, {})", "WEIGHT_STRING({} AS CHAR(3))", "WEIGHT_STRING({} AS BINARY(3))", "CHAR({} USING utf8mb4)", "CHAR({}, {})",
            "{col}->'$.a'", "{col}->>'$.a'", "{} MEMBER OF ('[1, 2]')", "JSON_VALUE({}, '$.a' RETURNING CHAR(3) NULL ON EMPTY NULL ON ERROR)", "JSON_VALUE({}, '$.a' DEFAULT 'x' ON EMPTY)", "MATCH ({col}) AGAINST ('a' IN BOOLEAN MODE)",
            "{fn UCASE({})}", "{d '2020-01-01'}", "DEFAULT({col})", "NAME_CONST('a', {})", "GET_FORMAT(DATE, 'ISO')", "@v", "@v := {}", "COALESCE({}, {})", "CONCAT({}, {})", "IFNULL({}, 'n')", "NULLIF({}, {})",
            "GREATEST({}, {}, 1)", "LEAST({}, {})", "FORMAT({}, 2)", "FORMAT({}, 1, 'de_DE')", "ELT(1, {}, {})", "MAKE_SET(3, {}, {})", "EXPORT_SET(5, {}, {}, ',', 3)", "f_pure({})"]
AGGREGATES = ["COUNT({})", "COUNT(DISTINCT {})", "MAX({})", "MIN({})", "BIT_OR({})", "BIT_AND({})", "BIT_XOR({})", "SUM({})", "AVG({})", "COUNT(*)", "MAX(DISTINCT {})", "SUM(DISTINCT {})", "STD({})", "VARIANCE({})",
              "COUNT(DISTINCT {}, {})", "MAX({} + 1)", "COUNT(1)", "SUM(1)", "SUM({} IS NULL)", "MIN(CONCAT({}, 'x'))"]
# The order in which the rows come is part of these.
ORDERED_AGGREGATES = ["GROUP_CONCAT({} ORDER BY {key})", "GROUP_CONCAT({})", "GROUP_CONCAT({} ORDER BY {key} DESC SEPARATOR '+')", "GROUP_CONCAT({key}, {})", "GROUP_CONCAT(DISTINCT {key})", "JSON_ARRAYAGG({})",
                      "JSON_OBJECTAGG({key}, {})", "ANY_VALUE({})", "STD({})", "VAR_POP({})", "STDDEV_SAMP({})", "GROUP_CONCAT({key} ORDER BY {})"]
WINDOWS = ["RANK()", "DENSE_RANK()", "SUM({})", "COUNT({})", "MAX({})", "MIN({})", "CUME_DIST()", "PERCENT_RANK()", "COUNT(*)", "BIT_OR({})"]
ORDERED_WINDOWS = ["ROW_NUMBER()", "FIRST_VALUE({})", "LAST_VALUE({})", "LAG({})", "LEAD({}, 1)", "LAG({}, 2, {})", "NTH_VALUE({}, 2)", "NTILE(2)", "JSON_ARRAYAGG({})", "GROUP_CONCAT({})"]
FRAMES = ["", "", "", " ROWS UNBOUNDED PRECEDING", " ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING", " RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW", " ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING",
          " RANGE BETWEEN 2 PRECEDING AND 1 FOLLOWING"]
JOINS = ["JOIN", "LEFT JOIN", "CROSS JOIN", "INNER JOIN", ",", "RIGHT JOIN", "STRAIGHT_JOIN", "NATURAL JOIN", "NATURAL LEFT JOIN", "JOIN USING", "LEFT JOIN USING"]
HINTS = ["", "", "", "", "SQL_NO_CACHE ", "HIGH_PRIORITY ", "STRAIGHT_JOIN ", "SQL_BUFFER_RESULT ", "SQL_SMALL_RESULT ", "SQL_CALC_FOUND_ROWS ", "ALL ", "/*+ NO_MERGE() */ ", "/*+ SET_VAR(sort_buffer_size=262144) */ ", "/*!50000 SQL_NO_CACHE */ "]
INDEX_HINTS = ["", "", "", "", "", " USE INDEX ()", " IGNORE INDEX (PRIMARY)", " FORCE INDEX (PRIMARY)", " USE INDEX FOR ORDER BY (PRIMARY)"]
ENDS = ["", "", "", "", "", "", "", "", " FOR UPDATE", " LOCK IN SHARE MODE", " FOR SHARE", " INTO @x"]


MYSQL_ONLY = re.compile(r"->|MEMBER OF|JSON_VALUE\(.*(RETURNING|DEFAULT)|AS (JSON|YEAR|FLOAT)|AS BINARY\(3\)|TIMESTAMPADD\(DAY, \{\}, \{\}|ESCAPE")
# Fails or warns with many a value.
RISKY = re.compile(r"[-+*/%&|^~<>]|DIV|REGEXP|RLIKE|INTERVAL|AS (SIGNED|UNSIGNED|DEC|DATE|TIME|DOU|JSON|YEAR|FLOAT)|DATE|TIMEST|EXTRACT|->|JSON|IN \(|=|LIKE|BETWEEN|MATCH|AND|OR|NOT|CASE|IF\(|FORMAT|EAST|ELT|SET|SUM|AVG|STD|VAR|BIT_|ascii|latin1")


class Queries:
    def __init__(self, rng, functions, mariadb, indexed):
        self.random, self.mariadb, self.indexed = rng, mariadb, indexed
        self.functions = [f for f in functions if not f.window and not f.aggregate]
        self.pick, self.serial = rng.choice, 0
        self.patterns = [p for p in PATTERNS if not (mariadb and MYSQL_ONLY.search(p))]
        # The order of rows shows in the last digits of these.
        self.aggregates = [a for a in AGGREGATES if not (indexed and re.match("STD|VAR", a))]
        self.ordered_aggregates = [a for a in ORDERED_AGGREGATES if not (indexed and re.match("STD|VAR", a))]
        self.ends = ENDS if not mariadb else [e for e in ENDS if e != " FOR SHARE"]

    def chance(self, share):
        return self.random.random() < share

    def alias(self):
        self.serial += 1
        return self.pick(["a", "b", "name", "ssn", "note", "q", "x"]) + str(self.serial % 50)

    # -- expressions -------------------------------------------------------------------------

    def column(self, scope, clean=False):
        choices = [c for c in scope if not (clean and c[2])] or scope
        if not choices:
            return self.literal()
        if not clean and self.chance(0.3):
            choices = [c for c in scope if c[2]] or choices
        qualifier, name, _ = self.pick(choices)
        name = self.pick([name, name, name, f"`{name}`", name.upper()])
        return f"{qualifier}.{name}" if qualifier and self.chance(0.6) else name

    def literal(self):
        return self.pick(LITERALS[self.pick("sntj" if self.chance(0.3) else "sn")])

    def call(self, scope, depth, clean):
        """A function of the table: one argument, at any place, an expression; the others fit or not."""
        function = self.pick(self.functions)
        n = self.pick(function.counts)
        odd = self.random.randrange(n) if n else 0
        parts = []
        for i in range(n):
            if i == odd or self.chance(0.25):
                # What may fail is refused with masked columns, and the rest of the query with it.
                may_fail = function.letter(i) in "fwlk" and self.chance(0.8)
                parts.append(self.expression(scope, depth + 1, clean or may_fail))
            else:
                parts.append(self.pick(LITERALS.get(function.letter(i), LITERALS["f"]) if self.chance(0.9) else LITERALS["f"]))
        return f"{function.name}({', '.join(parts)})"

    def pattern(self, pattern, scope, depth, clean):
        clean = clean or (RISKY.search(pattern) and self.chance(0.8))
        pattern = pattern.replace("{col}", self.column(scope, clean)) if "{col}" in pattern else pattern
        parts = pattern.split("{}")
        text = parts[0]
        for part in parts[1:]:
            text += self.expression(scope, depth + 1, clean) + part
        return text

    def scalar(self, depth, outer=()):
        return self.select(depth, columns=1, limit1=True, outer=outer)

    def subquery(self, scope, depth, clean):
        inner = lambda **more: self.select(depth + 2, columns=1, outer=scope, **more)  # noqa: E731
        value = self.expression(scope, depth + 1, clean)
        return self.pick([lambda: f"({inner(limit1=True)})", lambda: f"({inner(limit1=True)})", lambda: f"({inner()})", lambda: f"EXISTS ({inner()})", lambda: f"NOT EXISTS ({inner()})",
                          lambda: f"{value} IN ({inner()})", lambda: f"{value} NOT IN ({inner()})", lambda: f"{value} = ANY ({inner()})", lambda: f"{value} > ALL ({inner()})", lambda: f"{value} <> SOME ({inner()})",
                          lambda: f"({value}, 1) IN (SELECT id, 1 FROM pub)", lambda: f"({value}, 1) = ({self.select(depth + 2, columns=2, limit1=True, outer=scope)})"])()

    def expression(self, scope, depth=0, clean=False):
        if depth > 2 or self.chance(0.42):
            return self.column(scope, clean) if scope and self.chance(0.85) else self.literal()
        roll = self.random.random()
        if roll < 0.16 and depth < 2:
            return self.subquery(scope, depth, clean)
        if roll < 0.6 and self.functions:
            return self.call(scope, depth, clean)
        return f"({self.pattern(self.pick(self.patterns), scope, depth, clean)})"

    def predicate(self, scope, clean):
        column = self.column(scope, clean)
        roll = self.random.random()
        if roll < 0.15:
            return self.expression(scope, 1, clean)
        if roll < 0.2:
            return self.subquery(scope, 0, clean)
        return self.pick([f"{column} = {self.literal()}", f"{column} IS NOT NULL", f"{column} > {self.literal()}", f"{column} <> 2", f"{column} IN (1, 2, 3)", f"{column} LIKE '%a%'",
                          f"{column} BETWEEN 1 AND 9", f"NOT {column}", f"({column}, 1) = (1, 1)", f"({column}, {self.column(scope, clean)}) IN ((1, 1), (2, 2))", f"{column} <=> NULL", column, "1", "0"])

    # -- sources -----------------------------------------------------------------------------

    def source(self, depth, ctes, keyed=False, outer=()):
        """(SQL, scope, unique key or None); `keyed`: one that has such a key."""
        roll = 1 if keyed else self.random.random()
        if ctes and roll < 0.3:
            name, columns = self.pick(ctes)
            alias = self.alias()
            return f"{name} AS {alias}", [(alias, c, m) for c, m in columns], None
        if depth < 2 and roll < 0.5:
            return self.derived(depth, ctes)
        if roll < 0.53:
            return self.json_table(outer)
        table = self.pick(list(UNIQUE) if keyed else SOURCES)
        alias = self.pick([table, self.alias(), "pub" if table != "pub" else "person"])
        scope = [(alias, c, c in MASKED.get(table, ())) for c in TABLES[table]]
        key = f"{alias}.{UNIQUE[table]}" if table in UNIQUE else None
        name = self.pick([table, table, table, f"app.{table}", f"`{table}`"])
        hint = "" if table.startswith("v_") else self.pick(INDEX_HINTS)
        if alias == table and not self.chance(0.1):
            return name + hint, scope, key
        return f"{name} {self.pick(['', 'AS '])}{alias}{hint}", scope, key

    def derived(self, depth, ctes):
        inner, columns = self.named_select(depth + 1, ctes)
        alias = self.alias()
        if not self.mariadb and self.chance(0.25):
            columns = [(f"n{i}", m) for i, (_, m) in enumerate(columns)]
            return f"({inner}) AS {alias} ({', '.join(c for c, _ in columns)})", [(alias, c, m) for c, m in columns], None
        return f"({inner}) AS {alias}", [(alias, c, m) for c, m in columns], None

    def json_table(self, outer):
        alias = self.alias()
        document = self.column(list(outer)) if outer and self.chance(0.5) else self.pick(LITERALS["j"])
        columns = self.pick(["jo FOR ORDINALITY, jv VARCHAR(20) PATH '$'", "jv INT PATH '$' NULL ON EMPTY NULL ON ERROR", "jv JSON PATH '$', NESTED PATH '$[*]' COLUMNS (jn VARCHAR(9) PATH '$' DEFAULT '1' ON EMPTY)",
                             "jv INT EXISTS PATH '$.a'" if not self.mariadb else "jv TEXT PATH '$.a' ERROR ON ERROR"])
        return f"JSON_TABLE({document}, '$[*]' COLUMNS ({columns})) AS {alias}", [(alias, "jv", False)], None

    def join(self, source, scope, depth, ctes):
        """`source` joined with another; USING and NATURAL where names allow."""
        kind = self.pick(JOINS)
        lateral = not self.mariadb and self.chance(0.15) and not kind.startswith("RIGHT")
        if lateral:
            alias = self.alias()
            inner = self.select(depth + 2, columns=1, outer=scope)
            other, more = f"LATERAL ({inner}) AS {alias} (lx)", [(alias, "lx", True)]
            kind = self.pick([",", "JOIN", "LEFT JOIN"])
        else:
            other, more, _ = self.source(depth + 1, ctes, outer=scope)
        if more[0][0] in {q for q, _, _ in scope}:
            return source, scope, False
        end = ""
        if kind.endswith("USING"):
            common = [c for _, c, _ in scope if c in {m for _, m, _ in more}] or ["id"]
            kind, end = kind[:-6], f" USING ({self.pick(common)})"
            common = self.pick(common)
        elif kind not in (",", "CROSS JOIN") and not kind.startswith("NATURAL"):
            end = f" ON {self.column(scope, self.chance(0.9))} = {self.column(more, self.chance(0.9))}" if self.chance(0.8) else f" ON {self.predicate(scope + more, self.chance(0.9))}"
        if self.chance(0.1) and kind != ",":
            return f"{other} {kind} {source}{end}" if not lateral and "," not in source else f"{source} {kind} {other}{end}", scope + more, True
        return f"{source}{'' if kind == ',' else ' '}{kind} {other}{end}", scope + more, True

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
        sql = f"SELECT {self.pick(['', '', '', 'DISTINCT ']) if self.chance(0.2) else ''}{', '.join(parts)} FROM {source}"
        if self.chance(0.3):
            sql += f" WHERE {self.predicate(scope, clean=self.chance(0.9))}"
        if self.chance(0.2):
            sql += f" {self.pick(['UNION ALL', 'UNION ALL', 'UNION ALL', 'UNION', 'EXCEPT', 'INTERSECT'])} SELECT {', '.join(self.literal() for _ in columns)}"
            if self.chance(0.3):
                columns = [(c, True) for c, _ in columns]
                sql += f" UNION ALL SELECT {', '.join(self.column([('', c, c in MASKED['person']) for c in TABLES['person']]) for _ in columns)} FROM person"
        elif not self.indexed and self.chance(0.1):
            sql += self.pick([" LIMIT 3", " ORDER BY 1 LIMIT 2", f" ORDER BY {self.column(scope, self.chance(0.8))}"])
        return sql, columns

    # -- queries -----------------------------------------------------------------------------

    def simple(self):
        """A masked column in one place, and nothing else that would have the query refused."""
        table = self.pick(list(UNIQUE))
        scope = [(table, c, c in MASKED.get(table, ())) for c in TABLES[table]]
        key, masked = UNIQUE[table], self.pick(sorted(MASKED.get(table) or ["num"]))
        clean = self.column(scope, True)
        window = self.pick(["COUNT(*)", "ROW_NUMBER()", f"SUM({key})", f"MAX({clean})", "RANK()"])
        alone = [("", masked, True)]
        fails = self.pick([f"EXP({masked} * 1000)", f"POW({masked}, 400)", f"'a' REGEXP {masked}"])  # by some values
        return self.pick([f"SELECT {key}, {fails} FROM {table} WHERE {key} = {self.random.randint(1, 8)}",
                          f"SELECT {key}, {window} OVER (PARTITION BY {masked} ORDER BY {key}) FROM {table}", f"SELECT {key}, {window} OVER (PARTITION BY {masked}) FROM {table} ORDER BY {key}",
                          f"SELECT {key}, {window} OVER w FROM {table} WINDOW w AS (ORDER BY {masked})", f"SELECT {key} FROM {table} ORDER BY {masked}, {key} LIMIT 3", f"SELECT {clean}, COUNT(*) FROM {table} GROUP BY {clean}, {masked}",
                          f"SELECT {key} FROM {table} WHERE {self.predicate(alone, False)} ORDER BY {key}", f"SELECT {key}, {self.call(alone, 1, False) if self.functions else masked} FROM {table} ORDER BY {key}",
                          f"SELECT {key}, ({self.pattern(self.pick(self.patterns), alone, 1, False)}) FROM {table} ORDER BY {key}", f"SELECT DISTINCT {masked} FROM {table}", f"SELECT {key} FROM {table} HAVING {masked} > 'a'",
                          f"SELECT {clean} FROM {table} UNION SELECT {masked} FROM {table}", f"SELECT {table}.{key} FROM {table} JOIN pub ON pub.note < {table}.{masked}", f"SELECT COUNT({masked}), COUNT(DISTINCT {masked}) FROM {table}",
                          f"SELECT {key}, (SELECT COUNT(*) FROM pub WHERE pub.id < {table}.{masked}) FROM {table}", f"SELECT {key} FROM {table} WHERE EXISTS (SELECT 1 FROM pub WHERE pub.id = {table}.{masked})"])

    def with_clause(self):
        """(WITH clause, CTEs)."""
        if self.chance(0.25):
            return self.recursive()
        ctes, definitions = [], []
        for i in range(self.random.randint(1, 2)):
            inner, named = self.named_select(1, ctes)
            name = self.pick([f"c{i}", f"c{i}", "person", "pub"]) if i == 0 else f"c{i}"
            if self.chance(0.4):
                named = [(f"r{i}{j}", m) for j, (_, m) in enumerate(named)]
                definitions.append(f"{name}({', '.join(n for n, _ in named)}) AS ({inner})")
            else:
                definitions.append(f"{name} AS ({inner})")
            ctes.append((name, named))
        return f"WITH {', '.join(definitions)} ", ctes

    def recursive(self):
        table = self.pick(["person", "event", "pub", "odd"])
        scope = [("", c, c in MASKED.get(table, ())) for c in TABLES[table]]
        value, start = self.column(scope), self.column(scope, True)
        step = self.pick(["CONCAT(s, 'x')", "s", "REVERSE(s)", f"(SELECT {self.column(scope)} FROM {table} WHERE id = n)", self.expression([("", "s", True), ("", "n", False)], 1)])
        end = self.pick(["n < 3", "n < 3", "n < 4 AND s IS NOT NULL", f"n < ({self.scalar(2)})" if self.chance(0.1) else "n < 2"])
        kind = self.pick(["UNION ALL", "UNION ALL", "UNION"])
        return (f"WITH RECURSIVE c0 (n, s) AS (SELECT {self.pick(['1', '1', start])}, CAST({value} AS CHAR(200)) FROM {table} WHERE id {self.pick(['= 1', '< 3'])} "
                f"{kind} SELECT n + 1, {step} FROM c0 WHERE {end}) ", [("c0", [("n", False), ("s", True)])])

    def window(self, scope, key):
        order = self.pick(["", f"ORDER BY {self.column(scope, self.chance(0.85))}"])
        if key is not None and self.chance(0.6):
            window, order = self.pick(ORDERED_WINDOWS), f"ORDER BY {key}{self.pick(['', ' DESC'])}"
        else:
            window = self.pick(WINDOWS if self.indexed else WINDOWS + ORDERED_WINDOWS)
        partition = self.pick(["", f"PARTITION BY {self.column(scope, self.chance(0.6))} "])
        frame = self.pick(FRAMES) if order and not window.startswith(("RANK", "DENSE", "CUME", "PERCENT", "ROW", "LAG", "LEAD", "NTILE")) else ""
        return self.pattern(window, scope, 2, False), f"{partition}{order}{frame}"

    def outputs(self, scope, full, key, count, grouped, by):
        windows, parts = [], []
        for i in range(count):
            roll = self.random.random()
            if grouped:
                ordered = (key is not None or not self.indexed) and by is None and self.chance(0.5)
                aggregate = self.pick(self.ordered_aggregates if ordered and key else self.aggregates).replace("{key}", key or "id")
                text = by if by and roll < 0.3 else self.pattern(aggregate, scope, 2 if self.chance(0.7) else 1, False)
                if by and not self.mariadb and self.chance(0.05):
                    text = f"GROUPING({by})"
                if self.chance(0.1):
                    text = f"CONCAT({text}, 'x')"
                parts.append(text)
            elif roll < 0.09:
                function, over = self.window(scope, key)
                if self.chance(0.3):
                    windows.append(f"w{len(windows)} AS ({over})")
                    over = f"w{len(windows) - 1}"
                else:
                    over = f"({over})"
                parts.append(f"{function} OVER {over}")
            else:
                parts.append(self.expression(full) + (f" AS {self.alias()}" if self.chance(0.3) else ""))
        return parts, windows

    def select(self, depth=0, columns=None, limit1=False, outer=()):
        if depth == 0 and columns is None and self.chance(0.08):
            return self.other_body()
        ctes, text = [], ""
        if depth == 0 and self.chance(0.2):
            text, ctes = self.with_clause()
        source, scope, key = self.source(depth, ctes, limit1 and self.indexed, outer)
        if not limit1 and self.chance(0.35):
            source, scope, joined = self.join(source, scope, depth, ctes)
            key = None if joined else key
        full = scope + list(outer)
        count = columns or self.random.randint(1, 4)
        grouped = not limit1 and self.chance(0.2)
        by = self.column(scope, self.chance(0.9)) if grouped and self.chance(0.6) else None
        parts, windows = self.outputs(scope, full, key, count, grouped, by)
        if not columns and not grouped and self.chance(0.1):
            parts[0] = self.pick(["*", f"{scope[0][0]}.*"])
        if not columns and not grouped and self.chance(0.05):
            parts.append(f"{scope[-1][0]}.*")
        text += f"SELECT {self.pick(HINTS) if depth == 0 and self.chance(0.4) else ''}{'DISTINCT ' if self.chance(0.06) else ''}{', '.join(parts)} FROM {source}"
        if self.chance(0.45):
            text += " WHERE " + self.predicate(full, clean=self.chance(0.92))
            if self.chance(0.3):
                text += self.pick([" AND ", " OR ", " XOR "]) + self.predicate(full, clean=self.chance(0.92))
        if by:
            text += f" GROUP BY {by}" + (f", {self.column(scope, self.chance(0.9))}" if self.chance(0.2) else "") + (" WITH ROLLUP" if self.chance(0.15) else "")
        if (by and self.chance(0.2)) or self.chance(0.02):
            text += f" HAVING {self.pick(['COUNT(*) > 0', 'MAX(' + self.column(scope, self.chance(0.8)) + ') IS NOT NULL', self.predicate(scope, self.chance(0.9))])}"
        if windows:
            text += f" WINDOW {', '.join(windows)}"
        return text + self.ending(depth, limit1, key, grouped, count, scope, full)

    def ending(self, depth, limit1, key, grouped, count, scope, full):
        """Set operations, ORDER BY, LIMIT, locks."""
        if limit1:
            return f" ORDER BY {key} LIMIT 1" if key else self.pick([" LIMIT 1", " ORDER BY 1 LIMIT 1"])
        if depth == 0 and self.chance(0.12):
            second = self.select(2, columns=count)
            kind = self.pick(["UNION ALL", "UNION ALL", "UNION", "EXCEPT", "INTERSECT", "UNION DISTINCT", "EXCEPT ALL", "INTERSECT ALL"])
            return f" {kind} {self.pick([second, f'({second})'])}{self.pick(['', '', ' ORDER BY 1', ' UNION ALL ' + self.select(2, columns=count)])}"
        if depth == 0 and key is not None and not grouped and self.chance(0.3):
            return f" ORDER BY {key}{self.pick(['', ' DESC'])} LIMIT {self.pick(['0', '1', '3', '2, 2', '2 OFFSET 1'])}{self.pick(self.ends)}"
        if depth == 0 and self.chance(0.5):
            order = self.pick([self.column(scope, self.chance(0.95)), self.column(scope, self.chance(0.95)), "1", "NULL", self.pick(["+1", "(2)", "TRUE", "- -1", "2", "1 DESC, 2"]), self.expression(full, 2, self.chance(0.9))])
            if not self.indexed and self.chance(0.3):
                return f" ORDER BY {order}, {self.column(scope, True)} LIMIT {self.random.randint(0, 5)}{self.pick(self.ends)}"
            return f" ORDER BY {order}{self.pick(['', ' DESC'])}{self.pick(self.ends)}"
        if depth == 0 and not self.indexed and self.chance(0.2):
            return f" LIMIT {self.random.randint(0, 5)}"
        return ""

    def other_body(self):
        """TABLE, VALUES, parentheses and set operations in any nesting."""
        count = self.random.randint(1, 3)
        one, two, three = (self.select(2, columns=count) for _ in range(3))
        kinds = ["UNION ALL", "UNION ALL", "UNION", "EXCEPT", "INTERSECT"]
        a, b = self.pick(kinds), self.pick(kinds)
        rows = f"VALUES {self.pick(['ROW', 'ROW', '']) if not self.mariadb else ''}({', '.join(self.expression([], 1) for _ in range(count))})"
        table = [f"TABLE {self.pick(list(TABLES))}", f"TABLE person ORDER BY {self.pick(TABLES['person'])} LIMIT 2"] if not self.mariadb else []
        return self.pick([*table, f"({one}) {a} ({two})", f"({one} {a} {two}) {b} {three}", f"{one} {a} ({two} {b} {three})", f"(({one}))", f"({one}) ORDER BY 1 LIMIT 2", f"{one} {a} {two} {b} {three} ORDER BY 1",
                          rows, f"{rows} {a} {one}", f"SELECT * FROM ({one} {a} {two}) AS d1",
                          f"SELECT * FROM (({one}) {a} ({two}) LIMIT 3) AS d1", f"SELECT * FROM ({rows}) AS d1 (n1{', n2' if count > 1 else ''}{', n3' if count > 2 else ''})", f"DO {self.expression([], 0)}", f"SELECT {self.expression([], 0)}"])
