-- IS [NOT] DISTINCT FROM, as those who compare columns with nulls write it: what stands behind it is no part of it.
-- oracle: both

-- A validator: which votes of uid 7 are not own scores.
-- log: sn27-day
select count(*) as n from stats_votes where own_score is distinct from true and uid = 7;

-- The same with parentheses, and the other way round.
-- log: sn27-day
select count(*) as n from stats_votes where (own_score is distinct from true) and uid = 7;
-- log: sn27-day
select count(*) as n from stats_votes where uid = 7 and own_score is distinct from true;

-- An auditor: OR behind it.
-- log: sn27-day
select count(*) as n from stats_votes where own_score is not distinct from true or uid = 7;
select false is not distinct from false or true as x;
select true is distinct from false and false as x;
select null is distinct from true and false as x, null is not distinct from null or false as y;

-- PostgreSQL has comparisons bind before it; with parentheses there is no doubt.
-- oracle: postgres
select true is distinct from 1 = 1 as x, false is not distinct from 1 > 2 as y, true is distinct from 1 = 2
  and false as z;
select (1 is distinct from 2) = (3 > 2) as x;
select uid from stats where uid is distinct from 4 and score > 1 order by uid;
select uid from stats where num_gpus is not distinct from 8 or uid = 1 order by uid;
select uid, votes is distinct from entries and allocated as x from stats order by uid;
select uid, votes is distinct from entries or order_tie is null as x from stats order by uid;

-- Arithmetic on its right side is.
select 3 is distinct from 1 + 2 as x, 4 is not distinct from 2 * 2 and true as y;
select 'a' is distinct from 'b' || 'c' and false as x;

-- A miner: votes that say another GPU than the one that was taken.
select s.uid, v.run_id from stats s join stats_votes v on v.uid = s.uid and v.gpu_name is distinct from s.gpu_name
  and v.counts
order by 1, 2;
select a.uid as uid, b.run_id as run_id from stats a join stats_votes b on a.uid = b.uid
and a.allocated is distinct from b.allocated and b.uid = 5 order by 1, 2;

-- An owner: specs that changed while the hotkey stayed.
-- log: sn27-day
select hotkey, valid_from, gpu_name, num_gpus from (
  select *, lag(gpu_name) over w as old_name, lag(num_gpus) over w as old_count, row_number() over w as place
  from miner_specs_history window w as (partition by hotkey order by valid_from, specs_index)
) q where (gpu_name is distinct from old_name or num_gpus is distinct from old_count) and place > 1
order by hotkey, valid_from, gpu_name, num_gpus;
-- log: sn27-day
select count(*) as n from (
  select *, lag(gpu_name) over w as old_name, lag(num_gpus) over w as old_count, row_number() over w as place
  from miner_specs_history window w as (partition by hotkey order by valid_from, specs_index)
) q where gpu_name is distinct from old_name or num_gpus is distinct from old_count and place > 1;

-- In CASE, in FILTER, under NOT, and chained.
select uid, case when votes is distinct from 1 and entries > 2 then 'many' else 'few' end as x from stats order by uid;
select count(*) filter (where allocated is distinct from true and uid > 4) as n from stats_votes;
select not 1 is distinct from 1 as x, not (1 is distinct from 1) and true as y;
select x is distinct from y and y is distinct from z or x is not distinct from z as d
from (values (1, 1, 2), (1, null, 1), (null, null, null), (2, 1, null)) t(x, y, z) order by 1;
select x, y, x is distinct from y as d, x is not distinct from y as s
from (values (1, 2), (1, null), (null, 1), (null, null), (3, 3)) t(x, y);
select count(*) as n from (values (1), (null), (3)) t(x) where x is distinct from 1 and x is distinct from 3;
-- oracle: postgres
select count(*) as n from (values (true), (null), (false)) t(x) where x is distinct from 1 between 0 and 1;
-- log: sn27-day
select count(*) as n from miner_reports where is_port_open is distinct from true and allocated is not null
  and num_gpus > 1;
-- A scalar subquery on its right side.
select count(*) as n from stats_votes v where v.gpu_name is distinct from (select s.gpu_name from stats s
  where s.uid = v.uid)
and v.counts;
-- In HAVING.
-- log: sn27-day
select uid, count(*) as n from stats_votes group by uid having max(gpu_name) is distinct from min(gpu_name)
  and count(*) > 11
order by uid;
-- In ORDER BY.
select uid, run_id from stats_votes order by allocated is distinct from true and uid > 4, uid, run_id;
