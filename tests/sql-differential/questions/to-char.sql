-- to_char with PostgreSQL's patterns.
-- oracle: postgres

-- An owner: hours of the day, as they are read out.
select to_char(timestamp '2026-03-14 12:34:56', 'YYYY-MM-DD HH24:MI:SS') as x;
select to_char(timestamp '2026-03-14 12:34:56', 'YYYY-MM-DD') as x, to_char(timestamp '2026-03-14 12:34:56', 'HH24:MI')
  as y;
select to_char(timestamp '2026-03-04 01:02:03', 'DD.MM.YYYY') as x, to_char(timestamp '2026-03-04 13:02:03',
  'HH12:MI AM') as y;
select to_char(timestamp '2026-03-04 01:02:03', 'FMDD. FMMonth YYYY') as x, to_char(timestamp '2026-03-04', 'Mon DD')
  as y;
select to_char(timestamp '2026-03-04 01:02:03', 'Dy') as x, to_char(timestamp '2026-03-04', 'FMDay') as y,
  to_char(timestamp '2026-03-04', 'DDD') as z;
select to_char(timestamp '2026-03-04 01:02:03.456', 'SS.MS') as x, to_char(timestamp '2026-03-04 01:02:03.456', 'US')
  as y;
-- refused: to_char does not know Q
select to_char(date '2026-08-04', 'Q') as z;
select to_char(date '2026-03-04', 'YYYY-MM') as x, to_char(date '2026-03-04', 'IYYY-"W"IW') as y;
select to_char(timestamp '2026-03-04 01:02:03', 'YY/MM/DD') as x, to_char(timestamp '2026-03-04 01:02:03',
  'YYYYMMDD"T"HH24MISS') as y;
select distinct to_char(recorded_at, 'YYYY-MM-DD HH24:MI:SS') as x from events;
select uid, to_char(created_at, 'YYYY-MM-DD') as day from stats order by uid;
select to_char(null::timestamp, 'YYYY') as x, to_char(timestamp '2026-03-04', null) as y;
-- log: sn27-day
select to_char(started_at, 'HH24') as hour, count(*) as n from wandb_polls group by 1 order by 1;
-- log: sn27-day
select to_char(date_trunc('day', created_at), 'YYYY-MM-DD') as day, count(*) as n from wandb_runs group by 1 order by 1;
-- Numbers.
-- refused: to_char takes a time and a pattern
select to_char(1234.5, '9999.99') as x, to_char(42, '0000') as y, to_char(-5, '99') as z;
-- Dates from texts.
-- refused: Error parsing timestamp from
select to_date('2026-03-14', 'YYYY-MM-DD') as x, to_timestamp('2026-03-14 12:34', 'YYYY-MM-DD HH24:MI') as y;
