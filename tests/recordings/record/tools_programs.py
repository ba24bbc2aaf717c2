# SPDX-License-Identifier: Apache-2.0
"""Frameworks and applications: programs/ has a session for each, which prints name and version of
what it is at the end."""
import os
import pathlib
import subprocess

from tools import HERE, Tool, tool

PROGRAMS = HERE / "programs"
PYTHON = "/usr/bin/python3"
DEBIAN_PYTHON = pathlib.Path("/usr/lib/python3/dist-packages")


class Program(Tool):
    """One program of programs/, run by an interpreter."""
    interpreter = ()
    script = ""

    def run(self, world):
        output = world.call(*self.interpreter, PROGRAMS / self.script)
        return output.decode().strip().splitlines()[-1]


@tool
class Django(Program):
    name, script, interpreter = "django", "django_session.py", (PYTHON,)
    needs = (str(DEBIAN_PYTHON / "django"), str(DEBIAN_PYTHON / "MySQLdb"))


@tool
class SQLAlchemy(Program):
    name, script, interpreter = "sqlalchemy", "sqlalchemy_session.py", (PYTHON,)
    needs = (str(DEBIAN_PYTHON / "sqlalchemy"), str(DEBIAN_PYTHON / "alembic"), str(DEBIAN_PYTHON / "MySQLdb"))


@tool
class Peewee(Program):
    name, script, interpreter = "peewee-pony", "peewee_session.py", (PYTHON,)
    needs = (str(DEBIAN_PYTHON / "peewee.py"), str(DEBIAN_PYTHON / "pony"))


@tool
class ActiveRecord(Program):
    name, script, interpreter = "activerecord", "activerecord_session.rb", ("ruby",)
    needs = ("ruby", "/usr/share/rubygems-integration/all/specifications")


class Node(Program):
    """A session on npm packages, which the session installs into the cache once."""
    packages = ()

    def missing(self):
        return super().missing() or ("" if self.packages else "packages")

    def run(self, world):
        place = world.cache / "npm"
        place.mkdir(parents=True, exist_ok=True)
        absent = [p for p in self.packages if not (place / "node_modules" / p).exists()]
        if absent:
            if not (place / "package.json").exists():
                (place / "package.json").write_text('{"private": true}')
            subprocess.run(["npm", "install", "--no-audit", "--no-fund", *absent], cwd=place, check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        script = place / self.script
        script.write_text((PROGRAMS / self.script).read_text())
        return self.start(world, place, script)

    def start(self, world, place, script):
        return world.call("node", script, cwd=place).decode().strip().splitlines()[-1]


@tool
class TypeORM(Node):
    name, script, needs = "typeorm", "typeorm_session.cjs", ("node", "npm")
    packages = ("typeorm", "reflect-metadata", "mysql2")


@tool
class Sequelize(Node):
    name, script, needs = "sequelize", "sequelize_session.cjs", ("node", "npm")
    packages = ("sequelize", "mysql2", "mariadb")


@tool
class Knex(Node):
    name, script, needs = "knex-objection", "knex_session.cjs", ("node", "npm")
    packages = ("knex", "objection", "mysql2")


@tool
class Prisma(Node):
    """Prisma's client with its adapter for MariaDB; its tables come from a plain script, since the
    program that migrates is not in the npm packages (and is not asked for: /bin/true)."""
    name, script, needs = "prisma", "prisma_session.mjs", ("node", "npm")
    packages = ("prisma", "@prisma/client", "@prisma/adapter-mariadb")

    def start(self, world, place, script):
        world.load("prisma.sql")
        (place / "prisma").mkdir(exist_ok=True)
        for name in ("schema.prisma",):
            (place / "prisma" / name).write_text((PROGRAMS / name).read_text())
        world.call("npx", "prisma", "generate", "--schema", place / "prisma" / "schema.prisma", cwd=place,
                   env={"DATABASE_URL": f"mysql://root@127.0.0.1:{world.port}/app",
                        "PRISMA_SCHEMA_ENGINE_BINARY": "/bin/true"})
        return super().start(world, place, script)


@tool
class Hibernate(Tool):
    """Hibernate, EclipseLink and JDBC's metadata by MariaDB's connector."""
    name = "hibernate-eclipselink"
    jars = ["hibernate3.jar", "hibernate-commons-annotations.jar", "mariadb-java-client.jar", "slf4j-api.jar",
            "slf4j-nop.jar", "dom4j.jar", "antlr.jar", "commons-collections3.jar", "javassist.jar", "eclipselink.jar",
            "eclipselink-jpa-2.1-spec.jar", "geronimo-jta-1.2-spec.jar", "org.eclipse.persistence.jpa.jpql.jar", "cglib.jar",
            "jaxb-api.jar", "javax.activation.jar"]
    needs = ("javac", "/usr/share/java/hibernate3.jar", "/usr/share/java/mariadb-java-client.jar",
             "/usr/share/java/eclipselink.jar")

    def run(self, world):
        path = ":".join([f"/usr/share/java/{j}" for j in self.jars] + ["."])
        world.call("javac", "-cp", path, "-d", ".", PROGRAMS / "HibernateSession.java")
        os.makedirs(world.folder / "META-INF", exist_ok=True)
        (world.folder / "META-INF" / "persistence.xml").write_text((PROGRAMS / "persistence.xml").read_text())
        output = world.call("java", "--add-opens=java.base/java.lang=ALL-UNNAMED", "-cp", path, "HibernateSession")
        version = world.call("dpkg-query", "-W", "-f", "${Version}", "libhibernate3-java").decode()
        return output.decode().strip().splitlines()[-1].replace("[WORKING]", version)


@tool
class GoDriver(Tool):
    name = "go-sql-driver"
    needs = ("go", "/usr/share/gocode/src/github.com/go-sql-driver/mysql")

    def run(self, world):
        output = world.call("go", "run", PROGRAMS / "go_session.go",
                            env={"GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOFLAGS": "", "GOCACHE": str(world.cache / "go"),
                                 "HOME": str(world.folder)})
        return output.decode().strip().splitlines()[-1]


def debian(world, *packages):
    """Where packages are unpacked, without installing them (web applications want a web server)."""
    place = world.cache / "debian"
    for package in packages:
        if not (place / package).exists():
            place.mkdir(parents=True, exist_ok=True)
            subprocess.run(["apt-get", "download", package], cwd=place, check=True, stdout=subprocess.DEVNULL)
            archive = next(place.glob(f"{package}_*.deb"))
            subprocess.run(["dpkg", "-x", archive, place / package], check=True)
    return place


@tool
class WordPress(Tool):
    name, needs = "wordpress", ("php", "apt-get")

    def run(self, world):
        place = debian(world, "wordpress") / "wordpress" / "usr" / "share" / "wordpress"
        output = world.call("php", "-d", "display_errors=stderr", PROGRAMS / "wordpress_session.php", place)
        return output.decode(errors="replace").strip().splitlines()[-1]


__all__ = ["Program"]
