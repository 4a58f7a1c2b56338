-- What Redshift knows and PostgreSQL doesn't: functions, lengths in bytes, system views.
-- Run once, by the superuser, in the database of the tests.
SET allow_system_table_mods = on;

CREATE SCHEMA redshift;
GRANT USAGE ON SCHEMA redshift TO PUBLIC;

CREATE FUNCTION redshift.fail(message text, state text, detail text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING MESSAGE = message, ERRCODE = state, DETAIL = detail;
END $$;

-- VARCHAR(n) counts bytes. An assignment refuses what is too long, blanks apart; a cast cuts it
-- between two characters. PostgreSQL looks this function up in pg_cast, so it holds everywhere.
CREATE FUNCTION redshift.fit(given varchar, typmod int, explicit boolean) RETURNS varchar
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
  room int := typmod - 4;
  given_bytes bytea;
BEGIN
  IF typmod < 4 OR octet_length(given) <= room THEN
    RETURN given;
  END IF;
  IF NOT explicit AND octet_length(rtrim(given, ' ')) > room THEN
    RAISE EXCEPTION 'value too long for type character varying(%)', room USING ERRCODE = '22001';
  END IF;
  given_bytes := convert_to(given, 'UTF8');
  WHILE get_byte(given_bytes, room) & 192 = 128 LOOP
    room := room - 1;
  END LOOP;
  RETURN convert_from(substring(given_bytes FROM 1 FOR room), 'UTF8');
END $$;
UPDATE pg_cast SET castfunc = 'redshift.fit(varchar, int, boolean)'::regprocedure
WHERE castsource = 'varchar'::regtype AND casttarget = 'varchar'::regtype;

-- CHAR(n) has characters of one byte only.
CREATE FUNCTION redshift.fit(given bpchar, typmod int, explicit boolean) RETURNS bpchar
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  IF octet_length(given) > char_length(given) THEN
    RAISE EXCEPTION 'multibyte character not supported for CHAR'
    USING HINT = 'Try using VARCHAR.', ERRCODE = '22021';
  END IF;
  RETURN pg_catalog.bpchar(given, typmod, explicit);
END $$;
UPDATE pg_cast SET castfunc = 'redshift.fit(bpchar, int, boolean)'::regprocedure
WHERE castsource = 'bpchar'::regtype AND casttarget = 'bpchar'::regtype;

CREATE FUNCTION pg_catalog.getdate() RETURNS timestamp LANGUAGE sql STABLE
RETURN date_trunc('second', statement_timestamp() AT TIME ZONE 'UTC');

-- PostgreSQL would make a timestamp with a time zone of a date.
CREATE FUNCTION pg_catalog.date_trunc(part text, given date) RETURNS timestamp
LANGUAGE sql IMMUTABLE STRICT RETURN date_trunc(part, given::timestamp);

CREATE FUNCTION pg_catalog.last_day(given timestamp) RETURNS date LANGUAGE sql IMMUTABLE STRICT
RETURN (date_trunc('month', given) + interval '1 month - 1 day')::date;

CREATE FUNCTION pg_catalog.len(given text) RETURNS int LANGUAGE sql IMMUTABLE STRICT
RETURN char_length(given);

CREATE FUNCTION pg_catalog.strtol(digits text, base int) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
  total numeric := 0;
  value int;
  digit text;
BEGIN
  FOREACH digit IN ARRAY string_to_array(lower(ltrim(digits, '-')), NULL) LOOP
    value := strpos('0123456789abcdefghijklmnopqrstuvwxyz', digit) - 1;
    IF value < 0 OR value >= base THEN
      RAISE EXCEPTION 'The input % is not valid to be converted to base %', digits, base
      USING ERRCODE = '22P02';
    END IF;
    total := total * base + value;
  END LOOP;
  RETURN CASE WHEN digits LIKE '-%' THEN -total ELSE total END;
END $$;

-- As sqlglot calls STRTOL where it has rewritten a QUALIFY.
CREATE FUNCTION pg_catalog.from_base(digits text, base int) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT RETURN strtol(digits, base);

CREATE FUNCTION redshift.unit(part text) RETURNS text LANGUAGE sql IMMUTABLE STRICT
RETURN CASE
  WHEN lower(part) IN ('y', 'yr', 'yrs', 'year', 'years') THEN 'year'
  WHEN lower(part) IN ('qtr', 'qtrs', 'quarter', 'quarters') THEN 'quarter'
  WHEN lower(part) IN ('mon', 'mons', 'month', 'months') THEN 'month'
  WHEN lower(part) IN ('w', 'week', 'weeks') THEN 'week'
  WHEN lower(part) IN ('d', 'day', 'days') THEN 'day'
  WHEN lower(part) IN ('h', 'hr', 'hrs', 'hour', 'hours') THEN 'hour'
  WHEN lower(part) IN ('m', 'min', 'mins', 'minute', 'minutes') THEN 'minute'
  WHEN lower(part) IN ('s', 'sec', 'secs', 'second', 'seconds') THEN 'second'
END;

CREATE FUNCTION pg_catalog.dateadd(part text, amount bigint, given timestamp) RETURNS timestamp
LANGUAGE sql IMMUTABLE STRICT
RETURN given + CASE redshift.unit(part)
  WHEN 'quarter' THEN (3 * amount || ' month')::interval
  ELSE (amount || ' ' || redshift.unit(part))::interval
END;

-- Counts the boundaries between the two, as Redshift does.
CREATE FUNCTION pg_catalog.datediff(part text, early timestamp, late timestamp) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT
RETURN CASE redshift.unit(part)
  WHEN 'year' THEN extract(year FROM late) - extract(year FROM early)
  WHEN 'quarter' THEN 4 * (extract(year FROM late) - extract(year FROM early))
    + extract(quarter FROM late) - extract(quarter FROM early)
  WHEN 'month' THEN 12 * (extract(year FROM late) - extract(year FROM early))
    + extract(month FROM late) - extract(month FROM early)
  WHEN 'week' THEN (date_trunc('week', late)::date - date_trunc('week', early)::date) / 7
  WHEN 'day' THEN late::date - early::date
  WHEN 'hour' THEN extract(epoch FROM date_trunc('hour', late) - date_trunc('hour', early)) / 3600
  WHEN 'minute' THEN extract(epoch FROM date_trunc('minute', late) - date_trunc('minute', early)) / 60
  WHEN 'second' THEN extract(epoch FROM date_trunc('second', late) - date_trunc('second', early))
END;

-- ALTER TABLE APPEND moves the rows.
CREATE PROCEDURE redshift.append(target regclass, source regclass) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('INSERT INTO %s SELECT * FROM %s', target, source);
  EXECUTE format('TRUNCATE %s', source);
END $$;

-- A table's distribution, sort key and encodings, as its CREATE TABLE named them.
CREATE TABLE redshift.designs (relation oid NOT NULL, design jsonb NOT NULL);
GRANT SELECT ON redshift.designs TO PUBLIC;

CREATE FUNCTION redshift.keep_design(relation regclass, design jsonb) RETURNS void
LANGUAGE sql SECURITY DEFINER AS $$
  INSERT INTO redshift.designs VALUES (relation, design);
$$;

CREATE FUNCTION redshift.rows_of(relation oid) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE found bigint;
BEGIN
  EXECUTE format('SELECT count(*) FROM %s', relation::regclass) INTO found;
  RETURN found;
END $$;

CREATE VIEW redshift.tables AS
SELECT c.oid, n.nspname::text AS schema_name, c.relname::text AS table_name,
  coalesce(d.design, '{}') AS design
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
-- Each of several clients that make one table IF NOT EXISTS keeps its design.
LEFT JOIN LATERAL (SELECT design FROM redshift.designs WHERE relation = c.oid LIMIT 1) d ON true
WHERE c.relkind IN ('r', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'redshift')
  AND n.nspname NOT LIKE 'pg\_%';

-- Rows are counted of these tables only, whatever the planner would like better: not of system's.
CREATE VIEW pg_catalog.svv_table_info AS
WITH t AS MATERIALIZED (SELECT * FROM redshift.tables)
SELECT current_database()::text AS "database", t.schema_name AS "schema", t.oid AS table_id,
  t.table_name AS "table",
  CASE WHEN t.design ? 'encodings' THEN 'Y' ELSE 'Y, AUTO(ENCODE)' END AS encoded,
  coalesce(t.design ->> 'diststyle', 'AUTO(ALL)') AS diststyle,
  coalesce(t.design -> 'sortkeys' ->> 0, 'AUTO(SORTKEY)') AS sortkey1,
  coalesce(jsonb_array_length(t.design -> 'sortkeys'), 0) AS sortkey_num,
  r.tbl_rows::numeric(38, 0) AS tbl_rows, 0.00::numeric(5, 2) AS unsorted, 0.00::numeric(5, 2) AS stats_off
FROM t CROSS JOIN LATERAL (SELECT redshift.rows_of(t.oid) AS tbl_rows) r
WHERE r.tbl_rows > 0;  -- Redshift leaves out empty tables

CREATE VIEW redshift.columns AS
SELECT t.schema_name, t.table_name, a.attname::text AS column_name, a.attnum AS ordinal_position,
  format_type(a.atttypid, a.atttypmod) AS data_type, pg_get_expr(d.adbin, d.adrelid) AS column_default,
  CASE WHEN a.attnotnull THEN 'NO' ELSE 'YES' END AS is_nullable,
  a.atttypid, a.atttypmod, t.design
FROM redshift.tables t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum;

CREATE VIEW pg_catalog.svv_redshift_columns AS
SELECT current_database()::text AS database_name, schema_name, table_name, column_name,
  ordinal_position::int AS ordinal_position, data_type, column_default, is_nullable,
  coalesce(design -> 'encodings' ->> column_name, 'none') AS encoding,
  coalesce(design ->> 'diststyle' = 'KEY(' || column_name || ')', false) AS distkey,
  coalesce((SELECT s.n FROM jsonb_array_elements_text(design -> 'sortkeys') WITH ORDINALITY s(name, n)
            WHERE s.name = column_name), 0)::int AS sortkey
FROM redshift.columns;

CREATE VIEW pg_catalog.svv_columns AS
SELECT current_database()::text AS table_catalog, schema_name AS table_schema, table_name, column_name,
  ordinal_position::int AS ordinal_position, column_default, is_nullable,
  format_type(atttypid, NULL) AS data_type,
  information_schema._pg_char_max_length(atttypid, atttypmod) AS character_maximum_length,
  information_schema._pg_numeric_precision(atttypid, atttypmod) AS numeric_precision,
  information_schema._pg_numeric_scale(atttypid, atttypmod) AS numeric_scale
FROM redshift.columns;

CREATE VIEW pg_catalog.svv_mv_info AS
SELECT current_database()::char(128) AS database_name, schemaname::char(128) AS schema_name,
  matviewowner::char(128) AS user_name, matviewname::char(128) AS name
FROM pg_matviews;

-- Redshift makes no materialized view over a standard one. Asked when it is made here already.
CREATE FUNCTION redshift.check_materialized(relation regclass) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE found text;
BEGIN
  SELECT c.relname INTO found
  FROM pg_rewrite r JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
  JOIN pg_class c ON d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid
  WHERE r.ev_class = relation AND c.relkind = 'v' LIMIT 1;
  IF found IS NOT NULL THEN
    PERFORM redshift.fail(
      format('Materialized view can not be created on view %s', found), '0A000', '');
  END IF;
END $$;

CREATE TABLE redshift.load_errors (
  query bigint GENERATED ALWAYS AS IDENTITY, starttime timestamp NOT NULL DEFAULT getdate(),
  session int, tbl oid, filename text, colname text, type text, col_length text,
  err_code int, err_reason text
);
GRANT SELECT ON redshift.load_errors TO PUBLIC;

CREATE VIEW pg_catalog.stl_load_errors AS
SELECT 100 AS userid, 0 AS slice, tbl, starttime, session, query, filename, 0::bigint AS line_number,
  colname, type, col_length, 0 AS position, ''::text AS raw_line, ''::text AS raw_field_value,
  err_code, err_reason
FROM redshift.load_errors;

CREATE VIEW pg_catalog.sys_load_error_detail AS
SELECT 100 AS user_id, query AS query_id, session AS session_id,
  current_database()::text AS database_name, tbl AS table_id, starttime AS start_time,
  filename AS file_name, 0::bigint AS line_number, colname AS column_name, type AS column_type,
  col_length AS column_length, err_code AS error_code, err_reason AS error_message
FROM redshift.load_errors;

GRANT SELECT ON redshift.tables, redshift.columns, pg_catalog.svv_table_info,
  pg_catalog.svv_redshift_columns, pg_catalog.svv_columns, pg_catalog.svv_mv_info, pg_catalog.stl_load_errors,
  pg_catalog.sys_load_error_detail TO PUBLIC;

-- Redshift Serverless has no STL views.
CREATE PROCEDURE redshift.be_serverless() LANGUAGE sql SET allow_system_table_mods = on AS $$
  ALTER VIEW pg_catalog.stl_load_errors SET SCHEMA redshift;
$$;

-- An empty database, with nobody in it, for the next test.
CREATE PROCEDURE redshift.reset() LANGUAGE plpgsql SET allow_system_table_mods = on AS $$
DECLARE made name;
BEGIN
  PERFORM pg_terminate_backend(pid, 10000) FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend';
  FOR made IN SELECT nspname FROM pg_namespace
    WHERE nspname NOT LIKE 'pg\_%' AND nspname NOT IN ('information_schema', 'redshift')
  LOOP
    EXECUTE format('DROP SCHEMA %I CASCADE', made);
  END LOOP;
  CREATE SCHEMA public AUTHORIZATION pg_database_owner;
  GRANT USAGE ON SCHEMA public TO PUBLIC;
  TRUNCATE redshift.load_errors RESTART IDENTITY;
  TRUNCATE redshift.designs;
  ALTER VIEW IF EXISTS redshift.stl_load_errors SET SCHEMA pg_catalog;
END $$;
