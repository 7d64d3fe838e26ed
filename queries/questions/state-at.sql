-- Which entry would upstream have picked for each uid at a block, a time or a size of the log?
-- Asked by: an auditor who checks what a validator computed then.
-- block (optional, bigint): the number of a block that was recorded as it came
-- time (optional, timestamptz): the time of recording
-- size (optional, bigint): the size of the log
-- uid (optional, bigint): the miner's uid; all of them without it
-- Stands on: wandb_runs
with moment as (
    select least(
        -- A block's state is recorded with it, after it.
        coalesce((select max(e.log_index) + 1 from events e join blocks b on b.block_number = e.block_number
            where b.block_number = $block::bigint and not b.is_backfilled),
            case when $block::bigint is null then 9223372036854775807 else 0 end),
        coalesce((select max(log_index) + 1 from events where recorded_at <= $time::timestamptz),
            case when $time::timestamptz is null then 9223372036854775807 else 0 end),
        coalesce($size::bigint, 9223372036854775807), (select max(log_index) + 1 from events)) as size
)
select m.size as at_size, recorded_at(m.size) as at, s.uid, s.gpu_name, s.num_gpus, s.score, s.votes, s.entries,
    s.rule, s.run_id, s.hotkey, s.log_index
from moment m join stats_history s on s.valid_from <= m.size and (s.valid_to is null or s.valid_to > m.size)
where $uid::bigint is null or s.uid = $uid::bigint
order by s.uid, s.uid_text
