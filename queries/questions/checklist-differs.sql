-- Who is on the signed checklist, which zeroes scores, but not in the fixed run, which is shown, or the reverse?
-- Asked by: the subnet's owner, and a miner that one list names and the other does not.
-- Stands on: wandb_runs
with lists as (
    select hotkey, bool_or(counts) as on_signed, bool_or(in_fixed_run) as in_fixed, min(valid_from) as since_size,
        string_agg(distinct run_id, ' ' order by run_id) as runs, max(log_index) as log_index
    from penalized_checklist where hotkey is not null and (counts or in_fixed_run) group by hotkey
)
select hotkey, case when on_signed then 'signed checklist only' else 'fixed run only' end as listed_in,
    case when on_signed then 'score 0, and not shown' else 'shown, and no score changes' end as effect,
    recorded_at(since_size) as since, runs, since_size, log_index
from lists where coalesce(on_signed, false) <> coalesce(in_fixed, false)
order by hotkey
