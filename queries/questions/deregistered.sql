-- Whose list of rented miners had a hotkey that was not registered on the subnet, and since when?
-- Asked by: a validator who wants its list clean.
-- validator (optional, text): the validator's hotkey; all of them without it
-- Stands on: wandb_runs, blocks
with known as (
    -- Before the first neuron nobody knows who is registered.
    select size from (select min(valid_from) as size from neurons_history) q where size is not null
), listed as (
    select a.run_id, a.hotkey, a.validator, a.counts, a.log_index, a.valid_to,
        greatest(a.valid_from, k.size) as since_size
    from allocated_hotkeys_history a join known k on a.valid_to is null or a.valid_to > k.size
    where a.hotkey is not null and ($validator::text is null or a.validator = $validator::text)
), moments as (
    select * from listed
    union
    select l.run_id, l.hotkey, l.validator, l.counts, l.log_index, l.valid_to, n.valid_to
    from listed l join neurons_history n on n.hotkey = l.hotkey and n.valid_to > l.since_size
        and (l.valid_to is null or n.valid_to < l.valid_to)
), gone as (
    select m.run_id, m.hotkey, m.validator, m.counts, m.log_index, m.since_size, m.valid_to
    from moments m left join neurons_history n on n.hotkey = m.hotkey and n.valid_from <= m.since_size
        and (n.valid_to is null or n.valid_to > m.since_size)
    where n.uid is null
)
select hotkey, run_id, validator, bool_or(counts) as counts, recorded_at(min(since_size)) as since,
    bool_or(valid_to is null) as still_listed, min(since_size) as since_size, max(log_index) as log_index
from gone group by hotkey, run_id, validator
order by validator, run_id, hotkey
