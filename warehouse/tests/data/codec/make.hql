-- How the files of rows/ and none/ were made, by Hive 2.3.9 with Hadoop 3.3.4. Those of LZO and Zstandard are written by the
-- codecs of io.airlift.compress, for Hadoop's own need native libraries.
create table src (id int, name string, v double);
insert into src values (1,'one',1.5),(2,'zwei — ü',-0.25),(3,null,null),(4,'',1e10),(5,'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',3.0);
set hive.exec.compress.output=true;
-- And so on with GzipCodec, BZip2Codec, SnappyCodec, Lz4Codec, io.airlift.compress.lzo.{LzopCodec,LzoCodec},
-- io.airlift.compress.zstd.ZstdCodec.
set mapreduce.output.fileoutputformat.compress.codec=org.apache.hadoop.io.compress.DefaultCodec;
create table rows stored as textfile as select * from src;
create table none stored as textfile as select * from src where id > 10;
