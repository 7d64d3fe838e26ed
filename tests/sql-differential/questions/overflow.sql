-- Integers that grow over their end: an error, or a wider type, and never a wrapped number.
-- oracle: postgres

-- raises
select 9223372036854775807::bigint + 1 as x;
-- raises
select -9223372036854775808::bigint - 1 as x;
-- raises
select (-9223372036854775807::bigint) - 2 as x;
-- raises
select 9223372036854775807::bigint * 2 as x;
-- raises
select 4611686018427387904::bigint * -4 as x;
-- raises
select 2000000000::int + 2000000000::int as x;
-- raises
select -2000000000::int - 2000000000::int as x;
-- raises
select 65536::int * 65536::int as x;
-- raises
select 32000::smallint + 32000::smallint as x;
-- raises
select abs((-9223372036854775807)::bigint - 1) as x;
-- raises
select -((-9223372036854775807)::bigint - 1) as x;
-- raises
select ((-9223372036854775807)::bigint - 1) / -1 as x;
-- raises
select 3000000000::bigint::int as x;
-- raises
select 70000::int::smallint as x;
-- raises
select 1e30::float8::bigint as x;
-- raises
select 'NaN'::float8::bigint as x;
-- raises
select '9223372036854775808'::bigint as x;
-- raises
select sum(x + 1) as s from (values (9223372036854775807::bigint), (1)) t(x);
-- raises
select x * y as p from (values (9223372036854775807::bigint, 3::bigint)) t(x, y);
-- raises
select x - y as d from (values (-9223372036854775807::bigint, 3::bigint)) t(x, y);
-- raises
select -x as n from (values ((-9223372036854775807)::bigint - 1)) t(x);
-- raises
select log_index + 9223372036854775807 as x from events where log_index > 0;
-- raises
select uid from stats where uid * 9223372036854775807 > 0;

-- Of what stays inside nothing is refused.
select 9223372036854775806::bigint + 1 as x, (-9223372036854775807)::bigint - 1 as y, 3037000499::bigint * 3037000499
  as z;
select abs((-9223372036854775807)::bigint) as x, -(9223372036854775807::bigint) as y;

-- A sum of 64-bit integers, and their average.
-- oracle: both
-- refused: bigint is out of range: a sum
select sum(x) as s from (values (9223372036854775807::bigint), (1)) t(x);
-- oracle: both
select sum(x) as s from (values (9223372036854775807::bigint), (9223372036854775807), (-9223372036854775807)) t(x);
-- oracle: both
select avg(x) as a from (values (9223372036854775807::bigint), (9223372036854775807)) t(x);
-- oracle: both
select avg(x) as a from (values (9223372036854775807::bigint), (-9223372036854775807)) t(x);
-- oracle: both
-- refused: bigint is out of range: a sum
select x, sum(x) over (order by x) as s from (values (9223372036854775807::bigint), (1), (2)) t(x) order by x;
-- oracle: both
select sum(x)::text as s from (values (9223372036854775807::bigint), (-1)) t(x);
