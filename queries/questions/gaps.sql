-- What is missing from the log: polls and scrapes that failed, times without a recorder, blocks that nobody recorded?
-- Asked by: an auditor, before an absence is taken for evidence.
-- source (optional, text): the source, such as wandb or chain; all of them without it
-- Stands on: coverage
with heights as (
    select block_number, log_index, lead(block_number) over (order by block_number) as next from blocks
), missing as (
    select source, outcome, scope, run_id, from_at, to_at, null::bigint as first_block, null::bigint as last_block,
        detail, log_index
    from coverage where outcome <> 'ok'
    union all
    select 'chain', 'not_recorded', 'blocks', null, null, null, block_number + 1, next - 1, null, log_index
    from heights where next > block_number + 1
)
select source, outcome, scope, from_at, to_at, first_block, last_block, detail, run_id, log_index
from missing where $source::text is null or source = $source::text
order by from_at nulls last, first_block, source, log_index, outcome, run_id
