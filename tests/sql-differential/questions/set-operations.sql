-- UNION, EXCEPT and INTERSECT, of which the ALL forms count.
-- oracle: both

-- An auditor: how many votes are no picked ones.
-- log: sn27-day
select count(*) as n from (select uid from stats_votes except all select uid from stats) q;
-- log: sn27-day
select count(*) as n from (select uid from stats_votes intersect all select uid from stats) q;
-- log: sn27-day
select count(*) as n from (select uid from stats_votes except select uid from stats) q;
-- log: sn27-day
select count(*) as n from (select hotkey from miner_specs intersect select hotkey from stats) q;
select uid from stats_votes except all select uid from stats order by uid;
select uid from stats_votes intersect all select uid from stats order by uid;
select uid from stats_votes except select uid from stats where uid > 4 order by uid;
select uid from stats intersect select uid from stats_votes order by uid;
select uid from stats union all select uid from stats order by uid;
select uid from stats union select uid from stats_votes order by uid;
select uid, gpu_name from stats_votes except all select uid, gpu_name from stats order by uid, gpu_name;
select x from (values (1), (1), (null), (null)) t(x) except all select x from (values (1), (null)) u(x);
select x from (values (1), (1), (null), (null)) t(x) intersect all select x
  from (values (1), (null), (null), (null)) u(x);
select x from (values (1), (1), (null), (null)) t(x) except select x from (values (null::int)) u(x);
select x from (values (1), (1), (null), (null)) t(x) union select x from (values (2), (null)) u(x);
select x from (values (1), (2)) t(x) except all select x from (values (3)) u(x) where false;
select x from (values (1), (1)) t(x) where false intersect all select x from (values (3)) u(x);

-- Nested, and of INTERSECT binding first.
select x from (values (1), (2), (3)) t(x) union select x from (values (3), (4)) u(x) intersect select x
  from (values (4), (5)) v(x) order by x;
(select x from (values (1), (2), (3)) t(x) union select x from (values (3), (4)) u(x)) intersect select x
  from (values (4), (5)) v(x) order by x;
select x from (values (1), (1), (2)) t(x) except all (select x from (values (1), (2)) u(x) except all select x
  from (values (2)) v(x)) order by x;
select x from (values (1), (1), (2)) t(x) except all select x from (values (1)) u(x) except all select x
  from (values (2)) v(x) order by x;
select x from (values (1), (1), (2)) t(x) union all select x from (values (1), (3)) u(x) except select x
  from (values (2)) v(x) order by x;
(select x from (values (1), (1), (2)) t(x) intersect all select x from (values (1), (1), (1)) u(x)) union all select 7
  order by x;
(select uid from stats order by uid limit 2) union all (select uid from stats order by uid desc limit 1) order by uid;
select count(*) as n from (select uid, run_id from stats_votes except all (select uid, run_id from stats
  union all select uid, run_id from stats)) q;
with a as (select uid from stats_votes), b as (select uid from stats)
select 'gone' as what, count(*) as n from (select * from a except all select * from b) q
union all select 'kept', count(*) from (select * from a intersect all select * from b) r order by what;
select uid in (select uid from stats_votes except select uid from stats where uid < 5) as x, uid from stats
  order by uid;
-- refused: not understood here: a subquery in this place
select s.uid from stats s where exists (select s.uid except select v.uid from stats_votes v where v.uid = 4)
  order by s.uid;
-- Types and names.
select 1 as a union all select 2.5 order by a;
select 1 as a, 'x' as b union all select 2, null order by a;
select null as a union all select 3 order by a;
select true as a union select false order by a;
-- log: sn27-day
select run_id from wandb_runs where role = 'validator' except select run_id from stats_votes where counts
  order by run_id;
-- log: sn27-day
select hotkey, gpu_name, num_gpus from miner_specs where queryable except all select hotkey, gpu_name, num_gpus
  from stats
order by hotkey, gpu_name, num_gpus limit 20;
-- log: sn27-day
select validator, uid from stats_votes where counts intersect all select validator, uid from stats_votes where allocated
order by validator, uid limit 30;
