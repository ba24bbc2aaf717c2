// SPDX-License-Identifier: Apache-2.0
// Hibernate with native sessions, EclipseLink by JPA, and JDBC's own metadata, over MariaDB's connector.
import java.math.BigDecimal;
import java.sql.*;
import java.util.*;
import javax.persistence.*;
import org.hibernate.*;
import org.hibernate.cfg.Configuration;
import org.hibernate.criterion.*;
import org.hibernate.tool.hbm2ddl.*;

public class HibernateSession {
    static final boolean MYSQL = "mysql".equals(System.getenv("KIND"));
    static final String URL = "jdbc:mariadb://127.0.0.1:" + System.getenv("PORT") + "/app?allowPublicKeyRetrieval=true&usePipelineAuth=false&useBatchMultiSend=false";

    @Entity @Table(name = "author") @Inheritance(strategy = InheritanceType.JOINED) public static class Author {
        @Id @GeneratedValue(strategy = GenerationType.IDENTITY) public Long id;
        @Column(length = 60, unique = true) public String name;
        @Temporal(TemporalType.DATE) public java.util.Date born;
        @javax.persistence.Version public int version;
        @OneToMany(mappedBy = "author", cascade = CascadeType.ALL) public List<Book> books = new ArrayList<Book>();
        public Author() { }
        public Author(String name) { this.name = name; }
    }
    @Entity @Table(name = "poet") public static class Poet extends Author { public String style; }
    @Entity @Table(name = "book") public static class Book {
        @Id @GeneratedValue(strategy = GenerationType.TABLE) public Long id;
        public String title;
        @Column(precision = 10, scale = 2) public BigDecimal price;
        @Lob public String body;
        @Lob public byte[] raw;
        public boolean live;
        public Double weight;
        @Enumerated(EnumType.STRING) public Kind kind = Kind.PAPER;
        @ManyToOne(fetch = FetchType.LAZY) @JoinColumn(name = "author_id") public Author author;
        @ManyToMany(cascade = CascadeType.ALL) @JoinTable(name = "book_tag") public Set<Tag> tags = new HashSet<Tag>();
        @ElementCollection public Set<String> notes = new HashSet<String>();
        public Book() { }
        public Book(String title, Author author) { this.title = title; this.author = author; price = BigDecimal.ONE; }
    }
    public enum Kind { PAPER, FILM }
    @Entity @Table(name = "tag") public static class Tag { @Id public String label; public Tag() { } public Tag(String l) { label = l; } }

    interface Act { void run() throws Exception; }
    static void attempt(Act act) {
        try { act.run(); } catch (Throwable e) { System.out.println(String.valueOf(e).split("\n")[0]); }
    }

    static void hql(Session s, String text) { attempt(() -> s.createQuery(text).setMaxResults(5).setFirstResult(1).list()); }

    static void hibernate() {
        Configuration c = new Configuration().addAnnotatedClass(Author.class).addAnnotatedClass(Poet.class).addAnnotatedClass(Book.class).addAnnotatedClass(Tag.class)
            .setProperty("hibernate.connection.driver_class", "org.mariadb.jdbc.Driver").setProperty("hibernate.connection.url", URL)
            .setProperty("hibernate.connection.username", "root").setProperty("hibernate.connection.password", "")
            .setProperty("hibernate.dialect", "org.hibernate.dialect.MySQL5InnoDBDialect").setProperty("hibernate.hbm2ddl.auto", "create").setProperty("hibernate.jdbc.batch_size", "5");
        SessionFactory f = c.buildSessionFactory();
        Session s = f.openSession();
        Transaction t = s.beginTransaction();
        Author a = new Author("it's \"a\" \\");
        Poet p = new Poet(); p.name = "poet"; p.style = "x";
        Book b = new Book("t1", a); b.raw = new byte[] {0, 39, -1}; b.tags.add(new Tag("l1")); b.notes.add("n"); a.books.add(b);
        for (int n = 0; n < 6; n++) a.books.add(new Book("b" + n, a));
        s.save(a); s.save(p); s.flush(); t.commit(); s.clear();
        for (String q : new String[] {"from Author a left join fetch a.books b where b.price > 0 and a.name like 'i%' order by a.name desc", "select count(distinct b), max(b.price), avg(b.weight) from Book b group by b.author having count(b) > 0", "from Book b where b.author.name = 'x' or b.title in ('a', 'b') and b.kind = 'PAPER'",
            "from Book b where exists (select 1 from Tag t where t member of b.tags)", "select new map(a.name as n, size(a.books) as c) from Author a", "from Book b where b.title = all (select c.title from Book c)", "select case when b.price > 1 then 'x' else concat(b.title, upper(b.title)) end, coalesce(b.weight, 1), current_date(), year(a.born), substring(b.title, 1, 2), trim(b.title), b.price * 2 - 1, mod(b.id, 2), cast(b.price as string), length(b.title), locate('a', b.title), abs(b.weight), sqrt(b.weight), nullif(b.title, 'x'), str(b.id) from Book b join b.author a",
            "from Author a where a.class = Poet", "from Book b where b.tags is empty and b.author is not null and b.price between 1 and 2 and not b.live = true", "select b from Book b inner join b.tags t with t.label = 'l1'", "from Book b where 'n' in elements(b.notes)", "select distinct b.title from Book b, Author a where b.author = a"}) hql(s, q);
        attempt(() -> s.createCriteria(Book.class).add(Restrictions.or(Restrictions.ilike("title", "T%"), Restrictions.isNull("price"))).createAlias("author", "a").add(Restrictions.eq("a.name", "x")).addOrder(Order.desc("price")).setFetchMode("tags", FetchMode.JOIN).setMaxResults(3).list());
        attempt(() -> s.createCriteria(Book.class).setProjection(Projections.projectionList().add(Projections.groupProperty("kind")).add(Projections.rowCount()).add(Projections.sum("price"))).list());
        attempt(() -> s.createCriteria(Author.class).add(Subqueries.propertyIn("id", DetachedCriteria.forClass(Book.class).setProjection(Property.forName("author.id")))).add(Example.create(new Author("x"))).list());
        attempt(() -> s.createSQLQuery("select {b.*} from book b where b.title = :t").addEntity("b", Book.class).setString("t", "it's").list());
        s.beginTransaction();
        attempt(() -> s.createQuery("update Book b set b.price = b.price + 1, b.live = true where b.title like :x").setString("x", "b%").executeUpdate());
        attempt(() -> s.createQuery("update versioned Author a set a.name = concat(a.name, '!') where a.id = 99").executeUpdate());
        attempt(() -> s.createQuery("insert into Tag (label) select b.title from Book b where b.id > 3").executeUpdate());
        attempt(() -> s.createQuery("delete from Tag t where t.label = 'zz'").executeUpdate());
        attempt(() -> s.createQuery("delete from Author a where a.name = 'zz'").executeUpdate());
        attempt(() -> { Author x = (Author) s.get(Author.class, 1L, LockMode.UPGRADE); x.name = "changed"; s.flush(); s.refresh(x); s.lock(x, LockMode.READ); x.books.size(); s.delete(x.books.get(0)); });
        attempt(() -> s.createQuery("from Book b").setLockMode("b", LockMode.UPGRADE).list());
        attempt(() -> { ScrollableResults r = s.createQuery("from Book").scroll(); r.next(); r.close(); });
        attempt(() -> s.getTransaction().commit());
        s.close();
        new SchemaUpdate(c).execute(false, true);
        attempt(() -> new SchemaValidator(c).validate());
        f.close();
    }

    static void eclipselink() {
        Map<String, String> m = new HashMap<String, String>();
        m.put("javax.persistence.jdbc.url", URL); m.put("javax.persistence.jdbc.user", "root"); m.put("javax.persistence.jdbc.password", ""); m.put("javax.persistence.jdbc.driver", "org.mariadb.jdbc.Driver");
        m.put("eclipselink.ddl-generation", "drop-and-create-tables"); m.put("eclipselink.target-database", "MySQL"); m.put("eclipselink.logging.level", "OFF"); m.put("eclipselink.weaving", "false");
        m.put("javax.persistence.provider", "org.eclipse.persistence.jpa.PersistenceProvider");
        EntityManagerFactory f = new org.eclipse.persistence.jpa.PersistenceProvider().createEntityManagerFactory("session", m);
        EntityManager e = f.createEntityManager();
        e.getTransaction().begin();
        Author a = new Author("o'x"); a.books.add(new Book("e1", a)); e.persist(a); e.persist(new Poet()); e.getTransaction().commit();
        for (String q : new String[] {"SELECT b FROM HibernateSession$Book b JOIN FETCH b.author WHERE b.price > 0", "SELECT a.name, COUNT(b) FROM HibernateSession$Author a LEFT JOIN a.books b GROUP BY a.name HAVING COUNT(b) > 0 ORDER BY a.name", "SELECT b FROM HibernateSession$Book b WHERE b.title LIKE '%e' ESCAPE '!' AND b.kind = HibernateSession$Kind.PAPER",
            "SELECT FUNCTION('LOWER', b.title), b.price + 1, CURRENT_TIMESTAMP FROM HibernateSession$Book b", "SELECT p FROM HibernateSession$Poet p", "SELECT a FROM HibernateSession$Author a WHERE TYPE(a) = HibernateSession$Poet", "SELECT b FROM HibernateSession$Book b WHERE b.author IN (SELECT a FROM HibernateSession$Author a WHERE a.name <> 'z')"})
            attempt(() -> e.createQuery(q.replace("HibernateSession$", "").replace("Kind.PAPER", "HibernateSession.Kind.PAPER")).setMaxResults(3).setFirstResult(0).getResultList());
        e.getTransaction().begin();
        attempt(() -> e.createQuery("UPDATE Book b SET b.price = 3 WHERE b.title = 'e1'").executeUpdate());
        attempt(() -> e.createQuery("DELETE FROM Book b WHERE b.author.name = 'none'").executeUpdate());
        attempt(() -> e.find(Author.class, a.id, javax.persistence.LockModeType.PESSIMISTIC_WRITE));
        attempt(() -> e.getTransaction().commit());
        e.close(); f.close();
    }

    static void drain(ResultSet r) throws SQLException { while (r.next()) { } r.close(); }

    static void jdbc(String more) throws Exception {
        Connection c = DriverManager.getConnection(URL + more, "root", "");
        DatabaseMetaData d = c.getMetaData();
        attempt(() -> drain(d.getTables("app", null, "%", null))); attempt(() -> drain(d.getColumns("app", null, "book", "%"))); attempt(() -> drain(d.getPrimaryKeys("app", null, "book"))); attempt(() -> drain(d.getImportedKeys("app", null, "book"))); attempt(() -> drain(d.getExportedKeys("app", null, "author"))); attempt(() -> drain(d.getCrossReference("app", null, "author", "app", null, "book")));
        attempt(() -> drain(d.getIndexInfo("app", null, "book", false, true))); attempt(() -> drain(d.getProcedures("app", null, "%"))); attempt(() -> drain(d.getProcedureColumns("app", null, "%", "%"))); attempt(() -> drain(d.getFunctions("app", null, "%"))); attempt(() -> drain(d.getFunctionColumns("app", null, "%", "%"))); attempt(() -> drain(d.getCatalogs())); attempt(() -> drain(d.getTypeInfo())); attempt(() -> drain(d.getTablePrivileges("app", null, "%"))); attempt(() -> drain(d.getColumnPrivileges("app", null, "book", "%"))); attempt(() -> drain(d.getBestRowIdentifier("app", null, "book", 1, true))); attempt(() -> drain(d.getVersionColumns("app", null, "book"))); attempt(() -> drain(d.getPseudoColumns("app", null, "book", "%"))); attempt(() -> drain(d.getUDTs(null, null, "%", null))); attempt(() -> drain(d.getClientInfoProperties()));
        attempt(() -> { PreparedStatement p = c.prepareStatement("INSERT INTO tag (label) VALUES (?)", Statement.RETURN_GENERATED_KEYS); p.setString(1, "j'1"); p.addBatch(); p.setString(1, "j2"); p.addBatch(); p.executeBatch(); });
        attempt(() -> { PreparedStatement p = c.prepareStatement("SELECT * FROM tag WHERE label = ? FOR UPDATE"); p.setString(1, "x"); p.setFetchSize(1); p.setMaxRows(5); p.getMetaData(); drain(p.executeQuery()); });
        attempt(() -> { Statement s = c.createStatement(); s.setQueryTimeout(5); s.execute("SELECT 1"); drain(s.executeQuery("SELECT /* a */ label FROM tag")); s.setLargeMaxRows(2); drain(s.executeQuery("SELECT 2")); });
        attempt(() -> { CallableStatement s = c.prepareCall("{call none(?, ?)}"); s.setInt(1, 1); s.registerOutParameter(2, Types.INTEGER); s.execute(); }); attempt(() -> c.prepareCall("{? = call none(?)}").execute());
        c.setAutoCommit(false); Savepoint p = c.setSavepoint("s p"); c.rollback(p); attempt(() -> c.releaseSavepoint(c.setSavepoint())); c.commit(); c.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE); c.getTransactionIsolation(); c.setReadOnly(true); c.setReadOnly(false); c.setCatalog("app"); c.getCatalog(); c.isValid(1); c.getWarnings(); c.setAutoCommit(true); c.abort(Runnable::run);
    }

    public static void main(String[] a) throws Exception {
        hibernate();
        jdbc(""); jdbc("&useServerPrepStmts=true&rewriteBatchedStatements=false&sessionVariables=sql_mode='ANSI,STRICT_TRANS_TABLES'&serverTimezone=UTC&cachePrepStmts=true"); jdbc("&rewriteBatchedStatements=true&allowMultiQueries=true&useCursorFetch=true");
        attempt(HibernateSession::eclipselink);
        System.out.println("Hibernate " + org.hibernate.Version.getVersionString() + ", EclipseLink and MariaDB Connector/J " + new org.mariadb.jdbc.Driver().getMajorVersion() + "." + new org.mariadb.jdbc.Driver().getMinorVersion());
    }
}
