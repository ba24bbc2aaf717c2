# SPDX-License-Identifier: Apache-2.0
# ActiveRecord with mysql2: migrations up and down, schema dump and load, queries of many forms.
require "logger"
require "active_record"
require "active_record/schema_dumper"

ActiveRecord::Base.establish_connection(adapter: "mysql2", host: "127.0.0.1", port: ENV["PORT"].to_i,
                                        username: "root", database: "app", encoding: "utf8mb4", prepared_statements: false)
ActiveRecord::Migration.verbose = false

class First < ActiveRecord::Migration[6.1]
  def change
    create_table :authors, comment: "it's" do |t|
      t.string :name, null: false, limit: 80, index: { unique: true }
      t.date :born
      t.json :doc
      t.timestamps
    end
    create_table :books, force: :cascade do |t|
      t.references :author, foreign_key: { on_delete: :cascade }
      t.string :title, default: "x'y", collation: "utf8mb4_bin"
      t.text :body, size: :long
      t.decimal :price, precision: 8, scale: 2, default: 0
      t.integer :stock, unsigned: true, limit: 2
      t.bigint :views, default: 0
      t.float :weight
      t.boolean :live, default: true, null: false
      t.binary :raw
      t.datetime :seen, precision: 6
      t.time :at
      t.virtual :loud, type: :string, as: "UPPER(title)", stored: true
      t.string :type
      t.integer :lock_version, default: 0
      t.timestamps precision: 6
      t.index [:title, :price], length: { title: 10 }, name: "by_title"
    end
    create_join_table :authors, :tags
    create_table(:tags, id: :string, limit: 20) { |t| t.string :label }
    create_table(:books_history, id: false) { |t| t.bigint :book_id; t.string :what }
  end
end

class Second < ActiveRecord::Migration[6.1]
  def up
    add_column :books, :extra, :string, after: :title, comment: "more"
    change_column :books, :extra, :text, limit: 200
    rename_column :books, :extra, :more
    change_column_default :books, :stock, 5
    change_column_null :books, :title, false, "none"
    change_column_comment :books, :more, "why"
    add_index :books, :price, order: { price: :desc }
    add_index :books, :body, type: :fulltext
    rename_index :books, "index_books_on_price", "priced"
    remove_index :books, name: "priced"
    if connection.supports_check_constraints?
      add_check_constraint :books, "price >= 0", name: "priced_well"
      remove_check_constraint :books, name: "priced_well"
    end
    add_foreign_key :authors_tags, :authors
    remove_foreign_key :authors_tags, :authors
    change_table(:books, bulk: true) { |t| t.integer :a; t.integer :b; t.remove :more }
    rename_table :tags, :labels
    change_table_comment :labels, "labels"
    execute "CREATE VIEW live_books AS SELECT * FROM books WHERE live = 1"
    drop_table :books_history, if_exists: true
  end

  def down
    execute "DROP VIEW live_books"
    rename_table :labels, :tags
    remove_index :books, :body
    remove_columns :books, :a, :b
  end
end

context = ActiveRecord::Migrator
[[:up, First, 1], [:up, Second, 2], [:down, Second, 2], [:up, Second, 2]].each do |way, klass, number|
  migration = klass.new(klass.name, number)
  begin
    context.new(way, [migration], ActiveRecord::Base.connection.schema_migration, number).run
  rescue StandardError => e
    STDOUT.puts e.message[0, 200]
  end
end

class Author < ActiveRecord::Base
  has_many :books, dependent: :destroy
  has_and_belongs_to_many :labels, join_table: "authors_tags", association_foreign_key: "tag_id"
  validates :name, uniqueness: true
  scope :old, -> { where("born < ?", "2000-01-01") }
end

class Label < ActiveRecord::Base; end

class Book < ActiveRecord::Base
  belongs_to :author, touch: true, optional: true
end

class Paper < Book; end

def attempt
  result = yield
  result.to_a if result.respond_to?(:to_a)
rescue StandardError => e
  STDOUT.puts e.message[0, 200]
end

anna = Author.create!(name: "An'na \\ \"x\"", born: "1990-05-06", doc: ENV["KIND"] == "mysql" ? { a: [1, nil, "ü"] } : '{"a": [1, null, "ü"]}')
bob = Author.create!(name: "Bob")
5.times { |n| Book.create!(title: "t#{n}", price: n, author: n.odd? ? anna : bob, stock: n, raw: "\x00'z", seen: Time.now, weight: 1e-7, at: "12:30") }
Paper.create!(title: "p")
[
  -> { Book.where(title: "t1", price: 1..3, stock: [1, nil, 3]) }, -> { Book.where.not(title: nil).or(Book.where(live: false)) },
  -> { Book.where(price: 1..).where(stock: ...3).rewhere(price: 2) }, -> { Book.includes(:author).references(:author).where("authors.name LIKE ?", "%n%") },
  -> { Book.joins(:author).merge(Author.old).distinct }, -> { Author.left_outer_joins(:books).group(:id).having("COUNT(books.id) > 1").select("authors.*, COUNT(books.id) AS n") },
  -> { Author.preload(:books, :labels) }, -> { Author.eager_load(:books).order("books.price DESC").limit(2) }, -> { Book.order(price: :desc, title: :asc).reverse_order.offset(1).limit(2) },
  -> { [Book.count, Book.sum(:price), Book.average(:price), Book.minimum(:seen), Book.maximum(:price), Book.group(:author_id, :live).count, Book.distinct.count(:title)] },
  -> { Book.pluck(:id, :title, Arel.sql("price * 2")) }, -> { [Book.exists?(title: "x"), Book.first, Book.last, Book.take(2), Book.find_by(title: "t1"), Book.second] },
  -> { Book.find_each(batch_size: 2) { |b| b.id } }, -> { Book.in_batches(of: 2).update_all("views = views + 1") }, -> { Book.lock.find(1) }, -> { Book.lock("LOCK IN SHARE MODE").first },
  -> { Book.from(Book.where(live: true), :books).where(price: 1) }, -> { Book.where(author: Author.where(name: "Bob")) }, -> { Author.where(Book.where("books.author_id = authors.id").arel.exists) },
  -> { Book.optimizer_hints("MAX_EXECUTION_TIME(5000)").annotate("seen").to_a }, -> { Book.where("JSON_EXTRACT('{}', '$.a') IS NULL").to_a }, -> { Author.where("doc->'$.a[0]' = 1").to_a },
  -> { Book.select(:title).group(:title).having(Arel.star.count.gt(0)) }, -> { Book.unscoped.where(Book.arel_table[:title].matches("t%").and(Book.arel_table[:price].in([1, 2]))) },
  -> { t = Book.arel_table; Book.find_by_sql(t.project(t[:id]).union(:all, t.project(t[:author_id])).to_sql) }, -> { t = Book.arel_table; Book.where(t[:price].gt(t.project(t[:price].average))) },
  -> { Book.with_recursive rescue Book.find_by_sql("WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT i AS id FROM n") },
  -> { Book.insert_all([{ title: "i1", created_at: Time.now, updated_at: Time.now }, { title: "i2", created_at: Time.now, updated_at: Time.now }]) },
  -> { Book.upsert_all([{ id: 1, title: "u", created_at: Time.now, updated_at: Time.now }]) }, -> { Book.update_all(stock: 3) }, -> { Book.limit(1).order(:id).update_all(price: 9) }, -> { Book.joins(:author).where(authors: { name: "Bob" }).update_all(stock: 1) },
  -> { Book.where(title: "i1").delete_all }, -> { Book.order(:id).limit(1).delete_all }, -> { Book.joins(:author).where(authors: { name: "zz" }).delete_all }, -> { Book.first.increment!(:views); Book.first.touch; Book.first.update!(title: "nu") },
  -> { Book.first.with_lock { 1 } }, -> { anna.labels << Label.new(label: "x").tap { |l| l.id = "k" } }, -> { anna.labels.delete(anna.labels.first) }, -> { Author.where(id: anna.id).explain }, -> { anna.books.where(live: true).size; anna.reload },
  -> { Book.transaction { Book.transaction(requires_new: true) { raise ActiveRecord::Rollback } } }, -> { Book.transaction(isolation: :serializable) { Book.first } }, -> { Book.connection.select_all("SHOW VARIABLES LIKE 'version%'") },
  -> { Author.find_or_create_by(name: "new") }, -> { Author.create_or_find_by(name: "new") }, -> { bob.destroy }, -> { Book.destroy_all }, -> { Book.connection.truncate(:labels) }, -> { Book.connection.truncate_tables(:books, :labels) },
  -> { ActiveRecord::Base.connection.disable_referential_integrity { 1 } }, -> { ActiveRecord::Base.connection.create_database("made", charset: "utf8mb4") }, -> { ActiveRecord::Base.connection.drop_database("made") },
  -> { c = ActiveRecord::Base.connection; [c.tables, c.views, c.data_sources, c.charset, c.collation, c.database_version, c.current_database, c.get_advisory_lock("x", 0), c.release_advisory_lock("x"), c.supports_json?, c.strict_mode?, c.show_variable("sql_mode")] },
  -> { c = ActiveRecord::Base.connection; c.tables.each { |t| [c.columns(t), c.indexes(t), c.foreign_keys(t), c.primary_keys(t), c.table_options(t), c.table_comment(t), c.check_constraints(t)] } },
].each { |action| attempt { action.call } }
file = File.join(ENV["FOLDER"], "schema.rb")
File.open(file, "w") { |f| ActiveRecord::SchemaDumper.dump(ActiveRecord::Base.connection, f) }
attempt { ActiveRecord::Base.connection.drop_join_table(:authors, :tags); load file }
ActiveRecord::Base.connection.reconnect!
ActiveRecord::Base.establish_connection(adapter: "mysql2", host: "127.0.0.1", port: ENV["PORT"].to_i, username: "root",
                                        database: "app", prepared_statements: true, strict: false, variables: { sql_mode: "TRADITIONAL", wait_timeout: 60 })
attempt { Author.where(name: "x").limit(1).to_a }
puts "ActiveRecord #{ActiveRecord::VERSION::STRING} with mysql2 #{Mysql2::VERSION}"
