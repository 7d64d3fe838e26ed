-- Which runs have a signature that does not verify, and was it copied from another run?
-- Asked by: a validator whose run is passed over, and an auditor who looks for forgers.
-- hotkey (optional, text): the hotkey in whose name the run speaks; all of them without it
-- Stands on: wandb_runs
with last as (
    select run_id, signature_text from (select run_id, signature_text,
        row_number() over (partition by run_id order by log_index desc) as age from wandb_configs) q
    where age = 1 and signature_text is not null
), bad as (
    select r.run_id, r.role, r.hotkey, r.state, r.signature, r.log_index,
        coalesce(max(h.valid_to) filter (where h.signature is distinct from r.signature),
            min(h.valid_from)) as since_size
    from wandb_runs r join wandb_runs_history h on h.run_id = r.run_id
    where r.signature <> 'valid' and ($hotkey::text is null or r.hotkey = $hotkey::text)
    group by r.run_id, r.role, r.hotkey, r.state, r.signature, r.log_index
), copied as (
    select own.run_id, length(own.signature_text) as characters, min(o.run_id) as copied_from
    from last own left join last o on o.signature_text = own.signature_text and o.run_id <> own.run_id
    group by own.run_id, own.signature_text
)
select b.run_id, b.role, b.signature, c.characters, c.copied_from, b.state, recorded_at(b.since_size) as since,
    b.hotkey, b.since_size, b.log_index
from bad b left join copied c on c.run_id = b.run_id
order by b.role desc, b.run_id
