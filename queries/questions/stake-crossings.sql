-- Which validators rose above or fell below the permit stake, in which block, and what did that change?
-- Asked by: the subnet's owner, and a validator whose votes stopped to count.
-- validator (optional, text): the validator's hotkey; all of them without it
-- Stands on: blocks, wandb_runs
with crossings as (
    select hotkey, 'above' as became, from_block as block_number, valid_from as size from validators_history
    where authority = 'chain'
    union all
    select hotkey, 'below', to_block, valid_to from validators_history
    where authority = 'chain' and valid_to is not null
), changed as (
    select c.hotkey, c.became, c.block_number, c.size, count(distinct v.uid_key) as votes_changed
    from crossings c left join stats_votes_history v on v.validator = c.hotkey
        and (v.valid_from = c.size or v.valid_to = c.size)
    group by c.hotkey, c.became, c.block_number, c.size
), picks as (
    select c.size, count(distinct s.uid_key) as picks_changed
    from (select distinct size from crossings) c left join stats_history s
        on s.valid_from = c.size or s.valid_to = c.size
    group by c.size
)
select c.block_number, recorded_at(c.size) as at, c.became, b.stake_rao as stake_rao_before,
    a.stake_rao as stake_rao_after, c.votes_changed, p.picks_changed, c.hotkey as validator,
    c.size as at_size, c.size - 1 as log_index
from changed c join picks p on p.size = c.size
left join neurons_history b on b.hotkey = c.hotkey and b.valid_from < c.size
    and (b.valid_to is null or b.valid_to >= c.size)
left join neurons_history a on a.hotkey = c.hotkey and a.valid_from <= c.size
    and (a.valid_to is null or a.valid_to > c.size)
where $validator::text is null or c.hotkey = $validator::text
order by c.size, c.hotkey, c.became
