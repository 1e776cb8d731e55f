-- Reads, with Hive, the files that `cargo test -- --ignored files_for_others` wrote into /tmp/whscan-ours, and compares.
set hive.optimize.index.filter=true;
set hive.optimize.ppd.storage=true;
set hive.fetch.task.conversion=none;
create external table types_orc_none (id int, b boolean, t tinyint, s smallint, i int, l bigint, f float, d double, dec decimal(10,2), big decimal(38,18),
  str string, vc varchar(10), ch char(10), dt date, ts timestamp, bin binary,
  arr array<int>, m map<string,int>, st struct<a:int,b:string>, nested array<struct<x:int,y:map<string,array<double>>>>) stored as orc location '/tmp/whscan-ours/types_orc_none';
create external table many_orc_none (id int, b boolean, t tinyint, s smallint, i int, l bigint, f float, d double, dec decimal(10,2), big decimal(38,18),
  str string, vc varchar(10), ch char(10), dt date, ts timestamp, bin binary,
  arr array<int>, m map<string,int>, st struct<a:int,b:string>, nested array<struct<x:int,y:map<string,array<double>>>>) stored as orc location '/tmp/whscan-ours/many_orc_none';
create external table types_orc_zlib (id int, b boolean, t tinyint, s smallint, i int, l bigint, f float, d double, dec decimal(10,2), big decimal(38,18),
  str string, vc varchar(10), ch char(10), dt date, ts timestamp, bin binary,
  arr array<int>, m map<string,int>, st struct<a:int,b:string>, nested array<struct<x:int,y:map<string,array<double>>>>) stored as orc location '/tmp/whscan-ours/types_orc_zlib';
create external table many_orc_zlib (id int, b boolean, t tinyint, s smallint, i int, l bigint, f float, d double, dec decimal(10,2), big decimal(38,18),
  str string, vc varchar(10), ch char(10), dt date, ts timestamp, bin binary,
  arr array<int>, m map<string,int>, st struct<a:int,b:string>, nested array<struct<x:int,y:map<string,array<double>>>>) stored as orc location '/tmp/whscan-ours/many_orc_zlib';
create external table types_orc_snappy (id int, b boolean, t tinyint, s smallint, i int, l bigint, f float, d double, dec decimal(10,2), big decimal(38,18),
  str string, vc varchar(10), ch char(10), dt date, ts timestamp, bin binary,
  arr array<int>, m map<string,int>, st struct<a:int,b:string>, nested array<struct<x:int,y:map<string,array<double>>>>) stored as orc location '/tmp/whscan-ours/types_orc_snappy';
create external table many_orc_snappy (id int, b boolean, t tinyint, s smallint, i int, l bigint, f float, d double, dec decimal(10,2), big decimal(38,18),
  str string, vc varchar(10), ch char(10), dt date, ts timestamp, bin binary,
  arr array<int>, m map<string,int>, st struct<a:int,b:string>, nested array<struct<x:int,y:map<string,array<double>>>>) stored as orc location '/tmp/whscan-ours/many_orc_snappy';
create external table types_parquet_uncompressed (id int, b boolean, t tinyint, s smallint, i int, l bigint, f float, d double, dec decimal(10,2), big decimal(38,18),
  str string, vc varchar(10), ch char(10), dt date, ts timestamp, bin binary,
  arr array<int>, m map<string,int>, st struct<a:int,b:string>, nested array<struct<x:int,y:map<string,array<double>>>>) stored as parquet location '/tmp/whscan-ours/types_parquet_uncompressed';
create external table many_parquet_uncompressed (id int, b boolean, t tinyint, s smallint, i int, l bigint, f float, d double, dec decimal(10,2), big decimal(38,18),
  str string, vc varchar(10), ch char(10), dt date, ts timestamp, bin binary,
  arr array<int>, m map<string,int>, st struct<a:int,b:string>, nested array<struct<x:int,y:map<string,array<double>>>>) stored as parquet location '/tmp/whscan-ours/many_parquet_uncompressed';
create external table types_parquet_gzip (id int, b boolean, t tinyint, s smallint, i int, l bigint, f float, d double, dec decimal(10,2), big decimal(38,18),
  str string, vc varchar(10), ch char(10), dt date, ts timestamp, bin binary,
  arr array<int>, m map<string,int>, st struct<a:int,b:string>, nested array<struct<x:int,y:map<string,array<double>>>>) stored as parquet location '/tmp/whscan-ours/types_parquet_gzip';
create external table many_parquet_gzip (id int, b boolean, t tinyint, s smallint, i int, l bigint, f float, d double, dec decimal(10,2), big decimal(38,18),
  str string, vc varchar(10), ch char(10), dt date, ts timestamp, bin binary,
  arr array<int>, m map<string,int>, st struct<a:int,b:string>, nested array<struct<x:int,y:map<string,array<double>>>>) stored as parquet location '/tmp/whscan-ours/many_parquet_gzip';
create external table types_parquet_snappy (id int, b boolean, t tinyint, s smallint, i int, l bigint, f float, d double, dec decimal(10,2), big decimal(38,18),
  str string, vc varchar(10), ch char(10), dt date, ts timestamp, bin binary,
  arr array<int>, m map<string,int>, st struct<a:int,b:string>, nested array<struct<x:int,y:map<string,array<double>>>>) stored as parquet location '/tmp/whscan-ours/types_parquet_snappy';
create external table many_parquet_snappy (id int, b boolean, t tinyint, s smallint, i int, l bigint, f float, d double, dec decimal(10,2), big decimal(38,18),
  str string, vc varchar(10), ch char(10), dt date, ts timestamp, bin binary,
  arr array<int>, m map<string,int>, st struct<a:int,b:string>, nested array<struct<x:int,y:map<string,array<double>>>>) stored as parquet location '/tmp/whscan-ours/many_parquet_snappy';
select 'types_orc_none';
select id,b,t,s,i,l,f,d,dec,big,str,vc,concat('[',ch,']'),dt,ts,hex(bin),arr,m,st,nested from types_orc_none order by id;
select 'many_orc_none', count(*), count(b), sum(t), sum(s), sum(i), sum(l % 1000), sum(d/1e300), sum(dec), sum(big), sum(length(str)), sum(length(vc)), min(dt), max(dt), min(ts), max(ts), sum(length(bin)), sum(size(arr)), sum(m['k1']), sum(st.a), sum(nested[0].y['p'][1]), sum(hash(str)), sum(hash(ts)) from many_orc_none;
select 'many_orc_none', count(*), sum(length(str)) from many_orc_none where ch = 'char' and id = 1 and dec > 12 and ts > '2024-01-01' and dt > '2024-01-01' and str = 'hello' and arr[1] = 2;
select 'types_orc_zlib';
select id,b,t,s,i,l,f,d,dec,big,str,vc,concat('[',ch,']'),dt,ts,hex(bin),arr,m,st,nested from types_orc_zlib order by id;
select 'many_orc_zlib', count(*), count(b), sum(t), sum(s), sum(i), sum(l % 1000), sum(d/1e300), sum(dec), sum(big), sum(length(str)), sum(length(vc)), min(dt), max(dt), min(ts), max(ts), sum(length(bin)), sum(size(arr)), sum(m['k1']), sum(st.a), sum(nested[0].y['p'][1]), sum(hash(str)), sum(hash(ts)) from many_orc_zlib;
select 'many_orc_zlib', count(*), sum(length(str)) from many_orc_zlib where ch = 'char' and id = 1 and dec > 12 and ts > '2024-01-01' and dt > '2024-01-01' and str = 'hello' and arr[1] = 2;
select 'types_orc_snappy';
select id,b,t,s,i,l,f,d,dec,big,str,vc,concat('[',ch,']'),dt,ts,hex(bin),arr,m,st,nested from types_orc_snappy order by id;
select 'many_orc_snappy', count(*), count(b), sum(t), sum(s), sum(i), sum(l % 1000), sum(d/1e300), sum(dec), sum(big), sum(length(str)), sum(length(vc)), min(dt), max(dt), min(ts), max(ts), sum(length(bin)), sum(size(arr)), sum(m['k1']), sum(st.a), sum(nested[0].y['p'][1]), sum(hash(str)), sum(hash(ts)) from many_orc_snappy;
select 'many_orc_snappy', count(*), sum(length(str)) from many_orc_snappy where ch = 'char' and id = 1 and dec > 12 and ts > '2024-01-01' and dt > '2024-01-01' and str = 'hello' and arr[1] = 2;
select 'types_parquet_uncompressed';
select id,b,t,s,i,l,f,d,dec,big,str,vc,concat('[',ch,']'),dt,ts,hex(bin),arr,m,st,nested from types_parquet_uncompressed order by id;
select 'many_parquet_uncompressed', count(*), count(b), sum(t), sum(s), sum(i), sum(l % 1000), sum(d/1e300), sum(dec), sum(big), sum(length(str)), sum(length(vc)), min(dt), max(dt), min(ts), max(ts), sum(length(bin)), sum(size(arr)), sum(m['k1']), sum(st.a), sum(nested[0].y['p'][1]), sum(hash(str)), sum(hash(ts)) from many_parquet_uncompressed;
select 'many_parquet_uncompressed', count(*), sum(length(str)) from many_parquet_uncompressed where ch = 'char' and id = 1 and dec > 12 and ts > '2024-01-01' and dt > '2024-01-01' and str = 'hello' and arr[1] = 2;
select 'types_parquet_gzip';
select id,b,t,s,i,l,f,d,dec,big,str,vc,concat('[',ch,']'),dt,ts,hex(bin),arr,m,st,nested from types_parquet_gzip order by id;
select 'many_parquet_gzip', count(*), count(b), sum(t), sum(s), sum(i), sum(l % 1000), sum(d/1e300), sum(dec), sum(big), sum(length(str)), sum(length(vc)), min(dt), max(dt), min(ts), max(ts), sum(length(bin)), sum(size(arr)), sum(m['k1']), sum(st.a), sum(nested[0].y['p'][1]), sum(hash(str)), sum(hash(ts)) from many_parquet_gzip;
select 'many_parquet_gzip', count(*), sum(length(str)) from many_parquet_gzip where ch = 'char' and id = 1 and dec > 12 and ts > '2024-01-01' and dt > '2024-01-01' and str = 'hello' and arr[1] = 2;
select 'types_parquet_snappy';
select id,b,t,s,i,l,f,d,dec,big,str,vc,concat('[',ch,']'),dt,ts,hex(bin),arr,m,st,nested from types_parquet_snappy order by id;
select 'many_parquet_snappy', count(*), count(b), sum(t), sum(s), sum(i), sum(l % 1000), sum(d/1e300), sum(dec), sum(big), sum(length(str)), sum(length(vc)), min(dt), max(dt), min(ts), max(ts), sum(length(bin)), sum(size(arr)), sum(m['k1']), sum(st.a), sum(nested[0].y['p'][1]), sum(hash(str)), sum(hash(ts)) from many_parquet_snappy;
select 'many_parquet_snappy', count(*), sum(length(str)) from many_parquet_snappy where ch = 'char' and id = 1 and dec > 12 and ts > '2024-01-01' and dt > '2024-01-01' and str = 'hello' and arr[1] = 2;
create external table ordered_orc (n bigint, v string, x int) stored as orc location '/tmp/whscan-ours/ordered_orc';
select 'ordered_orc', "n = 77777", count(*), sum(n), sum(x), max(v) from ordered_orc where n = 77777;
select 'ordered_orc', "n > 99990", count(*), sum(n), sum(x), max(v) from ordered_orc where n > 99990;
select 'ordered_orc', "v <= 'value 000009'", count(*), sum(n), sum(x), max(v) from ordered_orc where v <= 'value 000009';
select 'ordered_orc', "n < -5", count(*), sum(n), sum(x), max(v) from ordered_orc where n < -5;
select 'ordered_orc', "n in (5, 50005)", count(*), sum(n), sum(x), max(v) from ordered_orc where n in (5, 50005);
select 'ordered_orc', "x is null", count(*), sum(n), sum(x), max(v) from ordered_orc where x is null;
select 'ordered_orc', "n < 3 or x = 40404", count(*), sum(n), sum(x), max(v) from ordered_orc where n < 3 or x = 40404;
select 'ordered_orc', "x > 49990 and n is null", count(*), sum(n), sum(x), max(v) from ordered_orc where x > 49990 and n is null;
select 'ordered_orc', "x between 30000 and 30010", count(*), sum(n), sum(x), max(v) from ordered_orc where x between 30000 and 30010;
create external table old_orc (id int, dt date, ts timestamp) stored as orc location '/tmp/whscan-ours/old_orc';
select * from old_orc;
create external table ordered_parquet (n bigint, v string, x int) stored as parquet location '/tmp/whscan-ours/ordered_parquet';
select 'ordered_parquet', "n = 77777", count(*), sum(n), sum(x), max(v) from ordered_parquet where n = 77777;
select 'ordered_parquet', "n > 99990", count(*), sum(n), sum(x), max(v) from ordered_parquet where n > 99990;
select 'ordered_parquet', "v <= 'value 000009'", count(*), sum(n), sum(x), max(v) from ordered_parquet where v <= 'value 000009';
select 'ordered_parquet', "n < -5", count(*), sum(n), sum(x), max(v) from ordered_parquet where n < -5;
select 'ordered_parquet', "n in (5, 50005)", count(*), sum(n), sum(x), max(v) from ordered_parquet where n in (5, 50005);
select 'ordered_parquet', "x is null", count(*), sum(n), sum(x), max(v) from ordered_parquet where x is null;
select 'ordered_parquet', "n < 3 or x = 40404", count(*), sum(n), sum(x), max(v) from ordered_parquet where n < 3 or x = 40404;
select 'ordered_parquet', "x > 49990 and n is null", count(*), sum(n), sum(x), max(v) from ordered_parquet where x > 49990 and n is null;
select 'ordered_parquet', "x between 30000 and 30010", count(*), sum(n), sum(x), max(v) from ordered_parquet where x between 30000 and 30010;
create external table old_parquet (id int, dt date, ts timestamp) stored as parquet location '/tmp/whscan-ours/old_parquet';
select * from old_parquet;
create external table unions (id int, u uniontype<int,string,array<int>>) stored as orc location '/tmp/whscan-ours/union_orc'; select * from unions;
