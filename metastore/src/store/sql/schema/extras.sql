-- What clients of the metastore service keep with tables and partitions.
ALTER TABLE tables ADD COLUMN extras TEXT;
ALTER TABLE partitions ADD COLUMN write_id INTEGER;
