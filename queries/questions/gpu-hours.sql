-- For how many hours was each miner rented out, and with how many GPUs?
-- Asked by: the subnet's owner.
-- hotkey (optional, text): the miner's hotkey; all of them without it
-- from (optional, timestamptz): counted from then on; from the first whole poll without it
-- to (optional, timestamptz): counted up to then; up to the last whole poll without it
-- Stands on: wandb_runs
with bounds as (
    -- Nobody looked before the first whole poll, and an open claim is known up to the last. Files have no polls.
    select coalesce($from::timestamptz, p.low, c.low) as low,
        least($to::timestamptz, coalesce(p.high, c.high)) as high
    from (select min(finished_at) as low, max(finished_at) as high from wandb_polls where outcome = 'complete') p
    cross join (select min(from_at) as low, max(from_at) as high from allocation_claims_history) c
), claims as (
    select c.run_id, c.hotkey, c.to_at, c.valid_from, c.valid_to, c.log_index, greatest(c.from_at, b.low) as low,
        least(coalesce(c.to_at, b.high), b.high) as high
    from allocation_claims_history c cross join bounds b
    where c.counts and ($hotkey::text is null or c.hotkey = $hotkey::text)
        and c.from_at < b.high and (c.to_at is null or c.to_at > b.low)
), pieces as (
    -- A claim, and the GPUs that the renting run's own entry on the miner has meanwhile, if it has one.
    select hotkey, null::bigint as num_gpus, low, high from claims
    union all
    select c.hotkey, v.num_gpus,
        case when v.valid_from > c.valid_from then greatest(v.valid_from_at, c.low) else c.low end as low,
        case when v.valid_to < coalesce(c.valid_to, v.valid_to + 1) then least(v.valid_to_at, c.high)
            else c.high end
    from claims c join stats_votes_history v on v.run_id = c.run_id and v.hotkey = c.hotkey
        and (c.valid_to is null or v.valid_from < c.valid_to) and (v.valid_to is null or v.valid_to > c.valid_from)
), cuts as (
    select hotkey, low as at from pieces union select hotkey, high from pieces
), spans as (
    select hotkey, at as low, lead(at) over (partition by hotkey order by at) as high from cuts
), rented as (
    -- Of validators that rent out the same machine at once, the one that has more GPUs of it.
    select s.hotkey, s.low, s.high, extract(epoch from s.high - s.low) / 3600 as hours, max(p.num_gpus) as num_gpus
    from spans s join pieces p on p.hotkey = s.hotkey and p.low <= s.low and p.high >= s.high
    where s.high > s.low group by s.hotkey, s.low, s.high
), ends as (
    select hotkey, bool_or(to_at is null) as is_open, max(log_index) as log_index from claims group by hotkey
)
select r.hotkey, round(sum(r.hours), 2) as hours, round(sum(r.hours * r.num_gpus), 2) as gpu_hours,
    round(coalesce(sum(r.hours) filter (where r.num_gpus is null), 0), 2) as hours_of_unknown,
    max(r.num_gpus) as num_gpus, min(r.low) as since, max(r.high) as until, e.is_open, e.log_index
from rented r join ends e on e.hotkey = r.hotkey
group by r.hotkey, e.is_open, e.log_index
order by gpu_hours desc nulls last, r.hotkey
