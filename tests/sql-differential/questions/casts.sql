-- Casts, as people write them.
-- oracle: postgres

select 1.5::float8::int as a, 2.5::float8::int as b, -1.5::float8::int as c, 0.5::float8::bigint as d;
select 1.5::int as a, 2.5::int as b, 1.4::int as c, -0.5::int as d, 2.5::numeric::bigint as e;
select '42'::int as a, ' 42 '::int as b, '4.2'::float8 as c, '1e3'::float8 as d, '-7'::bigint as e;
-- raises
select 'x'::int as a;
-- raises
select '4.2'::int as a;
-- raises
select ''::int as a;
-- raises
select 'maybe'::boolean as a;
-- raises
select '2026-02-30'::date as a;
-- raises
select '2026-13-01'::date as a;
select 'true'::boolean as a, 't'::boolean as b, 'yes'::boolean as c, 'off'::boolean as d, '1'::boolean as e,
  'f'::boolean as f;
select true::int as a, false::int as b, 1::boolean as c, 0::boolean as d, 5::boolean as e;
select true::text as a, 1::text as b, null::text as d, 'x'::text as e;
select 1.50::text as c;
select 33.25::float8::text as a, 1::float8::text as b, 1e20::float8::text as c, 1e-7::float8::text as d,
  0.1::float8::text as e;
select 'NaN'::float8::text as a, 'Infinity'::float8::text as b, '-Infinity'::float8::text as c;
select '2026-03-14'::date as a, '2026-03-14 12:34'::timestamp as b, '2026-03-14T12:34:56Z'::timestamptz as c;
select '2026-03-14 12:34:56.789'::timestamp as a, '2026-03-14 12:34:56+02'::timestamptz as b, '2026-03-14'::timestamp
  as c;
select '2026-03-14 12:34:56+02:00'::timestamptz as a, '2026-03-14 12:34:56 Europe/Berlin'::timestamptz as b;
select date '2026-03-14'::text as a, timestamp '2026-03-14 12:34:56'::text as b, timestamp
  '2026-03-14 12:34:56.5'::text as c;
select timestamptz '2026-03-14 12:34:56Z'::text as a;
select timestamp '2026-03-14 12:34:56'::date as a, date '2026-03-14'::timestamp as b, timestamptz
  '2026-03-14 23:30:00-02'::date as c;
select cast('7' as bigint) + 1 as a, cast(7 as text) || 'x' as b, cast(null as int) as c, cast('1.25' as numeric(10,
  1)) as d;
select 1.25::numeric(10, 1) as a, 1.35::numeric(10, 1) as b, 123.456::decimal(6, 2) as c, 5::numeric(4, 2) as d;
-- raises
select 12345.6::numeric(4, 2) as a;
select 1::smallint + 1::bigint as a, 1::real + 1::float8 as b, 16777217::real as c, 0.1::real::float8 as d;
select 'abc'::varchar as c, 'abc'::char(3) as d;
-- refused: does not support Varchar with length
select 'abc'::varchar(2) as a;
select 300::int::float8 as a, 9007199254740993::bigint::float8 as b, 1e15::float8::bigint as c;
-- log: sn27-day
select uid, score_text::float8 = score as same, score_text::float8 - score as d from stats where score_text is not null
  order by uid;
-- log: sn27-day
select uid, uid_text::int = uid as same, uid_text::int + 1 as next from stats order by uid;
-- log: computedb
select id, created_at_text::timestamp as t, created_at_text::timestamptz = created_at as same from computedb_pog_stats
  order by id;
-- log: computedb
select uid, score::int as whole, score::text as said, num_gpus::float8 as g, allocated::int as a from computedb_stats
  order by uid;
-- oracle: both
select uid::text || '/' || run_id as x from stats_votes order by x;
-- oracle: both
select try_it from (select cast(uid as double precision) / 2 as try_it from stats) q order by 1;
-- Literals and parts of other types beside each other.
-- oracle: both
-- refused: Cannot coerce arithmetic expression Int64 + Utf8
select uid + '1' as c from stats order by uid;
-- oracle: both
select uid = '4' as a, uid > '4' as b from stats order by uid;
select 1 = 1.0 as a, 1 < 1.5 as b, 1::bigint = 1::float8 as c, '1' = 1 as d;
-- raises
select 'a' = 1 as x;
-- raises
select true = 1 as x;
select case when true then 1 else 2.5 end as a, coalesce(null, 1, 2.5) as b, case when false then 1 end as c;
-- refused: Invalid function 'pg_typeof'.
select pg_typeof(1) is not null as a;
