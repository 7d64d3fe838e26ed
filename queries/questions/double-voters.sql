-- Which validators vote with two runs at once, on how many uids, and since when?
-- Asked by: a miner who was outvoted, and the subnet's owner.
-- validator (optional, text): the validator's hotkey; all of them without it
-- Stands on: wandb_runs
with twice as (
    select a.validator, a.run_id, b.run_id as other_run, a.uid, greatest(a.valid_from, b.valid_from) as since_size,
        nullif(least(coalesce(a.valid_to, 9223372036854775807), coalesce(b.valid_to, 9223372036854775807)),
            9223372036854775807) as until_size, greatest(a.log_index, b.log_index) as log_index
    from stats_votes_history a join stats_votes_history b on b.validator = a.validator and b.uid = a.uid
        and b.run_id > a.run_id and a.valid_from < coalesce(b.valid_to, 9223372036854775807)
        and b.valid_from < coalesce(a.valid_to, 9223372036854775807)
    where a.counts and b.counts and ($validator::text is null or a.validator = $validator::text)
), spells as (
    select validator, run_id, other_run, count(distinct uid) as uids, min(since_size) as since_size,
        case when count(*) = count(until_size) then max(until_size) end as until_size, max(log_index) as log_index
    from twice group by validator, run_id, other_run
)
select validator, run_id, other_run, uids, recorded_at(since_size) as since, recorded_at(until_size) as until,
    since_size, until_size, log_index
from spells order by validator, run_id, other_run
