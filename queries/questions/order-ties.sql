-- Whose result depends on the order in which upstream reads the runs?
-- Asked by: an auditor, and a miner between whose entries nothing but age decides.
-- uid (optional, bigint): the miner's uid; all of them without it
-- Stands on: wandb_runs
select s.uid, s.gpu_name, s.num_gpus, s.score, s.votes, s.candidates, s.run_id as picked_run,
    string_agg(distinct v.run_id, ' ' order by v.run_id) filter (where v.gpu_name is distinct from s.gpu_name
        or v.num_gpus is distinct from s.num_gpus) as other_runs, s.hotkey, s.log_index
from stats s join stats_votes v on v.uid = s.uid and v.counts and v.score = s.score
where s.order_tie and ($uid::bigint is null or s.uid = $uid::bigint)
group by s.uid, s.uid_text, s.gpu_name, s.num_gpus, s.score, s.votes, s.candidates, s.run_id, s.hotkey, s.log_index
order by s.uid, s.uid_text
