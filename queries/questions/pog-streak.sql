-- How many proofs of GPU failed in a row after each good one, and did the GPU expire by it?
-- Asked by: a miner whose GPU a validator forgot.
-- hotkey (optional, text): the miner's hotkey; all of them without it
-- Stands on: computedb_pog_stats
with results as (
    select database, hotkey, id, gpu_name, num_gpus, created_at, log_index,
        gpu_name is not null and num_gpus is not null as is_good
    from computedb_pog_stats_history where $hotkey::text is null or hotkey = $hotkey::text
), streaks as (
    -- A database keeps the four newest results, of equal seconds the oldest.
    select *, count(*) filter (where is_good) over (partition by database, hotkey order by created_at, id
        rows between unbounded preceding and current row) as streak from results
)
select hotkey, min(case when is_good then gpu_name || ' x ' || num_gpus::text end) as gpu,
    min(created_at) filter (where is_good) as good_at, count(*) filter (where not is_good) as failures,
    min(created_at) filter (where not is_good) as first_failure,
    max(created_at) filter (where not is_good) as last_failure,
    count(*) filter (where not is_good) >= 4 as expired, database, max(log_index) as log_index
from streaks group by database, hotkey, streak
order by database, hotkey, streak
