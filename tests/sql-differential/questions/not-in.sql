-- NOT IN with nulls, wherever it may stand: unknown is neither true nor false.
-- oracle: both

-- An owner: whose claimed allocation is none of a validator that counts.
-- log: sn27-day
select count(*) as n from miner_reports m where m.allocated not in (select validator from stats_votes where counts)
  or m.is_port_open;
-- log: sn27-day
select count(*) as n from miner_reports m where m.allocated not in (select validator from stats_votes where counts);
-- log: sn27-day
select count(*) as n from miner_reports m where not (m.allocated in (select validator from stats_votes where counts))
  or m.num_gpus > 4;
-- log: sn27-day
select count(*) as n from miner_reports m where (m.allocated not in (select validator from stats_votes
  where counts)) is true;
-- log: sn27-day
select count(*) as n from miner_reports m where (m.allocated in (select validator from stats_votes
  where counts)) is not true;
-- log: sn27-day
select count(*) as n from miner_reports m where (m.allocated not in (select validator from stats_votes
  where counts)) is null;
select count(*) as n from wandb_runs where run_id not in (select run_id from upstream_outcome) or state = 'crashed';
select count(*) as n from wandb_runs where run_id not in (select run_id from upstream_outcome);

-- A list with and without a null, a left side with and without one.
select x from (values (1), (2), (null)) t(x) where x not in (select y from (values (1)) u(y)) or x > 100;
select x from (values (1), (2), (null)) t(x) where x not in (select y from (values (1), (null)) u(y)) or x > 100;
select x from (values (1), (2), (null)) t(x) where x not in (select y from (values (1), (null)) u(y)) or x = 2;
select x from (values (1), (2), (null)) t(x) where not (x in (select y from (values (1)) u(y)) and x < 100);
select x from (values (1), (2), (null)) t(x) where not (x not in (select y from (values (1), (null)) u(y)));
select x from (values (1), (2), (null)) t(x) where not (x not in (select y from (values (1), (null)) u(y)) or x > 100);
select x from (values (1), (2), (null)) t(x) where (x not in (select y from (values (1)) u(y))) is true;
select x from (values (1), (2), (null)) t(x) where (x not in (select y from (values (1)) u(y))) is not false;
select x from (values (1), (2), (null)) t(x) where (x not in (select y from (values (1), (null)) u(y))) is not false;
select x from (values (1), (2), (null)) t(x) where (x not in (select y from (values (1), (null)) u(y))) is null;
select x from (values (1), (2), (null)) t(x) where (x not in (select y from (values (1), (null)) u(y))) is unknown;
select x from (values (1), (2), (null)) t(x) where (x in (select y from (values (1), (null)) u(y))) is not true;
select x from (values (1), (2), (null)) t(x) where coalesce(x not in (select y from (values (1), (null)) u(y)), true);
select x from (values (1), (2), (null)) t(x)
where case when x not in (select y from (values (1), (null)) u(y)) then true else x = 1 end;
select x, x not in (select y from (values (1), (null)) u(y)) as a, x in (select y from (values (1), (null)) u(y)) as b
from (values (1), (2), (null)) t(x);
select x, x not in (select y from (values (1)) u(y) where y > 5) as a from (values (1), (null)) t(x);
select x, x not in (select y from (values (1)) u(y)) and x > 1 as a from (values (1), (2), (null)) t(x);
select x from (values (1), (2), (null)) t(x) where x not in (select y from (values (1)) u(y) where y > 5) or false;
-- refused: not understood here: a subquery in this place
select x from (values (1), (2), (null)) t(x) where x not in (select y from (values (1), (2)) u(y) where u.y <> t.x)
  or x = 100;
-- refused: not understood here: a subquery in this place
select count(*) filter (where x not in (select y from (values (1), (null)) u(y))) as n
  from (values (1), (2), (null)) t(x);
-- refused: not understood here: a subquery in this place
select x from (values (1), (2), (null)) t(x) order by x not in (select y from (values (1), (null)) u(y)), x;
-- refused: not understood here: a subquery in this place
select x not in (select y from (values (1), (null)) u(y)) as a, count(*) as n from (values (1), (2), (3)) t(x)
  group by 1;

-- Lists that are written out.
select x, x not in (1, null) as a, x in (1, null) as b, x not in (1, 2) as c from (values (1), (2), (null)) t(x);
select x from (values (1), (2), (null)) t(x) where x not in (1, null) or x = 2;
select x from (values (1), (2), (null)) t(x) where not (x in (2, null)) or x is null;
select null in (1, 2) as a, null not in (1, null) as b, 1 in (1, null) as c, 1 not in (2, null) as d;

-- In the condition of a join.
-- refused: not understood here: a subquery in this place
select t.x, w.z from (values (1), (2), (null)) t(x) left join (values (5)) w(z)
on t.x not in (select y from (values (1), (null)) u(y)) or t.x = 1;
-- In HAVING.
select v.uid, count(*) as n from stats_votes v group by v.uid
having v.uid not in (select uid from stats where order_tie is null) or count(*) > 100 order by v.uid;
-- Pairs.
select a, b from (values (1, 1), (1, null), (2, 2)) t(a, b) where (a, b) not in (select c, d
  from (values (1, 1), (2, null)) u(c, d));
