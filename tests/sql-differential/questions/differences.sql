-- Differences and negatives of what is counted: they may be below zero.
-- oracle: both

-- An owner: how far the votes stay behind the entries.
-- log: sn27-day
select sum(votes) - sum(entries) as d from stats;
select sum(votes) - sum(entries) as d from stats;
select uid, votes::bigint - entries::bigint as right_one, votes - entries as d from stats order by d, uid;
select uid from stats where votes - entries < 0 order by uid;
-- log: sn27-day
select uid, votes - entries as d from stats where votes - entries < 0 order by d, uid;
-- log: sn27-day
select uid, abs(votes - entries) as d from stats order by d, uid;
select uid, -votes as d, -entries + votes as e from stats order by uid;
select -count(*) as n, count(*) - 100 as m, 3 - count(*) as k from stats;
select min(votes - candidates) as low, max(votes - candidates) as high, avg(votes - entries) as mean from stats;
select uid, votes - lag(votes) over (order by uid) as d from stats order by uid;
select uid, entries - lead(entries) over (order by uid) as d from stats order by uid;
select uid, log_index - valid_from as d from stats order by uid;
select uid, run_id, position - uid as d from stats_votes order by uid, run_id;
select uid, run_id, position - log_index as d from stats_votes where position - log_index < -2 order by uid, run_id;
select sum(position - log_index) as d, sum(-position) as e from stats_votes;
select uid, case when votes > entries then votes - entries else entries - votes end as d from stats order by uid;
select uid, greatest(votes - entries, -1) as g, least(votes - entries, 0) as l from stats order by uid;
select uid, (votes - entries) * 2 as d, (votes - entries) / 2 as h, (votes - entries) % 2 as r from stats order by uid;
select uid, 1.0 * votes - entries as d, votes - 0.5 * entries as e from stats order by uid;
select uid, coalesce(votes - entries, 0) as d, nullif(votes - entries, -2) as e from stats order by uid;
select (votes - entries) as d, count(*) as n from stats group by votes - entries order by d;
select uid, sum(votes - entries) over (order by uid) as d from stats order by uid;
select uid, sum(votes) over (order by uid) - sum(entries) over (order by uid) as d from stats order by uid;
select a.uid as x, b.uid as y, a.entries - b.entries as d from stats a join stats b on a.entries - b.entries < 0
  order by x, y;
select e.log_index, s.uid from events e join stats s on e.log_index = s.valid_from - 9 order by 1, 2;
select log_index, log_index - 5 as d from events where log_index - 5 < 0 order by log_index;
select max(log_index) - min(log_index) + 1 - count(*) as missing from events;
select log_index - lag(log_index) over (order by log_index) - 1 as gap, count(*) as n from events group by log_index
  order by 1, 2 limit 3;
-- log: sn27-day
select run_id, valid_from - valid_to as d from wandb_runs_history where valid_to is not null order by run_id, d;
-- log: sn27-day
select source, max(log_index) - min(log_index) - count(*) as d from events group by source order by source;
-- log: sn27-day
select uid, count(*) filter (where counts) - count(*) filter (where not counts) as d from stats_votes group by uid
  order by d, uid;
-- log: sn27-day
select log_index, runs - lag(runs) over (order by log_index) as d from wandb_polls order by log_index;
-- log: sn27-day
select log_index, pages - runs as d from wandb_polls order by log_index;
-- An auditor: what a hotkey's stake is short of.
-- log: chain-ladder
select uid, stake_rao - 10000000000 as d, stake_rao - emission_rao as e, incentive - last_update as f
  from neurons_history order by uid;
-- log: chain-ladder
select block_number, event_count - extrinsic_count as d, extrinsic_count - event_count as e from blocks
  order by block_number;
-- log: chain-ladder
select block_number, 10 - block_number as d from blocks where 10 - block_number < 0 order by block_number;
-- log: scrapes
select target, wire_bytes - body_bytes as d, sample_count - 1000 as e from scrapes order by target, log_index;
