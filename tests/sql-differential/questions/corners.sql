-- Corners: what is right in its plain form, in other places and together.
-- oracle: both

-- The key of USING in groups, windows, sets, stars and further joins.
select x, count(*) as n from (values (1), (2)) a(x) full join (values (2), (3)) b(x) using (x) group by rollup (x)
  order by x, n;
select distinct on (x) x, y from (values (1, 5), (2, 6)) a(x, y) full join (values (2), (3)) b(x) using (x)
  order by x, y;
select x, sum(x) over (partition by x % 2 order by x) as s from (values (1), (2)) a(x)
  full join (values (2), (3)) b(x) using (x) order by x;
select x from (values (1), (2)) a(x) full join (values (2), (3)) b(x) using (x) union all select 7 order by x;
select x from (values (1), (2)) a(x) full join (values (2), (3)) b(x) using (x) except all select 2 order by x;
select a.* from (values (1, 'a'), (2, 'b')) a(x, l) full join (values (2, 'c'), (3, 'd')) b(x, r) using (x)
  order by a.x;
select q.* from (select * from (values (1, 'a')) a(x, l) full join (values (3, 'd')) b(x, r) using (x)) q order by q.x;
select x, z from (values (1), (2)) a(x) full join (values (2), (3)) b(x) using (x)
  join (values (3, 'z'), (1, 'y')) c(w, z) on w = x order by x;
select x, z from (values (1), (2)) a(x) full join (values (2), (3)) b(x) using (x) left join (values (3, 'z')) c(w, z)
  on c.w = x order by x;
select x, y from (values (1, 2), (2, 3)) a(x, y) full join (values (2, 9)) b(x, z) using (x)
  full join (values (3, 4)) c(y, w) using (y) order by x, y;
select coalesce(x, -1) as k, x is null as n from (values (1), (null)) a(x) full join (values (2)) b(x) using (x)
  order by k;
select count(*) filter (where x > 1) as n, array_agg(x order by x) as a from (values (1), (2)) a(x)
  full join (values (2), (3)) b(x) using (x);
select (select max(x) from (values (1), (2)) a(x) full join (values (2), (3)) b(x) using (x)) as m;
with t as (select * from (values (1), (2)) a(x) full join (values (2), (3)) b(x) using (x)) select t.x, u.x as other
  from t full join t u using (x) order by 1;
select x, l, r from (values (1, 'a'), (2, 'b')) a(x, l) natural full join (values (2, 'c'), (3, 'd')) b(x, r)
  where l is null or r is null order by x;
select upper(k) as u from (values ('a'), ('b')) a(k) right join (values ('b'), ('c')) b(k) using (k) where k <> 'b'
  order by u;
select x, case when a.x is null then 'right' when b.x is null then 'left' else 'both' end as side
from (values (1), (2)) a(x) full join (values (2), (3)) b(x) using (x) order by x;
select x from (values (1), (2)) a(x) full join (values (2.0), (3.5)) b(x) using (x) order by x;
select x from (values (1), (2)) a(x) cross join (values (5)) c(y) full join (values (2), (3)) b(x) using (x) order by x;

-- IS DISTINCT FROM beside other words.
select case when 1 is distinct from null and true then 'a' else 'b' end as x;
select count(*) as n from stats where not uid is distinct from 4 or uid is not distinct from 5 and allocated;
select uid from stats where (uid is distinct from 4) is not true and votes is not distinct from 1 order by uid;
select uid from stats where uid is distinct from 4 and uid is distinct from 5 and uid is distinct from 6 or false
  order by uid;
select x is distinct from y or x is null and y is null as d
  from (values (1, 1), (1, 2), (null::int, null::int), (null, 2)) t(x, y) order by 1;
select uid from stats where gpu_name || '!' is distinct from 'NVIDIA H100' || '!' and uid > 1 order by uid;
select uid from stats where uid + 1 is distinct from 5 and uid * 2 is not distinct from 12 order by uid;
select a.uid from stats a join stats b on a.uid is not distinct from b.uid and a.votes = b.votes order by 1;
select a.uid, b.uid as o from stats a left join stats b on a.uid is distinct from b.uid and b.uid > 5 order by 1, 2;
select uid from stats where (select max(uid) from stats) is distinct from uid and uid > 3 order by uid;
select null::int is distinct from null::int and true as a, null::int is not distinct from 1 or true as b;
select uid from stats where allocated is distinct from (uid > 4) and order_tie order by uid;

-- Sets that count, with nulls, limits and several columns.
(select uid from stats_votes order by uid, run_id limit 6) except all (select uid from stats order by uid) order by uid;
select uid, counts from stats_votes except all select uid, true from stats order by uid, counts;
select x, y from (values (1, null), (1, null), (1, 'a')) t(x, y) except all select x, y from (values (1, null)) u(x, y)
  order by x, y;
select x, y from (values (1, null), (1, null), (1, 'a')) t(x, y) intersect all select x, y
  from (values (1, null), (1, null), (2, null)) u(x, y) order by x, y;
select x from (values (1), (1), (2)) t(x) except all select x from (values (1), (1), (1)) u(x) order by x;
select count(*) as n from (select uid from stats_votes except all select uid from stats_votes where counts) q;
select uid, count(*) as n from (select uid from stats_votes except all select uid from stats) q group by uid
  order by uid;
select uid from stats where uid in (select uid from stats_votes except all select uid from stats) order by uid;
select uid from (select uid from stats_votes intersect all select uid from stats) q where uid > 4 order by uid;
select x::float8 as x from (values (1), (1)) t(x) except all select 1.0::float8 order by x;
select null::int as x union all select null except all select null order by x;

-- NOT IN where it is deeper.
select x from (values (1), (2), (null)) t(x) where (x not in (select y from (values (1), (null)) u(y))) = false;
select x from (values (1), (2), (null)) t(x) where (x in (select y from (values (1), (null)) u(y))) is null or x = 1;
select x from (values (1), (2), (null)) t(x) where (x not in (select y from (values (2)) u(y)) and x < 5)
  or (x in (select y from (values (2)) u(y)) and x > 1);
select x from (values (1), (2), (null)) t(x) where not (x in (select y from (values (2), (null)) u(y)) or x > 5)
  or x = 2;
select x from (values (1), (2), (null)) t(x) where x not in (select x from (values (1)) u(x)) or x in (select x
  from (values (1)) u(x));
select x from (values (1), (2), (null)) t(x) where coalesce((x in (select y from (values (1)) u(y)))::int, 7) = 7;
select x from (values (1), (2), (null)) t(x) where nullif(x in (select y
  from (values (1), (null)) u(y)), false) is null;
-- refused: not understood here: a subquery in this place
select count(*) as n from stats_votes v where v.uid not in (select uid from stats where run_id = v.run_id)
  or v.counts is null;
-- refused: not understood here: a subquery in this place
select count(*) as n from stats_votes v where v.uid in (select uid from stats where run_id = v.run_id) is not true;
select x from (values (1), (null)) t(x) where x not in (select null::int) or x = 1;
select x from (values (1), (null)) t(x) where (x in (select null::int)) is false or x is null;
select x from (values (1), (null)) t(x) where (x not in (select y from (values (1)) u(y) where false)) is true;

-- Integers near their end, in columns, sums and casts.
-- oracle: postgres
-- raises
select x + y as s from (values (9223372036854775807::bigint, 1::bigint), (1, 1)) t(x, y);
-- oracle: postgres
-- raises
select uid * 4611686018427387904 as x from stats order by uid;
-- oracle: postgres
-- raises
select 2147483647::int + extract(day from date '2026-03-14')::int as x;
-- oracle: postgres
-- raises
select abs((-32768)::smallint) as x;
-- oracle: postgres
-- raises
select -((-2147483648)::int) as x;
-- oracle: postgres
-- raises
select (-2147483648)::int / -1::int as x;
-- oracle: postgres
-- raises
select 1e19::float8::bigint as x;
-- oracle: postgres
-- raises
select 'Infinity'::float8::int as x;
-- oracle: postgres
-- raises
select sum(x) + 9223372036854775807::bigint as s from (values (1::int), (2)) t(x);
-- oracle: postgres
-- raises
select x - 1 as d from (values ((-9223372036854775807)::bigint - 1)) t(x) where x < 0;
-- oracle: postgres
-- raises
select uid from stats where case when uid > 0 then uid + 9223372036854775807 else 0 end > 0;
-- oracle: postgres
-- raises
select timestamp '2026-03-14' + interval '400000 years' as x;
-- oracle: postgres
select (-9223372036854775807)::bigint - 1 as a, -9223372036854775808 as b, 9223372036854775807 % -1 as c;
select case when false then 9223372036854775807::bigint + 1 else 0 end as x;
select coalesce(1, x + 9223372036854775807) as c from (values (1::bigint)) t(x);
select sum(x) as s, avg(x) as a from (values (4611686018427387904::bigint), (4611686018427387903)) t(x);
select sum(x)::bigint / 2 as s from (values (5::int), (6)) t(x);
select sum(2000000000::bigint) as s from stats;
select count(*) * 1000000000000 as c from stats;

-- Intervals in their places.
-- oracle: postgres
select timestamp '2026-03-14 12:00' - timestamp '2026-03-13' between interval '1 day' and interval '2 days' as a;
-- oracle: postgres
select interval '1 day' in (interval '24 hours') as a, interval '1 month' <> interval '30 days' as b, interval '0' =
  interval '0 days' as c;
-- oracle: postgres
-- refused: intervals are not grouped
select greatest(interval '25 hours', interval '1 day') = interval '25 hours' as a, least(interval '1 month',
  interval '31 days') = interval '30 days' as b;
-- oracle: postgres
select case when interval '36 hours' > interval '1 day' then 'long' else 'short' end as a;
-- oracle: postgres
-- log: sn27-day
select run_id from wandb_liveness where heartbeat_at + interval '36 hours' < timestamptz '2026-03-14 23:30:00Z'
  order by run_id;
-- oracle: postgres
-- log: sn27-day
select l.run_id, w.run_id as later from wandb_liveness l join wandb_liveness w
  on w.heartbeat_at - l.heartbeat_at > interval '30 days' order by 1, 2 limit 5;
-- oracle: postgres
select date '2026-03-14' - interval '1 month' as a, date '2024-02-29' + interval '12 months' as b, timestamp
  '2026-03-31' + interval '1 month 1 day' as c;
-- oracle: postgres
select x > interval '1 day' as a, x is null as b from (values (interval '25 hours'), (null), (interval '-1 day')) t(x);
-- oracle: postgres
-- refused: Invalid input syntax for type interval
select extract(epoch from interval '1 day 00:00:00.5') as s;
-- oracle: postgres
select extract(epoch from x) as s from (values (interval '12 hours 0.5 seconds'), (interval '1 month'), (interval
  '1 year')) t(x) order by 1;

-- SIMILAR TO and to_char of columns.
-- oracle: postgres
select x, p, x similar to p as m from (values ('abc', 'a%'), ('abc', '(a|b)_c'), ('a%', 'a\%'), ('', '%'), (null, 'a'))
  t(x, p);
-- oracle: postgres
select x, to_char(timestamp '2026-03-04 01:02:03', p) as m from (values (1, 'YYYY'), (2, 'MM'), (3, 'HH24:MI')) t(x, p)
  order by x;
-- oracle: postgres
select count(*) as n from stats where gpu_name similar to 'NVIDIA (H|A)[0-9]{3}%' and not gpu_name similar to '%80GB%';
-- oracle: postgres
-- raises
select null::bigint >= (9223372036854775807 + 1) as a;
