/* SPDX-License-Identifier: Apache-2.0
 *
 * What may be read in the system schemas: T(schema, table, "COLUMNS that may not, with blanks")
 *
 * A closed list: tables that show the shape of schemas, which the servers themselves filter by
 * privilege. Left out: statements and literals of others (process list, performance_schema, sys,
 * logs), statistics over stored values (histograms, index cardinality, lengths, checksums),
 * texts of routines, triggers, events and views, accounts, the host.
 */
T(information_schema, APPLICABLE_ROLES, "")
T(information_schema, CHARACTER_SETS, "")
T(information_schema, CHECK_CONSTRAINTS, "")
T(information_schema, COLLATIONS, "")
T(information_schema, COLLATION_CHARACTER_SET_APPLICABILITY, "")
T(information_schema, COLUMNS, "")
T(information_schema, COLUMN_PRIVILEGES, "")
T(information_schema, ENABLED_ROLES, "")
T(information_schema, ENGINES, "")
T(information_schema, EVENTS, "EVENT_DEFINITION LAST_EXECUTED DEFINER")
T(information_schema, GEOMETRY_COLUMNS, "")
T(information_schema, KEYWORDS, "")
T(information_schema, KEY_COLUMN_USAGE, "")
T(information_schema, PARAMETERS, "")
T(information_schema, REFERENTIAL_CONSTRAINTS, "")
T(information_schema, ROUTINES, "ROUTINE_DEFINITION DEFINER")
T(information_schema, SCHEMATA, "")
T(information_schema, SCHEMA_PRIVILEGES, "")
T(information_schema, SPATIAL_REF_SYS, "")
T(information_schema, SQL_FUNCTIONS, "")
T(information_schema, STATISTICS, "CARDINALITY")
T(information_schema, ST_GEOMETRY_COLUMNS, "")
T(information_schema, ST_SPATIAL_REFERENCE_SYSTEMS, "")
T(information_schema, ST_UNITS_OF_MEASURE, "")
T(information_schema, TABLES,
  "AVG_ROW_LENGTH DATA_LENGTH INDEX_LENGTH DATA_FREE UPDATE_TIME CHECK_TIME CHECKSUM")
T(information_schema, TABLE_CONSTRAINTS, "")
T(information_schema, TABLE_PRIVILEGES, "")
T(information_schema, TRIGGERS, "ACTION_STATEMENT ACTION_CONDITION DEFINER")
T(information_schema, USER_PRIVILEGES, "")
T(information_schema, VIEWS, "VIEW_DEFINITION DEFINER")
