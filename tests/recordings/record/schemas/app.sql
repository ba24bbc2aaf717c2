-- SPDX-License-Identifier: Apache-2.0
-- A schema with something of most kinds, for programs that look at schemas.
CREATE TABLE tag (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, name VARCHAR(40) NOT NULL, UNIQUE KEY (name),
  KEY name_again (name(10))) COMMENT='a \'quoted\' comment';
CREATE TABLE item (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT, name VARCHAR(100) CHARACTER SET latin1 NOT NULL DEFAULT 'x''y',
  price DECIMAL(10,2) DEFAULT 0.00 COMMENT 'with; semicolon', weight DOUBLE, made DATE, seen DATETIME(6),
  changed TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, state ENUM('new','it''s','old') DEFAULT 'new',
  flags SET('a','b','c'), body MEDIUMTEXT, raw BLOB, bits BIT(5) DEFAULT b'101', doc JSON, y YEAR,
  lower_name VARCHAR(100) GENERATED ALWAYS AS (LOWER(name)) VIRTUAL, total DECIMAL(12,2) AS (price * 2) STORED,
  tag_id INT, PRIMARY KEY (id), KEY by_price (price, made), UNIQUE KEY (name, made), FULLTEXT KEY words (body),
  CONSTRAINT item_tag FOREIGN KEY (tag_id) REFERENCES tag (id) ON DELETE SET NULL ON UPDATE CASCADE,
  CONSTRAINT positive CHECK (price >= 0)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE log_line (id INT PRIMARY KEY, at DATETIME NOT NULL, `select` TEXT, `odd ``name``` INT);
CREATE TABLE log_old LIKE log_line;
CREATE TABLE import_target (id INT PRIMARY KEY, name VARCHAR(20));
CREATE TABLE parted (id INT NOT NULL, at DATE NOT NULL, PRIMARY KEY (id, at))
  PARTITION BY RANGE (YEAR(at)) SUBPARTITION BY HASH (id) SUBPARTITIONS 2
  (PARTITION p0 VALUES LESS THAN (2020), PARTITION p1 VALUES LESS THAN MAXVALUE);
CREATE TABLE old_engine (id INT, t TEXT, KEY (id)) ENGINE=MyISAM;
CREATE TABLE shape (id INT PRIMARY KEY, at POINT NOT NULL, SPATIAL KEY (at)) ENGINE=InnoDB;
CREATE VIEW cheap AS SELECT id, name, price FROM item WHERE price < 10 WITH CASCADED CHECK OPTION;
CREATE ALGORITHM=MERGE SQL SECURITY INVOKER VIEW cheaper AS SELECT c.id, t.name FROM cheap c LEFT JOIN tag t ON t.id = c.id;
INSERT INTO tag (name) VALUES ('red'), ('gr''een'), ('bl"ue'), (_utf8mb4'größe');
INSERT INTO item (name, price, weight, made, seen, state, flags, body, raw, doc, y, tag_id) VALUES
  ('one', 1.50, 1e-3, '2024-02-29', '2024-02-29 12:34:56.789', 'it''s', 'a,c', 'line\nbreak\ttab\\', x'00FF27', '{"a": [1, 2]}', 2024, 1),
  ('two', 22, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 2), ('three', 0, -1.5, '1000-01-01', NULL, 'old', '', '', '', 'null', 1901, NULL);
INSERT INTO log_line VALUES (1, '2024-01-01', 'a', 1), (2, '2024-01-02', NULL, NULL), (3, '2024-01-03', 'c', 3);
INSERT INTO parted VALUES (1, '2019-01-01'), (2, '2024-01-01');
INSERT INTO old_engine VALUES (1, 'x');
INSERT INTO shape VALUES (1, ST_GeomFromText('POINT(1 2)'));
DELIMITER //
CREATE PROCEDURE counted(IN least DECIMAL(10,2), OUT n INT) COMMENT 'counts'
BEGIN
  DECLARE done INT DEFAULT FALSE;
  DECLARE CONTINUE HANDLER FOR NOT FOUND SET done = TRUE;
  IF least IS NULL THEN SET least = 0; END IF;
  SELECT COUNT(*) INTO n FROM item WHERE price >= least;
END//
CREATE FUNCTION doubled(x INT) RETURNS INT DETERMINISTIC NO SQL RETURN x * 2//
CREATE TRIGGER item_before BEFORE INSERT ON item FOR EACH ROW
BEGIN
  SET NEW.name = TRIM(NEW.name);
END//
CREATE TRIGGER item_after AFTER UPDATE ON item FOR EACH ROW INSERT INTO old_engine VALUES (NEW.id, 'changed')//
CREATE EVENT tidy ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' ON COMPLETION PRESERVE DISABLE COMMENT 'tidies'
DO BEGIN DELETE FROM old_engine WHERE id < 0; END//
DELIMITER ;
