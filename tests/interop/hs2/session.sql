select 'a' as a, 1 as n, cast(null as string) as nothing;
create database b comment 'of beeline';
use b;
create table t (id int, name varchar(10), amount decimal(10,2), at timestamp, tags array<string>) partitioned by (ds string);
insert into t partition (ds='2024-01-01') select 1, 'one', 1.5, timestamp '2024-01-01 10:00:00', array('x', 'y');
insert into t partition (ds='2024-01-02') select 2, null, 2.25, null, null;
select * from t order by id;
select id, m['k'], s.f from (select 1 id, map('k', 2) m, named_struct('f', date '2024-02-03') s) x;
describe t;
describe formatted t;
show tables;
show databases;
show partitions t;
create view v as select id, name from t;
select count(*) from v;
set hivevar:limit_to=1;
select id from t order by id limit ${hivevar:limit_to};
set hive.exec.dynamic.partition.mode;
explain select id from t where ds = '2024-01-01';
create temporary table tt as select 5 as five;
select * from tt;
!tables
!columns t
!primarykeys t
!typeinfo
!metadata getSchemas
select 'a;b' as quoted, "it''s" as other -- a comment
;
/* a comment
   over lines */ select 3 as three;
analyze table t partition (ds) compute statistics;
truncate table tt;
drop view v;
selec 1;
select * from nosuch;
describe nosuch;
drop database b cascade;
