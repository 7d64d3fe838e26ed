-- Which metrics endpoints are announced on chain, which version do they name, and do they answer?
-- Asked by: an auditor, and a validator whose metrics nobody sees.
-- hotkey (optional, text): the validator's hotkey; all of them without it
-- Stands on: blocks, scrapes
select e.hotkey, coalesce(u.target, case when e.ip_type = 6 then '[' || e.ip || ']' else e.ip end || ':'
        || e.port::text) as target, e.version, u.up,
    coalesce(u.outcome, 'never asked') as outcome, recorded_at(u.valid_from) as since,
    e.announced_at_block, u.valid_from as since_size, coalesce(u.log_index, e.log_index) as log_index
from prometheus_endpoints e left join up u on u.hotkey = e.hotkey
where $hotkey::text is null or e.hotkey = $hotkey::text
order by e.hotkey, target
