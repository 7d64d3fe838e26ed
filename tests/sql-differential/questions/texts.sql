-- Texts.
-- oracle: both

select upper('abc') as a, lower('ABC') as b, length('äöü') as c, char_length('') as d;
-- oracle: postgres
select octet_length('ä') as a, bit_length('a') as b;
select 'a' || 'b' as a, 'a' || null as b, concat('a', null, 'b') as c, concat_ws('-', 'a', null, 'b') as d, '' || 'x'
  as e;
-- oracle: postgres
select substring('abcdef' from 2 for 3) as a, substr('abcdef', 4) as b, substring('abcdef', -1, 3) as c,
  substring('abcdef' from 10) as d, substring('abc', 0) as e;
select left('abcdef', 2) as a, right('abcdef', 2) as b, left('abc', -1) as c, right('abc', -1) as d, left('abc', 10) as
  e, left('abc', 0) as f;
select position('cd' in 'abcdef') as a, strpos('abcdef', 'x') as b, strpos('äb', 'b') as c, position('' in 'abc') as d;
-- oracle: postgres
select trim('  a  ') as a, ltrim('  a  ') as b, rtrim('  a  ') as c, btrim('xxaxx', 'x') as d, trim(leading 'x'
  from 'xxa') as e, trim(both 'xy' from 'xyaayx') as f;
select replace('banana', 'a', 'o') as a, replace('abc', '', 'x') as b, replace('abc', 'z', 'x') as c, translate('abc',
  'ab', 'xy') as d, translate('abc', 'ab', 'x') as e;
select reverse('abc') as a, reverse('äb') as b;
select repeat('ab', 3) as a, lpad('7', 3, '0') as b, rpad('a', 3, 'xy') as c;
select split_part('a,b,c', ',', 2) as a, split_part('a,b,c', ',', 5) as b, split_part('a,b,c', ',', -1) as c,
  split_part('abc', ',', 1) as d;
-- oracle: postgres
select initcap('hello world') as a, ascii('A') as b, chr(228) as c, md5('abc') as d, to_hex(255) as e,
  starts_with('abc', 'ab') as f;
select 'abc' < 'abd' as a, 'a' < 'B' as b, 'Z' < 'a' as c, '' < 'a' as d, 'a' < 'aa' as e, 'ä' > 'z' as f, '10' < '9'
  as g;
select 'a' = 'a ' as a, 'a' = 'A' as b, 'é' = 'e' as c, 'a' in ('A', 'a') as d;
select 'it''s' as a, 'a"b' as b, 'a\nb' as c, E'a\nb' as d, length(E'\t') as e, 'back\slash' as f;
select overlay('abcdef' placing 'XX' from 3 for 2) as a, overlay('abcdef' placing 'XX' from 3) as b;
select string_to_array('a,b,c', ',') as a, array_to_string(string_to_array('a,b,c', ','), '|') as b;
select cast('abc' as text) as a, 'abc'::varchar as b, char_length('日本語') as c, substring('日本語' from 2 for 1) as d;
select max(x) as h, min(x) as l from (values ('b'), ('A'), ('ä'), ('')) t(x);
select length(hotkey) as n, count(*) as m from stats_votes group by 1 order by 1;
select uid, left(hotkey, 6) || '...' || right(hotkey, 4) as short from stats order by uid;
select uid, upper(split_part(gpu_name, ' ', 2)) as model, length(gpu_name) as n from stats order by uid;
select uid, replace(gpu_name, 'NVIDIA ', '') as g, position('H' in gpu_name) as p, reverse(run_id) as r from stats
  order by uid;
select distinct substring(gpu_name from 8) as g from stats_votes order by g;
-- oracle: postgres
select encode('abc', 'hex') as a, encode('abc', 'base64') as b;
-- oracle: postgres
select decode('616263', 'hex') as a, encode(sha256('abc'), 'hex') as b;
-- oracle: postgres
-- refused: Invalid function 'format'.
select format('%s has %s', 'a', 1) as x;
-- oracle: postgres
-- refused: Invalid function 'quote_literal'.
select quote_literal('it''s') as a;
-- oracle: postgres
select btrim('  x ') as a, 'a' || 1 as b, length('a' || 1.5) as c, concat('a', 1) as d;
-- oracle: postgres
select concat('a', 2.5) as a, true || 'x' as b;
-- oracle: postgres
-- refused: table function 'regexp_split_to_table' not found
select string_agg(x, '') as a from regexp_split_to_table('a1b2c', '[0-9]') t(x);
-- oracle: postgres
select regexp_match('abc123', '([a-z]+)([0-9]+)') as a;
-- oracle: postgres
select to_hex(-1::bigint) as a, to_hex(4294967296) as b;

-- A validator: names of cards.
-- log: sn27-day
select gpu_name, split_part(gpu_name, ' ', 1) as maker, split_part(gpu_name, ' ', -1) as last, count(*) as n from stats
  group by 1, 2, 3 order by 1;
-- log: sn27-day
select lower(gpu_name) as g, count(*) as n from miner_specs group by lower(gpu_name) order by n desc, g;
-- log: sn27-day
select count(*) as n from wandb_runs where display_name = role || '-' || hotkey;
-- log: sn27-day
select count(*) as n from wandb_runs where substr(display_name, length(role) + 2) <> hotkey or hotkey is null;
-- log: sn27-day
select substring(run_id from 1 for 1) as c, count(*) as n from wandb_runs group by 1 order by 1;
-- log: sn27-day
select uid, score_text, length(score_text) as n from stats where length(score_text) > 6 order by uid;
-- log: chain-ladder
select block_number, left(block_hash, 10) as h, length(block_hash) as n from blocks where block_hash like '0x%'
  order by 1;
-- log: chain-ladder
select pallet || '.' || event as name, count(*) as n from chain_events group by 1 order by 1;
-- log: scrapes
select split_part(metric, '_', 1) as family, count(*) as n, count(distinct metric) as m from samples group by 1
  order by 2 desc, 1;

-- A text put together of texts of two kinds, compared with others. md5 gives a view in DataFusion.
select count(*) as n from stats where hotkey || md5(hotkey) not in ('a', 'b', null)
  or md5(run_id) || ':' || hotkey || md5(hotkey) = 'a';
select count(*) as n from stats where (md5(hotkey) || md5(hotkey)) in (select md5(hotkey) || md5(hotkey) from stats)
  and md5(hotkey) || 'x' between '0' and 'gg' and hotkey || md5(hotkey) like hotkey || '%';
