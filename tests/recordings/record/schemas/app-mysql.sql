-- SPDX-License-Identifier: Apache-2.0
CREATE TABLE functional (id INT PRIMARY KEY, d JSON, v INT INVISIBLE DEFAULT 3, KEY ((CAST(d->'$.n' AS UNSIGNED))),
  KEY many ((CAST(d->'$.tags' AS UNSIGNED ARRAY))), KEY down (id DESC), KEY hidden (v) INVISIBLE,
  p POINT SRID 4326, when_made DATETIME DEFAULT (NOW() + INTERVAL 1 DAY));
INSERT INTO functional (id, d) VALUES (1, '{"n": 1, "tags": [1, 2]}');
CREATE TABLE vectors (id INT PRIMARY KEY, v VECTOR(3));
