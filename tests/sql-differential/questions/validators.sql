-- What validators ask: of their votes beside those of others.
-- oracle: both
-- log: sn27-day

-- My votes, and how often the others agree.
select v.validator, count(*) as n, count(*) filter (where v.gpu_name = s.gpu_name and v.num_gpus = s.num_gpus) as agree
from stats_votes v join stats s using (uid) where v.counts group by v.validator order by v.validator;
-- Who disagrees with a validator on a uid.
select m.uid, t.validator, m.gpu_name as mine, t.gpu_name as theirs from stats_votes m join stats_votes t
  on t.uid = m.uid and t.validator <> m.validator
where m.counts and t.counts and m.validator = '5CUQKLqiK9rY9748GJyaNtGtVErpq27T3QmTmVwFJ2Rr1jZY'
  and t.gpu_name <> m.gpu_name order by 1, 2, 3, 4;
-- One validator, two votes.
select validator, uid, count(distinct run_id) as n from stats_votes where counts group by validator, uid
  having count(distinct run_id) > 1 order by 1, 2;
select validator, count(distinct run_id) as n from stats_votes group by validator having count(distinct run_id) > 1
  order by validator;
-- Votes that do not count, and why.
select validator, reason, count(*) as n from stats_votes where not counts group by validator, reason
  order by validator nulls last, reason;
-- Which reason weighs most with each validator.
select validator, reason, n from (select validator, reason, count(*) as n, row_number() over (partition by validator
  order by count(*) desc, reason) as r
from stats_votes group by validator, reason) q where r = 1 order by validator nulls last;
-- Who scores without owning.
select validator, count(*) filter (where own_score is not true) as external, count(*) as n from stats_votes
  group by validator order by 1 nulls last;
select count(*) as n from stats_votes where not own_score or own_score is null;
-- External scores, and how they stand to the picked one.
select v.uid, v.score, s.score as picked, v.score / s.score as factor from stats_votes v join stats s on s.uid = v.uid
where v.own_score = false and s.score > 0 order by v.uid, v.run_id limit 25;
-- How many of my list others have, too.
-- refused: not understood here: a subquery in this place
select a.validator, count(*) as n, count(*) filter (where exists (select 1 from allocated_hotkeys b
  where b.hotkey = a.hotkey and b.validator <> a.validator)) as shared
from allocated_hotkeys a where a.counts group by a.validator order by 1;
select a.validator, count(*) as n, count(b.hotkey) as shared from allocated_hotkeys a
  left join (select distinct hotkey, validator from allocated_hotkeys) b
on b.hotkey = a.hotkey and b.validator <> a.validator where a.counts group by a.validator order by 1;
-- Listed by me and scored by nobody.
select a.validator, a.hotkey from allocated_hotkeys a where a.counts and a.hotkey not in (select hotkey
  from stats_votes where counts and hotkey is not null)
order by 1, 2 limit 20;
select a.hotkey from allocated_hotkeys a where a.counts or a.hotkey not in (select hotkey from stats)
  order by a.hotkey limit 20;
-- Scored by me and listed by nobody.
select v.validator, count(*) as n from stats_votes v where v.allocated and not exists (select 1
  from allocated_hotkeys a where a.hotkey = v.hotkey) group by v.validator order by 1;
-- Validators without votes.
select v.hotkey from validators v left join stats_votes s on s.validator = v.hotkey where s.uid is null order by 1;
select hotkey from validators where hotkey <> all (select validator from stats_votes where validator is not null)
  order by 1;
select hotkey from validators except select validator from stats_votes order by 1;
-- Gaps of positions.
select run_id, max(position) - min(position) + 1 - count(distinct position) as gaps from stats_votes group by run_id
  having max(position) - min(position) + 1 <> count(distinct position) order by run_id;
select run_id, count(*) - max(position) - 1 as d from stats_votes group by run_id order by d, run_id;
-- When each run spoke last.
select w.run_id, l.heartbeat_at, w.recorded_at, w.recorded_at < l.heartbeat_at as later from wandb_runs w
  join wandb_liveness l using (run_id)
where w.role = 'validator' order by run_id;
-- What upstream's own calls come to.
select function, outcome, exception is null as fine, valid_from, valid_to from upstream_outcome_history
  order by function, valid_from;
select distinct function, first_value(outcome) over (partition by function order by valid_from) as first,
last_value(outcome) over (partition by function order by valid_from rows between unbounded preceding
  and unbounded following) as last from upstream_outcome_history order by 1;
-- Scores of one uid over the day.
select valid_from, valid_to, score, gpu_name, votes from stats_history where uid = 43 order by valid_from;
-- How often each uid's picked run changed.
select uid, count(distinct run_id) - 1 as changes from stats_history group by uid having count(distinct run_id) > 1
  order by changes desc, uid;
-- Mean, spread and rank of what validators give a card.
select validator, gpu_name, avg(score / num_gpus) as each, stddev_samp(score) as spread, rank()
  over (partition by gpu_name order by avg(score / num_gpus) desc) as r
from stats_votes where counts and num_gpus > 0 group by validator, gpu_name order by gpu_name, r, validator limit 40;
-- Pairs of validators that agree on every uid they share.
select a.validator as one, b.validator as other, count(*) as shared from stats_votes a join stats_votes b
  on a.uid = b.uid and a.validator < b.validator
where a.counts and b.counts group by a.validator, b.validator having bool_and(a.gpu_name is not distinct
  from b.gpu_name and a.num_gpus is not distinct from b.num_gpus) order by 1, 2;
