// SPDX-License-Identifier: Apache-2.0
//
// One session of npm mysql2 for the tests: settings as JSON on standard input, one line of JSON
// for each statement on standard output.
//   {host, port, user, token, ca, database, statements: [{sql, values?, prepared?}]}
import { readFileSync } from 'node:fs';
import mysql from 'mysql2/promise';

const settings = JSON.parse(readFileSync(0, 'utf8'));
const connection = await mysql.createConnection({
  host: settings.host,
  port: settings.port,
  user: settings.user,
  password: settings.token,
  database: settings.database,
  ssl: { ca: readFileSync(settings.ca, 'utf8') },
  authPlugins: { mysql_clear_password: () => () => Buffer.from(`${settings.token}\0`) },
  rowsAsArray: true,
  supportBigNumbers: true,
  bigNumberStrings: true,
  dateStrings: true,
});
for (const { sql, values, prepared } of settings.statements) {
  try {
    const [rows, fields] = prepared
      ? await connection.execute(sql, values ?? [])
      : await connection.query(sql, values ?? []);
    console.log(JSON.stringify({ rows, fields: fields?.map((f) => f.name) }));
  } catch (error) {
    console.log(JSON.stringify({ errno: error.errno, sqlState: error.sqlState, message: error.sqlMessage ?? error.message }));
  }
}
await connection.end();
