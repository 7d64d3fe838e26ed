-- On which uids do validators disagree, who says what, and what is picked?
-- Asked by: the subnet's owner, and a miner beside whose card two names stand.
-- uid (optional, bigint): the miner's uid; all of them without it
-- Stands on: wandb_runs
with said as (
    select uid, gpu_name, num_gpus, score, count(*) as votes, max(log_index) as log_index,
        string_agg(run_id, ' ' order by created_at, run_id) as runs
    from stats_votes where counts and ($uid::bigint is null or uid = $uid::bigint)
    group by uid, gpu_name, num_gpus, score
), counted as (
    select *, count(*) over (partition by uid) as opinions from said
)
select c.uid, c.gpu_name, c.num_gpus, c.score, c.votes, s.rule, c.runs, c.log_index
from counted c left join stats s on s.uid = c.uid and s.gpu_name is not distinct from c.gpu_name
    and s.num_gpus is not distinct from c.num_gpus and s.score is not distinct from c.score
where c.opinions > 1
order by c.uid, c.votes desc, c.score desc, c.gpu_name, c.num_gpus
