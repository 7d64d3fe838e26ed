-- Who is not asked for a proof of GPU, and therefore has score 0: for a shared address, the version, or what else?
-- Asked by: a miner that nobody proves.
-- hotkey (optional, text): the miner's hotkey; all of them without it
-- Stands on: blocks, scores
with holder as (
    -- The lowest uid of an address is the one that is asked.
    select x.ip, min(n.uid) as uid from axons x join neurons n on n.hotkey = x.hotkey
    where x.ip is not null group by x.ip
)
select s.uid, s.not_queryable as why, x.ip, h.uid as first_uid_of_ip, x.version,
    count(distinct s.validator) as validators, recorded_at(min(s.valid_from)) as since, s.hotkey,
    min(s.valid_from) as since_size, max(s.log_index) as log_index
from scores s left join axons x on x.hotkey = s.hotkey left join holder h on h.ip = x.ip
where s.not_queryable is not null and ($hotkey::text is null or s.hotkey = $hotkey::text)
group by s.uid, s.hotkey, s.not_queryable, x.ip, h.uid, x.version
order by s.uid, s.hotkey, why
