-- Arrays, and JSON texts.
-- oracle: both

select array[1, 2, 3] as a, array['x', null] as b, (array[1, 2])[1] as c, (array[1, 2])[5] as d;
select array_length(array[1, 2, 3], 1) as a, cardinality(array[1, 2]) as b, array_position(array['a', 'b'], 'b') as c;
select array_append(array[1], 2) as a, array_prepend(0, array[1]) as b, array_cat(array[1], array[2]) as c, array[1] ||
  array[2] as d;
select array_to_string(array['a', null, 'b'], ',') as a;
select array[1, 2] = array[1, 2] as a, array[1, 2] < array[1, 3] as b, array[1] = array[2] as c;
select 1 = any (array[1, 2]) as a, 3 = any (array[1, 2]) as b, 3 <> all (array[1, 2]) as c, null = any (array[1]) as d;
select 3 = any (array[1, null]) as a, 1 = any (array[1, null]) as b, 3 <> all (array[1, null]) as c, 1 <> all (array[1,
  null]) as d;
-- refused: Unsupported binary operator: PGOverlap
select array[1, 2] && array[2, 3] as c;
select array[1, 2] @> array[2] as a, array[1] <@ array[1, 2] as b;
select unnest(array[1, 2, 3]) as x order by x;
select x from unnest(array['b', 'a']) t(x) order by x;
select (array[1, 2, 3, 4])[2:3] as a;
-- oracle: postgres
select array_remove(array[1, 2, 1], 1) as a, array_replace(array[1, 2, 1], 1, 9) as b;
select array_agg(distinct num_gpus order by num_gpus) as a from stats_votes;
select uid, array_length(array_agg(run_id), 1) as n, (array_agg(run_id order by run_id))[1] as first from stats_votes
  group by uid order by uid;
select uid from stats where uid = any (array[1, 5]) order by uid;
select count(*) as n from (select unnest(array_agg(uid)) as u from stats_votes) q;
-- refused: Invalid function 'array'.
select array(select uid from stats order by uid) as a;
select x from generate_series(1, 5) t(x) order by x;
select x from generate_series(5, 1, -2) t(x) order by x;
select x, s.uid from generate_series(1, 6) t(x) left join stats s on s.uid = x order by x;
select sum(x) as s from generate_series(1, 1000) t(x);

-- JSON.
-- oracle: postgres
-- log: sn27-day
-- refused: not understood here: the type json
select body::json ->> 'kind' as a from events where log_index = 2;
-- oracle: postgres
-- refused: not understood here: the type json
select '{"a": {"b": [1, 2, {"c": "x"}]}}'::json -> 'a' -> 'b' -> 2 ->> 'c' as a;
-- oracle: postgres
-- refused: not understood here: the type json
select '{"a": 1, "b": null, "c": "t", "d": [1]}'::json ->> 'a' as a, '{"b": null}'::json ->> 'b' as b,
  '{"c": "t"}'::json ->> 'x' as c;
-- oracle: duckdb
select entry->>'uid' as u, (entry->>'uid')::int = uid as same from stats order by uid;
-- oracle: duckdb
-- log: sn27-day
select body->>'state' as s, count(*) as n from events where kind = 'wandb_run' group by 1 order by 1;
-- oracle: duckdb
-- log: sn27-day
select body->>'signature' as s, body->>'evidence' as e, count(*) as n from events where kind = 'wandb_run'
  group by 1, 2 order by 1, 2;
-- oracle: duckdb
-- log: sn27-day
select log_index, asked->>'project' as p, asked->>'order' as o from wandb_polls order by log_index limit 5;
-- oracle: duckdb
-- log: sn27-day
select hotkey, specs->'gpu'->>'count' as n, (specs->'gpu'->>'capacity')::float8 as c from miner_specs
  order by hotkey, specs_index limit 10;
-- oracle: duckdb
-- log: sn27-day
select hotkey, specs->'gpu'->'details'->0->>'name' as g from miner_specs order by hotkey, specs_index limit 10;
-- oracle: duckdb
-- log: scrapes
select labels->>'device' as d, count(*) as n from samples where metric = 'node_network_receive_bytes_total' group by 1
  order by 1;
-- oracle: duckdb
-- log: chain-ladder
select block_number, args->>'port' as p from extrinsics where call like 'serve_%' order by block_number;
-- oracle: duckdb
-- log: computedb
select uid, gpu_specs->>'gpu_name' as g from computedb_stats where gpu_name is not null order by uid;
