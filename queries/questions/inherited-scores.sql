-- Which scores has a validator not measured, and whose were they?
-- Asked by: a validator that shows scores which are a hundred times too high.
-- validator (optional, text): the validator's hotkey; all of them without it
-- Stands on: wandb_runs
with source as (
    -- The entry that was picked before the vote was first seen; where none was, the one picked with it.
    select v.run_id, v.uid_key, s.run_id as of_run, s.score as their_score, s.hotkey as their_hotkey,
        s.log_index as their_log_index,
        row_number() over (partition by v.run_id, v.uid_key order by s.valid_from) as age
    from stats_votes v join stats_history s on s.uid = v.uid and s.valid_from <= v.valid_from
        and (s.valid_to is null or s.valid_to >= v.valid_from)
    where v.own_score = false
)
select v.uid, v.run_id, v.score, o.of_run, o.their_score,
    case when o.their_score <> 0 then v.score / o.their_score end as factor,
    o.their_hotkey is not null and v.hotkey is distinct from o.their_hotkey as other_miner, v.validator,
    v.log_index, o.their_log_index
from stats_votes v left join source o on o.run_id = v.run_id and o.uid_key = v.uid_key and o.age = 1
where v.own_score = false and ($validator::text is null or v.validator = $validator::text)
order by v.validator, v.run_id, v.uid, v.position
