-- Transactional tables: their write ids, the transactions that are not committed, and compactions.

CREATE TABLE transactions (
    transaction_id INTEGER PRIMARY KEY AUTOINCREMENT,
    state TEXT NOT NULL CHECK (state IN ('open', 'aborted')),
    "user" TEXT NOT NULL,
    host TEXT NOT NULL,
    process INTEGER NOT NULL,
    started_at INTEGER NOT NULL
) STRICT;

-- Write ids of the transactions above; those of committed ones are not kept.
CREATE TABLE write_ids (
    database_name TEXT NOT NULL,
    table_name TEXT NOT NULL,
    write_id INTEGER NOT NULL,
    transaction_id INTEGER NOT NULL REFERENCES transactions ON DELETE CASCADE,
    PRIMARY KEY (database_name, table_name, write_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX write_ids_transaction ON write_ids (transaction_id);

-- The last write id that was given away.
CREATE TABLE last_write_ids (
    database_name TEXT NOT NULL,
    table_name TEXT NOT NULL,
    write_id INTEGER NOT NULL,
    PRIMARY KEY (database_name, table_name)
) STRICT, WITHOUT ROWID;

CREATE TABLE compactions (
    compaction_id INTEGER PRIMARY KEY AUTOINCREMENT,
    database_name TEXT NOT NULL,
    table_name TEXT NOT NULL,
    partition_name TEXT,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    "user" TEXT NOT NULL,
    host TEXT NOT NULL,
    process INTEGER NOT NULL,
    enqueued_at INTEGER NOT NULL,
    started_at INTEGER,
    ended_at INTEGER,
    highest_write_id INTEGER NOT NULL,
    error TEXT
) STRICT;
