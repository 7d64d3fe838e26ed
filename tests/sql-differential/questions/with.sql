-- WITH, recursion and nested queries.
-- oracle: both

with recursive t(n) as (select 1 union all select n + 1 from t where n < 5) select n from t order by n;
with recursive t(n, f) as (select 1, 1 union all select n + 1, f * (n + 1) from t where n < 8) select n, f from t
  order by n;
with recursive t(a, b) as (select 0, 1 union all select b, a + b from t where b < 100) select a from t order by a;
with recursive t(n) as (select 1 union select (n * 2) % 7 from t) select n from t order by n;
-- refused: not understood here: a subquery in this place
with recursive walk(uid) as (select min(uid) from stats union all
select (select min(s.uid) from stats s where s.uid > walk.uid) from walk where walk.uid is not null) select uid
  from walk order by uid;
with recursive walk(uid, depth) as (select uid, 1 from stats where uid = 1 union all
select s.uid, depth + 1 from stats s join walk w on s.uid = w.uid + 1 or s.uid = w.uid + 3) select uid, depth from walk
  order by depth, uid;
with recursive days(d) as (select date '2026-03-01' union all select (d + interval '1 day')::date from days
  where d < date '2026-03-05') select d from days order by d;
with a as (select uid from stats), b as (select uid + 1 as uid from a), c as (select uid from a union all select uid
  from b) select uid, count(*) as n from c group by uid order by uid;
with stats as (select uid from stats_votes where uid > 4) select count(*) as n from stats;
-- refused: WITH query name "a" specified more than once
with a as (select 1 as x), b as (with a as (select 2 as x) select x from a) select a.x as o, b.x as i from a, b;
with a(x, y) as (select uid, votes from stats) select x, y from a order by x;
with a as materialized (select uid from stats) select count(*) as n from a x join a y on x.uid < y.uid;
with v as (select uid, gpu_name, count(*) as n from stats_votes where counts group by uid, gpu_name),
best as (select uid, max(n) as n from v group by uid) select v.uid, v.gpu_name from v join best using (uid, n)
  order by 1, 2;
select * from (select uid, votes from (select uid, votes, entries from stats where entries > 2) a where votes = 1) b
  order by uid;
select (with t as (select max(uid) as m from stats) select m from t) as m;
select uid from stats where uid in (with t as (select uid from stats_votes where counts) select uid from t)
  order by uid;
select x, y from (values (1, 'a'), (2, 'b')) t(x, y) order by x;
values (1, 'a'), (2, 'b');
-- oracle: postgres
select column1 as a from (values (3), (4)) t order by a;
-- refused: `table` stands where an SQL statement is expected
table stats;
select uid, n from (select uid, count(*) as n from stats_votes group by uid having count(*) > 3) q where uid > 4
  order by uid;
select * from (select 1 as a) x, (select 2 as b) y, (select 3 as c) z;
select count(*) as n from (select distinct uid, counts from stats_votes) q;
select uid as "Uid", votes as "select" from stats order by "Uid";
select uid as x from stats order by x desc limit 2 offset 1;
select uid from stats order by 1 limit 2;
select uid from stats order by uid offset 2;
select uid from stats order by uid limit 0;
select uid from stats order by uid fetch first 2 rows only;
select uid u, votes v from stats order by u;
select s.* from stats s where s.uid = 1;
select uid from stats order by -uid;
select uid from stats_votes group by uid order by count(*) filter (where counts) desc, uid;
select distinct gpu_name from stats_votes order by gpu_name desc;
select distinct on (uid) uid, run_id, num_gpus from stats_votes order by uid, num_gpus desc, run_id;
select distinct on (gpu_name) gpu_name, uid, run_id from stats_votes order by gpu_name, uid desc, run_id;
-- log: sn27-day
select distinct on (hotkey) hotkey, valid_from, gpu_name from miner_specs_history
  order by hotkey, valid_from desc, specs_index limit 20;
-- log: sn27-day
with first as (select hotkey, min(valid_from) as since from allocated_hotkeys_history where counts group by hotkey)
select since, count(*) as n from first group by since order by since;
-- log: sn27-day
-- refused: not understood here: a subquery in this place
with recursive polls as (select min(log_index) as i, 1 as n from wandb_polls union all
select (select min(p.log_index) from wandb_polls p where p.log_index > polls.i), n + 1 from polls
  where n < 6) select i, n from polls order by n;
-- log: chain-ladder
with recursive up(block_number, block_hash, depth) as (
  select block_number, parent_hash, 1 from blocks where block_number = 10
  union all select b.block_number, b.parent_hash, depth + 1 from blocks b join up on b.block_hash = up.block_hash)
select block_number, depth from up order by depth;
