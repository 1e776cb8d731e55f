-- How the values of a column are spread, as Hive 4 tells it.
ALTER TABLE table_statistics ADD COLUMN histogram BLOB;
ALTER TABLE partition_statistics ADD COLUMN histogram BLOB;
