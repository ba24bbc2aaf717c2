# SPDX-License-Identifier: Apache-2.0
"""Real database servers: Debian's MariaDB and the MySQL of tools/fetch_mysql.sh."""
import getpass
import pathlib
import secrets
import shutil
import subprocess

import pymysql

from . import process


class Server:
    """A running server. `port`, `ca` (a file), root without a password over its socket."""

    kind = ""

    def __init__(self, folder, authority):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.data = self.folder / "data"
        self.socket = self.folder / "s"
        self.log = self.folder / "server.log"
        self.port = process.free_port()
        self.authority = authority
        self.certificate, self.key = authority.issue(f"{self.kind}-server")
        self.ca = authority.certificate
        self.gateway_user = "cardea_gw"
        self.gateway_password = secrets.token_urlsafe(18)
        self._prepare()
        self.child = process.start(self._command(), self.log)
        process.wait_until(self._answers, self.child, self.log, self.kind)

    def _prepare(self):
        """A fresh data folder, copied from one that was set up once for this version."""
        template = process.CACHE / f"data-{self.kind}-{self.version_key()}"
        if not (template / ".complete").exists():
            shutil.rmtree(template, ignore_errors=True)
            template.mkdir(parents=True)
            self._initialize(template / "data")
            (template / ".complete").touch()
        shutil.copytree(template / "data", self.data, symlinks=True)

    def _answers(self):
        try:
            self.root().close()
            return True
        except pymysql.MySQLError:
            return False

    def root(self, database=None, **options):
        """A connection as root, around the gateway."""
        return pymysql.connect(unix_socket=str(self.socket), user="root", database=database,
                               autocommit=True, charset="utf8mb4", **options)

    def run(self, sql, database=None):
        """Runs a script as root, one statement after the other; `;` at the end of a line ends a
        statement."""
        with self.root(database) as connection, connection.cursor() as cursor:
            for statement in sql.split(";\n"):
                if statement.strip().rstrip(";"):
                    cursor.execute(statement.strip().rstrip(";").replace("%", "%%") % ())

    def rows(self, sql, database=None):
        with self.root(database) as connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()

    def _tmpdir(self):
        """Its own: a starting server removes what looks like temporary tables from a shared one."""
        folder = self.folder / "tmp"
        folder.mkdir(exist_ok=True)
        return folder

    def stop(self):
        return process.stop(self.child, 20)


class MariaDB(Server):
    kind = "mariadb"

    @staticmethod
    def version_key():
        text = subprocess.run(["mariadbd", "--no-defaults", "--version"], capture_output=True,
                              text=True, check=True).stdout
        return text.split("Ver ")[1].split()[0]

    def _initialize(self, data):
        log = data.parent / "install.log"
        child = process.start(["mariadb-install-db", "--no-defaults", f"--datadir={data}",
                               f"--user={getpass.getuser()}", "--auth-root-authentication-method=normal",
                               "--skip-test-db"], log)
        if child.wait(120) != 0:
            raise process.StartError(f"mariadb-install-db:\n{process.tail(log)}")

    def _command(self):
        return ["mariadbd", "--no-defaults", f"--datadir={self.data}", f"--socket={self.socket}",
                f"--port={self.port}", "--bind-address=127.0.0.1", f"--user={getpass.getuser()}",
                f"--tmpdir={self._tmpdir()}", f"--ssl-ca={self.ca}", f"--ssl-cert={self.certificate}", f"--ssl-key={self.key}",
                f"--pid-file={self.folder}/pid", "--skip-name-resolve",
                "--innodb-buffer-pool-size=64M", "--innodb-log-file-size=16M",
                "--innodb-flush-log-at-trx-commit=2", "--max-connections=600",
                "--character-set-server=utf8mb4", "--max-allowed-packet=64M"]

    def create_gateway_account(self, grants):
        user = f"'{self.gateway_user}'@'127.0.0.1'"
        self.run(f"CREATE USER {user} IDENTIFIED BY '{self.gateway_password}';\n")
        for grant in grants:
            self.run(f"GRANT {grant} TO {user};\n")


class MySQL(Server):
    kind = "mysql"
    runner = process.PROJECT / "tools" / "mysql_run.sh"

    @classmethod
    def fetch(cls):
        done = subprocess.run([process.PROJECT / "tools" / "fetch_mysql.sh"], capture_output=True,
                              text=True, check=False)
        if done.returncode != 0:
            raise process.StartError(f"tools/fetch_mysql.sh:\n{done.stderr[-3000:]}")
        return pathlib.Path(done.stdout.strip())

    @classmethod
    def version_key(cls):
        cls.fetch()
        text = subprocess.run([cls.runner, "mysqld", "--version"], capture_output=True, text=True,
                              check=True).stdout
        return text.split("Ver ")[1].split()[0]

    def _initialize(self, data):
        log = data.parent / "install.log"
        child = process.start([self.runner, "mysqld", "--initialize-insecure", f"--datadir={data}",
                               f"--user={getpass.getuser()}"], log)
        if child.wait(180) != 0:
            raise process.StartError(f"mysqld --initialize-insecure:\n{process.tail(log)}")

    def _prepare(self):
        super()._prepare()
        (self.data / "auto.cnf").unlink(missing_ok=True)

    def _command(self):
        return [self.runner, "mysqld", f"--datadir={self.data}", f"--socket={self.socket}",
                f"--port={self.port}", "--bind-address=127.0.0.1", f"--user={getpass.getuser()}",
                f"--tmpdir={self._tmpdir()}", f"--ssl-ca={self.ca}", f"--ssl-cert={self.certificate}", f"--ssl-key={self.key}",
                f"--pid-file={self.folder}/pid", "--mysqlx=OFF", "--skip-name-resolve",
                "--innodb-buffer-pool-size=64M", "--innodb-flush-log-at-trx-commit=2",
                "--disable-log-bin", "--max-connections=600", "--performance-schema=ON",
                "--max-allowed-packet=64M", f"--secure-file-priv={self.folder}"]

    def create_gateway_account(self, grants):
        user = f"'{self.gateway_user}'@'127.0.0.1'"
        self.run(f"CREATE USER {user} IDENTIFIED WITH caching_sha2_password "
                 f"BY '{self.gateway_password}';\n")
        for grant in grants:
            self.run(f"GRANT {grant} TO {user};\n")
