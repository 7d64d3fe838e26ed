-- Which validators say that this miner is rented, since when, and are their runs alive?
-- Asked by: a miner that is told it is rented out, or that it is not.
-- uid (optional, bigint): the miner's uid; all miners without it
-- hotkey (optional, text): the miner's hotkey, in place of the uid
-- Stands on: wandb_runs
select c.hotkey, c.counts, c.reason, c.from_at as since, c.run_id, l.state, l.heartbeat_at, c.validator,
    c.valid_from as since_size, c.log_index
from allocation_claims c left join wandb_liveness l on l.run_id = c.run_id
where ($hotkey::text is null or c.hotkey = $hotkey::text)
    and ($uid::bigint is null or c.hotkey in (select hotkey from stats_votes where uid = $uid::bigint))
order by c.hotkey, c.counts desc, since, c.run_id, c.evidence
