-- Arithmetic: what binds first, division, remainders, rounding, powers.
-- oracle: postgres

select -2 ^ 2 as a, (-2) ^ 2 as b, -(2 ^ 2) as c, 2 ^ 3 ^ 2 as d, 2 * 3 ^ 2 as e, 2 ^ -1 as f, 4 ^ 0.5 as g;
select 0 ^ 0 as a, 2 ^ 10 as b, 1.5 ^ 2 as c, - 3 ^ 2 + 1 as d, 2 ^ 3 * 2 as e;
select uid, num_gpus ^ 2 as x, -num_gpus ^ 2 as y from stats order by uid;
select 7 % 3 as a, -7 % 3 as b, 7 % -3 as c, 7.5 % 2 as d;
select 5 # 3 as a, 5 & 3 as b, 5 | 3 as c, 1 << 4 as d, 256 >> 2 as e;
-- refused: Unsupported SQL unary operator BitwiseNot
select ~5 as f;
select 2 + 3 * 4 - 6 / 3 as a, (2 + 3) * 4 as b, -3 + 5 as c, - -3 as d, +3 as e, 10 - 4 - 3 as f;
select not true and false as a, not (true and false) as b, true or false and false as c, (true or false) and false as d;
select not 1 = 2 as a, 1 + 1 = 2 and 2 + 2 = 4 as b, 1 = 1 is true as c, 1 = 2 is not true as d;
select 3 between 1 + 1 and 2 * 2 as a, 3 not between 4 and 5 and true as b;
-- refused: `6` stands where AND is expected
select 5 between symmetric 6 and 4 as c;
select 'a' || 1 + 2 as a, 'a' || 'b' = 'ab' as b;

-- Division and remainders.
-- oracle: both
select 7 / 2 as a, -7 / 2 as b, 7 / -2 as c, 7.0 / 2 as d, 7 / 2.0 as e, 7::float8 / 2 as f, 0 / 5 as g;
-- raises
select 1 / 0 as x;
-- raises
select 1 % 0 as x;
-- raises
select 1.0 / 0 as x;
-- raises
select 1::float8 / 0 as x;
-- raises
select 0::float8 / 0::float8 as x;
-- raises
select 1.0 % 0 as x;
-- oracle: both
select null / 0 as a, 1 / null::int as b;
select uid, score / nullif(votes - 1, 0) as x from stats order by uid;

-- Rounding.
select round(2.5) as a, round(3.5) as b, round(-2.5) as c, round(2.567, 2) as d, round(1234.5, -2) as e, trunc(-2.7) as
  f;
select ceil(2.1) as a, floor(-2.1) as b, ceil(-2.1) as c, floor(2.9) as d, abs(-3) as e, abs(-2.5) as f, trunc(2.789,
  2) as g;
select round(1.5::float8) as a, round(-1.5::float8) as b, round(2.4::float8) as c;
select round(2.5::float8) as a;
select sqrt(16) as a, exp(0) as b, ln(1) as c, log(1000) as d, log(2, 8) as e, power(2, 10) as f, cbrt(27) as g;
select gcd(12, 18) as a, lcm(4, 6) as b, factorial(5) as c, pi() as d, degrees(pi()) as e, radians(180) as f;
select sin(0) as a, cos(0) as b, atan2(1, 1) as c, tan(0) as d, asin(1) as e;
select mod(7, 3) as a, mod(-7, 3) as b;
select div(7, 2) as c;
select sign(-5) as d, sign(0) as e;
select greatest(1, 2, null) as a, least(1, 2, null) as b, greatest(null, null) as c, greatest('a', 'b') as d;
select width_bucket(5, 0, 10, 5) as x;
-- raises
select sqrt(-1) as x;
-- raises
select ln(0) as x;

-- Decimals.
-- oracle: both
select 0.1 + 0.2 as a, 1.10 as c, 1.1 * 1.1 as d, 100.00 - 0.01 as e;
-- oracle: both
select 0.1 + 0.2 = 0.3 as b;
-- oracle: both
select 0.1::float8 + 0.2::float8 = 0.3::float8 as a, 1e3 as b, 1.5e-3 as c;
-- oracle: both
select 12345678901234567890.123 as a, 99999999999999999999 as b;
-- oracle: both
select sum(x) as s, avg(x) as a, min(x) as l, max(x) as h from (values (0.1), (0.2), (0.3)) t(x);
