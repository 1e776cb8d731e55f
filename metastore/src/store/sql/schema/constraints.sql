-- Constraints of tables: who says what (as JSON); parent_id is the other table of a foreign key, which goes with it.
CREATE TABLE constraints (
    constraint_id INTEGER PRIMARY KEY,
    table_id INTEGER NOT NULL REFERENCES tables ON DELETE CASCADE,
    parent_id INTEGER REFERENCES tables ON DELETE CASCADE,
    name TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX constraints_of_table ON constraints (table_id);
CREATE INDEX constraints_on_parent ON constraints (parent_id);
CREATE INDEX constraints_by_name ON constraints (name);
