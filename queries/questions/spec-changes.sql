-- Whose published specs changed while a validator had the machine rented out?
-- Asked by: a validator that rents machines out, and a miner whose rental ended.
-- hotkey (optional, text): the miner's hotkey; all of them without it
-- Stands on: wandb_runs
with told as (
    select hotkey, gpu_name, num_gpus, valid_from, log_index,
        lag(valid_from) over own as told_before, lag(gpu_name) over own as gpu_before,
        lag(num_gpus) over own as num_before
    from miner_specs_history where $hotkey::text is null or hotkey = $hotkey::text
    window own as (partition by hotkey order by valid_from, specs_index)
), changes as (
    select * from told where told_before is not null
        and (gpu_name is distinct from gpu_before or num_gpus is distinct from num_before)
)
select h.hotkey, recorded_at(h.valid_from) as at, h.gpu_before, h.num_before, h.gpu_name, h.num_gpus,
    string_agg(distinct c.run_id, ' ' order by c.run_id) as rented_by, h.valid_from as at_size, h.log_index
from changes h join allocation_claims_history c on c.hotkey = h.hotkey and c.counts
    and c.valid_from <= h.valid_from and (c.valid_to is null or c.valid_to > h.valid_from)
group by h.hotkey, h.valid_from, h.gpu_before, h.num_before, h.gpu_name, h.num_gpus, h.log_index
order by h.hotkey, h.valid_from, h.log_index
