-- SIMILAR TO, LIKE and regular expressions.
-- oracle: postgres

-- An owner: cards of one maker.
select count(*) as n from stats where gpu_name similar to 'NVIDIA%';
select count(*) as n from stats where gpu_name not similar to 'NVIDIA%';
select uid from stats where gpu_name similar to '%(H100|H200)%' order by uid;
select uid from stats where gpu_name similar to '%H100' order by uid;
select uid from stats where gpu_name similar to '%H_00' order by uid;
select 'foobar' similar to 'foo' as x, 'foo' similar to 'foo' as y, 'foo' similar to 'f_o' as z, 'foo' similar to 'f%'
  as w;
select 'abc' similar to '(a|b)%' as x, 'abc' similar to '%(b|d)%' as y, 'abc' similar to 'a.c' as z, 'aaa' similar to
  'a{3}' as w;
select 'abc' similar to '[a-c]+' as x, 'abc' similar to '[^a-c]+' as y, 'a.c' similar to 'a.c' as z, 'ab' similar to
  'a?b*' as w;
select 'a%c' similar to 'a\%c' as x, 'abc' similar to 'a\%c' as y, 'a$' similar to 'a$' as z, '^a' similar to '^a' as w;
select null similar to 'a' as x, 'a' similar to null as y;
select 'a%c' similar to 'a!%c' escape '!' as x;

-- LIKE.
-- oracle: both
select 'a%c' like 'a!%c' escape '!' as x;
-- oracle: both
select 'abc' like 'a%' as a, 'abc' like 'b' as b, 'abc' like '_b_' as c, 'abc' not like '%c' as d, 'ABC' ilike 'a%' as
  e;
select 'a%c' like 'a\%c' as a, 'abc' like 'a\%c' as b, 'a_c' like 'a\_c' as c, 'abc' like 'a\_c' as d;
-- oracle: both
select '' like '' as a, '' like '%' as b, 'a' like '' as c, null like 'a' as d, 'a' like null as e, 'ä' like '_' as f;
-- oracle: both
-- log: sn27-day
select gpu_name, count(*) as n from stats_votes where gpu_name like 'NVIDIA A%' and gpu_name not like '%80GB%'
  group by gpu_name;
-- oracle: both
-- log: sn27-day
select count(*) as n from miner_reports where gpu_name ilike '%rtx%' or gpu_name ilike 'nvidia l40_';
-- log: scrapes
select metric, count(*) as n from samples where metric like 'node\_network%' or metric like '%_total' group by metric
  order by metric;

-- Regular expressions.
select 'abc' ~ 'b' as a, 'abc' ~ '^b' as b, 'abc' !~ 'b' as c, 'ABC' ~* 'b' as d, 'ABC' !~* 'b' as e;
-- refused: regex parse error
select 'foo bar' ~ '\mbar' as a;
select regexp_replace('banana', 'a', 'o') as a, regexp_replace('banana', 'a', 'o', 'g') as b, regexp_replace('abc',
  '(b)', '[\1]') as c;
select regexp_replace('Banana', 'B', 'x', 'i') as a, regexp_replace('', 'a', 'b') as b, regexp_replace(null, 'a', 'b')
  as c;
-- refused: Invalid function 'regexp_substr'.
select regexp_substr('foobarbaz', 'ba.') as c;
select regexp_like('abc', 'b') as a, regexp_count('banana', 'a') as b;
-- log: sn27-day
select distinct gpu_name from stats_votes where gpu_name ~ 'A100|H100' order by gpu_name;
-- log: sn27-day
select distinct regexp_replace(gpu_name, '^NVIDIA (GeForce )?', '') as short from stats order by short;
-- log: scrapes
select distinct metric from samples where metric ~ '^node_load[0-9]+$' order by metric;
