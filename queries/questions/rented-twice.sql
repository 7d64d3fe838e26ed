-- Which miners do several validators rent out at once, and since when?
-- Asked by: the subnet's owner, and whoever paid for a machine that another one uses.
-- hotkey (optional, text): the miner's hotkey; all of them without it
-- Stands on: wandb_runs
with claims as (
    select hotkey, run_id, validator, log_index, valid_from, coalesce(valid_to, 9223372036854775807) as valid_to
    from allocation_claims_history where counts and ($hotkey::text is null or hotkey = $hotkey::text)
), cuts as (
    select hotkey, valid_from as size from claims union select hotkey, valid_to from claims
), spans as (
    select hotkey, size as low, lead(size) over (partition by hotkey order by size) as high from cuts
), shared as (
    select s.hotkey, s.low, s.high, count(distinct c.validator) as validators,
        string_agg(distinct c.run_id, ' ' order by c.run_id) as runs, max(c.log_index) as log_index
    from spans s join claims c on c.hotkey = s.hotkey and c.valid_from <= s.low and c.valid_to >= s.high
    group by s.hotkey, s.low, s.high having count(distinct c.validator) > 1
)
select hotkey, validators, recorded_at(low) as since,
    recorded_at(nullif(high, 9223372036854775807)) as until, runs,
    low as since_size, nullif(high, 9223372036854775807) as until_size, log_index
from shared order by hotkey, low
