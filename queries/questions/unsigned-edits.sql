-- Which configs changed without a signature that the run did not have before?
-- Asked by: an auditor, since upstream signs anew with each write and its signature covers the run's id alone.
-- run (optional, text): the run's id; all of them without it
-- Stands on: wandb_runs
with told as (
    select log_index, recorded_at, run_id, changed, signature_text,
        row_number() over (partition by run_id, signature_text order by log_index) as uses
    from wandb_configs where $run::text is null or run_id = $run::text
), placed as (
    -- Upstream writes first and signs then, so a poll may come between: then the next record is signed.
    select *, lag(signature_text) over own as before,
        coalesce(lead(signature_text) over own is not null and lead(uses) over own = 1, false) as next_is_signed
    from told window own as (partition by run_id order by log_index)
)
select p.recorded_at as at, p.run_id, r.role,
    case when p.signature_text is null then 'none' when p.signature_text = p.before then 'the same'
        else 'an earlier one' end as signature,
    p.changed, p.next_is_signed, r.hotkey, p.log_index
from placed p left join wandb_runs r on r.run_id = p.run_id
where p.changed is not null and (p.signature_text is null or p.uses > 1)
order by p.log_index
