-- Made after make.hql, in the same Hive with JAVA_TOOL_OPTIONS=-Duser.timezone=America/Los_Angeles: times around the changes of
-- the clock, as a writer in another time zone stores them.
set hive.stats.autogather=false;
create table los_angeles_text (id int, ts timestamp);
insert into los_angeles_text values (1, '2024-03-10 01:59:59'), (2, '2024-03-10 03:00:00'), (3, '2024-07-01 12:00:00.123456'),
  (4, '2024-11-03 00:59:59'), (5, '2024-11-03 03:00:00'), (6, '1969-12-31 16:00:00'), (7, '1969-12-31 15:59:59.5'), (8, '1900-01-01 00:00:00'), (9, '1850-06-01 12:00:00'), (10, '1500-06-01 12:00:00');
create table los_angeles_orc stored as orc as select * from los_angeles_text;
create table los_angeles_parquet stored as parquet as select * from los_angeles_text;
