-- Small objects that are read as a whole, as JSON: roles, privileges, connectors, resource plans, scheduled queries,
-- explicit locks.
CREATE TABLE definitions (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;
