-- Times, dates and intervals.
-- oracle: postgres

-- An auditor: minutes without seconds, dates without times.
select count(*) as n from events where recorded_at >= '2026-01-01 00:00';
select count(*) as n from events where recorded_at >= '2026-01-01';
select count(*) as n from events where recorded_at = '2026-01-01T00:00:00Z';
select count(*) as n from events where recorded_at between '2025-12-31 23:59' and '2026-01-01 00:01';
select count(*) as n from events where recorded_at::date = date '2026-01-01';
select timestamp '2026-03-14 12:00' as x, timestamptz '2026-03-14 12:00+01' as y;
select count(*) as n from events where recorded_at < timestamp '2026-01-01 00:00:01';
-- log: sn27-day
select count(*) as n from wandb_polls where started_at > '2026-03-14 12:00' and started_at <= '2026-03-14 18:00';
-- log: sn27-day
select log_index from wandb_polls where started_at >= timestamptz '2026-03-14 10:00:00+02' order by log_index limit 3;
-- log: sn27-day
select count(*) as n from wandb_liveness where heartbeat_at < timestamptz '2026-03-14 23:30:00Z' - interval '1 hour';

-- Parts.
select extract(second from timestamp '2026-03-14 12:00:07.5') as x;
select extract(year from timestamp '2026-03-14 12:34:56') as a, extract(month from date '2026-03-14') as b, extract(day
  from date '2026-03-14') as c;
select extract(hour from timestamp '2026-03-14 12:34:56') as a, extract(minute
  from timestamp '2026-03-14 12:34:56') as b;
select extract(dow from date '2026-03-14') as a, extract(doy from date '2026-03-14') as b, extract(isodow
  from date '2026-03-15') as c;
select extract(week from date '2026-01-01') as a, extract(quarter from date '2026-05-01') as b, extract(isoyear
  from date '2027-01-01') as c;
select extract(epoch from timestamp '2026-03-14 12:00:07.5') as a, extract(epoch from date '1970-01-02') as b;
select extract(epoch from timestamptz '2026-03-14 12:00:00+02') as a, extract(epoch from interval '1 day 2 hours') as b;
select extract(millisecond from timestamp '2026-03-14 12:00:07.5') as a, extract(microsecond
  from timestamp '2026-03-14 12:00:07.5') as b;
select extract(hour from interval '1 day 26 hours') as a, extract(day
  from interval '1 day 26 hours') as b, extract(minute from interval '90 minutes') as c;
-- refused: Date part 'CENTURY' not supported
select extract(century from date '2026-03-14') as a, extract(decade from date '2026-03-14') as b;
select date_part('second', timestamp '2026-03-14 12:00:07.25') as a, date_part('epoch', timestamp
  '1970-01-01 00:00:01.5') as b;
select date_part('year', date '2026-03-14') as a, date_part('hour', timestamptz '2026-03-14 23:00:00+05') as b;
-- log: sn27-day
select distinct extract(second from finished_at) as s from wandb_polls order by s;
-- log: sn27-day
select extract(hour from started_at) as hour, count(*) as n from wandb_polls group by 1 order by 1;
-- log: sn27-day
select extract(epoch from finished_at - started_at) as seconds, count(*) as n from wandb_polls group by 1 order by 1;
-- log: sn27-day
select extract(epoch from heartbeat_at)::bigint % 60 as s, count(*) as n from wandb_liveness group by 1 order by 1;

-- Truncated.
select date_trunc('hour', timestamp '2026-03-14 12:34:56') as a, date_trunc('day', timestamp '2026-03-14 12:34:56') as
  b;
select date_trunc('week', timestamp '2026-03-15 12:34:56') as a, date_trunc('month', date '2026-03-14') as b,
  date_trunc('quarter', date '2026-05-14') as c;
select date_trunc('minute', timestamptz '2026-03-14 12:34:56+02') as a, date_trunc('year', timestamp '2026-03-14') as
  b, date_trunc('second', timestamp '2026-03-14 01:02:03.9') as c;
-- refused: Unsupported date_trunc granularity
select date_trunc('milliseconds', timestamp '2026-03-14 01:02:03.9876') as a, date_trunc('decade', date '2026-03-14')
  as b;
select date_bin('15 minutes', timestamp '2026-03-14 12:34:56', timestamp '2026-01-01') as a;
-- log: sn27-day
select date_trunc('hour', started_at) as hour, count(*) as n, sum(runs) as runs from wandb_polls group by 1 order by 1;
-- log: sn27-day
select date_trunc('month', created_at) as month, count(*) as n from wandb_runs group by 1 order by 1;

-- Intervals.
select interval '24 hours' = interval '1 day' as a, interval '30 days' = interval '1 month' as b, interval '60 minutes'
  = interval '1 hour' as c;
select interval '25 hours' > interval '1 day' as a, interval '1 month' > interval '29 days' as b, interval '1 day' <
  interval '1 year' as c;
select timestamp '2026-03-14 12:00:00' + interval '1 day' as a, timestamp '2026-03-14 12:00:00' - interval '90 minutes'
  as b;
select timestamp '2026-01-31' + interval '1 month' as a, timestamp '2024-02-29' + interval '1 year' as b, timestamp
  '2026-03-31' - interval '1 month' as c;
select date '2026-03-14' + interval '1 day' as a, date '2026-03-14' + 1 as b, date '2026-03-14' - 14 as c, date
  '2026-03-14' - date '2026-01-01' as d;
select timestamp '2026-03-14 12:00:00' + interval '1 day 2 hours 3 minutes' as a, timestamp '2026-03-14' +
  interval '1 week' as b;
select timestamp '2026-03-14' + interval '2' day as a;
-- refused: Cannot get result type for temporal operation
select timestamp '2026-03-14' + 2 * interval '1 day' as b, timestamp '2026-03-14' + interval '1 day' * 1.5 as c;
select timestamp '2026-03-14' + (interval '1 day' + interval '1 hour') as b, timestamp '2026-03-14' - (-interval
  '1 hour') as c;
-- refused: Cannot get result type for temporal operation
select timestamp '2026-03-14' + interval '1 day' / 2 as a;
select timestamp '2026-03-14 12:00:00' - timestamp '2026-03-13 10:30:00' = interval '25 hours 30 minutes' as a;
select timestamp '2026-03-14 12:00:00' - timestamp '2026-03-13 10:30:00' > interval '1 day' as a;
-- refused: intervals are not grouped
select sum(x) = interval '3 hours' as a, max(x) = interval '2 hours' as b
  from (values (interval '1 hour'), (interval '2 hours')) t(x);
-- refused: Invalid function 'make_interval'.
select timestamp '2026-03-14' + make_interval(hours => 2) as a;
-- refused: Invalid function 'justify_hours'.
select justify_hours(interval '27 hours') = interval '1 day 3 hours' as a;
select age(timestamp '2026-03-14', timestamp '2026-01-01') = interval '2 months 13 days' as a;
select extract(year from a) as y, extract(month from a) as m, extract(day from a) as d, extract(hour from a) as h,
  extract(minute from a) as mi, extract(second from a) as s from (select age(x, y) as a from (values
  (timestamp '2026-03-14 12:00:01.5', timestamp '2025-12-31 12:00:02'), (timestamp '2026-03-01', timestamp '2026-01-31'),
  (timestamp '2024-03-01', timestamp '2024-01-31'), (timestamp '2026-01-31', timestamp '2026-03-01'),
  (timestamp '2026-05-31 01:00', timestamp '2026-02-28 02:00'), (timestamp '2026-02-28', timestamp '2026-02-28'),
  (timestamp '2026-07-15 23:59:59', timestamp '2024-02-29'), (timestamp '1969-12-31', timestamp '1970-01-01'),
  (null, timestamp '2026-01-01')) t(x, y)) q;
select age(timestamp '2026-03-14 12:00', date '2026-03-14') > interval '11 hours' as a, age(null, null) is null as b;
-- log: sn27-day
select count(*) as n from wandb_polls where finished_at - started_at > interval '5 seconds';
-- log: sn27-day
select log_index from wandb_polls where recorded_at - started_at >= interval '4 seconds' order by log_index limit 3;
-- log: sn27-day
select count(*) as n from (select started_at - lag(started_at) over (order by log_index) as gap from wandb_polls) q
where gap > interval '30 minutes';
-- log: sn27-day
select max(heartbeat_at) - min(heartbeat_at) > interval '30 days' as x from wandb_liveness;
-- log: sn27-day
select avg(extract(epoch from (finished_at - started_at))) as mean from wandb_polls;
-- log: chain-ladder
select block_number, extract(epoch from block_time - lag(block_time) over (order by block_number)) as s from blocks
  order by block_number;

-- Zones.
select timestamptz '2026-03-14 12:00:00+00' at time zone 'Europe/Berlin' as a, timestamp '2026-03-14 12:00:00' at time
  zone 'Europe/Berlin' as b;
select timestamptz '2026-07-14 12:00:00+00' at time zone 'Europe/Berlin' as a, timestamptz '2026-07-14 12:00:00+00' at
  time zone 'UTC' as b;
select extract(hour from timestamptz '2026-07-14 12:00:00+00' at time zone 'America/New_York') as a;
select timestamptz '2026-03-14 12:00:00+02' = timestamptz '2026-03-14 10:00:00Z' as a, timestamptz
  '2026-03-14 12:00:00Z' > timestamp '2026-03-14 11:00:00' as b;

-- Made and compared.
select make_date(2026, 2, 28) as a, to_timestamp(1773489600) as b, to_timestamp(0.5) as c, date '2026-03-14' =
  timestamp '2026-03-14' as d;
select date '2026-03-14' < date '2026-03-15' as a, date '2026-03-14' < timestamp '2026-03-14 00:00:01' as b,
  greatest(date '2026-03-14', date '2026-03-15') as c;
select min(created_at) as a, max(created_at) as b, count(distinct created_at) as n from stats_votes;
select date '0001-01-01' as a, date '9999-12-31' as b, timestamp '1969-12-31 23:59:59.5' as c, extract(epoch
  from timestamp '1969-12-31 23:59:59.5') as d;
-- refused: Only identifiers and literals are supported in tuples
select (timestamp '2026-03-01', timestamp '2026-03-10') overlaps (timestamp '2026-03-05', timestamp '2026-03-15') as x;
select d from generate_series(timestamp '2026-03-14', timestamp '2026-03-15', interval '6 hours') t(d) order by d;
select d from generate_series(date '2026-02-27', date '2026-03-02', interval '1 day') t(d) order by d;
-- An auditor: local hours of what was recorded.
-- log: sn27-day
select started_at at time zone 'Europe/Berlin' as a, extract(hour from started_at at time zone 'Europe/Berlin') as h
  from wandb_polls
order by started_at, log_index limit 4;
-- log: sn27-day
select date_trunc('day', started_at at time zone 'America/New_York') as day, count(*) as n from wandb_polls group by 1
  order by 1;
-- log: sn27-day
select count(*) as n from wandb_polls where (started_at at time zone 'Asia/Tokyo')::date = date '2026-03-15';
-- A miner: alive within a day of the last poll.
-- log: sn27-day
select count(*) as n from wandb_liveness l, (select max(finished_at) as t from wandb_polls) p
  where p.t - l.heartbeat_at > interval '1 day';
-- log: sn27-day
select count(*) as n from wandb_liveness l, (select max(finished_at) as t from wandb_polls) p
  where p.t - interval '1 day' > l.heartbeat_at;
-- log: sn27-day
select count(*) as n from wandb_polls group by (finished_at - started_at) order by (finished_at - started_at);
-- log: sn27-day
select run_id from wandb_liveness order by timestamptz '2026-03-15 00:00:00Z' - heartbeat_at desc, run_id limit 5;
select extract(second from interval '1 minute 2.5 seconds') as a, extract(milliseconds from interval '2.5 seconds') as b,
  extract(second from interval '-2.5 seconds') as c, extract(epoch from interval '1 day 2.5 seconds') as d;
