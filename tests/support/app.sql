-- The running example of the tests: schema app, with classified columns ssn, salary, email.
CREATE DATABASE app CHARACTER SET utf8mb4;
CREATE TABLE app.person (
  id INT PRIMARY KEY,
  name VARCHAR(80) NOT NULL,
  ssn VARCHAR(20) NOT NULL,
  email VARCHAR(120),
  salary DECIMAL(10,2) NOT NULL,
  dob DATE,
  UNIQUE KEY person_ssn (ssn));
CREATE TABLE app.pub (id INT PRIMARY KEY AUTO_INCREMENT, note VARCHAR(200), owner INT);
CREATE TABLE app.orders (id INT PRIMARY KEY AUTO_INCREMENT, person_id INT NOT NULL, amount DECIMAL(10,2) NOT NULL, placed DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP, KEY orders_person (person_id), CONSTRAINT orders_person FOREIGN KEY (person_id) REFERENCES app.person (id));
CREATE TABLE app.staging (id INT PRIMARY KEY AUTO_INCREMENT, payload TEXT);
CREATE TABLE app.payroll (person_id INT PRIMARY KEY, gross DECIMAL(10,2) NOT NULL);
CREATE TABLE app.types (id INT PRIMARY KEY, i8 TINYINT, i16 SMALLINT, i32 INT, i64 BIGINT, u64 BIGINT UNSIGNED, f4 FLOAT, f8 DOUBLE, d DECIMAL(12,3), dt DATE, ts TIMESTAMP NULL, dtm DATETIME(3), tm TIME, yr YEAR, c CHAR(4), vc VARCHAR(50), tx TEXT, bl BLOB, js JSON, en ENUM('a','b'), st SET('x','y'), bt BIT(9));
CREATE VIEW app.v_person (x, label) AS SELECT ssn, CONCAT(name, '!') FROM app.person;
CREATE VIEW app.v_names AS SELECT id, name FROM app.person;
CREATE VIEW app.v_nested AS SELECT x AS y FROM app.v_person;
INSERT INTO app.person VALUES (1,'Ann','721-07-4426','ann@example.com',5100.00,'1980-01-02'),(2,'Bob','435-22-3267','bob@example.com',4200.50,'1975-11-30'),(3,'Cy','118-90-7731',NULL,6900.25,NULL);
INSERT INTO app.pub (note, owner) VALUES ('hello',1),('world',2),('again',1);
INSERT INTO app.orders (person_id, amount) VALUES (1,10.50),(1,20.00),(2,5.25);
INSERT INTO app.payroll VALUES (1,61200),(2,50406);
INSERT INTO app.types VALUES (1,-8,-16,-32,-64,18446744073709551615,1.5,2.25,123.456,'2020-02-03','2020-02-03 04:05:06','2020-02-03 04:05:06.789','-01:02:03',2020,'ab','varchar','text','blob','{"k": 1}','b','x,y',b'101010101'),(2,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
