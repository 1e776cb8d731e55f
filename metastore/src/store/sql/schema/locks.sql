-- Who holds a lock: the session and the statement it is for, and the process that is gone when the lock is of no use (0 where
-- only heartbeats tell). explicit: was it asked for by name (LOCK TABLE)?
ALTER TABLE locks ADD COLUMN session TEXT;
ALTER TABLE locks ADD COLUMN statement TEXT;
ALTER TABLE locks ADD COLUMN process INTEGER NOT NULL DEFAULT 0;
ALTER TABLE locks ADD COLUMN explicit INTEGER NOT NULL DEFAULT 0;

-- Explicit locks were definitions.
DELETE FROM definitions WHERE kind = 'lock';
