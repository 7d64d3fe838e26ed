-- The scrapes that were not made, each with the rule that forbade it: addresses that strangers post are judged before
-- they are asked.
select log_index, recorded_at, target, refused_by, detail, hotkey, uid, netuid, announced_at_block
from scrapes where outcome = 'refused'
