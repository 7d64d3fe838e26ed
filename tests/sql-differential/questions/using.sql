-- JOIN USING and NATURAL JOIN: the key is that of the side that has one.
-- oracle: both

-- An owner: which hotkeys are claimed, proven, or both.
-- log: sn27-day
select count(*) as n, count(hotkey) as hotkeys from miner_specs full join stats using (hotkey);
-- log: sn27-day
select count(hotkey) as n from miner_specs right join stats using (hotkey);
-- log: sn27-day
select count(hotkey) as n, count(miner_specs.hotkey) as a, count(stats.hotkey) as b from miner_specs
  full join stats using (hotkey);
select hotkey, count(*) as n from stats full join allocated_hotkeys using (hotkey) group by hotkey order by hotkey;
select hotkey, uid, run_id from (select hotkey, uid from stats) s full join (select hotkey, run_id
  from allocated_hotkeys) a
using (hotkey) order by hotkey, uid, run_id;

-- Kinds of joins, the key in every clause.
select x from (values (1), (2)) a(x) full join (values (2), (3)) b(x) using (x) order by x;
select x from (values (1), (2)) a(x) right join (values (2), (3)) b(x) using (x) order by x;
select x from (values (1), (2)) a(x) left join (values (2), (3)) b(x) using (x) order by x;
select x from (values (1), (2)) a(x) join (values (2), (3)) b(x) using (x) order by x;
select x from (values (1), (2)) a(x) natural full join (values (2), (3)) b(x) order by x;
select x from (values (1), (2)) a(x) natural right join (values (2), (3)) b(x) order by x;
select x from (values (1), (2)) a(x) natural left join (values (2), (3)) b(x) order by x;
select x from (values (1), (2)) a(x) natural join (values (2), (3)) b(x) order by x;
select x, a.x as l, b.x as r from (values (1), (2)) a(x) full join (values (2), (3)) b(x) using (x) order by x;
select x, a.x as l, b.x as r from (values (1), (2)) a(x) natural full join (values (2), (3)) b(x) order by x;
select x, a.x as l, b.x as r from (values (1), (2)) a(x) right join (values (2), (3)) b(x) using (x) order by x;
select a.x as l from (values (1), (2)) a(x) full join (values (2), (3)) b(x) using (x) where x = 3;
select x from (values (1), (2)) a(x) full join (values (2), (3)) b(x) using (x) where x > 1 order by x;
select x from (values (1), (2)) a(x) full join (values (2), (3)) b(x) using (x) where a.x is null;
select x from (values (1), (2)) a(x) full join (values (2), (3)) b(x) using (x) where b.x is null;
select x, count(*) as n from (values (1), (2)) a(x) full join (values (2), (3), (3)) b(x) using (x) group by x
  order by x;
select x + 1 as y from (values (1), (2)) a(x) full join (values (2), (3)) b(x) using (x) order by y;
select count(x) as n, sum(x) as s, max(x) as m from (values (1), (2)) a(x) full join (values (2), (3)) b(x) using (x);
select x from (values (1), (2)) a(x) full join (values (2), (3)) b(x) using (x) order by x desc;
select x, row_number() over (order by x) as n from (values (1), (2)) a(x) full join (values (2), (3)) b(x) using (x)
  order by n;
select distinct x from (values (1), (2)) a(x) full join (values (2), (3), (3)) b(x) using (x) order by x;
select case when x > 2 then 'big' else 'small' end as s, count(*) as n
from (values (1), (2)) a(x) full join (values (2), (3)) b(x) using (x) group by 1 order by 1;
select * from (values (1, 'a'), (2, 'b')) a(x, l) full join (values (2, 'c'), (3, 'd')) b(x, r) using (x) order by x;
select * from (values (1, 'a'), (2, 'b')) a(x, l) natural full join (values (2, 'c'), (3, 'd')) b(x, r) order by x;
select * from (values ('a', 1), ('b', 2)) a(l, x) right join (values ('c', 2), ('d', 3)) b(r, x) using (x) order by x;
select x, y from (values (1, 1), (2, 2)) a(x, y) full join (values (2, 2), (3, 3), (1, 2)) b(x, y) using (x, y)
  order by x, y;
select x, y from (values (1, 1), (2, 2)) a(x, y) natural full join (values (2, 2), (3, 3), (1, 2)) b(x, y)
  order by x, y;
select x from (values (1), (null)) a(x) full join (values (null), (3)) b(x) using (x);

-- Three tables.
select x, a.x as l, b.x as m, c.x as r from (values (1), (2)) a(x) full join (values (2), (3)) b(x) using (x)
full join (values (3), (4)) c(x) using (x) order by x;
select x from (values (1), (2)) a(x) full join (values (2), (3)) b(x) using (x)
  full join (values (3), (4), (1)) c(x) using (x) order by x;
select x from (values (1), (2)) a(x) left join (values (2), (3)) b(x) using (x)
  right join (values (2), (4)) c(x) using (x) order by x;
select x from (values (1), (2)) a(x) right join (values (2), (3)) b(x) using (x) join (values (3), (4)) c(x) using (x)
  order by x;
select x from (values (1), (2)) a(x) natural full join (values (2), (3)) b(x) natural full join (values (3), (4)) c(x)
  order by x;
select x, count(*) as n from (values (1), (2)) a(x) full join (values (2), (3)) b(x) using (x)
full join (values (3), (4)) c(x) using (x) where x > 1 group by x order by x;

-- Over subqueries and WITH.
with a as (select uid as x from stats), b as (select distinct uid + 1 as x from stats_votes)
select x, a.x as l, b.x as r from a full join b using (x) order by x;
with j as (select x from (values (1), (2)) a(x) full join (values (2), (3)) b(x) using (x)) select x from j
  where x <> 2 order by x;
select q.x from (select x from (values (1), (2)) a(x) full join (values (2), (3)) b(x) using (x)) q order by q.x;
select x from (values (1), (2), (3), (4)) t(x)
where x in (select x from (values (1), (2)) a(x) full join (values (2), (3)) b(x) using (x)) order by x;
select x from (select x from (values (1), (2)) a(x) full join (values (2), (3)) b(x) using (x)
union all select 9) q order by x;

-- A validator: runs with and without votes, and how alive they are.
-- log: sn27-day
select run_id, w.state, l.heartbeat_at, count(v.uid) as votes from wandb_runs w join wandb_liveness l using (run_id)
left join stats_votes v using (run_id) where w.role = 'validator' group by run_id, w.state, l.heartbeat_at
  order by run_id;
-- log: sn27-day
select run_id, count(*) as n from allocated_hotkeys full join stats using (run_id) group by run_id order by run_id;
-- log: sn27-day
select hotkey, a.run_id as listed, s.run_id as scored from allocated_hotkeys a right join stats s using (hotkey)
  order by hotkey, a.run_id, s.run_id;
-- log: sn27-day
select uid, count(*) as n from stats s full join stats_votes v using (uid, hotkey, gpu_name) group by uid order by uid;

-- The key in every clause of an inner and of a left join.
select x from (values (1), (2)) a(x) join (values (2), (3)) b(x) using (x) where x > 0;
select x from (values (1), (2)) a(x) left join (values (2), (3)) b(x) using (x) where x + 1 > 2;
select x, count(*) as n from (values (1), (2)) a(x) left join (values (2), (2)) b(x) using (x) where x is not null
  group by x having x > 1 order by x;
select run_id from stats s join stats_votes v using (run_id, uid) where run_id > 'a' and uid = 1;
select run_id, count(*) as n from wandb_runs join stats_votes using (run_id) where run_id <> 'b9v1rfai' group by run_id
  order by run_id;
select log_index, count(*) as n from stats a join wandb_liveness b using (log_index) where abs(log_index) > 0
  group by log_index;
select uid, (select max(v.uid) from stats_votes v join wandb_runs w using (run_id) where run_id > 'c') as m from stats
  order by uid;
select uid from stats where run_id in (select run_id from stats_votes join wandb_runs using (run_id)
  where run_id < 'e') order by uid;
select x from (values (1), (2)) a(x) natural join (values (2), (3)) b(x) where x = 2;
select x, y from (values (1, 1), (2, 5)) a(x, y) join (values (2, 7), (3, 8)) b(x, z) using (x) where x = 2 and y < z;
select case when x > 1 then y else z end as m from (values (1, 1), (2, 5)) a(x, y)
  left join (values (2, 7)) b(x, z) using (x) where x in (1, 2) order by x;
select x from (values (1), (2)) a(x) join (values (2), (3)) b(x) using (x) join (values (2)) c(x) using (x) where x = 2
  order by x;
select max(x) over (order by x) as m from (values (1), (2)) a(x) left join (values (2)) b(x) using (x) where x < 5
  order by x;
-- A validator: states of the runs that I list.
-- log: sn27-day
select run_id, state, count(*) as n from wandb_runs join allocated_hotkeys using (run_id) where counts and run_id < 'n'
  group by run_id, state order by run_id;
-- log: sn27-day
select hotkey, s.uid, count(a.run_id) as n from stats s left join allocated_hotkeys a using (hotkey)
  where hotkey like '5D%' group by hotkey, s.uid order by hotkey, s.uid;
-- The key inside of a subquery is the key there, though the outer table has a column of that name.
select uid from stats where exists (select 1 from stats_votes join wandb_runs using (run_id) where run_id < 'c')
  order by uid;
select uid from stats where uid in (select v.uid from stats_votes v join wandb_runs using (run_id) where run_id < 'c')
  order by uid;
select uid, (select count(*) from stats_votes v join wandb_runs using (run_id) where run_id < 'c') as n from stats
  order by uid;
select uid from stats where exists (select 1 from stats_votes v full join wandb_runs using (run_id)
  where run_id = 'none') order by uid;
select uid from stats where not exists (select 1 from stats_votes v right join wandb_runs using (run_id)
  where run_id < 'c') order by uid;
