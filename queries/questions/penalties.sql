-- Who is penalized, by whom, with what effect, since when, and when was it lifted?
-- Asked by: a miner that is penalized, and who looks into complaints.
-- hotkey (optional, text): the miner's hotkey; all of them without it
-- Stands on: wandb_runs
select hotkey, list, effect, since_at as since, until_at as until, run_id, validator, since_size, until_size, log_index
from penalized_history
where $hotkey::text is null or hotkey = $hotkey::text
order by hotkey, since_size, list, run_id, log_index
