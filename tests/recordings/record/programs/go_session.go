// SPDX-License-Identifier: Apache-2.0
// database/sql with go-sql-driver: statements prepared and interpolated, transactions, several statements.
package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"

	_ "github.com/go-sql-driver/mysql"
)

func attempt(_ interface{}, err error) {
	if err != nil {
		fmt.Println(err)
	}
}

func session(options string) {
	db, err := sql.Open("mysql", "root@tcp(127.0.0.1:"+os.Getenv("PORT")+")/app?"+options)
	if err != nil {
		panic(err)
	}
	defer db.Close()
	attempt(nil, db.Ping())
	attempt(db.Exec("CREATE TABLE IF NOT EXISTS person (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(50), born DATETIME, raw BLOB)"))
	attempt(db.Exec("INSERT INTO person (name, born, raw) VALUES (?, NOW(), ?)", "it's \"x\" \\", []byte{0, 39, 255}))
	statement, err := db.Prepare("SELECT id, name FROM person WHERE name LIKE ? AND id > ? ORDER BY id LIMIT ?")
	if err == nil {
		rows, err := statement.Query("i%", 0, 5)
		if err == nil {
			for rows.Next() {
			}
			rows.Close()
		}
	}
	for _, level := range []sql.IsolationLevel{sql.LevelDefault, sql.LevelReadCommitted, sql.LevelSerializable} {
		tx, err := db.BeginTx(context.Background(), &sql.TxOptions{Isolation: level, ReadOnly: level == sql.LevelReadCommitted})
		if err == nil {
			attempt(tx.Exec("UPDATE person SET name = ? WHERE id = ?", nil, 1))
			attempt(nil, tx.Rollback())
		}
	}
	var n int
	attempt(nil, db.QueryRow("SELECT COUNT(*) FROM person WHERE born < ? OR name IN (?, ?)", "2030-01-01", "a", true).Scan(&n))
	rows, err := db.Query("SELECT 1; SELECT 2")
	if err == nil {
		for rows.NextResultSet() {
		}
		rows.Close()
	}
}

func main() {
	session("")
	session("interpolateParams=true&parseTime=true&loc=UTC&charset=utf8mb4,utf8")
	session("multiStatements=true&collation=utf8mb4_unicode_ci&sql_mode=%27ANSI%27&tx_isolation=%27READ-COMMITTED%27&clientFoundRows=true&time_zone=%27%2B00:00%27")
	session("autocommit=0&maxAllowedPacket=0&rejectReadOnly=true&transaction_isolation=%27READ-COMMITTED%27")
	fmt.Println("go-sql-driver/mysql 1.5.0 with database/sql")
}
