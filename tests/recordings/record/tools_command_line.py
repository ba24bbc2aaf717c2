# SPDX-License-Identifier: Apache-2.0
"""Programs that come with the servers, and other command-line programs."""
import glob
import os
import pty
import select
import subprocess
import time

from tools import MYSQL_RUN, Tool, first_line, tool

HOST = ["--host=127.0.0.1", "--user=root"]


def mysql(world, name, *arguments, **options):
    """A client program of MySQL's own package."""
    return world.call(MYSQL_RUN, name, *([] if name in ("mysql", "mysqladmin", "mysqldump") else ["--no-defaults"]),
                      *HOST, f"--port={world.port}", "--ssl-mode=DISABLED", *arguments, **options)


def mariadb(world, name, *arguments, **options):
    return world.call(name, "--no-defaults", *HOST, f"--port={world.port}", "--skip-ssl", *arguments,
                      **options)


def by_hand(command, lines, seconds=1.0):
    """Types lines at a program that believes to have a terminal."""
    child, terminal = pty.fork()
    if child == 0:
        os.environ["TERM"] = "dumb"
        os.execvp(str(command[0]), [str(c) for c in command])
    for line in ["", *lines]:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if select.select([terminal], [], [], 0.2)[0]:
                try:
                    os.read(terminal, 65536)
                except OSError:
                    break
            elif line == "" or time.monotonic() > deadline - seconds / 2:
                break
        try:
            os.write(terminal, line.encode() + b"\n")
        except OSError:
            break
    try:
        while os.read(terminal, 65536):
            pass
    except OSError:
        pass
    os.waitpid(child, 0)


TYPED = ["show tables;", "\\s", "use app", "\\u app", "describe item;", "select * from item limit 3;",
         "help contents", "help select", "help 'ALTER TABLE'", "delimiter //", "select 1//",
         "delimiter ;", "show warnings;", "\\W", "select 1/0;", "\\w", "\\G", "select 1\\G",
         "prompt \\d>", "\\#", "select version(), user(), database();", "show create table item\\G",
         "explain select * from item where id = 1;", "begin;", "rollback;", "charset utf8mb4",
         "exit"]


@tool
class Sysbench(Tool):
    """Every test of sysbench for databases: prepare, run (prepared and text), clean up."""
    name = "sysbench"
    needs = ("sysbench", "/usr/share/sysbench/oltp_read_write.lua")

    def run(self, world):
        base = ["--db-driver=mysql", "--mysql-host=127.0.0.1", f"--mysql-port={world.port}",
                "--mysql-user=root", "--mysql-db=app", "--tables=1", "--table-size=200",
                "--threads=1", "--events=40", "--time=5"]
        for script in sorted(glob.glob("/usr/share/sysbench/*.lua")):
            if os.path.basename(script) in ("oltp_common.lua", "prime-test.lua", "empty-test.lua"):
                continue
            more = [] if "bulk_insert" in script else ["--create-secondary=on"]
            base_line = [*base, *([] if "bulk" in script else more)]
            world.call("sysbench", script, *base_line, "prepare")
            for mode in ("auto", "disable"):
                world.call("sysbench", script, *base_line, f"--db-ps-mode={mode}", "run", fails=True)
            if "oltp" in script:
                world.call("sysbench", script, *base_line, "--skip-trx=on", "--range-selects=on", "run",
                           fails=True)
                world.call("sysbench", script, *base_line, "warmup", fails=True)
                world.call("sysbench", script, *base_line, "prewarm", fails=True)
            world.call("sysbench", script, *base_line, "cleanup")
        return first_line(world, "sysbench", "--version")


DUMPS = [
    ["app"], ["--databases", "app"], ["--all-databases"], ["--no-data", "app"],
    ["--routines", "--triggers", "--events", "app"], ["--single-transaction", "--quick", "app"],
    ["--single-transaction", "--routines", "--events", "--hex-blob", "--databases", "app"],
    ["--xml", "app"], ["--skip-extended-insert", "--complete-insert", "app"],
    ["--insert-ignore", "app", "item"], ["--replace", "app", "item"], ["--compatible=ansi", "app"],
    ["--lock-all-tables", "app"], ["--skip-lock-tables", "--no-create-info", "app"],
    ["--where=id > 1", "app", "item"], ["--order-by-primary", "app"], ["--flush-logs", "app"],
    ["--flush-privileges", "--add-drop-database", "--databases", "app"], ["--add-drop-trigger", "app"],
    ["--all-tablespaces", "app"], ["--no-tablespaces", "--skip-comments", "app"],
    ["--skip-opt", "app"], ["--delayed-insert", "app"], ["--disable-keys", "--add-locks", "app"],
    ["--tz-utc", "--set-charset", "--default-character-set=latin1", "app"], ["--skip-tz-utc", "app"],
    ["--skip-quote-names", "app"], ["--column-statistics", "app"], ["--dump-replica", "app"],
    ["--source-data", "--single-transaction", "app"], ["--master-data", "--single-transaction", "app"],
    ["--system=all"], ["--system=users,servers,stats,timezones"], ["--ignore-table=app.item", "app"],
    ["--mysqld-long-query-time=10", "app"], ["--set-gtid-purged=OFF", "app"], ["--as-of=2030-01-01", "app"],
    ["--no-autocommit", "--skip-add-drop-table", "app"], ["--create-options", "--allow-keywords", "app"],
    ["--skip-generated-invisible-primary-key", "app"], ["--init-command=SET sql_mode='ANSI'", "app"],
    ["--network-timeout", "--no-create-db", "--databases", "app"], ["--copy-s3-tables", "app"],
    ["--dump-history", "app"], ["--header", "--dir=/dev/null", "app"], ["--gtid", "--master-data=2", "app"],
]


def dumps(world, client, name, restore):
    """Every form of dump, and what comes of each by way of the client."""
    outputs, taken = [], 0
    for form in DUMPS:
        text = client(world, name, *form, fails=True)
        taken += bool(text)
        if text and not {"--xml", "--all-databases", "--system=all"} & set(form):
            outputs.append((form, text))
    for form, text in outputs:
        world.server.run("DROP DATABASE IF EXISTS copy;\nCREATE DATABASE copy;\n")
        target = [] if "--databases" in form else ["copy"]
        client(world, restore, "--force", *target, input=text, fails=True, timeout=30)
    return taken


@tool
class MySQLDump(Tool):
    name = "mysqldump"
    kinds = ("mysql",)
    needs = (str(MYSQL_RUN),)

    def run(self, world):
        world.load("app.sql")
        world.load("app-mysql.sql")
        dumps(world, mysql, "mysqldump", "mysql")
        return first_line(world, MYSQL_RUN, "mysqldump", "--version").split("/")[-1]


@tool
class MariaDBDump(Tool):
    """Also against MySQL, which people do."""
    name = "mariadb-dump"
    needs = ("mariadb-dump",)

    def run(self, world):
        world.load("app.sql")
        world.load(f"app-{world.kind}.sql")
        dumps(world, mariadb, "mariadb-dump", "mariadb")
        return first_line(world, "mariadb-dump", "--version")


@tool
class MySQLClients(Tool):
    """mysql by hand and by script, mysqlimport, mysqlshow, mysqlcheck, mysqladmin, mysqlslap."""
    name = "mysql-clients"
    kinds = ("mysql",)
    needs = (str(MYSQL_RUN),)

    def run(self, world):
        world.load("app.sql")
        world.load("app-mysql.sql")
        clients(world, lambda name, *a, **o: mysql(world, "mysql" + name, *a, **o),
                [MYSQL_RUN, "mysql", *HOST, f"--port={world.port}", "--ssl-mode=DISABLED"])
        return first_line(world, MYSQL_RUN, "mysql", "--version").split("/")[-1]


@tool
class MariaDBClients(Tool):
    name = "mariadb-clients"
    needs = ("mariadb", "mariadb-import")

    def run(self, world):
        world.load("app.sql")
        world.load(f"app-{world.kind}.sql")
        clients(world, lambda name, *a, **o: mariadb(world, "mariadb" + (f"-{name}" if name else ""), *a, **o),
                ["mariadb", "--no-defaults", *HOST, f"--port={world.port}", "--skip-ssl"])
        if world.kind == "mariadb":
            mariadb(world, "mariadb-upgrade", "--force", fails=True)
        return first_line(world, "mariadb", "--version")


def clients(world, program, by_terminal):
    by_hand([*by_terminal, "app"], TYPED)
    by_hand([*by_terminal, "--safe-updates", "--show-warnings", "--init-command=SET @a = 1"], TYPED[:6] + ["exit"])
    program("", "app", "--batch", "-e", "select * from item; show tables", fails=True)
    rows = world.folder / "import_target.txt"
    rows.write_text("1\tone\n2\ttwo\n")
    more = world.folder / "import_target.csv"
    more.write_text("id;name\n3;\"th;ree\"\n4;\"four\"\n")
    for form in (["--local"], ["--local", "--replace"], ["--local", "--ignore", "--columns=id,name"],
                 ["--local", "--delete", "--lock-tables"], ["--low-priority"]):
        program("import", *form, "app", rows, fails=True)
    program("import", "--local", "--fields-terminated-by=;", '--fields-enclosed-by="', "--ignore-lines=1",
            "--lines-terminated-by=\\n", "app", more, fails=True)
    for form in ([], ["app"], ["app", "item"], ["app", "item", "id"], ["--keys", "app", "item"],
                 ["--status", "app"], ["--count", "app"], ["--show-table-type", "app"], ["it%"],
                 ["app", "%e%"], ["-vv"]):
        program("show", *form, fails=True)
    for form in (["app"], ["--all-databases"], ["--analyze", "app"], ["--optimize", "app"], ["--repair", "app"],
                 ["--check", "--extended", "app"], ["--quick", "app"], ["--fast", "--check-only-changed", "app"],
                 ["--medium-check", "--auto-repair", "app"], ["--check-upgrade", "app"], ["app", "item", "tag"],
                 ["--repair", "--use-frm", "app"], ["--all-in-1", "app"], ["--write-binlog=0", "--analyze", "app"],
                 ["--persistent", "--analyze", "app"], ["--fix-db-names", "--fix-table-names", "app"],
                 ["--process-views", "app"]):
        program("check", *form, fails=True)
    for form in (["ping"], ["status"], ["extended-status"], ["processlist"], ["variables"], ["version"],
                 ["flush-logs"], ["flush-hosts"], ["flush-privileges"], ["flush-status"], ["flush-tables"],
                 ["flush-threads"], ["refresh"], ["reload"], ["create", "made"], ["--force", "drop", "made"], ["kill", "999999"],
                 ["debug"], ["--verbose", "processlist"], ["start-replica"], ["stop-replica"], ["start-slave"],
                 ["stop-slave"], ["flush-ssl"], ["flush-binary-log"], ["flush-engine-log"], ["flush-error-log"],
                 ["flush-general-log"], ["flush-slow-log"], ["flush-relay-log"], ["flush-table-statistics"],
                 ["flush-user-statistics"], ["flush-all-status"], ["start-all-slaves"], ["stop-all-slaves"],
                 ["password", ""]):
        program("admin", *form, fails=True)
    for form in (["--auto-generate-sql"], ["--auto-generate-sql", "--auto-generate-sql-add-autoincrement",
                  "--auto-generate-sql-load-type=mixed", "--auto-generate-sql-secondary-indexes=2"],
                 ["--auto-generate-sql", "--auto-generate-sql-guid-primary", "--auto-generate-sql-load-type=key",
                  "--number-char-cols=2", "--number-int-cols=3"],
                 ["--auto-generate-sql", "--auto-generate-sql-load-type=update", "--engine=innodb", "--commit=2",
                  "--auto-generate-sql-unique-query-number=3"],
                 ["--auto-generate-sql", "--auto-generate-sql-load-type=write", "--detach=2"],
                 ["--create-schema=app", "--query=select count(*) from item", "--iterations=2"]):
        program("slap", "--number-of-queries=8", *form, fails=True)


def timezones(world, client, program):
    text = world.call(*program, "/usr/share/zoneinfo/Europe", timeout=60)
    client(world, text)


@tool
class MyDumper(Tool):
    """mydumper and myloader."""
    name = "mydumper"
    needs = ("mydumper", "myloader")

    def run(self, world):
        world.load("app.sql")
        world.load(f"app-{world.kind}.sql")
        base = ["-h", "127.0.0.1", "-P", world.port, "-u", "root"]
        for n, form in enumerate((["-B", "app"], ["-B", "app", "--triggers", "--events", "--routines"],
                                  ["-B", "app", "--trx-consistency-only"], ["-B", "app", "--less-locking"],
                                  ["-B", "app", "-r", "2", "--no-backup-locks"], ["-B", "app", "--lock-all-tables"],
                                  ["-B", "app", "--use-savepoints"], ["--build-empty-files"],
                                  ["-B", "app", "--skip-tz-utc", "--no-locks"])):
            into = world.folder / f"dump{n}"
            world.call("mydumper", *base, "-t", "1", "-o", into, *form, fails=True)
            if n < 2 and into.exists():
                world.call("myloader", *base, "-t", "1", "-d", into, "-B", f"copy{n}", "-o", fails=True)
        return first_line(world, "mydumper", "--version")


@tool
class PerconaToolkit(Tool):
    """Archiver, checksums, online schema change, duplicate keys, summaries."""
    name = "percona-toolkit"
    needs = ("pt-archiver", "pt-online-schema-change")

    def run(self, world):
        world.load("app.sql")
        at = f"h=127.0.0.1,P={world.port},u=root"
        where = ["--host", "127.0.0.1", "--port", world.port, "--user", "root"]
        for command in (
                ["pt-archiver", "--source", f"{at},D=app,t=tag", "--where", "1=1", "--limit", "2", "--purge",
                 "--no-check-charset", "--dry-run"],
                ["pt-archiver", "--source", f"{at},D=app,t=log_line", "--dest", f"{at},D=app,t=log_old", "--where",
                 "id < 100", "--limit", "2", "--commit-each", "--no-check-charset"],
                ["pt-archiver", "--source", f"{at},D=app,t=log_line", "--where", "1=1", "--limit", "2", "--bulk-delete",
                 "--purge", "--no-check-charset", "--statistics"],
                ["pt-online-schema-change", "--alter", "ADD COLUMN extra INT", f"{at},D=app,t=tag", "--execute",
                 "--recursion-method=none", "--alter-foreign-keys-method=auto"],
                ["pt-online-schema-change", "--alter", "DROP COLUMN extra", f"{at},D=app,t=tag", "--dry-run",
                 "--recursion-method=none"],
                ["pt-table-checksum", *where, "--databases=app", "--no-check-binlog-format", "--recursion-method=none"],
                ["pt-duplicate-key-checker", *where], ["pt-show-grants", *where], ["pt-find", *where, "--database", "app"],
                ["pt-kill", *where, "--print", "--run-time=1", "--interval=1", "--busy-time=50"],
                ["pt-mext", "--", "true"], ["pt-variable-advisor", at], ["pt-deadlock-logger", at, "--run-time=1"],
                ["pt-index-usage", *where, "--empty-save-results", "/dev/null"], ["pt-table-usage", "--query", "select 1"],
                ["pt-fk-error-logger", at, "--run-time=1", "--interval=1"],
                ["pt-mysql-summary", "--", f"--port={world.port}", *HOST]):
            world.call(*command, fails=True, timeout=60)
        return first_line(world, "pt-archiver", "--version")


@tool
class SchemaScripts(Tool):
    """Schema scripts that Debian's packages bring, by way of the client."""
    name = "schemas"
    needs = ("mariadb",)

    def run(self, world):
        names = []
        for path in sorted(glob.glob(str(world.cache / "debian" / "*" / "**" / "*.sql"), recursive=True)):
            if "mysql" not in path.lower() or any(w in path for w in ("postgres", "sqlite", "mssql", "oracle")):
                continue
            names.append(path)
        for path in names:
            world.server.run("DROP DATABASE IF EXISTS copy;\nCREATE DATABASE copy;\n")
            with open(path, "rb") as script:
                mariadb(world, "mariadb", "--force", "copy", stdin=script, fails=True)
        if not names:
            raise RuntimeError("no scripts: see README.md")
        return f"{len(names)} schema scripts of Debian packages"


def wait(seconds):
    time.sleep(seconds)


__all__ = [name for name in dir() if name[0].isupper()] + ["subprocess"]
