-- UUIDs of GPUs that two hotkeys told of, at any time: one card rented out twice, one that changed hands, or a driver that
-- was made to say so.
select uuid, count(distinct hotkey) as hotkeys, min(hotkey) as first_hotkey, max(hotkey) as last_hotkey,
    min(valid_from) as first_seen, max(valid_from) as last_seen
from gpu_inventory_history where uuid is not null
group by uuid having count(distinct hotkey) > 1
