-- Nulls: their logic, their order, and CASE.
-- oracle: both

select null and false as a, null and true as b, null or true as c, null or false as d, not null::boolean as e;
select null = null as a, null <> 1 as b, 1 < null as c, null is null as d, null is not null as e, (null = 1) is null as
  f;
select x, x is true as a, x is not true as b, x is false as c, x is not false as d, x is unknown as e, x is not unknown
  as f
from (values (true), (false), (null)) t(x);
select x, y, x and y as a, x or y as o, x = y as e, x <> y as n
from (values (true), (false), (null)) t(x), (values (true), (false), (null)) u(y);
select x, not x as n, x and not x as a, x or not x as o from (values (true), (false), (null)) t(x);
select x from (values (1), (null), (3)) t(x) where x > 1 or x <= 1;
select x from (values (1), (null), (3)) t(x) where not (x > 1);
select x from (values (1), (null), (3)) t(x) where x <> 1;
select x from (values (1), (null), (3)) t(x) where x = x;
select x from (values (1), (null), (3)) t(x) where (x > 1) is not true;
select x from (values (1), (null), (3)) t(x) where x between null and 5 or x = 3;
select x from (values (1), (null), (3)) t(x) where coalesce(x, 0) < 2;
select x from (values (1), (null), (3), (2)) t(x) order by x;
select x from (values (1), (null), (3), (2)) t(x) order by x desc;
select x from (values (1), (null), (3), (2)) t(x) order by x nulls first;
select x from (values (1), (null), (3), (2)) t(x) order by x desc nulls last;
select x, y from (values (1, null), (null, 'a'), (1, 'b'), (null, null)) t(x, y) order by x desc, y;
select x, y from (values (1, null), (null, 'a'), (1, 'b'), (null, null)) t(x, y) order by y nulls first, x nulls first;
select x from (values ('b'), ('A'), (null), (''), ('a'), ('ä'), ('Z')) t(x) order by x;
select x from (values ('10'), ('9'), ('a'), ('_'), ('-')) t(x) order by x;
select x from (values (true), (null), (false)) t(x) order by x;
select x from (values (1.5), (null), (-2.0), (0.0)) t(x) order by x limit 2;
select x from (values ('NaN'::float8), (1), (null), ('Infinity'), ('-Infinity')) t(x) order by x;
select x, x = 'NaN'::float8 as e, x > 5 as g, x < 5 as l
  from (values ('NaN'::float8), (1), ('Infinity'), ('-Infinity')) t(x);
select max(x) as h, min(x) as l, count(x) as n from (values ('NaN'::float8), (1), (null), ('-Infinity')) t(x);
select x, count(*) as n from (values ('NaN'::float8), ('NaN'), (0.0), (-0.0), (null)) t(x) group by x order by x;
select 'NaN'::float8 + 1 as a, 'Infinity'::float8 - 'Infinity'::float8 as b, 'Infinity'::float8 * 0 as c,
  -'Infinity'::float8 as d;
select sum(x) as s, avg(x) as a from (values ('NaN'::float8), (1)) t(x);
select distinct x from (values (1), (null), (null), (1)) t(x) order by x;
select count(distinct x) as n from (values ('NaN'::float8), ('NaN'), (1), (null)) t(x);

-- CASE, COALESCE, NULLIF.
select x, case x when 1 then 'one' when null then 'never' else 'other' end as a, case when x is null then 'none' when x
  > 1 then 'many' end as b
from (values (1), (null), (3)) t(x);
select case when null then 1 else 2 end as a, case when false then 1 end as b, case 1 when 1.0 then 'same' else 'other'
  end as c;
select case when x = 0 then null else 10 / x end as a from (values (0), (2), (5)) t(x);
select case when true then 1 when 1 / 0 = 1 then 2 end as a;
select coalesce(null, null, 3) as a, coalesce(null, 'x') as b, nullif(1, 1) as c, nullif(1, 2) as d, nullif(null, 1) as
  e, nullif('a', 'b') as f;
select x, case when x > 1 then x else -x end as a, case when x > 1 then 'a' || x::text end as b
  from (values (1), (null), (3)) t(x);
select x, case when x in (1, 2) then 'low' when x not in (1, 2) then 'high' else 'none' end as a
  from (values (1), (null), (3)) t(x);
select sum(case when x > 1 then 1 else 0 end) as a, sum(case when x > 1 then 1 end) as b, count(case when x > 5 then 1
  end) as c from (values (1), (null), (3)) t(x);
select case when exists (select 1 from stats where uid = 99) then 1 else 0 end as a;
select uid, case gpu_name when 'NVIDIA H100' then 1 when 'NVIDIA H200' then 2 else 0 end as a from stats order by uid;
select uid, case when score > 30 then case when votes > 1 then 'a' else 'b' end else 'c' end as x from stats
  order by uid;

-- A miner: what is unknown of me.
-- log: sn27-day
select count(*) as n, count(score) as s, count(gpu_name) as g, count(own_score) as o, count(validator) as v
  from stats_votes;
-- log: sn27-day
select count(*) as n from scores where score is null and reason = 'unknown' or score = 0;
-- log: sn27-day
select reason, unknown, count(*) as n, count(score) as s, sum(score) as t from scores group by reason, unknown
  order by 1, 2;
-- log: sn27-day
select hotkey, gpu_name from miner_reports order by gpu_name desc, hotkey limit 12;
-- log: sn27-day
select hotkey, is_port_open from miner_reports order by is_port_open nulls first, hotkey desc limit 12;
-- log: sn27-day
select uid, max(valid_to) as m, count(valid_to) as n, count(*) as a from stats_history group by uid
  order by m desc, uid limit 20;
-- log: sn27-day
select uid, valid_from, coalesce(valid_to, 441) - valid_from as span from stats_history
  order by span desc, uid, valid_from limit 20;
-- log: computedb
select id, coalesce(gpu_name, 'none') as g, num_gpus is null or num_gpus = 0 as failed from computedb_pog_stats
  order by id;
-- log: scrapes
select target, status, coalesce(status::text, outcome) as what, refused_by is null as asked from scrapes
  order by target, log_index;
