# SPDX-License-Identifier: Apache-2.0
"""peewee with its migrator and reflection; Pony's generator queries."""
import datetime
import os

import peewee as pw
import pony.orm as pony
from playhouse import migrate, reflection

db = pw.MySQLDatabase("app", host="127.0.0.1", port=int(os.environ["PORT"]), user="root", charset="utf8mb4")


class Base(pw.Model):
    class Meta:
        database = db


class Author(Base):
    name = pw.CharField(unique=True)
    born = pw.DateTimeField(null=True, default=datetime.datetime.now)


class Book(Base):
    author = pw.ForeignKeyField(Author, backref="books", on_delete="CASCADE")
    title = pw.CharField(index=True)
    price = pw.DecimalField(default=0)
    text = pw.TextField(null=True)
    raw = pw.BlobField(null=True)
    key = pw.UUIDField(null=True)
    live = pw.BooleanField(default=True)

    class Meta:
        indexes = ((("author", "title"), True),)


db.connect()
db.create_tables([Author, Book])
a = Author.create(name="it's")
Author.insert_many([{"name": "b"}, {"name": "c"}]).execute()
Book.bulk_create([Book(author=a, title=f"t{n}", price=n) for n in range(3)])
fn = pw.fn
B, A, Other = Book, Author, Author.alias()
cte = A.select(A.id, A.name).where(A.id > 0).cte("base", columns=("id", "name"))
rec = A.select(A.id, pw.Value(1).alias("n")).where(A.id == 1).cte("rec", recursive=True)
for query in (
        B.select(), B.select(B, A).join(A).where((A.name == "b") | (B.price > 1) & ~(B.live == False)),  # noqa: E712
        B.select().where(B.title.contains("t"), B.title.startswith("t"), B.title ** "t%", B.title.regexp("^t"), B.title.endswith("1")),
        B.select().where(B.id << [1, 2], B.id.not_in([7]), B.text.is_null(), B.price.between(0, 9)), B.select(fn.COUNT(fn.DISTINCT(B.author)), fn.SUM(B.price)),
        A.select(A, fn.COUNT(B.id).alias("n")).join(B, pw.JOIN.LEFT_OUTER).group_by(A).having(fn.COUNT(B.id) > 1).order_by(pw.SQL("n").desc()),
        B.select(B.price.cast("signed"), pw.Case(None, [(B.price > 1, "x")], "y"), B.title.concat("!"), fn.LOWER(B.title), -B.price, B.price % 2, B.price.bin_and(1)),
        B.select().order_by(B.price.desc(), fn.RAND()).paginate(2, 1), A.select().where(fn.EXISTS(B.select().where(B.author == A.id))), A.select() | A.select().where(A.id == 1),
        A.select(A.id).union_all(B.select(B.id)), cte.select_from(cte.c.id), B.select(fn.ROW_NUMBER().over(partition_by=[B.author], order_by=[B.price])),
        rec.union_all(A.select(A.id, rec.c.n + 1).join(rec, on=(A.id == rec.c.id + 1))).select_from(pw.SQL("*")),
        B.select().for_update(), A.select(A.born.year, A.born.month, fn.DATE_FORMAT(A.born, "%Y")), A.select().from_(A.select().alias("q")), A.select(A.id).distinct(),
        A.select().join(Other, on=(A.id == Other.id)).limit(1)):
    try:
        list(query.dicts())
    except pw.PeeweeException as error:
        print(str(error)[:100])
B.update(price=B.price + 1).where(B.title == "t1").execute()
A.insert(name="b").on_conflict_ignore().execute()
A.insert(name="b").on_conflict(update={A.name: "z"}).execute()
A.insert(name="q").on_conflict(preserve=[A.name]).execute()
A.replace(name="r").execute()
A.insert_from(B.select(B.title).where(B.id > 1), [A.name]).execute()
with db.atomic() as outer:
    with db.atomic():
        B.delete().where(B.price > 2).execute()
    outer.rollback()
A.get_or_create(name="new"), A.get_by_id(1), a.books.count(), a.save(), A.select().exists(), a.delete_instance(recursive=True)
m = migrate.MySQLMigrator(db)
for step in (m.add_column("book", "extra", pw.IntegerField(default=1)), m.rename_column("book", "extra", "more"), m.add_not_null("book", "text"),
             m.drop_not_null("book", "text"), m.add_index("book", ("price", "live")), m.drop_index("book", "book_price_live"), m.alter_column_type("book", "title", pw.TextField()),
             m.drop_column("book", "more"), m.rename_table("book", "tome"), m.rename_table("tome", "book")):
    try:
        migrate.migrate(step)
    except pw.PeeweeException as error:
        print(str(error)[:100])
reflection.generate_models(db)
db.get_views(), db.get_foreign_keys("book"), db.get_indexes("book"), db.get_primary_keys("book")
db.drop_tables([Book, Author])

p = pony.Database()


class Student(p.Entity):
    name = pony.Required(str)
    born = pony.Optional(datetime.date)
    marks = pony.Set("Mark")
    doc = pony.Optional(pony.Json)


class Mark(p.Entity):
    student = pony.Required(Student)
    value = pony.Required(int, size=8)
    courses = pony.Set("Course")


class Course(p.Entity):
    name = pony.Required(str, unique=True)
    marks = pony.Set(Mark)


p.bind(provider="mysql", host="127.0.0.1", port=int(os.environ["PORT"]), user="root", passwd="", db="app")
p.generate_mapping(create_tables=True)
with pony.db_session:
    s = Student(name="s", born=datetime.date(2000, 1, 2), doc={"a": [1]})
    Mark(student=s, value=3, courses=[Course(name="c")])
    pony.flush()
    list(pony.select(x for x in Student if x.name.startswith("s") and pony.count(x.marks) > 0))
    list(pony.select((x.name, pony.avg(x.marks.value)) for x in Student))
    list(pony.select(m for m in Mark if m.student.born.year == 2000 and "c" in m.courses.name).order_by(lambda m: pony.desc(m.value))[:3])
    list(pony.select(x for x in Student if x.doc["a"][0] == 1))
    list(pony.select(x for x in Student if not pony.exists(m for m in x.marks if m.value > 9)))
    pony.max(m.value for m in Mark), pony.group_concat(x.name for x in Student), Student.select().count(), Student.get_for_update(name="s")
    s.name = "t"
    pony.commit()
    pony.delete(m for m in Mark if m.value > 100)
    s.delete()
print("peewee", pw.__version__, "and Pony", pony.__version__ if hasattr(pony, "__version__") else __import__("pony").__version__)
