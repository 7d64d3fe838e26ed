-- Pairs of hotkeys that each passed in windows of the chain, and never both in one: a single card can answer for two
-- hotkeys if it is not asked for both at one moment.
with passed as (
    select distinct hotkey, beacon_number as window from pog_attempts
    where outcome = 'passed' and beacon = 'chain' and hotkey is not null
), counted as (
    select hotkey, count(*) as windows from passed group by hotkey
), together as (
    select a.hotkey as hotkey, b.hotkey as other_hotkey
    from passed a join passed b on a.window = b.window and a.hotkey < b.hotkey
    group by a.hotkey, b.hotkey
)
select a.hotkey as hotkey, b.hotkey as other_hotkey, a.windows as windows, b.windows as other_windows
from counted a join counted b on a.hotkey < b.hotkey
left join together on together.hotkey = a.hotkey and together.other_hotkey = b.hotkey
where together.hotkey is null
