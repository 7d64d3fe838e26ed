-- When was a miner not asked for a proof of GPU because it was rented out, and was it asked all the same?
-- Asked by: a miner whose last good proof is old.
-- hotkey (optional, text): the miner's hotkey; all of them without it
-- Stands on: wandb_runs, computedb_pog_stats
with known as (
    -- An open claim is known up to the last poll that was whole.
    select max(finished_at) as until from wandb_polls where outcome = 'complete'
), claims as (
    select hotkey, run_id, from_at, to_at, log_index, max(coalesce(to_at, k.until))
        over (partition by hotkey order by from_at, run_id rows between unbounded preceding and 1 preceding) as before
    from allocation_claims_history cross join known k
    where counts and ($hotkey::text is null or hotkey = $hotkey::text)
), numbered as (
    select *, count(*) filter (where before is null or before < from_at) over (partition by hotkey
        order by from_at, run_id rows between unbounded preceding and current row) as rental from claims
), rentals as (
    select hotkey, rental, min(from_at) as since, case when count(*) = count(to_at) then max(to_at) end as until,
        min(log_index) as log_index from numbered group by hotkey, rental
), results as (
    select distinct database, hotkey, id, created_at from computedb_pog_stats_history
)
select r.hotkey, r.since, r.until, p.database, max(p.created_at) filter (where p.created_at < r.since) as last_before,
    count(p.id) filter (where p.created_at >= r.since and (r.until is null or p.created_at < r.until)) as asked_during,
    min(p.created_at) filter (where p.created_at >= r.until) as first_after, r.log_index
from rentals r join results p on p.hotkey = r.hotkey
group by r.hotkey, r.rental, r.since, r.until, p.database, r.log_index
order by r.hotkey, r.since, p.database
