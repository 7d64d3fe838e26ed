-- Windows and their frames.
-- oracle: both

select uid, row_number() over (order by uid desc) as n, rank() over (order by entries) as r, dense_rank()
  over (order by entries) as d
from stats order by uid;
select uid, percent_rank() over (order by entries) as p, cume_dist() over (order by entries) as c, ntile(3)
  over (order by uid) as t from stats order by uid;
select uid, lag(uid) over (order by uid) as a, lead(uid, 2) over (order by uid) as b, lag(uid, 1, -1)
  over (order by uid) as c from stats order by uid;
select uid, first_value(uid) over w as f, last_value(uid) over w as l, nth_value(uid, 2) over w as s from stats
window w as (order by uid rows between unbounded preceding and unbounded following) order by uid;
select uid, last_value(uid) over (order by uid) as l, nth_value(uid, 2) over (order by uid) as s from stats
  order by uid;
select uid, sum(entries) over (order by uid rows between 1 preceding and 1 following) as s from stats order by uid;
select uid, sum(entries) over (order by uid rows between current row and unbounded following) as s from stats
  order by uid;
select uid, sum(entries) over (order by uid rows 1 preceding) as s, sum(entries)
  over (order by uid rows between 2 preceding and 1 preceding) as t from stats order by uid;
select uid, sum(entries) over (order by uid rows between 1 following and 2 following) as s from stats order by uid;
select uid, sum(entries) over (order by entries) as s, count(*) over (order by entries) as n from stats order by uid;
select uid, sum(entries) over (order by entries range between 1 preceding and current row) as s from stats order by uid;
select uid, sum(entries) over (order by entries range between 1 preceding and 1 following) as s from stats order by uid;
select uid, count(*) over (order by entries desc range between unbounded preceding and 1 following) as n from stats
  order by uid;
select uid, sum(entries) over (order by entries groups between 1 preceding and current row) as s from stats
  order by uid;
select uid, run_id, count(*) over (partition by uid) as n, avg(num_gpus) over (partition by uid order by run_id) as a
  from stats_votes order by uid, run_id;
select uid, run_id, row_number() over (partition by uid order by created_at desc, run_id) as n from stats_votes
  order by uid, run_id;
select uid, run_id, max(num_gpus) filter (where counts) over (partition by uid) as m, count(*) filter (where counts)
  over (partition by uid) as n
from stats_votes order by uid, run_id;
select uid, run_id, sum(num_gpus) over w - num_gpus as rest, min(gpu_name) over w as low
  from stats_votes window w as (partition by uid) order by uid, run_id;
select uid, run_id from (select uid, run_id, row_number() over (partition by uid order by num_gpus desc, run_id) as n
  from stats_votes) q where n = 1 order by uid;
select x, sum(x) over (order by x) as s, rank() over (order by x) as r from (values (1), (null), (3), (null), (3)) t(x)
  order by x, s;
select x, rank() over (order by x nulls first) as a, rank() over (order by x desc) as b, rank()
  over (order by x desc nulls last) as c
from (values (1), (null), (3)) t(x) order by x;
select x, count(x) over () as a, count(*) over () as b, avg(x) over () as c from (values (1), (null), (4)) t(x);
select x, lag(x) over (order by x) as a, first_value(x) over (order by x desc) as b from (values (1), (null), (3)) t(x)
  order by x;
select distinct count(*) over (partition by uid) as n from stats_votes;
select uid, sum(count(*)) over (order by uid) as running, count(*) as n from stats_votes group by uid order by uid;
select uid, count(*) as n, rank() over (order by count(*) filter (where counts) desc, uid) as r from stats_votes
  group by uid order by uid;
select uid, 1.0 * votes / sum(votes) over () as share from stats order by uid;
select uid, stddev_samp(entries) over () as s, var_pop(entries) over () as v from stats order by uid;
select uid, string_agg(run_id, ',') over (partition by uid order by run_id rows between unbounded preceding
  and current row) as r from stats_votes order by uid, run_id;
-- refused: `exclude` stands where ) is expected
select uid, entries, sum(entries) over (order by uid rows between unbounded preceding
  and current row exclude current row) as s from stats order by uid;
-- oracle: duckdb
-- refused: `ignore` stands where ) is expected
select x, last_value(y ignore nulls) over (order by x) as g from (values (1, 'a'), (2, null), (3, 'b')) t(x, y)
  order by x;
-- oracle: duckdb
select uid from stats qualify row_number() over (order by uid) = 1;

-- An owner: how the count of runs moves from poll to poll.
-- log: sn27-day
-- refused: There is only support Literal types
select log_index, runs, runs - lag(runs, 1, runs) over (order by log_index) as moved from wandb_polls
  order by log_index limit 12;
-- log: sn27-day
select log_index, avg(runs) over (order by log_index rows between 3 preceding and current row) as mean from wandb_polls
  order by log_index;
-- log: sn27-day
select hour, n, sum(n) over (order by hour) as running
  from (select date_trunc('hour', started_at) as hour, count(*) as n from wandb_polls group by 1) q order by hour;
-- log: sn27-day
select log_index, count(*) over (order by started_at range between interval '1 hour' preceding and current row) as n
  from wandb_polls order by log_index;
-- log: sn27-day
select run_id, valid_from, state, lag(state) over (partition by run_id order by valid_from) as was
  from wandb_runs_history order by 1, 2 limit 40;
-- log: sn27-day
select count(*) as n from (select state, lag(state) over (partition by run_id order by valid_from) as was
  from wandb_runs_history) q where state <> was;
-- log: sn27-day
select uid, valid_from, valid_to, lead(valid_from) over (partition by uid order by valid_from) as next
  from stats_history order by 1, 2 limit 40;
-- log: sn27-day
select uid, score, rank() over (order by score desc) as r, ntile(4) over (order by score desc, uid) as q from stats
  order by r, uid;
-- log: sn27-day
select gpu_name, uid, score, score - avg(score) over (partition by gpu_name) as d from stats order by gpu_name, uid;
-- log: sn27-day
select validator, uid, position, row_number() over (partition by validator, run_id order by position) - 1 as place
  from stats_votes
where uid < 25 order by 1, 2, 3;
-- log: sn27-day
with streaks as (
  select uid, valid_from, allocated, row_number() over (partition by uid order by valid_from)
    - row_number() over (partition by uid, allocated order by valid_from) as island from stats_history)
select uid, allocated, island, count(*) as n, min(valid_from) as since from streaks group by uid, allocated, island
  order by 1, 5;
-- log: chain-ladder
select block_number, event_count, sum(event_count) over (order by block_number) as running, max(event_count)
  over (order by block_number rows 2 preceding) as m
from blocks order by 1;
-- log: scrapes
select metric, value, rank() over (partition by metric order by value) as r from samples where metric like 'node_load%'
  order by metric, r, value;
