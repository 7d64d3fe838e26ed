-- Why has this miner no score, and since when?
-- Asked by: a miner whose score fell to zero.
-- uid (optional, bigint): the miner's uid; all miners without it
-- hotkey (optional, text): the miner's hotkey, in place of the uid
-- Stands on: wandb_runs
with miner as (
    select distinct uid, hotkey from stats_votes_history
    where ($uid::bigint is null or uid = $uid::bigint) and ($hotkey::text is null or hotkey = $hotkey::text)
    union select uid, hotkey from scores_history
    where ($uid::bigint is null or uid = $uid::bigint) and ($hotkey::text is null or hotkey = $hotkey::text)
), uids as (
    select distinct uid from miner where uid is not null
), free as (
    -- Sizes at which a uid may have begun to be without a picked entry.
    select uid, min(valid_from) as since_size from stats_votes_history join uids using (uid) group by uid
    union select uid, valid_to from stats_history join uids using (uid) where valid_to is not null
), spells as (
    select f.uid, f.since_size, min(s.valid_from) as until_size
    from free f left join stats_history s on s.uid = f.uid and s.valid_from >= f.since_size
    group by f.uid, f.since_size having min(s.valid_from) is distinct from f.since_size
), reasons as (
    select p.uid, p.since_size, p.until_size, v.reason, count(*) as votes, max(v.log_index) as log_index
    from spells p join stats_votes_history v
        on v.uid = p.uid and v.valid_from <= p.since_size and (v.valid_to is null or v.valid_to > p.since_size)
    group by p.uid, p.since_size, p.until_size, v.reason
), told as (
    select uid, 'no entry is picked' as what, since_size, until_size,
        string_agg(votes::text || ' ' || reason, ', ' order by votes desc, reason) as why, max(log_index) as log_index
    from reasons group by uid, since_size, until_size
    union all
    select s.uid, 'sync_scores gives 0', s.valid_from, s.valid_to,
        coalesce(s.not_queryable, s.reason) || ', of ' || count(distinct s.validator)::text || ' validators',
        max(s.log_index)
    from scores_history s join uids using (uid)
    where s.score = 0 group by s.uid, s.valid_from, s.valid_to, s.reason, s.not_queryable
    union all
    select m.uid, 'on the checklist', c.valid_from, c.valid_to, 'listed by run ' || c.run_id, c.log_index
    from penalized_checklist_history c join miner m on m.hotkey = c.hotkey where c.counts
)
select uid, what, recorded_at(since_size) as since, recorded_at(until_size) as until, why, since_size, until_size,
    log_index
from told order by uid, since_size, what, until_size nulls last, why
