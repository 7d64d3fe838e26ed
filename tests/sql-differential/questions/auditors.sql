-- What auditors ask: of the log itself, of its sources, and whether the tables hold together.
-- oracle: both
-- log: sn27-day

-- No entry is missing.
select max(log_index) + 1 as size, count(*) as n, max(log_index) - min(log_index) + 1 - count(*) as missing from events;
select log_index from events e where not exists (select 1 from events f where f.log_index = e.log_index + 1) order by 1;
select log_index from (select log_index, lead(log_index) over (order by log_index) as next from events) q
  where next <> log_index + 1;
-- Times that go back.
select log_index from (select log_index, recorded_at, lag(recorded_at) over (order by log_index) as before
  from events) q where recorded_at < before;
select count(*) as n from events where fetched_at > recorded_at or observed_at > recorded_at;
select kind, max(recorded_at - fetched_at) > interval '1 minute' as slow, count(*) as n from events group by kind
  order by kind;
-- What is in the log.
select source, kind, schema, count(*) as n, sum(entry_bytes) as bytes, avg(entry_bytes) as mean from events
  group by source, kind, schema order by 1, 2, 3;
select kind, count(distinct leaf_hash) = count(*) as unique_leaves from events group by kind order by kind;
select kind, count(distinct native_id) as ids from events group by kind having count(distinct native_id) > 1 order by 1;
select length(leaf_hash) as n, count(*) as m from events group by 1;
-- Every row of a table names an entry that is there.
select count(*) as n from stats_history h where not exists (select 1 from events e where e.log_index = h.log_index);
select count(*) as n from wandb_runs_history where log_index not in (select log_index from events
  where kind = 'wandb_run');
select count(*) as n from allocated_hotkeys_history h left join events e using (log_index) where e.kind is null;
select e.kind, count(*) as n from stats_votes_history h join events e using (log_index) group by e.kind order by 1;
-- Rows that ended before they began, or two that stood at once.
select count(*) as n from stats_history where valid_to <= valid_from;
select uid, count(*) as n from stats_history where valid_to is null group by uid having count(*) > 1;
select a.run_id from wandb_runs_history a join wandb_runs_history b on a.run_id = b.run_id
  and a.valid_from < b.valid_from
and (a.valid_to is null or a.valid_to > b.valid_from) order by 1;
-- What stands is what of the past has no end.
select count(*) as n from (select uid, score, run_id from stats except all select uid, score, run_id from stats_history
  where valid_to is null) q;
select count(*) as n from (select uid, run_id, reason from stats_votes_history where valid_to is null
  except all select uid, run_id, reason from stats_votes) q;
select (select count(*) from allocated_hotkeys) = (select count(*) from allocated_hotkeys_history
  where valid_to is null) as same;
-- A moment of the past, by hand.
select uid, score from stats_history where valid_from <= 300 and (valid_to > 300 or valid_to is null)
  order by uid limit 20;
select count(*) as n from stats_history where 300 between valid_from and coalesce(valid_to - 1, 1000000);
-- Gaps of the sources.
select source, scope, outcome, count(*) as n, min(from_at) as first, max(to_at) as last from coverage
  group by source, scope, outcome order by 1, 2, 3;
-- refused: not understood here: a subquery in this place
select a.log_index, a.to_at, b.from_at, b.from_at > a.to_at as gap from coverage a join coverage b on b.log_index = (
  select min(c.log_index) from coverage c where c.log_index > a.log_index) order by 1 limit 5;
select outcome, count(*) as n, 100.0 * count(*) / (select count(*) from coverage) as share from coverage
  group by outcome order by outcome;
-- Anomalies.
select kind, source, place, count(*) as n from anomalies group by kind, source, place
  order by n desc, kind, place limit 15;
select a.kind, count(distinct a.native_id) as runs, count(distinct e.log_index) as entries from anomalies a
  join events e on e.log_index = a.log_index group by a.kind order by 1;
select native_id, count(*) as n from anomalies where kind = 'specs_not_an_object' group by native_id
  order by n desc, native_id limit 5;
-- Runs that were seen once and not again.
select native_id, kind, log_index from events where kind in ('wandb_run_gone', 'wandb_run_unseen') order by log_index;
select native_id from events where kind = 'wandb_run_unseen' except select native_id from events
  where kind = 'wandb_run_gone' order by 1;
-- Entries of a run before it was gone.
select e.native_id, count(*) as n, max(e.log_index) < min(g.log_index) as before from events e join events g
  on g.native_id = e.native_id and g.kind = 'wandb_run_gone'
where e.kind = 'wandb_run' group by e.native_id order by 1;
-- How dense the log is.
select width, count(*) as n from (select log_index / 50 as width from events) q group by width order by width;
select log_index % 7 as r, sum(entry_bytes) as b from events group by 1 order by 1;
select avg(gap) as mean, max(gap) as most from (select log_index - lag(log_index) over (order by log_index) as gap
  from events where kind = 'wandb_poll') q;
-- Is a view what it says.
select count(*) as n from penalized where hotkey not in (select hotkey from penalized_checklist where counts)
  or hotkey is null;
select hotkey, claimed_gpu_name, attempts from gpu_claims where claimed_num_gpus > 4
  order by hotkey nulls last limit 10;

-- Of the chain.
-- log: chain-ladder
select b.block_number, b.parent_hash = p.block_hash as follows from blocks b left join blocks p
  on p.block_number = b.block_number - 1 order by 1;
-- log: chain-ladder
select block_number from blocks b where not exists (select 1 from blocks p where p.block_hash = b.parent_hash)
  order by 1;
-- log: chain-ladder
select max(block_number) - min(block_number) + 1 - count(*) as missing from blocks;
-- log: chain-ladder
select spec_version, min(block_number) as first, max(block_number) as last from blocks group by spec_version order by 2;
-- log: chain-ladder
select block_number, spec_version, spec_version - lag(spec_version, 1) over (order by block_number) as step from blocks
  order by 1;
-- log: chain-ladder
select signer, pallet, call, outcome, count(*) as n from extrinsics group by signer, pallet, call, outcome
  order by 1, 2, 3, 4;
-- log: chain-ladder
select e.block_number, e.extrinsic_index, count(c.event_index) as n from extrinsics e left join chain_events c
  on c.block_number = e.block_number
and c.extrinsic_index = e.extrinsic_index group by e.block_number, e.extrinsic_index order by 1, 2;
-- log: chain-ladder
select block_number, event_count, (select count(*) from chain_events c where c.block_number = b.block_number) as shown
  from blocks b order by 1;
-- log: chain-ladder
select pallet, event, count(*) as n, min(block_number) as first from chain_events
  group by grouping sets ((pallet, event), (pallet), ()) order by 1, 2, 3;
-- log: chain-ladder
select hotkey, port, from_block, to_block, to_block - from_block as blocks from prometheus_endpoints_history
  order by from_block, hotkey;
-- log: chain-ladder
select hotkey, ip, port from axons_history where to_block is null union select hotkey, ip, port
  from prometheus_endpoints_history where to_block is null order by 1, 2, 3;
-- log: chain-ladder
select n.hotkey, n.uid, count(p.hotkey) as endpoints from neurons_history n left join prometheus_endpoints_history p
  on p.hotkey = n.hotkey group by n.hotkey, n.uid order by n.uid;
-- log: chain-ladder
select hotkey, stake_rao / 1000000000 as tao, stake_rao % 1000000000 as rao, stake_rao / 1e9 as exact
  from neurons_history order by uid;
-- log: chain-ladder
select sum(stake_rao) as s, max(stake_rao) - min(stake_rao) as d, avg(stake_rao) as a from neurons_history;
-- log: chain-ladder
select recorded_at < fetched_at as early, is_backfilled, updates_runtime, count(*) as n from blocks group by 1, 2, 3
  order by 1, 2, 3;
-- log: chain-ladder
select netuid, tempo, neuron_count, from_block, lead(from_block) over (partition by netuid order by from_block) as next
  from subnets_history order by from_block;
-- log: chain-ladder
select r.spec_version, count(b.block_number) as blocks from runtime_versions_history r left join blocks b
  on b.spec_version = r.spec_version and b.block_number >= r.from_block
group by r.spec_version order by 1;

-- Of metrics.
-- log: scrapes
select target, outcome, sample_count, status from scrapes order by target, log_index;
-- log: scrapes
select s.target, s.sample_count, count(m.metric) as found from scrapes s left join samples m
  on m.log_index = s.log_index group by s.target, s.log_index, s.sample_count order by 1, s.log_index;
-- log: scrapes
select outcome, count(*) as n, sum(body_bytes) as bytes, sum(wire_bytes) - sum(body_bytes) as saved from scrapes
  group by outcome order by 1;
-- log: scrapes
select metric, labels, count(distinct value) as n from samples group by metric, labels having count(distinct value) > 1
  order by 1, 2 limit 20;
-- log: scrapes
select f.type, count(distinct s.metric) as n from metric_families f join samples s on s.metric = f.family
  and s.log_index = f.log_index group by f.type order by 1;
-- log: scrapes
select metric, value from samples where value = 'Infinity'::float8 or value <> value or value < 0
  order by metric, value limit 10;
-- log: scrapes
select a.metric, a.value - b.value as d from samples a join samples b on a.metric = b.metric and a.labels = b.labels
  and a.target < b.target
where a.value <> b.value order by abs(a.value - b.value) desc, a.metric limit 10;
-- log: scrapes
select family, count(*) as n from metric_families group by family having count(*) > 2 order by family limit 15;
-- log: scrapes
select count(*) as n, avg(value) as mean, max(value) as most from samples where metric = 'node_cpu_seconds_total'
  and labels like '%"mode":"idle"%';
-- log: scrapes
select s.target, r.refused_by from scrapes s left join scrape_refusals r on r.log_index = s.log_index
  where s.outcome = 'refused' order by 1;
-- log: scrapes
select metric, sum(value) as s, rank() over (order by sum(value) desc) as r from samples where metric like '%_bytes'
  group by metric order by r, metric limit 12;
-- log: scrapes
select u.target, u.up, s.outcome from up u join scrapes s on s.target = u.target and s.log_index = u.log_index
  order by 1, 3;

-- Of a validator's database.
-- log: computedb
select hotkey, count(*) as n, count(gpu_name) as passed, count(*) - count(gpu_name) as failed from computedb_pog_stats
  group by hotkey order by hotkey;
-- log: computedb
select hotkey, id, sum(case when gpu_name is null then 1 else 0 end) over (partition by hotkey
  order by created_at, id) as failures from computedb_pog_stats order by hotkey, id;
-- log: computedb
select hotkey, id, created_at - lag(created_at) over (partition by hotkey order by id) > interval '10 minutes' as late
  from computedb_pog_stats order by hotkey, id;
-- log: computedb
select d.hotkey, d.gpu_name, s.score, s.own_score, s.allocated from computedb_miner_details d
  full join computedb_stats s on s.hotkey = d.hotkey order by d.hotkey, s.uid;
-- log: computedb
select s.uid, s.score, p.results, p.failed_since from computedb_stats s left join pog_stats p on p.hotkey = s.hotkey
  order by s.uid;
-- log: computedb
select hotkey from computedb_stats where hotkey in (select hotkey from computedb_allocation)
  or hotkey in (select hotkey from computedb_blacklist) order by hotkey;
-- log: computedb
select uid, reliability_score, reliability_score + 1 as r, coalesce(reliability_score, -1) as c from computedb_stats
  order by uid;
-- log: computedb
select source, count(*) as n, min(log_index) as first from coverage group by source order by source;
