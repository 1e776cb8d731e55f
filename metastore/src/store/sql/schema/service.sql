-- Numbers that are given away one after the other, without gaps: of transactions, locks and events.
CREATE TABLE counters (
    name TEXT NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT;
INSERT INTO counters (name, value) VALUES ('lock', 0), ('event', 0);
INSERT INTO counters (name, value) SELECT 'transaction', coalesce(max(transaction_id), 0) FROM transactions;
-- sqlite only
UPDATE counters SET value = max(value, coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'transactions'), 0))
WHERE name = 'transaction';
-- end

-- Transactions. A committed one is kept for as long as a snapshot may be older than its end: while one is open that
-- began before, i.e. whose number is not beyond `ended_at`, the highest number that was given away when it ended.
-- last_heartbeat is in milliseconds; NULL where the transaction lives as long as its process.
CREATE TABLE txns (
    transaction_id INTEGER PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('open', 'committed', 'aborted')),
    kind INTEGER NOT NULL,
    "user" TEXT NOT NULL,
    host TEXT NOT NULL,
    process INTEGER NOT NULL,
    agent TEXT,
    started_at INTEGER NOT NULL,
    last_heartbeat INTEGER,
    ended_at INTEGER
) STRICT;
CREATE INDEX txns_state ON txns (state, transaction_id);
INSERT INTO txns (transaction_id, state, kind, "user", host, process, started_at)
    SELECT transaction_id, state, 0, "user", host, process, started_at FROM transactions;

CREATE TABLE txn_write_ids (
    database_name TEXT NOT NULL,
    table_name TEXT NOT NULL,
    write_id INTEGER NOT NULL,
    transaction_id INTEGER NOT NULL REFERENCES txns ON DELETE CASCADE,
    PRIMARY KEY (database_name, table_name, write_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX txn_write_ids_transaction ON txn_write_ids (transaction_id);
INSERT INTO txn_write_ids (database_name, table_name, write_id, transaction_id)
    SELECT database_name, table_name, write_id, transaction_id FROM write_ids;
DROP TABLE write_ids;
DROP TABLE transactions;

-- What a transaction writes into.
CREATE TABLE txn_components (
    transaction_id INTEGER NOT NULL REFERENCES txns ON DELETE CASCADE,
    database_name TEXT NOT NULL,
    table_name TEXT NOT NULL,
    partition_name TEXT NOT NULL,
    operation TEXT NOT NULL,
    PRIMARY KEY (transaction_id, database_name, table_name, partition_name, operation)
) STRICT, WITHOUT ROWID;
CREATE INDEX txn_components_table ON txn_components (database_name, table_name);

-- The numbers that transactions of a replication have here.
CREATE TABLE replicated_txns (
    policy TEXT NOT NULL,
    source_id INTEGER NOT NULL,
    transaction_id INTEGER NOT NULL REFERENCES txns ON DELETE CASCADE,
    PRIMARY KEY (policy, source_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX replicated_txns_transaction ON replicated_txns (transaction_id);

-- Locks: a row for each part. Times are in milliseconds. No transaction is 0.
CREATE TABLE locks (
    lock_id INTEGER NOT NULL,
    part INTEGER NOT NULL,
    transaction_id INTEGER NOT NULL,
    database_name TEXT NOT NULL,
    table_name TEXT,
    partition_name TEXT,
    kind TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('acquired', 'waiting')),
    zero_wait INTEGER NOT NULL,
    blocked_by_lock INTEGER,
    blocked_by_part INTEGER,
    "user" TEXT NOT NULL,
    host TEXT NOT NULL,
    agent TEXT,
    last_heartbeat INTEGER NOT NULL,
    acquired_at INTEGER,
    PRIMARY KEY (lock_id, part)
) STRICT, WITHOUT ROWID;
CREATE INDEX locks_database ON locks (database_name, lock_id);
CREATE INDEX locks_transaction ON locks (transaction_id);

-- Notification events.
CREATE TABLE events (
    event_id INTEGER PRIMARY KEY,
    created_at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    catalog_name TEXT,
    database_name TEXT,
    table_name TEXT,
    message TEXT NOT NULL
) STRICT;
CREATE INDEX events_time ON events (created_at);
