-- What miners ask: of one uid or hotkey.
-- oracle: both
-- log: sn27-day

-- Why is my score what it is.
select uid, score, gpu_name, num_gpus, votes, entries, candidates, rule, run_id, validator from stats where uid = 7;
-- Who votes for me, and what.
select validator, gpu_name, num_gpus, score, counts, reason from stats_votes where uid = 7 order by created_at, run_id;
select gpu_name, num_gpus, score, count(*) as n, count(*) filter (where counts) as c from stats_votes where uid = 7
  group by 1, 2, 3 order by n desc, 1, 2, 3;
select run_id, count(*) over (partition by gpu_name, num_gpus, score) as votes, rank()
  over (order by created_at, run_id) as age from stats_votes
where uid = 7 and counts order by run_id;
-- Who says that I am allocated.
select a.validator, a.run_id, a.counts, a.reason, l.heartbeat_at from allocated_hotkeys a left join wandb_liveness l
  on l.run_id = a.run_id
where a.hotkey = (select hotkey from stats where uid = 7) order by a.run_id;
-- My past.
select valid_from, valid_to, score, votes from stats_history where uid = 7 order by valid_from;
select min(valid_from) as first, max(coalesce(valid_to, 441)) as last, count(*) as n, max(score) - min(score) as moved
  from stats_history where uid = 7;
-- When was I penalized, and who lifted it.
select hotkey, valid_from, valid_to, valid_to - valid_from as entries from penalized_checklist_history
  order by valid_from;
-- My specs over time.
select valid_from, valid_to, gpu_name, num_gpus, num_gpus - lag(num_gpus) over (order by valid_from) as grew
  from miner_specs_history
where hotkey = '5FF4Nam78nPVUB3hNq589ZpWNRfdm7SWUacxzo6Mxk9Q3HEu' order by valid_from;
-- Changed while I was allocated.
select m.hotkey, m.valid_from from miner_specs_history m join miner_specs_history b on b.hotkey = m.hotkey
  and b.valid_to = m.valid_from
where (m.gpu_name, m.num_gpus) is distinct from (b.gpu_name, b.num_gpus) order by 1, 2;
select m.hotkey, m.valid_from from miner_specs_history m join miner_specs_history b on b.hotkey = m.hotkey
  and b.valid_to = m.valid_from
where m.gpu_name is distinct from b.gpu_name or m.num_gpus is distinct from b.num_gpus order by 1, 2;
-- What of me is unknown to each validator.
select validator, reason, unknown, stats_score from scores where uid = 7 order by validator;
select reason, count(*) as n from scores where uid = 76 group by reason order by reason;
-- Where do I stand.
select r from (select uid, rank() over (order by score desc) as r from stats) q where uid = 7;
select count(*) + 1 as r from stats where score > (select score from stats where uid = 7);
select count(*) filter (where score > (select score from stats where uid = 7)) as above, count(*) as n from stats;
select uid, score from stats where score >= (select score from stats where uid = 7) order by score desc, uid limit 10;
-- Others with my card.
select o.uid, o.score - m.score as ahead from stats m join stats o on o.gpu_name = m.gpu_name
  and o.num_gpus = m.num_gpus and o.uid <> m.uid where m.uid = 7 order by 2 desc, 1;
-- What changed at a poll.
select uid, valid_from from stats_history where valid_from in (select log_index + 1 from wandb_polls
  where scope = 'sweep') order by 2, 1 limit 30;
select valid_from, count(*) as n from stats_history group by valid_from order by valid_from;
-- Does my report say whose I am.
select allocated, count(*) as n from miner_reports group by allocated order by n desc, allocated limit 10;
select m.hotkey, m.allocated from miner_reports m where m.allocated is not null and m.hotkey not in (select hotkey
  from allocated_hotkeys where counts) order by m.hotkey limit 10;
select m.hotkey from miner_reports m where m.allocated = any (select hotkey from validators) and not m.is_port_open
  order by 1;
select m.hotkey from miner_reports m where m.allocated is null and m.hotkey in (select hotkey from allocated_hotkeys
  where counts) order by 1 limit 10;
-- Uids of mine among others, by words.
select case when score >= 100 then 'top' when score >= 10 then 'middle' when score > 0 then 'low' else 'none' end as
  class, count(*) as n, min(uid) as first from stats group by 1 order by 1;
select width, count(*) as n from (select floor(score / 50) * 50 as width from stats) q group by width order by width;
-- All that stands between 12:00 and 13:00.
select log_index, kind from events where recorded_at >= timestamptz '2026-03-14 12:00:00Z'
  and recorded_at < timestamptz '2026-03-14 13:00:00Z' order by log_index;
