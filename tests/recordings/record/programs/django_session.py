# SPDX-License-Identifier: Apache-2.0
"""Django's contrib applications and one of our own: migrations, queries of many forms, inspectdb."""
import datetime
import decimal
import os
import sys
import types

import django
from django.conf import settings

settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.mysql", "NAME": "app", "USER": "root", "HOST": "127.0.0.1",
                           "PORT": os.environ["PORT"], "OPTIONS": {"charset": "utf8mb4"},
                           "TEST": {"NAME": "app_test"}}},
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes",
                    "django.contrib.sessions", "django.contrib.messages", "django.contrib.sites",
                    "django.contrib.flatpages", "django.contrib.redirects", "shop"],
    SITE_ID=1, USE_TZ=True, SECRET_KEY="x", DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    ROOT_URLCONF="shop.urls", CACHES={"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache",
                                             "LOCATION": "cache_rows"}})

# The application: a module made here, with its migrations written into the folder of the session.
folder = os.environ["FOLDER"]
os.makedirs(os.path.join(folder, "shop", "migrations"), exist_ok=True)
for name in ("__init__.py", "migrations/__init__.py"):
    open(os.path.join(folder, "shop", name), "a").close()
with open(os.path.join(folder, "shop", "urls.py"), "w") as urls_file:
    urls_file.write("urlpatterns = []\n")
with open(os.path.join(folder, "shop", "models.py"), "w") as models_file:
    models_file.write('''
from django.db import models
class Category(models.Model):
    name = models.CharField(max_length=50, unique=True)
    parent = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="children")
class Tag(models.Model):
    label = models.SlugField()
class Product(models.Model):
    name = models.CharField(max_length=80, db_index=True)
    price = models.DecimalField(max_digits=8, decimal_places=2, default=0)
    stock = models.IntegerField(default=0)
    weight = models.FloatField(null=True)
    about = models.TextField(blank=True)
    made = models.DateField(null=True)
    seen = models.DateTimeField(null=True)
    at = models.TimeField(null=True)
    took = models.DurationField(null=True)
    live = models.BooleanField(default=True)
    raw = models.BinaryField(null=True)
    address = models.GenericIPAddressField(null=True)
    key = models.UUIDField(null=True)
    doc = models.JSONField(null=True)
    category = models.ForeignKey(Category, null=True, on_delete=models.SET_NULL)
    tags = models.ManyToManyField(Tag)
    class Meta:
        unique_together = [("name", "category")]
        indexes = [models.Index(fields=["price", "-stock"])]
        constraints = [models.CheckConstraint(check=models.Q(price__gte=0), name="price_positive")]
class Special(Product):
    reason = models.CharField(max_length=20)
''')
sys.path.insert(0, folder)
django.setup()

from django.contrib.auth.models import Group, User  # noqa: E402
from django.core.cache import cache  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, models, transaction  # noqa: E402
from django.db.models import (Avg, Case, Count, Exists, F, FilteredRelation, Max, Min, OuterRef, Prefetch, Q,  # noqa: E402
                              StdDev, Subquery, Sum, Value, Variance, When, Window)
from django.db.models import functions as f  # noqa: E402
from shop.models import Category, Product, Special, Tag  # noqa: E402

call_command("makemigrations", "shop", verbosity=0)
call_command("migrate", verbosity=0)
call_command("createcachetable")
call_command("check", databases=["default"])
call_command("showmigrations")
call_command("sqlmigrate", "shop", "0001")

# A second and a third migration: alterations of most kinds, there and back.
with open(os.path.join(folder, "shop", "migrations", "0002_more.py"), "w") as file:
    file.write('''
from django.db import migrations, models
def fill(apps, editor):
    apps.get_model("shop", "Tag").objects.create(label="made")
class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [
        migrations.AddField("Tag", "note", models.CharField(max_length=10, default="x")),
        migrations.AlterField("Tag", "note", models.CharField(max_length=30, null=True)),
        migrations.AlterField("Tag", "note", models.TextField(null=True)),
        migrations.RenameField("Tag", "note", "remark"),
        migrations.AddIndex("Tag", models.Index(fields=["label"], name="label_again")),
        migrations.RemoveIndex("Tag", "label_again"),
        migrations.AddConstraint("Tag", models.UniqueConstraint(fields=["label"], name="one_label")),
        migrations.AddConstraint("Tag", models.CheckConstraint(check=~models.Q(label=""), name="has_label")),
        migrations.RemoveConstraint("Tag", "has_label"),
        migrations.CreateModel("Extra", [("id", models.AutoField(primary_key=True)),
            ("tag", models.OneToOneField("Tag", on_delete=models.CASCADE)), ("n", models.PositiveSmallIntegerField(default=3))]),
        migrations.AlterField("Extra", "n", models.BigIntegerField(db_index=True)),
        migrations.AlterModelTable("Extra", "shop_more"),
        migrations.RenameModel("Extra", "Another"),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunSQL("UPDATE shop_tag SET label = CONCAT(label, '1')", migrations.RunSQL.noop),
        migrations.AlterUniqueTogether("Product", {("name",)}),
        migrations.RemoveField("Tag", "remark"),
        migrations.DeleteModel("Another")]
''')
for where in ("0002", "0001", "0002"):
    call_command("migrate", "shop", where, verbosity=0)

root = Category.objects.create(name="all")
child = Category.objects.create(name="some", parent=root)
tags = Tag.objects.bulk_create([Tag(label=f"t{n}") for n in range(5)])
tags = list(Tag.objects.all())
now = datetime.datetime(2024, 2, 29, 12, 30, 15, 250000, tzinfo=datetime.timezone.utc)
one = Product.objects.create(name="it's \"one\"\\", price=decimal.Decimal("9.99"), made=now.date(), seen=now, at=now.time(),
                             took=datetime.timedelta(seconds=90), raw=b"\x00'\xff", address="10.0.0.1",
                             key="12345678123456781234567812345678", doc={"a": [1, {"b": "ü"}], "c": None},
                             category=child, weight=1.5)
Product.objects.bulk_create([Product(name=f"p{n}", price=n, stock=n) for n in range(4)])
Product.objects.bulk_create([Product(name="p1", price=1)], ignore_conflicts=True)
one.tags.set(tags[:3])
one.tags.remove(tags[0])
one.tags.add(tags[4], tags[3])
Special.objects.create(name="special", reason="why")
P = Product.objects
queries = [
    P.all(), P.filter(name__iexact="P1"), P.filter(name__contains="%_"), P.filter(name__icontains="o"),
    P.filter(name__startswith="p"), P.filter(name__istartswith="P"), P.filter(name__endswith="1"),
    P.filter(name__iendswith="E"), P.filter(name__regex=r"^p\d$"), P.filter(name__iregex="^P"),
    P.filter(price__range=(1, 3)), P.filter(id__in=[1, 2, 3]), P.filter(id__in=P.filter(stock__gt=1).values("id")),
    P.exclude(category=None), P.filter(Q(stock=1) | ~Q(price__lt=F("stock") * 2)), P.filter(seen__year=2024),
    P.filter(seen__month=2, seen__day=29), P.filter(seen__date=now.date()), P.filter(seen__hour__gte=1),
    P.filter(seen__week=9, seen__quarter=1), P.filter(seen__iso_year=2024), P.filter(made__week_day=5),
    P.filter(made__iso_week_day=4), P.filter(seen__time__gt=now.time()), P.filter(at__minute=30, at__second=15),
    P.filter(took__gt=datetime.timedelta(seconds=5)), P.filter(doc__a__0=1), P.filter(doc__has_key="a"),
    P.filter(doc__has_keys=["a", "c"]), P.filter(doc__has_any_keys=["a", "z"]), P.filter(doc__contains={"c": None}),
    P.filter(doc__contained_by={"a": 1}), P.filter(doc__a__1__b__icontains="ü"), P.filter(doc__c=None), P.filter(doc__c__isnull=True),
    P.filter(doc__a__1__b__in=["ü", "x"]), P.filter(doc__a__0__gt=0).order_by("doc__a"), P.filter(doc={"a": 1}),
    P.filter(live=True, raw__isnull=False), P.filter(category__parent__name="all").select_related("category__parent"),
    P.filter(tags__label="t1").distinct(), P.filter(tags__in=tags).prefetch_related("tags"),
    P.order_by("-price", F("stock").asc(nulls_last=True), "?")[1:3], P.order_by(F("weight").desc(nulls_first=True)),
    P.reverse()[:2], P.none(), P.only("name"), P.defer("about").extra(select={"twice": "price * 2"}, where=["stock >= %s"], params=[0]),
    P.values("category__name").annotate(n=Count("id"), s=Sum("price"), a=Avg("price"), lo=Min("price"), hi=Max("made")).order_by("n"),
    P.values("live").annotate(n=Count("tags", distinct=True), d=StdDev("price"), v=Variance("price")).filter(n__gte=0),
    P.annotate(n=Count("tags", filter=Q(tags__label__startswith="t"))).filter(n__gt=0),
    P.annotate(up=f.Upper("name"), low=f.Lower("name"), n=f.Length("name"), c=f.Concat("name", Value("-"), f.Cast("price", models.CharField())),
               l=f.Left("name", 2), r=f.Right("name", 2), sub=f.Substr("name", 2, 2), t=f.Trim("name"), lt=f.LTrim("name"), rt=f.RTrim("name"),
               rep=f.Replace("name", Value("p"), Value("q")), rev=f.Reverse("name"), pad=f.LPad("name", 9, Value(".")), rpad=f.RPad("name", 9),
               rp=f.Repeat("name", 2), pos=f.StrIndex("name", Value("1")), ch=f.Chr(Value(65)), od=f.Ord("name"),
               m5=f.MD5("name"), s1=f.SHA1("name"), s2=f.SHA256("name"), s3=f.SHA224("name"), s5=f.SHA512("name")),
    P.annotate(ab=f.Abs("price"), ce=f.Ceil("weight"), fl=f.Floor("weight"), ro=f.Round("weight"), sq=f.Sqrt("price"), po=f.Power("stock", 2),
               mo=f.Mod("stock", 2), ex=f.Exp("stock"), ln=f.Ln(F("stock") + 1), lo=f.Log(2, F("stock") + 1), sg=f.Sign("price"), pi=f.Pi(),
               si=f.Sin("weight"), co=f.Cos("weight"), ta=f.Tan("weight"), ac=f.ACos(Value(0.5)), as_=f.ASin(Value(0.5)), at1=f.ATan("weight"),
               at2=f.ATan2("weight", "stock"), ct=f.Cot(Value(1.0)), de=f.Degrees("weight"), ra=f.Radians("weight")),
    P.annotate(co=f.Coalesce("weight", "stock", output_field=models.FloatField()), gr=f.Greatest("stock", 1), le=f.Least("stock", 1), nu=f.NullIf("name", Value("p1")),
               no=f.Now(), ex=f.ExtractYear("seen"), td=f.TruncDay("seen"), tm=f.TruncMonth("seen"), ty=f.TruncYear("made"), tw=f.TruncWeek("made"),
               tq=f.TruncQuarter("made"), th=f.TruncHour("seen"), tmi=f.TruncMinute("seen"), ts=f.TruncSecond("seen"), tda=f.TruncDate("seen"), tt=f.TruncTime("seen")),
    P.annotate(k=Case(When(price__gt=5, then=Value("high")), When(stock=0, then=Value("none")), default=Value("low"), output_field=models.CharField())),
    P.annotate(h=Exists(Special.objects.filter(product_ptr=OuterRef("pk")))).filter(h=True),
    P.annotate(last=Subquery(P.filter(category=OuterRef("category")).order_by("-price").values("price")[:1])),
    P.annotate(later=F("seen") + datetime.timedelta(days=1, microseconds=5), gap=F("seen") - F("seen"), day=F("made") - datetime.timedelta(days=2)),
    P.annotate(r=FilteredRelation("tags", condition=Q(tags__label="t1"))).filter(r__label="t1"),
    P.filter(stock__lt=2).union(P.filter(stock__gt=2), all=True), P.filter(stock__lt=2).values("id").union(P.values("category_id")).order_by("id")[:3],
    P.annotate(b=F("stock").bitand(3), o=F("stock").bitor(4), x=F("stock").bitxor(1), ls=F("stock").bitleftshift(2), rs=F("stock").bitrightshift(1)),
    P.annotate(rank=Window(f.Rank(), partition_by=[F("category")], order_by=F("price").desc()), n=Window(f.RowNumber()),
               lag=Window(f.Lag("price", 1), order_by=F("id").asc()), lead=Window(f.Lead("price"), order_by=F("id").asc()),
               fv=Window(f.FirstValue("price"), order_by=F("id").asc()), s=Window(Sum("price"), order_by=F("id").asc(),
               frame=models.RowRange(start=-1, end=1)), nt=Window(f.Ntile(2), order_by=F("id").asc()), cd=Window(f.CumeDist(), order_by=F("id").asc()),
               pr=Window(f.PercentRank(), order_by=F("id").asc()), dr=Window(f.DenseRank(), order_by=F("id").asc())),
    Category.objects.prefetch_related(Prefetch("children", queryset=Category.objects.order_by("name"))),
    P.dates("made", "month"), P.datetimes("seen", "day"), P.raw("SELECT * FROM shop_product WHERE stock > %s", [0]),
    User.objects.filter(groups__name="g", user_permissions__codename="x"), Special.objects.select_related("category").filter(reason="why"),
    P.select_for_update().filter(id=1), P.select_for_update(nowait=True).filter(id=1), P.select_for_update(skip_locked=True, of=("self",)).filter(id=1),
    P.values_list("name", flat=True), P.in_bulk,
]
for query in queries:
    try:
        with transaction.atomic():
            list(query() if callable(query) else query)
    except Exception as error:  # noqa: BLE001 - some of it this server has not; the session goes on
        print(type(error).__name__, str(error)[:150])
for action in (
        lambda: P.count(), lambda: P.exists(), lambda: P.first(), lambda: P.last(), lambda: P.latest("seen"), lambda: P.earliest("id"),
        lambda: P.aggregate(Sum("price"), Avg("stock"), n=Count("*")), lambda: P.filter(stock=1).update(price=F("price") + 1, name=f.Upper("name")),
        lambda: P.filter(category__name="some").update(live=False), lambda: P.filter(tags__label="t4").delete(), lambda: P.get_or_create(name="new"),
        lambda: P.update_or_create(name="new", defaults={"stock": 8}), lambda: P.bulk_update(list(P.all()[:3]), ["stock", "name"]),
        lambda: one.refresh_from_db(), lambda: one.save(update_fields=["stock"]), lambda: one.save(), lambda: child.delete(),
        lambda: P.get(pk=one.pk), lambda: P.filter(name="x").explain(), lambda: P.filter(name="x").explain(format="JSON"),
        lambda: Special.objects.all().delete(), lambda: P.filter(price__lt=Subquery(P.filter(id=1).values("price"))).delete(),
        lambda: P.iterator(), lambda: list(P.iterator(chunk_size=2)), lambda: Tag.objects.all().delete()):
    try:
        with transaction.atomic():
            action()
    except Exception as error:  # noqa: BLE001
        print(type(error).__name__, str(error)[:150])
user = User.objects.create_superuser("boss", "b@example.org", "secret")
user.groups.add(Group.objects.create(name="g"))
user.has_perm("shop.add_product")
cache.set("a", 1), cache.get("a"), cache.add("b", 2), cache.get_many(["a", "b"]), cache.incr("a"), cache.touch("a"), cache.delete("a"), cache.clear()
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
session = SessionStore()
session["k"] = "v"
session.save(), SessionStore(session.session_key).load(), session.delete()
try:
    with transaction.atomic():
        with transaction.atomic():
            raise ValueError
except ValueError:
    pass
with transaction.atomic(savepoint=False):
    P.count()
call_command("inspectdb", stdout=open(os.devnull, "w"))
call_command("dumpdata", stdout=open(os.path.join(folder, "dump.json"), "w"))
call_command("sqlflush", stdout=open(os.devnull, "w"))
call_command("sqlsequencereset", "shop", stdout=open(os.devnull, "w"))
call_command("clearsessions")
call_command("remove_stale_contenttypes", interactive=False, verbosity=0)
call_command("flush", interactive=False, verbosity=0)
try:
    call_command("loaddata", os.path.join(folder, "dump.json"), verbosity=0)
except Exception as error:  # noqa: BLE001 - the rows that flush makes are there already
    print(str(error)[:100])
with connection.cursor() as cursor:
    i = connection.introspection
    for table in i.table_names(cursor):
        i.get_table_description(cursor, table), i.get_constraints(cursor, table), i.get_relations(cursor, table)
        i.get_primary_key_column(cursor, table), i.get_storage_engine(cursor, table), i.get_sequences(cursor, table)
connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
connection.creation.destroy_test_db("app", verbosity=0)
assert types
print("Django", django.get_version())
