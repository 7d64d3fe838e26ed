-- ANY, ALL, IN, EXISTS and scalar subqueries, over the table of the outer query and over others.
-- oracle: both

-- An owner: whose scores nobody beats.
-- log: sn27-day
select count(*) as n from stats where score >= all (select score from stats);
-- log: sn27-day
select uid from stats where score >= all (select b.score from stats b) order by uid;
-- log: sn27-day
select uid from stats a where a.score >= all (select b.score from stats b) order by uid;
select uid from stats where entries >= all (select entries from stats) order by uid;
select uid from stats where run_id = any (select run_id from stats where uid = 1) order by uid;
select uid from stats where entries > any (select entries from stats) order by uid;
select uid from stats where entries <> all (select entries from stats where uid > 4) order by uid;
select uid from stats where entries < any (select entries from stats s where s.uid <> stats.uid) order by uid;
select uid from stats where entries <= all (select entries from stats s where s.uid <> stats.uid) order by uid;

-- A validator: who votes as I do.
select run_id, uid from stats_votes where gpu_name = any (select gpu_name from stats) order by run_id, uid;
select run_id, uid from stats_votes where gpu_name = any (select gpu_name from stats_votes where run_id = 'e905wy25')
order by run_id, uid;
select run_id, uid from stats_votes v where gpu_name = all (select gpu_name from stats where stats.uid = v.uid)
  order by run_id, uid;
select run_id, uid from stats_votes where num_gpus > all (select num_gpus from stats where uid < 5)
  order by run_id, uid;
select count(*) as n from stats_votes where log_index = some (select log_index from wandb_runs);
select count(*) as n from stats_votes where not (log_index < all (select log_index from wandb_runs));

-- ANY and ALL with nulls, and of nothing.
select x, x = any (select y from (values (1), (null)) u(y)) as a, x <> all (select y
  from (values (1), (null)) u(y)) as b
from (values (1), (2), (null)) t(x);
select x, x > all (select y from (values (1)) u(y) where y > 5) as a, x > any (select y from (values (1)) u(y)
  where y > 5) as b
from (values (1), (null)) t(x);
select 3 > all (select uid from stats) as x, 3 < any (select uid from stats) as y;

-- IN over the same table.
select uid from stats where uid in (select uid from stats where entries > 2) order by uid;
select uid from stats where entries in (select votes from stats) order by uid;
select uid from stats where entries not in (select entries from stats where uid > 4) order by uid;
select uid, run_id from stats_votes where (uid, run_id) in (select uid, run_id from stats) order by uid, run_id;
select uid, run_id from stats_votes where (uid, run_id) not in (select uid, run_id from stats) order by uid, run_id;
-- log: sn27-day
select count(*) as n from stats_votes where hotkey in (select hotkey from allocated_hotkeys where counts);
-- log: sn27-day
select count(*) as n from allocated_hotkeys a where hotkey not in (select hotkey from stats where hotkey is not null);
-- log: sn27-day
select count(*) as n from stats_votes where gpu_name in (select gpu_name from miner_specs where num_gpus >= 8)
  and counts;

-- EXISTS, in and outside of WHERE.
-- log: sn27-day
select count(*) as n from wandb_runs w where exists (select 1 from stats s where s.run_id = w.run_id);
-- log: sn27-day
select count(*) as n from wandb_runs w where not exists (select 1 from stats_votes s where s.run_id = w.run_id
  and s.counts);
select run_id, exists (select 1 from stats s where s.run_id = w.run_id) as picked from wandb_runs w order by run_id;
-- refused: not understood here: a subquery in this place
select uid, exists (select 1 from stats_votes v where v.uid = s.uid and v.gpu_name <> s.gpu_name and v.counts) as x
  from stats s order by uid;
select run_id, run_id in (select run_id from stats) as picked from wandb_runs order by run_id;
-- refused: not understood here: a subquery in this place
select count(*) filter (where exists (select 1 from stats s where s.run_id = w.run_id)) as n from wandb_runs w;
select case when exists (select 1 from penalized) then 'yes' else 'no' end as x;
select uid from stats s where exists (select 1 from stats where stats.uid > s.uid) order by uid;
select uid from stats where exists (select 1 from stats s where s.uid > stats.uid) order by uid;
select uid from stats s where exists (select 1 from stats_votes v where v.uid = s.uid and exists (
  select 1 from wandb_runs w where w.run_id = v.run_id and w.state = 'running')) order by uid;

-- Scalar subqueries, correlated and not.
select uid, (select count(*) from stats_votes v where v.uid = s.uid) as n from stats s order by uid;
select uid, (select max(votes) from stats) - votes as behind from stats order by uid;
select uid from stats where score = (select max(score) from stats) order by uid;
select uid, (select max(v.num_gpus) from stats_votes v where v.uid = s.uid and v.counts) as most from stats s
  order by uid;
select uid, (select v.run_id from stats_votes v where v.uid = s.uid and v.counts order by v.created_at limit 1) as first
from stats s order by uid;
select uid from stats s where entries > (select avg(entries) from stats) order by uid;
select uid from stats s where entries > (select count(*) - 1 from stats_votes v where v.uid = s.uid and v.counts)
  order by uid;
select uid, (select count(*) from stats_votes v where v.uid = s.uid and v.run_id > 'zzz') as none from stats s
  order by uid;
select uid, (select sum(v.score) from stats_votes v where v.uid = s.uid and v.run_id > 'zzz') as none from stats s
  order by uid;
select (select uid from stats where uid = 99) as none;
-- More than one row is no scalar.
-- raises
select (select uid from stats) as many;
-- log: sn27-day
select validator, count(*) as n from stats_votes v
where score > (select avg(score) from stats_votes w where w.uid = v.uid and w.counts) group by validator
  order by validator;
-- log: sn27-day
select run_id, (select count(*) from stats_votes v where v.run_id = w.run_id and v.counts) as n from wandb_runs w
where role = 'validator' order by run_id;
-- log: sn27-day
select count(*) as n from stats s where s.score <> (select v.score from stats_votes v where v.uid = s.uid
  and v.run_id = s.run_id);
