-- Which column a name means: in subqueries, in ORDER BY and GROUP BY, and where it could mean two.
-- oracle: both

-- Ambiguous, whatever the outer query has.
-- raises
select uid from stats where exists (select 1 from stats_votes a join wandb_runs b on a.run_id = b.run_id
  where run_id < 'c');
-- raises
select run_id from stats_votes a join wandb_runs b on a.run_id = b.run_id;
-- raises
select uid from stats where uid in (select a.uid from stats_votes a, stats_votes b where run_id = 'b9v1rfai');
-- raises
select nothing from stats;
-- raises
select stats.uid from stats s;
-- raises
select uid from stats where exists (select 1 from stats_votes where nothing = 1);
-- raises
select x from (values (1)) a(x), (values (2)) b(x);
-- oracle: postgres
-- raises
select uid as x from stats where x > 1;
-- raises
select uid, uid + 1 as next from stats group by next;

-- The nearest table that has the name.
select uid from stats where exists (select 1 from wandb_runs where uid = 4) order by uid;
select uid from stats where exists (select 1 from stats_votes where uid = 4) order by uid;
select uid from stats where exists (select 1 from stats_votes v where v.uid = stats.uid and run_id = 'e905wy25'
  and counts) order by uid;
-- refused: not understood here: a subquery in this place
select uid from stats where uid in (select uid from wandb_runs where uid > 4) order by uid;
select uid, (select count(*) from stats_votes where run_id = 'b9v1rfai') as n from stats order by uid;
select uid, (select count(*) from stats_votes v where v.run_id = stats.run_id) as n from stats order by uid;
select uid, (select max(uid) from stats) as m from stats order by uid;
select s.uid from stats s where s.uid = (select max(uid) from stats where uid < 6) order by 1;
select uid from stats where votes = (select count(*) from stats_votes v where v.uid = stats.uid
  and v.run_id = stats.run_id) order by uid;
select a.uid from stats a where exists (select 1 from stats b where b.uid > a.uid and exists (select 1 from stats c
  where c.uid > b.uid)) order by 1;
select a.uid from stats a where exists (select 1 from stats_votes b where b.uid = a.uid and exists (select 1
  from wandb_runs c where c.run_id = b.run_id and c.log_index < 4)) order by 1;
-- refused: not understood here: a subquery in this place
select a.uid from stats a where exists (select 1 from stats_votes v where exists (select 1 from wandb_runs w
  where w.run_id = a.run_id and v.uid > a.uid)) order by 1;

-- An output name before a column in ORDER BY, a column before an output name in GROUP BY.
select -uid as uid from stats order by uid;
select uid, -uid as votes from stats order by votes, uid;
select uid % 2 as uid, count(*) as n from stats group by uid order by 1, 2;
select uid % 2 as odd, count(*) as n from stats group by odd order by odd;
select num_gpus as uid, count(*) as n from stats_votes group by stats_votes.num_gpus order by 1;
select votes as uid, uid as votes from stats order by votes;
select uid as a from stats order by -uid limit 2;
select max(uid) as uid from stats having max(uid) > 1;
select t.uid as a, uid as b from (select uid from stats) t order by 1;
select "uid" as "Select", run_id as "a b" from stats order by "Select";
select UID, Run_Id from STATS order by Uid;
-- oracle: postgres
-- raises
select "UID" from stats;
select x.y from (select 1 as y) x, (select 2 as z) y;
select stats.uid from stats join stats_votes on stats.uid = stats_votes.uid and stats.run_id = stats_votes.run_id
  order by stats.uid;
with stats as (select 99 as uid) select uid from stats;
with t as (select uid from stats), stats as (select 99 as uid) select (select max(uid) from t) as t, (select max(uid)
  from stats) as s;
select s.uid from stats s where s.uid in (select s.uid from stats_votes s where s.counts and s.run_id = 'n8vlw0ja')
  order by 1;
