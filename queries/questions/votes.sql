-- What does each validator say of this uid, what of it counts, and which entry is picked?
-- Asked by: a miner who thinks that the score is wrong.
-- uid (required, bigint): the miner's uid
-- Stands on: wandb_runs
select v.run_id, v.gpu_name, v.num_gpus, v.score, v.counts, v.reason,
    case when v.counts then count(*) over (partition by v.counts, v.gpu_name, v.num_gpus, v.score) end as votes,
    coalesce(v.run_id = s.run_id, false) as picked, case when v.run_id = s.run_id then s.rule end as rule,
    v.hotkey, v.validator, v.log_index
from stats_votes v left join stats s on s.uid = v.uid
where v.uid = $uid::bigint
order by v.created_at, v.run_id, v.position
