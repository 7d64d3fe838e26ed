-- Of each GPU model: how many do miners claim, how many do picked entries have, and how many were proven?
-- Asked by: the subnet's owner.
-- Stands on: wandb_runs, pog_stats, pog_attempts
with machines as (
    -- Of two runs of one miner upstream believes the last.
    select 'claimed' as place, gpu_name, num_gpus from (select gpu_name, num_gpus,
        row_number() over (partition by hotkey order by specs_index desc) as age from miner_specs) q where age = 1
    union all select 'picked', gpu_name, num_gpus from stats
    union all select 'proven', gpu_name, num_gpus from (select gpu_name, num_gpus,
        row_number() over (partition by hotkey order by created_at desc, database) as age from pog_stats) q
    where age = 1
    union all select 'answered', claimed_gpu_name, gpus_passed from gpu_claims
)
select coalesce(gpu_name, 'unknown') as gpu_name, count(*) filter (where place = 'claimed') as miners_claim,
    coalesce(sum(num_gpus) filter (where place = 'claimed'), 0) as gpus_claimed,
    count(*) filter (where place = 'picked') as miners_picked,
    coalesce(sum(num_gpus) filter (where place = 'picked'), 0) as gpus_picked,
    coalesce(sum(num_gpus) filter (where place = 'proven'), 0) as gpus_in_pog_stats,
    coalesce(sum(num_gpus) filter (where place = 'answered'), 0) as gpus_in_attempts
from machines group by coalesce(gpu_name, 'unknown')
order by gpus_claimed desc, gpus_picked desc, gpu_name
