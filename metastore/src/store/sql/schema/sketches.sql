-- What tells different values of a column apart, so that counts of two sets of rows can be put together.
ALTER TABLE table_statistics ADD COLUMN bit_vector BLOB;
ALTER TABLE partition_statistics ADD COLUMN bit_vector BLOB;
