-- What owners of the subnet ask: of the day, of all miners and of all validators.
-- oracle: both
-- log: sn27-day

-- Which cards are rented, and how many.
select s.gpu_name, count(*) as miners, sum(s.num_gpus) as gpus from stats s where s.allocated group by s.gpu_name
  order by gpus desc, s.gpu_name;
-- Whose hotkey is allocated twice.
select hotkey, count(distinct validator) as n from allocated_hotkeys where counts group by hotkey
  having count(distinct validator) > 1 order by hotkey;
-- Who is allocated, and since when.
select a.hotkey, min(c.from_at) as since from allocated_hotkeys a join allocation_claims c on c.run_id = a.run_id
  and c.hotkey = a.hotkey
where a.counts group by a.hotkey order by since, a.hotkey limit 30;
-- Rentals that stand in dead runs alone.
select a.hotkey, max(l.heartbeat_at) as last from allocated_hotkeys a join wandb_liveness l on l.run_id = a.run_id
  where a.counts
group by a.hotkey having max(l.heartbeat_at) < timestamptz '2026-03-14 20:00:00Z' order by a.hotkey;
-- GPUs by the hour of their first claim.
select extract(hour from c.from_at) as hour, count(*) as n from allocation_claims c group by 1 order by 1;
-- Which share of the allocated is on which card.
select gpu_name, 100.0 * count(*) / sum(count(*)) over () as share from stats where allocated group by gpu_name
  order by share desc, gpu_name;
-- Votes whose GPU is another than what the miner claims.
select v.validator, count(*) as n from stats_votes v join miner_specs m on m.hotkey = v.hotkey
  and m.gpu_name <> v.gpu_name
where v.counts group by v.validator order by n desc, v.validator;
-- Miners that claim more than was proven.
select m.hotkey, m.gpu_name, m.num_gpus, s.num_gpus as proven from miner_specs m join stats s on s.hotkey = m.hotkey
where m.num_gpus > s.num_gpus order by m.hotkey;
-- Miners that claim, and were never proven.
select m.hotkey from miner_specs m left join stats s on s.hotkey = m.hotkey where s.hotkey is null
  order by m.hotkey limit 20;
-- The same, in other words.
select hotkey from miner_specs where hotkey not in (select hotkey from stats where hotkey is not null)
  order by hotkey limit 20;
select hotkey from miner_specs except select hotkey from stats order by hotkey limit 20;
-- Uids that validators disagree on.
select uid, count(distinct gpu_name) as cards, count(distinct num_gpus) as counts, count(distinct score) as scores
  from stats_votes where counts
group by uid having count(distinct gpu_name) > 1 or count(distinct num_gpus) > 1 or count(distinct score) > 1
  order by uid;
-- Scores that nobody else gives.
select v.uid, v.run_id, v.score from stats_votes v where v.counts and not exists (
  select 1 from stats_votes o where o.uid = v.uid and o.counts and o.run_id <> v.run_id and o.score = v.score)
order by v.uid, v.run_id;
-- How far votes and entries lie apart, by rule.
select rule, count(*) as n, sum(entries - votes) as apart, max(candidates) as most from stats group by rule
  order by rule;
-- Which uids depend on the order of runs.
select uid, rule, votes, candidates from stats where order_tie order by uid;
-- Forgers: lists that do not count, and why.
select run_id, reason, count(*) as n from allocated_hotkeys_history where not counts group by run_id, reason
  order by run_id, reason;
-- Runs by signature.
select signature, count(*) as n, count(*) filter (where state = 'running') as running from wandb_runs
  group by signature order by n desc;
-- Polls that saw fewer runs than the one before.
select log_index, runs from (select log_index, runs, lag(runs) over (order by log_index) as before from wandb_polls
  where scope = 'sweep') q
where runs < before order by log_index;
-- The hours in which something was missing.
select date_trunc('hour', started_at) as hour, count(*) filter (where outcome <> 'complete') as bad, count(*) as n
  from wandb_polls group by 1
having count(*) filter (where outcome <> 'complete') > 0 order by 1;
-- Runs that changed most.
select run_id, count(*) as n, count(distinct config_sha256) as configs from wandb_runs_history group by run_id
  having count(*) > 3 order by n desc, run_id limit 15;
-- The penalized of the day.
select hotkey, valid_from, valid_to, reason from penalized_checklist_history union all
select hotkey, valid_from, valid_to, reason from penalized_hotkeys_history order by 1, 2;
-- Miners with the port open, by card.
select gpu_name, count(*) filter (where is_port_open) as open, count(*) filter (where not is_port_open) as closed,
count(*) filter (where is_port_open is null) as unknown from miner_reports group by gpu_name
  order by gpu_name nulls last;
-- How many GPUs the subnet has, claimed and proven.
select 'claimed' as what, count(*) as miners, sum(num_gpus) as gpus from miner_specs union all
select 'proven', count(*), sum(num_gpus) from stats union all
select 'rented', count(*), sum(num_gpus) from stats where allocated order by what;
-- The best of each card.
select gpu_name, uid, score from (select gpu_name, uid, score, rank() over (partition by gpu_name
  order by score desc, uid) as r from stats) q
where r = 1 order by gpu_name;
select distinct on (gpu_name) gpu_name, uid, score from stats order by gpu_name, score desc, uid;
-- Whose score lies above the mean of the card.
select uid from stats s where score > (select avg(score) from stats t where t.gpu_name = s.gpu_name) order by uid;
-- Miners whose version lags.
select version, count(*) as n from wandb_runs where role = 'miner' group by version order by version nulls last;
select hotkey from wandb_runs where role = 'miner' and version < (select max(version) from wandb_runs
  where role = 'miner') order by hotkey limit 20;
