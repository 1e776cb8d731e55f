-- Version 1 of the catalog's schema. Names are in lower case. Lists and maps are JSON. Times are seconds since 1970.

CREATE TABLE skep_schema (
    version INTEGER PRIMARY KEY,
    applied_at INTEGER NOT NULL
) STRICT;

CREATE TABLE databases (
    database_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    comment TEXT,
    location TEXT NOT NULL,
    managed_location TEXT,
    owner TEXT,
    owner_type TEXT NOT NULL,
    parameters TEXT NOT NULL,
    create_time INTEGER NOT NULL
) STRICT;

CREATE TABLE tables (
    table_id INTEGER PRIMARY KEY,
    database_id INTEGER NOT NULL REFERENCES databases,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    owner TEXT NOT NULL,
    create_time INTEGER NOT NULL,
    last_access_time INTEGER NOT NULL,
    retention INTEGER NOT NULL,
    partition_keys TEXT NOT NULL,
    storage TEXT NOT NULL,
    parameters TEXT NOT NULL,
    view_original_text TEXT,
    view_expanded_text TEXT,
    UNIQUE (database_id, name)
) STRICT;

-- Storage descriptors of partitions, each kept once for all partitions of a table that share it.
CREATE TABLE descriptors (
    descriptor_id INTEGER PRIMARY KEY,
    table_id INTEGER NOT NULL REFERENCES tables ON DELETE CASCADE,
    body TEXT NOT NULL
-- sqlite only
    , UNIQUE (table_id, body)
-- end
) STRICT;
-- postgresql only
CREATE UNIQUE INDEX descriptors_body ON descriptors (table_id, md5(body));
-- end

-- value0 .. value7 are the values of the first eight partition columns, typed: an integer for the integer types,
-- else text; an empty blob for NULL and for what is no value of the type; NULL where there is no such column.
-- All values are in the name. location is NULL where it is the descriptor's location, a slash and the name.
CREATE TABLE partitions (
    partition_id INTEGER PRIMARY KEY,
    table_id INTEGER NOT NULL REFERENCES tables ON DELETE CASCADE,
    name TEXT NOT NULL,
    value0 ANY,
    value1 ANY,
    value2 ANY,
    value3 ANY,
    value4 ANY,
    value5 ANY,
    value6 ANY,
    value7 ANY,
    descriptor_id INTEGER NOT NULL REFERENCES descriptors,
    create_time INTEGER NOT NULL,
    last_access_time INTEGER NOT NULL,
    location TEXT,
    parameters TEXT NOT NULL,
    UNIQUE (table_id, name)
) STRICT;
CREATE INDEX partitions_descriptor ON partitions (descriptor_id);
CREATE INDEX partitions_value0 ON partitions (table_id, value0, name) WHERE value0 IS NOT NULL;
CREATE INDEX partitions_value1 ON partitions (table_id, value1, name) WHERE value1 IS NOT NULL;
CREATE INDEX partitions_value2 ON partitions (table_id, value2, name) WHERE value2 IS NOT NULL;
CREATE INDEX partitions_value3 ON partitions (table_id, value3, name) WHERE value3 IS NOT NULL;
CREATE INDEX partitions_value4 ON partitions (table_id, value4, name) WHERE value4 IS NOT NULL;
CREATE INDEX partitions_value5 ON partitions (table_id, value5, name) WHERE value5 IS NOT NULL;
CREATE INDEX partitions_value6 ON partitions (table_id, value6, name) WHERE value6 IS NOT NULL;
CREATE INDEX partitions_value7 ON partitions (table_id, value7, name) WHERE value7 IS NOT NULL;

CREATE TABLE functions (
    function_id INTEGER PRIMARY KEY,
    database_id INTEGER NOT NULL REFERENCES databases,
    name TEXT NOT NULL,
    class_name TEXT NOT NULL,
    owner TEXT,
    owner_type TEXT NOT NULL,
    create_time INTEGER NOT NULL,
    resources TEXT NOT NULL,
    UNIQUE (database_id, name)
) STRICT;

CREATE TABLE table_statistics (
    table_id INTEGER NOT NULL REFERENCES tables ON DELETE CASCADE,
    column_name TEXT NOT NULL,
    column_type TEXT NOT NULL,
    kind TEXT NOT NULL,
    low ANY,
    high ANY,
    nulls INTEGER NOT NULL,
    distinct_values INTEGER,
    max_length INTEGER,
    average_length REAL,
    trues INTEGER,
    falses INTEGER,
    last_analyzed INTEGER NOT NULL,
    PRIMARY KEY (table_id, column_name)
) STRICT, WITHOUT ROWID;

CREATE TABLE partition_statistics (
    partition_id INTEGER NOT NULL REFERENCES partitions ON DELETE CASCADE,
    column_name TEXT NOT NULL,
    column_type TEXT NOT NULL,
    kind TEXT NOT NULL,
    low ANY,
    high ANY,
    nulls INTEGER NOT NULL,
    distinct_values INTEGER,
    max_length INTEGER,
    average_length REAL,
    trues INTEGER,
    falses INTEGER,
    last_analyzed INTEGER NOT NULL,
    PRIMARY KEY (partition_id, column_name)
) STRICT, WITHOUT ROWID;

-- AUTOINCREMENT: the id of a commit that is finished never comes back.
CREATE TABLE pending_commits (
    commit_id INTEGER PRIMARY KEY AUTOINCREMENT,
    database_name TEXT NOT NULL,
    table_name TEXT NOT NULL,
    journal TEXT NOT NULL,
    recorded_at INTEGER NOT NULL
) STRICT;
CREATE INDEX pending_commits_table ON pending_commits (database_name, table_name);

-- sqlite only
-- What SQLite's planner is to believe about the indexes, instead of measuring them: rows, rows a table, rows a value.
-- An equality is worth more than a range, and one on an outer partition column more than one on an inner column.
-- (ANALYZE makes the table; there is nothing to measure yet.)
ANALYZE;
DELETE FROM sqlite_stat1;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('partitions', 'sqlite_autoindex_partitions_1', '100000 10000 1'),
    ('partitions', 'partitions_descriptor', '100000 5000'),
    ('partitions', 'partitions_value0', '100000 10000 30 1'),
    ('partitions', 'partitions_value1', '100000 10000 60 1'),
    ('partitions', 'partitions_value2', '100000 10000 120 1'),
    ('partitions', 'partitions_value3', '100000 10000 240 1'),
    ('partitions', 'partitions_value4', '100000 10000 480 1'),
    ('partitions', 'partitions_value5', '100000 10000 960 1'),
    ('partitions', 'partitions_value6', '100000 10000 1920 1'),
    ('partitions', 'partitions_value7', '100000 10000 3840 1');
-- end
