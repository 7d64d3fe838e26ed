-- When was each proof of GPU tried, at which size, how long did it take, and which check failed?
-- Asked by: a miner that lost its GPU, and a validator who doubts one.
-- hotkey (optional, text): the miner's hotkey; all of them without it
-- Stands on: pog_attempts, computedb_pog_stats
with tried as (
    select coalesce(observed_at, recorded_at) as tried_at, hotkey, gpu, outcome, detail, protocol, size,
        round(rounds_seconds + sweeps_seconds, 6) as seconds, unchecked, 'pog_attempts' as source, attempt as id,
        log_index
    from pog_attempts
    union all
    -- Of what a database keeps, a failure has no reason: the result is no GPU.
    select created_at, hotkey, gpu_name || ' x ' || num_gpus::text,
        case when gpu_name is null then 'failed' else 'passed' end, null, null, null, null, null, database, id::text,
        log_index
    from computedb_pog_stats_history
)
select tried_at, outcome, detail, gpu, protocol, size, seconds, unchecked, hotkey, source, log_index
from tried where $hotkey::text is null or hotkey = $hotkey::text
order by tried_at, hotkey, source, id, log_index
