-- Made with Apache Hive 2.3.9 (local MapReduce), in time zone UTC, from the table of make.hql.
set hive.stats.autogather=false;
create external table types_text (
  id int, b boolean, t tinyint, s smallint, i int, l bigint, f float, d double, `dec` decimal(10,2), big decimal(38,18),
  str string, vc varchar(10), ch char(10), dt date, ts timestamp, bin binary,
  arr array<int>, m map<string,int>, st struct<a:int,b:string>, nested array<struct<x:int,y:map<string,array<double>>>>)
stored as textfile location '${hiveconf:types_text}';
create table types_seq stored as sequencefile as select * from types_text;
create table types_seq_lazybinary row format serde 'org.apache.hadoop.hive.serde2.lazybinary.LazyBinarySerDe' stored as sequencefile as select * from types_text;
create table types_rc stored as rcfile as select * from types_text where id <> 2;
create table types_rc_text row format serde 'org.apache.hadoop.hive.serde2.columnar.ColumnarSerDe' stored as rcfile as select * from types_text;
create table types_avro stored as avro as select id, b, cast(t as int) t, cast(s as int) s, i, l, f, d, `dec`, big, str, vc, ch, dt, ts, bin, arr, m, st, nested from types_text;
set hive.exec.compress.output=true;
set mapred.output.compression.codec=org.apache.hadoop.io.compress.DefaultCodec;
set mapreduce.output.fileoutputformat.compress.codec=org.apache.hadoop.io.compress.DefaultCodec;
set mapred.output.compression.type=RECORD;
set mapreduce.output.fileoutputformat.compress.type=RECORD;
create table types_seq_record stored as sequencefile as select * from types_text;
create table types_avro_deflate stored as avro as select id, b, cast(t as int) t, cast(s as int) s, i, l, f, d, `dec`, big, str, vc, ch, dt, ts, bin, arr, m, st, nested from types_text;
set mapred.output.compression.type=BLOCK;
set mapreduce.output.fileoutputformat.compress.type=BLOCK;
create table types_seq_block stored as sequencefile as select * from types_text;
create table types_rc_deflate stored as rcfile as select * from types_text where id <> 2;
create table types_rc_text_deflate row format serde 'org.apache.hadoop.hive.serde2.columnar.ColumnarSerDe' stored as rcfile as select * from types_text;
