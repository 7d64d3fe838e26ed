-- Which validators say another thing of a uid than this one, and what is picked?
-- Asked by: a validator whose scores differ from those of the others.
-- validator (required, text): the validator's hotkey
-- Stands on: wandb_runs
with said as (
    select uid, run_id, validator, log_index, gpu_name, num_gpus, score, coalesce(gpu_name, 'none') || ' x '
        || coalesce(num_gpus::text, 'none') || ', ' || coalesce(score_text, 'none') as says
    from stats_votes where counts
)
select m.uid, m.says as mine, t.says as theirs,
    case when s.run_id = m.run_id then 'mine' when s.run_id = t.run_id then 'theirs' end as picked,
    t.run_id, t.validator, m.log_index as my_log_index, t.log_index
from said m join said t on t.uid = m.uid and t.validator <> m.validator
left join stats s on s.uid = m.uid
where m.validator = $validator::text and (t.gpu_name is distinct from m.gpu_name
    or t.num_gpus is distinct from m.num_gpus or t.score is distinct from m.score)
order by m.uid, m.run_id, t.run_id
