# SPDX-License-Identifier: Apache-2.0
"""SQLAlchemy (core and ORM, with mysqlclient and PyMySQL) and alembic."""
import os
import datetime

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import func
from sqlalchemy.dialects import mysql
from sqlalchemy.ext.declarative import declarative_base
from sqlalchemy.orm import aliased, joinedload, relationship, selectinload, Session, subqueryload

Base = declarative_base()


class Person(Base):
    __tablename__ = "person"
    id = sa.Column(sa.Integer, primary_key=True)
    name = sa.Column(sa.String(50), nullable=False, index=True)
    born = sa.Column(sa.Date)
    doc = sa.Column(sa.JSON)
    kind = sa.Column(sa.Enum("a", "b'c"))
    price = sa.Column(sa.Numeric(10, 2), server_default="0")
    seen = sa.Column(mysql.DATETIME(fsp=6), server_default=sa.text("CURRENT_TIMESTAMP(6)"))
    both = sa.Column(sa.String(100), sa.Computed("concat(name, 'x')"))
    boss_id = sa.Column(sa.ForeignKey("person.id", ondelete="SET NULL"))
    boss = relationship("Person", remote_side=[id])
    letters = relationship("Letter", back_populates="person", cascade="all, delete-orphan")
    __table_args__ = (sa.UniqueConstraint("name", "born"), sa.CheckConstraint("price >= 0", name="ok"),
                      sa.Index("prefix", "name", mysql_length=5), {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4", "comment": "it's"})


class Letter(Base):
    __tablename__ = "letter"
    id = sa.Column(sa.BigInteger, primary_key=True)
    text = sa.Column(mysql.MEDIUMTEXT)
    raw = sa.Column(sa.LargeBinary)
    yes = sa.Column(sa.Boolean, default=True)
    size = sa.Column(mysql.INTEGER(unsigned=True))
    set_ = sa.Column(mysql.SET("x", "y"))
    person_id = sa.Column(sa.ForeignKey("person.id"))
    person = relationship("Person", back_populates="letters")


def attempt(session, statement):
    try:
        result = session.execute(statement)
        if result.returns_rows:
            result.fetchall()
        session.commit()
    except sa.exc.SQLAlchemyError as error:
        session.rollback()
        print(str(error)[:200])


def queries(session):
    other, p, letter = aliased(Person), Person, Letter
    recursive = sa.select(p.id, p.boss_id, sa.literal(1).label("depth")).where(p.boss_id.is_(None)).cte("tree", recursive=True)
    recursive = recursive.union_all(sa.select(p.id, p.boss_id, recursive.c.depth + 1).join(recursive, p.boss_id == recursive.c.id))
    plain = sa.select(p.name, func.count().label("n")).group_by(p.name).having(func.count() > 0).cte("names")
    sub = sa.select(func.max(letter.size)).where(letter.person_id == p.id).scalar_subquery()
    lateral = sa.select(letter.text).where(letter.person_id == p.id).limit(1).lateral()
    statements = [
        sa.select(p).options(joinedload(p.letters)), sa.select(p).where(p.name.like("a%"), p.name.ilike("B%") | p.name.notlike("c", escape="/")),
        sa.select(p).where(p.id.in_([1, 2, 3]), p.name.not_in(["x"])), sa.select(p).where(p.name.contains("a", autoescape=True)),
        sa.select(p).where(p.name.op("REGEXP")("^a"), p.name.regexp_match("b"), p.name.match("x")), sa.select(p).where(p.born.between("2000-01-01", "2020-01-01")),
        sa.select(p.name.regexp_replace("a", "b")), sa.select(p.name.collate("utf8mb4_bin")), sa.select(p.name.concat("x") + p.kind), sa.select(p.doc["a"].as_string(), p.doc[("a", 1)].as_integer()),
        sa.select(p).where(p.doc["a"].as_string() == "x"), sa.select(p, other).join(other, p.boss_id == other.id, isouter=True), sa.select(sub.label("m")),
        sa.select(p).order_by(p.born.desc(), func.rand()).limit(5).offset(2), sa.select(recursive), sa.select(plain).join(p, p.name == plain.c.name),
        sa.select(p.id).union(sa.select(letter.id)).order_by("id"), sa.select(p.id).union_all(sa.select(letter.id)).limit(1), sa.select(p.id).intersect(sa.select(letter.id)), sa.select(p.id).except_(sa.select(letter.id)),
        sa.select(func.row_number().over(partition_by=p.kind, order_by=p.id), func.sum(p.price).over(order_by=p.id, rows=(None, 0)), func.lag(p.id).over(order_by=p.id, range_=(None, None))),
        sa.select(p).with_for_update(), sa.select(p).with_for_update(read=True), sa.select(p).with_for_update(nowait=True, of=p), sa.select(p).with_for_update(skip_locked=True),
        sa.select(p).with_hint(p, "USE INDEX (ix_person_name)"), sa.select(p.id).prefix_with("SQL_CALC_FOUND_ROWS", "HIGH_PRIORITY"), sa.select(func.found_rows()),
        sa.select(sa.case((p.price > 1, "hi"), else_="lo"), sa.cast(p.price, sa.Integer), sa.cast(p.name, sa.LargeBinary), sa.extract("year", p.born), sa.cast(p.name, mysql.CHAR(5, charset="latin1"))),
        sa.select(func.group_concat(p.name.op("ORDER BY")(p.id)), func.coalesce(p.kind, "z"), func.now(), sa.func.current_timestamp(), sa.true(), sa.null(), -p.price, ~p.name.is_(None), p.price % 3, p.price / 2),
        sa.select(p).where(sa.exists().where(letter.person_id == p.id)), sa.select(p).where(p.id == sa.any_(sa.select(letter.person_id).scalar_subquery())), sa.select(p).where(sa.tuple_(p.id, p.name).in_([(1, "a"), (2, "b")])),
        sa.select(p.kind, func.count()).group_by(sa.func.rollup(p.kind)), sa.select(sa.distinct(p.name)), sa.select(func.count(sa.distinct(p.name))), sa.select(p.name, lateral.c.text).join(lateral, sa.true()),
        sa.select(sa.values(sa.column("a", sa.Integer), name="v").data([(1,), (2,)])), sa.text("SELECT :x, name FROM person WHERE id = :y").bindparams(x="it's", y=1),
        sa.insert(p).values([{"name": "m1"}, {"name": "m2"}]), sa.insert(p).from_select(["name"], sa.select(letter.text).where(letter.text.isnot(None))), mysql.insert(p).values(id=1, name="again").on_duplicate_key_update(name="up", price=p.price + 1),
        mysql.insert(p).values(id=1, name="b").prefix_with("IGNORE"), sa.insert(letter).values(text=sa.select(p.name).limit(1).scalar_subquery()), sa.insert(letter), sa.update(p).where(p.id == 1).values(price=p.price * 2), sa.update(p).values(name="j").where(p.id == letter.person_id).where(letter.size > 3),
        sa.update(p).ordered_values((p.price, 3), (p.name, "o")).where(p.id == 2), sa.update(p).with_dialect_options(mysql_limit=1).values(price=1), sa.delete(letter).where(letter.person_id == p.id).where(p.name == "zz"), sa.delete(p).where(p.id == 99), sa.select(mysql.match(p.name, against="x")) if hasattr(mysql, "match") else sa.select(1),
    ]
    for statement in statements:
        try:
            attempt(session, statement)
        except Exception as error:  # noqa: BLE001 - what this version can't say
            session.rollback()
            print(str(error)[:150])


def alter(connection):
    op = Operations(MigrationContext.configure(connection))
    op.create_table("made", sa.Column("id", sa.Integer, primary_key=True), sa.Column("a", sa.String(5)))
    op.add_column("made", sa.Column("b", sa.Integer, nullable=False, server_default="1", comment="it's"))
    op.alter_column("made", "a", type_=sa.String(20), existing_nullable=True, nullable=False, server_default="q")
    op.alter_column("made", "a", new_column_name="aa", existing_type=sa.String(20), existing_nullable=False)
    op.alter_column("made", "b", server_default=None, existing_type=sa.Integer())
    op.create_index("i1", "made", ["aa", "b"], unique=True)
    op.create_index("i2", "made", [sa.text("aa(3)")])
    op.drop_index("i2", "made")
    op.create_check_constraint("c1", "made", "b > 0")
    op.drop_constraint("c1", "made", type_="check")
    op.create_unique_constraint("u1", "made", ["b"])
    op.drop_constraint("u1", "made", type_="unique")
    op.create_foreign_key("f1", "made", "person", ["b"], ["id"], ondelete="CASCADE")
    op.drop_constraint("f1", "made", type_="foreignkey")
    op.create_table_comment("made", "a comment")
    op.bulk_insert(sa.table("made", sa.column("aa"), sa.column("b")), [{"aa": "x", "b": 1}, {"aa": "y", "b": 2}])
    op.execute("UPDATE made SET aa = 'z'")
    op.drop_index("i1", "made")
    op.drop_column("made", "aa")
    op.rename_table("made", "made2")
    op.drop_table("made2")


for driver in ("mysqldb", "pymysql"):
    engine = sa.create_engine(f"mysql+{driver}://root@127.0.0.1:{os.environ['PORT']}/app?charset=utf8mb4", pool_pre_ping=True)
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        boss = Person(name="boss", doc={"a": ["x"]}, born=datetime.date(2000, 1, 1), price=3)
        session.add_all([boss, Person(name="it's", boss=boss, letters=[Letter(text="t", raw=b"\x00'", set_={"x"})])])
        session.commit()
        for loader in (joinedload, selectinload, subqueryload):
            session.query(Person).options(loader(Person.letters)).filter(Person.id > 0).all()
        session.query(Person).join(Letter).group_by(Person.id).count()
        boss.name = "chief"
        with session.begin_nested():
            session.flush()
        queries(session)
        session.rollback()
        session.delete(session.get(Person, 2) or boss)
        session.commit()
    with engine.connect() as connection:
        alter(connection)
        compare_metadata(MigrationContext.configure(connection), Base.metadata)
    for level in ("READ COMMITTED", "SERIALIZABLE", "AUTOCOMMIT"):
        with engine.connect().execution_options(isolation_level=level) as connection:
            connection.execute(sa.text("SELECT 1"))
    with engine.connect() as connection:
        xa = connection.begin_twophase()
        connection.execute(sa.text("SELECT 1"))
        xa.prepare()
        xa.rollback()
    inspector = sa.inspect(engine)
    for schema in (None, *inspector.get_schema_names()):
        if schema in ("performance_schema", "sys", "mysql", "information_schema"):
            continue
        for table in [*inspector.get_table_names(schema), *inspector.get_view_names(schema)]:
            inspector.get_columns(table, schema), inspector.get_pk_constraint(table, schema), inspector.get_foreign_keys(table, schema)
            inspector.get_indexes(table, schema), inspector.get_unique_constraints(table, schema), inspector.get_check_constraints(table, schema)
            inspector.get_table_comment(table, schema), inspector.get_table_options(table, schema), inspector.has_table(table)
    sa.MetaData().reflect(engine)
print("SQLAlchemy", sa.__version__, "with alembic, mysqlclient and PyMySQL")
