-- Groups: sets, FILTER, HAVING, aggregates with nulls and of nothing.
-- oracle: both

select uid, count(*) as n, count(distinct gpu_name) as g, sum(num_gpus) as s, avg(num_gpus) as a, min(gpu_name) as l,
  max(gpu_name) as h
from stats_votes group by uid order by uid;
select uid, counts, count(*) as n from stats_votes group by rollup (uid, counts) order by uid, counts, n;
select uid, counts, count(*) as n from stats_votes group by cube (uid, counts) order by uid, counts, n;
select uid, counts, count(*) as n from stats_votes group by grouping sets ((uid), (counts), ()) order by uid, counts, n;
select uid, gpu_name, grouping(uid) as a, grouping(gpu_name) as b, count(*) as n from stats_votes
  group by rollup (uid, gpu_name) order by 1, 2, 3, 4;
select uid, gpu_name, grouping(uid, gpu_name) as g, count(*) as n from stats_votes group by cube (uid, gpu_name)
  order by 1, 2, 3;
select x, count(*) as n, grouping(x) as g from (values (1), (null), (1)) t(x) group by rollup (x) order by g, x;
select count(*) filter (where counts) as a, count(*) filter (where not counts) as b, sum(num_gpus) filter (where uid =
  1) as c, sum(num_gpus) filter (where uid = 99) as d from stats_votes;
select count(*) as n, sum(uid) as s, avg(uid) as a, max(uid) as m, count(distinct uid) as d from stats where uid > 100;
select uid, count(*) as n from stats where uid > 100 group by uid;
select count(*) as n from stats having count(*) > 3;
select count(*) as n from stats having count(*) > 4;
-- refused: HAVING clause references
select 1 as x from stats having true;
select count(x) as a, count(*) as b, sum(x) as c, avg(x) as d, min(x) as e, count(distinct x) as f
  from (values (1), (null), (3), (3)) t(x);
select sum(x) as a, avg(x) as b, max(x) as c from (values (null::int), (null)) t(x);
select x, count(*) as n from (values (1), (null), (null)) t(x) group by x;
select bool_and(x) as a, bool_or(x) as b from (values (true), (null), (false)) t(x);
select bool_and(x) as a, bool_or(x) as b from (values (null::boolean)) t(x);
select bool_and(counts) as a, bool_or(counts) as b, uid from stats_votes group by uid order by uid;
select sum(distinct num_gpus) as a, avg(distinct num_gpus) as b, count(distinct num_gpus) as c from stats_votes;
select count(distinct (uid, gpu_name)) as n from stats_votes;
select string_agg(run_id, ',' order by run_id) as a from stats_votes;
-- refused: Conflicting ordering requirements in aggregate functions is not supported
select string_agg(run_id, ',' order by run_id) as a, string_agg(distinct gpu_name, '|' order by gpu_name) as b
  from stats_votes;
select string_agg(x, ',' order by x) as a from (values ('b'), (null), ('a')) t(x);
select uid, array_agg(run_id order by run_id) as a from stats_votes group by uid order by uid;
select array_agg(x order by x) as a, array_agg(x order by x desc nulls last) as b from (values (2), (null), (1)) t(x);
select array_agg(uid) as a from stats where uid > 100;
select stddev(uid) as a, stddev_pop(uid) as b, var_samp(uid) as c, var_pop(uid) as d from stats;
select variance(uid) as a from stats;
select corr(uid, num_gpus) as a, covar_pop(uid, num_gpus) as b, covar_samp(uid, num_gpus) as c, regr_slope(uid,
  num_gpus) as d from stats_votes;
select stddev(x) as a, var_samp(x) as b, stddev_pop(x) as c from (values (5)) t(x);
select percentile_cont(0.5) within group (order by uid) as a, percentile_cont(0.25) within group (order by entries) as
  b from stats;
select bit_and(uid) as a, bit_or(uid) as b, bit_xor(uid) as c from stats;
select uid % 2 as odd, count(*) as n from stats group by uid % 2 order by odd;
select uid % 2 as odd, count(*) as n from stats group by odd order by odd;
select uid % 2 as odd, count(*) as n from stats group by 1 order by 1;
select case when uid > 4 then 'high' else 'low' end as side, count(*) as n from stats
  group by case when uid > 4 then 'high' else 'low' end order by 1;
select sum(votes) + count(*) as a, sum(votes * entries) as b, sum(votes) * sum(entries) as c, avg(votes + 0.5) as d
  from stats;
select max(uid) - min(uid) as spread, count(*) filter (where uid > (select avg(uid) from stats)) as above from stats;
select gpu_name, count(*) as n from stats_votes group by gpu_name having count(*) > 3 and min(uid) = 1
  order by n desc, gpu_name;
select uid, sum(num_gpus) as s from stats_votes group by uid having sum(num_gpus) > (select avg(num_gpus) * 4
  from stats_votes) order by uid;
select count(*) as n, gpu_name from stats_votes group by gpu_name order by count(*) desc, gpu_name limit 2;
select uid, count(*) as n from stats_votes group by uid, gpu_name, num_gpus having count(*) > 1 order by uid;
-- raises
select uid, run_id, count(*) as n from stats_votes group by uid;
-- raises
select uid from stats where count(*) > 1;
-- raises
select sum(sum(uid)) as s from stats;

-- An owner: the day in numbers.
-- log: sn27-day
select gpu_name, count(*) as n, sum(num_gpus) as gpus, avg(score) as mean, max(score) as best from stats
  group by gpu_name order by n desc, gpu_name;
-- log: sn27-day
select state, role, signature, count(*) as n from wandb_runs group by rollup (state, role, signature)
  order by 1, 2, 3, 4;
-- log: sn27-day
select reason, count(*) as n, count(*) filter (where counts) as c from stats_votes group by reason order by 2 desc, 1;
-- log: sn27-day
select coalesce(gpu_name, 'none') as g, count(*) as n from miner_reports group by 1 order by 2 desc, 1;
-- log: sn27-day
-- refused: Column in SELECT must be in GROUP BY or an aggregate function
select date_trunc('month', created_at) as m, role, count(*) as n from wandb_runs group by cube (1, 2) order by 1, 2, 3;
-- log: sn27-day
select kind, count(*) as n, min(log_index) as first, max(log_index) as last, sum(entry_bytes) as bytes from events
  group by kind order by kind;
-- log: sn27-day
select uid from stats_votes where counts group by uid having count(distinct (gpu_name, num_gpus, score)) > 1
  order by uid;
-- log: sn27-day
select validator, count(*) as n, count(*) filter (where own_score) as own, round(avg(score) filter (where counts)) as
  mean
from stats_votes group by validator having count(*) filter (where counts) > 0 order by 1;
-- log: sn27-day
select percentile_cont(0.5) within group (order by score) as median, percentile_cont(0.9) within group (order by score)
  as p90 from stats;
-- log: scrapes
select target, count(*) as n, count(distinct metric) as metrics, sum(value) filter (where metric = 'up') as up
  from samples group by target order by target;
-- log: scrapes
select metric, min(value) as l, max(value) as h, avg(value) as a, stddev_pop(value) as s from samples
  where metric like 'node_cpu%' group by metric order by 1;
-- log: chain-ladder
select spec_version, count(*) as blocks, sum(event_count) as events, sum(extrinsic_count) as extrinsics from blocks
  group by spec_version order by 1;
