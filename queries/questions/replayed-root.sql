-- Which state roots does the log hold of each table, and does `annals verify` recompute them?
-- Asked by: an auditor who compares a replay with what was signed.
-- table (optional, text): the table's name; all of them without it
-- size (optional, bigint): no roots of sizes above it
-- Stands on: system.state_roots
select name, at_size, recorded_at(at_size) as at, root, verify_checks, taken_back_by, taken_back_why, version, log_index
from system.state_roots
where ($table::text is null or name = $table::text) and ($size::bigint is null or at_size <= $size::bigint)
order by name, at_size, log_index
