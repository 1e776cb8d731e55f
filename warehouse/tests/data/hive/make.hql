-- Made with Apache Hive 2.3.9 (local MapReduce, warehouse folder ${hiveconf:hive.metastore.warehouse.dir}), in time zone
-- UTC. The folders beside this file are the tables' folders. Rows 1 to 3 hold values, row 4 holds NULLs.
set hive.exec.dynamic.partition.mode=nonstrict;
set hive.stats.autogather=false;

create table types_text (
  id int, b boolean, t tinyint, s smallint, i int, l bigint, f float, d double, dec decimal(10,2), big decimal(38,18),
  str string, vc varchar(10), ch char(10), dt date, ts timestamp, bin binary,
  arr array<int>, m map<string,int>, st struct<a:int,b:string>, nested array<struct<x:int,y:map<string,array<double>>>>)
stored as textfile;

insert into types_text select * from (
  select 1 id, true b, 1Y t, 2S s, 3 i, 4L l, cast(1.5 as float) f, 2.25D d, cast('12.34' as decimal(10,2)) dec, cast('1.000000000000000001' as decimal(38,18)) big,
    'hello' str, cast('varchar' as varchar(10)) vc, cast('char' as char(10)) ch, cast('2024-02-29' as date) dt, cast('2024-02-29 12:34:56.123456' as timestamp) ts, cast('bytes' as binary) bin,
    array(1,2,3) arr, map('k1',1,'k2',2) m, named_struct('a',7,'b','x') st, array(named_struct('x',1,'y',map('p',array(1.5D,2.5D)))) nested
  union all
  select 2, false, cast(-128 as tinyint), cast(-32768 as smallint), cast(-2147483648 as int), -9223372036854775807L, cast(-0.1 as float), 1.0E300D, cast('-99999999.99' as decimal(10,2)), cast('-12345678901234567890.123456789012345678' as decimal(38,18)),
    '', cast('' as varchar(10)), cast('' as char(10)), cast('1582-10-15' as date), cast('1969-12-31 23:59:58.5' as timestamp), cast('' as binary),
    array(-1), map('',0), named_struct('a',-1,'b',''), array(named_struct('x',-1,'y',map('q',array(-1.0D))))
  union all
  select 3, true, 127Y, 32767S, 2147483647, 9223372036854775807L, cast(3.4028235E38 as float), -0.0D, cast('0.05' as decimal(10,2)), cast('0' as decimal(38,18)),
    'grüße 漢字', cast('äöüß' as varchar(10)), cast('né' as char(10)), cast('9999-12-31' as date), cast('9999-12-31 23:59:59.999999' as timestamp), unhex('00FF10'),
    array(10,cast(null as int),30), map('a',cast(null as int)), named_struct('a',cast(null as int),'b','only b'), array(named_struct('x',cast(null as int),'y',map('r',array(0.5D))))
  union all
  select 4, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
    if(true, null, array(1)), if(true, null, map('a',1)), if(true, null, named_struct('a',1,'b','')), if(true, null, array(named_struct('x',1,'y',map('p',array(1.5D)))))
) u;

create table types_orc stored as orc as select * from types_text;
create table types_orc_snappy stored as orc tblproperties ('orc.compress'='SNAPPY') as select * from types_text;
create table types_orc_none stored as orc tblproperties ('orc.compress'='NONE') as select * from types_text;
create table types_parquet stored as parquet as select * from types_text;
create table types_parquet_snappy stored as parquet tblproperties ('parquet.compression'='SNAPPY') as select * from types_text;

-- Dates and times before the Gregorian calendar and at its ends.
create table old_times_text (id int, dt date, ts timestamp);
insert into old_times_text values (1, '0001-01-01', '0001-01-01 00:00:00'), (2, '1582-10-04', '1582-10-04 23:59:59.999999'),
  (3, '1582-10-15', '1582-10-15 00:00:00'), (4, '1883-11-18', '1883-11-18 12:00:00.5'), (5, '1969-12-31', '1969-12-31 23:59:59.999999'),
  (6, '1970-01-01', '1970-01-01 00:00:00.0001'), (7, '2015-01-01', '2015-01-01 00:00:00'), (8, '9999-12-31', '9999-12-31 23:59:59.999999');
create table old_times_orc stored as orc as select * from old_times_text;
create table old_times_parquet stored as parquet as select * from old_times_text;

-- ORC's uniontype.
create table union_orc (id int, u uniontype<int,string,array<int>>) stored as orc;
insert into union_orc select id, create_union(id - 1, i, str, arr) from types_text where id < 4;

-- Partitions by string, int and date; NULLs; characters that are escaped in names.
create table parts_orc (id int, v string) partitioned by (s string, n int, d date) stored as orc;
insert into parts_orc partition (s, n, d) select * from (
  select 1, 'a', 'x', 1, cast('2024-01-01' as date) union all select 2, 'b', 'y', 2, cast('2024-01-02' as date)
  union all select 3, 'c', 'a/b=c d', 10, cast('2024-01-03' as date)
  union all select 4, 'd', cast(null as string), cast(null as int), cast(null as date)) u;
create table parts_text (id int, v string) partitioned by (s string, n int);
insert into parts_text partition (s, n) select id, v, s, n from parts_orc;
create table parts_parquet (id int, v string) partitioned by (s string, n int) stored as parquet;
insert into parts_parquet partition (s, n) select id, v, s, n from parts_orc;

-- Buckets.
set hive.enforce.bucketing=true;
create table buckets_orc (id int, v string) clustered by (id) into 3 buckets stored as orc;
insert into buckets_orc select id, str from types_text;

-- Enough rows for several row groups, sorted.
create table many_orc (n int, v string) stored as orc tblproperties ('orc.row.index.stride'='1000');
insert into many_orc select pos, concat('v', pos) from (select posexplode(split(space(4999), ' ')) as (pos, x)) p sort by pos;
create table many_parquet stored as parquet as select * from many_orc sort by n;

-- Hive 1 named the columns of ORC files _col0, _col1, ...; and a file whose columns were renamed since.
create table positional_orc (`_col0` int, `_col1` string) stored as orc;
insert into positional_orc values (1, 'one'), (2, 'two');
