// SPDX-License-Identifier: Apache-2.0
// TypeORM with mysql2: synchronise, migrations, repositories, query builder.
require("reflect-metadata");
const { DataSource, EntitySchema, Table, TableColumn, TableIndex, TableForeignKey, TableUnique, Brackets, In, Like, Between,
        IsNull, Not, MoreThan, Raw } = require("typeorm");
const Author = new EntitySchema({ name: "Author", columns: {
    id: { type: Number, primary: true, generated: true }, name: { type: String, length: 50, unique: true, comment: "it's" },
    born: { type: "date", nullable: true }, doc: { type: "json", nullable: true }, kind: { type: "enum", enum: ["a", "b'c"], default: "a" },
    created: { type: "datetime", precision: 6, createDate: true }, updated: { type: "datetime", precision: 6, updateDate: true },
    deleted: { type: "datetime", nullable: true, deleteDate: true }, version: { type: "int", version: true } },
    relations: { books: { type: "one-to-many", target: "Book", inverseSide: "author" } } });
const Book = new EntitySchema({ name: "Book", columns: {
    id: { type: "int", primary: true, generated: true }, key: { type: "varchar", generated: "uuid" }, title: { type: "varchar" }, price: { type: "decimal", precision: 10, scale: 2, default: 0 },
    stock: { type: "int", unsigned: true, default: 0 }, raw: { type: "blob", nullable: true }, live: { type: "boolean", default: true },
    loud: { type: "varchar", asExpression: "UPPER(title)", generatedType: "STORED", nullable: true } },
    indices: [{ columns: ["title", "price"] }], checks: [{ expression: "price >= 0" }],
    relations: { author: { type: "many-to-one", target: "Author", inverseSide: "books", joinColumn: true, onDelete: "CASCADE", nullable: true },
                 tags: { type: "many-to-many", target: "Tag", joinTable: true, cascade: true } } });
const Tag = new EntitySchema({ name: "Tag", columns: { id: { type: Number, primary: true, generated: true }, label: { type: String } } });
const Node = new EntitySchema({ name: "Node", columns: { id: { type: Number, primary: true, generated: true }, label: { type: String } },
    trees: [{ type: "closure-table" }], relations: { parent: { type: "many-to-one", target: "Node", treeParent: true }, children: { type: "one-to-many", target: "Node", treeChildren: true, inverseSide: "parent" } } });
const View = new EntitySchema({ name: "LiveBook", type: "view", expression: "SELECT id, title FROM book WHERE live = 1",
    columns: { id: { type: Number, primary: true, viewColumn: true }, title: { type: String } } });
const options = { type: process.env.KIND === "mysql" ? "mysql" : "mariadb", host: "127.0.0.1", port: +process.env.PORT, username: "root", database: "app", entities: [Author, Book, Tag, Node, View], charset: "utf8mb4" };
const attempt = async (f) => { try { return await f(); } catch (e) { console.log(String(e.message).slice(0, 150)); } };
(async () => {
    const source = await new DataSource({ ...options, synchronize: true }).initialize();
    const authors = source.getRepository("Author"), books = source.getRepository("Book"), tags = source.getRepository("Tag");
    const a = await authors.save({ name: "it's \"a\" \\", born: "1990-01-02", doc: { x: [1, null] } });
    await books.save([{ title: "t1", price: 3, author: a, tags: [{ label: "l1" }, { label: "l2" }] }, { title: "t2", raw: Buffer.from([0, 39, 255]) }]);
    const qb = () => books.createQueryBuilder("b");
    const all = [
        () => books.find({ where: [{ title: Like("t%"), price: Between(0, 9) }, { stock: In([1, 2]), author: IsNull() }], relations: { author: true, tags: true }, order: { price: "DESC" }, skip: 0, take: 2 }),
        () => books.find({ where: { title: Not("x"), price: MoreThan(1), author: { name: Like("%a%") } }, select: { id: true, title: true }, lock: undefined, cache: false }),
        () => books.findOneBy({ title: Raw((c) => `${c} REGEXP 't'`) }), () => books.findAndCount({ take: 1 }), () => books.count(), () => books.exists(), () => books.sum("price"), () => books.average("price", { live: true }), () => books.maximum("price"),
        () => books.update({ title: "t1" }, { price: 5 }), () => books.increment({ title: "t1" }, "stock", 1), () => books.upsert({ id: 9, title: "u" }, ["id"]), () => books.insert([{ title: "i1" }, { title: "i2" }]),
        () => authors.softDelete({ name: "z" }), () => authors.restore({ name: "z" }), () => authors.find({ withDeleted: true }), () => authors.update(a.id, { name: "b" }),
        () => qb().leftJoinAndSelect("b.author", "a").leftJoin("b.tags", "t").where("b.price > :p", { p: 1 }).andWhere(new Brackets((q) => q.where("a.name = :n", { n: "x" }).orWhere("t.label IN (:...l)", { l: ["l1"] }))).orderBy("b.title").take(2).getMany(),
        () => qb().select("b.title", "title").addSelect("COUNT(*)", "n").groupBy("b.title").having("COUNT(*) > 0").getRawMany(), () => qb().where((q) => "b.id IN " + q.subQuery().select("x.id").from("Book", "x").where("x.live = 1").getQuery()).getManyAndCount(),
        () => qb().setLock("pessimistic_read").getMany(), () => qb().setLock("pessimistic_write").limit(1).getMany(), () => qb().setLock("pessimistic_write_or_fail").getMany(), () => qb().setLock("pessimistic_partial_write").getMany(), () => qb().distinct(true).useIndex("PRIMARY").maxExecutionTime(1000).getMany(),
        () => qb().update().set({ stock: () => "stock + 1" }).where("title = :t", { t: "t1" }).execute(), () => qb().delete().where("title = :t", { t: "i1" }).execute(), () => qb().insert().into("Book").values({ title: "o" }).orIgnore().execute(), () => qb().insert().values({ title: "o2" }).orUpdate(["title"], ["id"]).execute(),
        () => qb().relation("tags").of(1).loadMany(), () => qb().addCommonTableExpression("SELECT 1 AS n", "c").from("c", "c").getRawMany(), () => source.getRepository("LiveBook").find(), () => tags.clear(), () => source.query("SELECT ? AS x", [1]),
        async () => { const t = source.getTreeRepository("Node"); const r = await t.save({ label: "r" }); const c = await t.save({ label: "c", parent: r }); await t.findTrees(); await t.findDescendants(r); await t.findAncestorsTree(c); await t.countDescendants(r); },
        () => source.transaction("SERIALIZABLE", async (m) => { await m.save("Tag", { label: "in" }); await m.transaction(async (n) => n.count("Tag")); }), () => source.transaction(async () => { throw new Error("rolled back"); }),
        () => books.remove(books.create({ id: 77 })), async () => { for await (const row of await qb().stream()) void row; },
    ];
    for (const f of all) await attempt(f);
    const r = source.createQueryRunner();
    await attempt(async () => {
        await r.createTable(new Table({ name: "made", columns: [{ name: "id", type: "int", isPrimary: true, isGenerated: true, generationStrategy: "increment" }, { name: "n", type: "varchar", length: "20", isNullable: true }], indices: [{ columnNames: ["n"] }] }), true);
        await r.addColumn("made", new TableColumn({ name: "extra", type: "int", default: 1 })); await r.changeColumn("made", "extra", new TableColumn({ name: "more", type: "bigint", isNullable: true, comment: "why" }));
        await r.renameColumn("made", "more", "most"); await r.createIndex("made", new TableIndex({ columnNames: ["most"], isUnique: true, name: "u1" })); await r.createIndex("made", new TableIndex({ columnNames: ["n"], isFulltext: true, name: "ft" })); await r.dropIndex("made", "u1");
        await r.addColumn("made", new TableColumn({ name: "tag_id", type: "int", isNullable: true })); await r.createForeignKey("made", new TableForeignKey({ columnNames: ["tag_id"], referencedTableName: "tag", referencedColumnNames: ["id"], name: "fk1", onDelete: "SET NULL" })); await r.dropForeignKey("made", "fk1");
        await r.dropColumn("made", "most"); await r.renameTable("made", "made2"); await r.getTables(); await r.getViews(); await r.getDatabases(); await r.hasTable("made2"); await r.hasColumn("made2", "n"); await r.clearTable("made2"); await r.changeTableComment?.("made2", "c"); await r.dropTable("made2");
        await r.createDatabase("other", true); await r.dropDatabase("other", true); void TableUnique;
    });
    await r.release();
    await attempt(() => source.driver.createSchemaBuilder().log());
    await attempt(() => source.runMigrations()); await source.synchronize(); await source.dropDatabase(); await source.destroy();
    console.log("TypeORM", JSON.parse(require("fs").readFileSync("node_modules/typeorm/package.json")).version, "with mysql2", require("mysql2/package.json").version);
})().catch((e) => { console.error(e); process.exit(1); });
