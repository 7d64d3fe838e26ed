-- Which miners are rented out only by runs that nobody writes any more?
-- Asked by: the subnet's owner, and a miner that is kept rented by a dead validator.
-- hours (optional, bigint): how long a run has been silent; 24 without it
-- Stands on: wandb_runs, wandb_polls
with asked as (
    select max(finished_at) as at from wandb_polls where outcome = 'complete'
)
select a.hotkey, min(s.uid) as uid, max(l.heartbeat_at) as last_heartbeat,
    floor(extract(epoch from q.at - max(l.heartbeat_at)) / 3600)::bigint as silent_hours, q.at as as_of,
    string_agg(distinct a.run_id, ' ' order by a.run_id) as runs, max(a.log_index) as log_index
from allocated_hotkeys a join wandb_liveness l on l.run_id = a.run_id cross join asked q
left join (select distinct uid, hotkey from stats_votes) s on s.hotkey = a.hotkey
where a.counts
group by a.hotkey, q.at
having extract(epoch from q.at - max(l.heartbeat_at)) > 3600 * coalesce($hours::bigint, 24)
order by a.hotkey
