-- The values of the first eight partition columns by their types, and who of them is NULL. A column of an integer type
-- has its value in number0 .. number7, any other in text0 .. text7 (there, a character 1 is written as 1 2 and a
-- character 0 as 1 1: PostgreSQL has no character 0, and the order stays). NULL where the value is NULL or no value of
-- the type, and where there is no such column. Bit i of null_values says that the value i is NULL.
ALTER TABLE partitions ADD COLUMN text0 TEXT;
ALTER TABLE partitions ADD COLUMN text1 TEXT;
ALTER TABLE partitions ADD COLUMN text2 TEXT;
ALTER TABLE partitions ADD COLUMN text3 TEXT;
ALTER TABLE partitions ADD COLUMN text4 TEXT;
ALTER TABLE partitions ADD COLUMN text5 TEXT;
ALTER TABLE partitions ADD COLUMN text6 TEXT;
ALTER TABLE partitions ADD COLUMN text7 TEXT;
ALTER TABLE partitions ADD COLUMN number0 INTEGER;
ALTER TABLE partitions ADD COLUMN number1 INTEGER;
ALTER TABLE partitions ADD COLUMN number2 INTEGER;
ALTER TABLE partitions ADD COLUMN number3 INTEGER;
ALTER TABLE partitions ADD COLUMN number4 INTEGER;
ALTER TABLE partitions ADD COLUMN number5 INTEGER;
ALTER TABLE partitions ADD COLUMN number6 INTEGER;
ALTER TABLE partitions ADD COLUMN number7 INTEGER;
ALTER TABLE partitions ADD COLUMN null_values INTEGER NOT NULL DEFAULT 0;
-- sqlite only
UPDATE partitions SET
    text0 = CASE typeof(value0) WHEN 'text' THEN replace(value0, char(1), char(1, 2)) END,
    number0 = CASE typeof(value0) WHEN 'integer' THEN value0 END,
    text1 = CASE typeof(value1) WHEN 'text' THEN replace(value1, char(1), char(1, 2)) END,
    number1 = CASE typeof(value1) WHEN 'integer' THEN value1 END,
    text2 = CASE typeof(value2) WHEN 'text' THEN replace(value2, char(1), char(1, 2)) END,
    number2 = CASE typeof(value2) WHEN 'integer' THEN value2 END,
    text3 = CASE typeof(value3) WHEN 'text' THEN replace(value3, char(1), char(1, 2)) END,
    number3 = CASE typeof(value3) WHEN 'integer' THEN value3 END,
    text4 = CASE typeof(value4) WHEN 'text' THEN replace(value4, char(1), char(1, 2)) END,
    number4 = CASE typeof(value4) WHEN 'integer' THEN value4 END,
    text5 = CASE typeof(value5) WHEN 'text' THEN replace(value5, char(1), char(1, 2)) END,
    number5 = CASE typeof(value5) WHEN 'integer' THEN value5 END,
    text6 = CASE typeof(value6) WHEN 'text' THEN replace(value6, char(1), char(1, 2)) END,
    number6 = CASE typeof(value6) WHEN 'integer' THEN value6 END,
    text7 = CASE typeof(value7) WHEN 'text' THEN replace(value7, char(1), char(1, 2)) END,
    number7 = CASE typeof(value7) WHEN 'integer' THEN value7 END,
    null_values = 1 * (typeof(value0) = 'blob')
        + 2 * (typeof(value1) = 'blob')
        + 4 * (typeof(value2) = 'blob')
        + 8 * (typeof(value3) = 'blob')
        + 16 * (typeof(value4) = 'blob')
        + 32 * (typeof(value5) = 'blob')
        + 64 * (typeof(value6) = 'blob')
        + 128 * (typeof(value7) = 'blob');
-- end
DROP INDEX partitions_value0;
DROP INDEX partitions_value1;
DROP INDEX partitions_value2;
DROP INDEX partitions_value3;
DROP INDEX partitions_value4;
DROP INDEX partitions_value5;
DROP INDEX partitions_value6;
DROP INDEX partitions_value7;
ALTER TABLE partitions DROP COLUMN value0;
ALTER TABLE partitions DROP COLUMN value1;
ALTER TABLE partitions DROP COLUMN value2;
ALTER TABLE partitions DROP COLUMN value3;
ALTER TABLE partitions DROP COLUMN value4;
ALTER TABLE partitions DROP COLUMN value5;
ALTER TABLE partitions DROP COLUMN value6;
ALTER TABLE partitions DROP COLUMN value7;
CREATE INDEX partitions_text0 ON partitions (table_id, text0, name) WHERE text0 IS NOT NULL;
CREATE INDEX partitions_text1 ON partitions (table_id, text1, name) WHERE text1 IS NOT NULL;
CREATE INDEX partitions_text2 ON partitions (table_id, text2, name) WHERE text2 IS NOT NULL;
CREATE INDEX partitions_text3 ON partitions (table_id, text3, name) WHERE text3 IS NOT NULL;
CREATE INDEX partitions_text4 ON partitions (table_id, text4, name) WHERE text4 IS NOT NULL;
CREATE INDEX partitions_text5 ON partitions (table_id, text5, name) WHERE text5 IS NOT NULL;
CREATE INDEX partitions_text6 ON partitions (table_id, text6, name) WHERE text6 IS NOT NULL;
CREATE INDEX partitions_text7 ON partitions (table_id, text7, name) WHERE text7 IS NOT NULL;
CREATE INDEX partitions_number0 ON partitions (table_id, number0, name) WHERE number0 IS NOT NULL;
CREATE INDEX partitions_number1 ON partitions (table_id, number1, name) WHERE number1 IS NOT NULL;
CREATE INDEX partitions_number2 ON partitions (table_id, number2, name) WHERE number2 IS NOT NULL;
CREATE INDEX partitions_number3 ON partitions (table_id, number3, name) WHERE number3 IS NOT NULL;
CREATE INDEX partitions_number4 ON partitions (table_id, number4, name) WHERE number4 IS NOT NULL;
CREATE INDEX partitions_number5 ON partitions (table_id, number5, name) WHERE number5 IS NOT NULL;
CREATE INDEX partitions_number6 ON partitions (table_id, number6, name) WHERE number6 IS NOT NULL;
CREATE INDEX partitions_number7 ON partitions (table_id, number7, name) WHERE number7 IS NOT NULL;
CREATE INDEX partitions_null_values ON partitions (table_id, name, null_values) WHERE null_values <> 0;
-- sqlite only
DELETE FROM sqlite_stat1 WHERE idx LIKE 'partitions_value%';
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('partitions', 'partitions_text0', '100000 10000 30 1'),
    ('partitions', 'partitions_text1', '100000 10000 60 1'),
    ('partitions', 'partitions_text2', '100000 10000 120 1'),
    ('partitions', 'partitions_text3', '100000 10000 240 1'),
    ('partitions', 'partitions_text4', '100000 10000 480 1'),
    ('partitions', 'partitions_text5', '100000 10000 960 1'),
    ('partitions', 'partitions_text6', '100000 10000 1920 1'),
    ('partitions', 'partitions_text7', '100000 10000 3840 1'),
    ('partitions', 'partitions_number0', '100000 10000 30 1'),
    ('partitions', 'partitions_number1', '100000 10000 60 1'),
    ('partitions', 'partitions_number2', '100000 10000 120 1'),
    ('partitions', 'partitions_number3', '100000 10000 240 1'),
    ('partitions', 'partitions_number4', '100000 10000 480 1'),
    ('partitions', 'partitions_number5', '100000 10000 960 1'),
    ('partitions', 'partitions_number6', '100000 10000 1920 1'),
    ('partitions', 'partitions_number7', '100000 10000 3840 1'),
    ('partitions', 'partitions_null_values', '1000 100 1 1');
-- Bounds of statistics are texts, whatever the type of their column.
UPDATE table_statistics SET low = CASE typeof(low) WHEN 'real' THEN printf('%!.17g', low) ELSE CAST(low AS TEXT) END,
    high = CASE typeof(high) WHEN 'real' THEN printf('%!.17g', high) ELSE CAST(high AS TEXT) END;
UPDATE partition_statistics SET low = CASE typeof(low) WHEN 'real' THEN printf('%!.17g', low) ELSE CAST(low AS TEXT) END,
    high = CASE typeof(high) WHEN 'real' THEN printf('%!.17g', high) ELSE CAST(high AS TEXT) END;
-- end
