-- The running example of the golden tests. `ssn` and `salary` are what must not leave.
CREATE DATABASE app;
CREATE DATABASE other;
USE app;
CREATE TABLE person (
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  name VARCHAR(50) NOT NULL,
  ssn VARCHAR(20),
  salary DECIMAL(10,2),
  dob DATE,
  UNIQUE KEY person_ssn (ssn)
);
CREATE TABLE pub (
  id INT NOT NULL PRIMARY KEY,
  note VARCHAR(200),
  person_id INT,
  CONSTRAINT pub_person FOREIGN KEY (person_id) REFERENCES person (id)
);
CREATE TABLE doc (id INT PRIMARY KEY, body JSON, secret INT INVISIBLE, name VARCHAR(50));
CREATE TABLE gen (
  id INT PRIMARY KEY,
  raw VARCHAR(20),
  low VARCHAR(20) GENERATED ALWAYS AS (LOWER(raw)) STORED,
  UNIQUE KEY gen_low (low),
  CHECK (raw <> '')
);
CREATE TABLE other.person (id INT, nick VARCHAR(10));
CREATE VIEW v_person (x) AS SELECT ssn FROM person;
CREATE VIEW v_rich AS SELECT id, name FROM person WHERE salary > 100000;
CREATE VIEW v_deep AS SELECT v.x AS y, p.name FROM v_person v JOIN person p ON v.x = p.ssn;
CREATE VIEW v_loop AS SELECT * FROM v_loop2;
CREATE VIEW v_loop2 AS SELECT * FROM v_loop;
