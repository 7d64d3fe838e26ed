-- Joins of every kind, with conditions that people write.
-- oracle: both

select s.uid, v.run_id from stats s join stats_votes v on s.uid = v.uid and v.counts order by 1, 2;
select s.uid, count(v.uid) as n from stats s left join stats_votes v on s.uid = v.uid and v.num_gpus > 7 group by s.uid
  order by 1;
select s.uid, v.uid as other from stats s left join stats v on s.uid < v.uid order by 1, 2;
select s.uid, v.uid as other from stats s right join stats v on s.uid < v.uid order by 1, 2;
select s.uid, v.uid as other from stats s full join stats v on s.uid = v.uid + 1 order by 1, 2;
select count(*) as n from stats cross join stats_votes;
select count(*) as n from stats, stats_votes where stats.uid = stats_votes.uid;
select a.x, b.y from (values (1), (2), (null)) a(x) left join (values (1), (null)) b(y) on a.x = b.y;
select a.x, b.y from (values (1), (2), (null)) a(x) full join (values (1), (3), (null)) b(y) on a.x = b.y;
select a.x, b.y from (values (1), (2), (null)) a(x) join (values (1), (null)) b(y) on a.x is not distinct from b.y;
select a.x, b.y from (values (1), (2)) a(x) left join (values (1), (2)) b(y) on a.x = b.y and b.y > 1;
select a.x, b.y from (values (1), (2)) a(x) left join (values (1), (2)) b(y) on a.x = b.y where b.y > 1;
select a.x, b.y from (values (1), (2)) a(x) left join (values (1), (2)) b(y) on a.x = b.y and a.x > 1;
select a.x, b.y from (values (1), (2)) a(x) left join (values (1), (2)) b(y) on false;
select a.x, b.y from (values (1), (2)) a(x) full join (values (1), (3)) b(y) on a.x = b.y where a.x is null
  or b.y is null;
select a.x, b.y, c.z from (values (1), (2)) a(x) left join ((values (1), (2)) b(y) join (values (2)) c(z) on b.y = c.z)
  on a.x = b.y order by 1;
select a.x, b.y, c.z from (values (1), (2)) a(x) left join (values (2)) b(y) on a.x = b.y
  left join (values (2), (2)) c(z) on b.y = c.z order by 1;
select a.uid, b.uid as b, c.uid as c from stats a join stats b on b.uid = a.uid + 1 join stats c on c.uid = b.uid + 1
  order by 1;
select distinct a.run_id from stats_votes a join stats_votes b on a.uid = b.uid and a.gpu_name = b.gpu_name
  and a.run_id <> b.run_id order by 1;
select a.uid, b.votes from stats a join lateral (select count(*) as votes from stats_votes v where v.uid = a.uid
  and v.counts) b on true order by 1;
-- refused: not understood here: a subquery in this place
select s.uid, l.run_id from stats s, lateral (select v.run_id from stats_votes v where v.uid = s.uid
  order by v.run_id limit 1) l order by 1;
-- refused: not understood here: a subquery in this place
select s.uid, x.d from stats s cross join lateral (select s.votes * 2 as d) x order by 1;
-- refused: not understood here: a subquery in this place
select s.uid, l.run_id from stats s left join lateral (select v.run_id from stats_votes v where v.uid = s.uid
  and v.run_id > s.run_id
order by v.run_id limit 1) l on true order by 1;

-- A validator: runs beside what became of them.
-- log: sn27-day
select w.run_id, w.state, count(v.uid) as votes from wandb_runs w left join stats_votes v on v.run_id = w.run_id
  and v.counts
where w.role = 'validator' group by w.run_id, w.state order by 1;
-- log: sn27-day
select r.hotkey, r.gpu_name as claimed, s.gpu_name as proven from miner_reports r left join stats s
  on s.hotkey = r.hotkey
where s.gpu_name is null or r.gpu_name <> s.gpu_name order by 1, 2 limit 25;
-- log: sn27-day
select count(*) as n from stats_history h join events e on e.log_index = h.valid_from - 1;
-- log: sn27-day
select h.uid, h.valid_from, e.recorded_at from stats_history h join events e on e.log_index = h.valid_from - 1
  where h.uid = 7 order by 2;
-- log: sn27-day
select a.hotkey, count(distinct a.validator) as n from allocated_hotkeys a join validators v on v.hotkey = a.validator
where a.counts group by a.hotkey having count(distinct a.validator) > 1 order by 1;
-- log: sn27-day
select a.uid, a.valid_from, b.valid_from as other from stats_history a join stats_history b on a.uid = b.uid
  and a.valid_from < b.valid_from
and coalesce(a.valid_to, 1000000) > b.valid_from order by 1, 2, 3;
-- log: sn27-day
select m.hotkey from miner_specs m where not exists (select 1 from miner_reports r where r.hotkey = m.hotkey)
  order by 1;
-- log: sn27-day
select count(*) as n from stats s join stats_votes v using (run_id, uid) where s.score <> v.score or v.score is null;
-- log: sn27-day
select s.uid, max(v.num_gpus) - min(v.num_gpus) as spread from stats s join stats_votes v on v.uid = s.uid
  group by s.uid
having max(v.num_gpus) <> min(v.num_gpus) order by 2 desc, 1;
-- log: sn27-day
select e.kind, w.scope, count(*) as n from events e left join wandb_polls w on w.log_index = e.log_index
  group by e.kind, w.scope order by 1, 2;
-- log: sn27-day
-- refused: not understood here: a subquery in this place
select p.log_index, (select min(q.log_index) from wandb_polls q where q.log_index > p.log_index) as next
  from wandb_polls p order by 1 limit 10;
-- log: sn27-day
select v.validator, sum(case when v.gpu_name = s.gpu_name then 1 else 0 end) as same, count(*) as n
from stats_votes v join stats s on s.uid = v.uid where v.counts group by v.validator order by 1;
