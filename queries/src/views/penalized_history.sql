SELECT hotkey, 'penalized_hotkeys' AS list, run_id, validator, valid_from AS since_size, valid_to AS until_size,
       valid_from_at AS since_at, valid_to_at AS until_at, log_index, 'display' AS effect
FROM penalized_hotkeys_history WHERE counts
UNION ALL
SELECT hotkey, 'checklist', run_id, validator, valid_from, valid_to, valid_from_at, valid_to_at, log_index, 'score_zero'
FROM penalized_checklist_history WHERE counts
UNION ALL
SELECT hotkey, 'fixed_run', run_id, validator, valid_from, valid_to, valid_from_at, valid_to_at, log_index, 'display'
FROM penalized_checklist_history WHERE in_fixed_run
