-- What each hotkey claims of its GPUs in the specs that it reports, and what attempts to prove them have shown. A proven
-- figure is the best of all attempts that passed: a lower bound for everything that the hotkey could reach meanwhile.
with claimed as (
    select hotkey, max(gpu_name) as claimed_gpu_name, max(num_gpus) as claimed_num_gpus
    from miner_specs where hotkey is not null group by hotkey
), attempted as (
    select hotkey,
        count(*) as attempts,
        count(*) filter (where outcome = 'passed') as passed,
        count(distinct gpu) filter (where outcome = 'passed') as gpus_passed,
        max(int8_tops_lower_bound) filter (where outcome = 'passed') as int8_tops_lower_bound,
        max(resident_bytes_lower_bound) filter (where outcome = 'passed') as resident_bytes_lower_bound,
        max(recorded_at) as last_attempt_at
    from pog_attempts where hotkey is not null group by hotkey
)
select coalesce(claimed.hotkey, attempted.hotkey) as hotkey,
    claimed_gpu_name, claimed_num_gpus,
    coalesce(attempts, 0) as attempts, coalesce(passed, 0) as passed, coalesce(gpus_passed, 0) as gpus_passed,
    int8_tops_lower_bound, resident_bytes_lower_bound, last_attempt_at
from claimed full join attempted on claimed.hotkey = attempted.hotkey
