-- On which days was each miner rented out, for how many hours, and with how many GPUs?
-- Asked by: the subnet's owner, who bills by the day.
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
    select s.hotkey, s.low, s.high, max(p.num_gpus) as num_gpus
    from spans s join pieces p on p.hotkey = s.hotkey and p.low <= s.low and p.high >= s.high
    where s.high > s.low group by s.hotkey, s.low, s.high
), parts as (
    select hotkey, low, high, num_gpus,
        unnest(generate_series(date_trunc('day', low), high - interval '1 millisecond', interval '1 day')) as day
    from rented
), daily as (
    select hotkey, day, num_gpus, greatest(low, day) as low, least(high, day + interval '1 day') as high from parts
)
select day::date as day, hotkey, round(sum(extract(epoch from high - low)) / 3600, 2) as hours,
    round(sum(extract(epoch from high - low) * num_gpus) / 3600, 2) as gpu_hours,
    round(coalesce(sum(extract(epoch from high - low)) filter (where num_gpus is null), 0) / 3600, 2)
        as hours_of_unknown,
    min(low) as since, max(high) as until, max(high) = (select high from bounds) as is_open
from daily group by day, hotkey
order by day, hotkey
