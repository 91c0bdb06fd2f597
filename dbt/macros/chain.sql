{#
  Walks the deliveries of doubtful scopes in order of date, each compared with the one in force: a recursive CTE `name`
  over `scopes`. Expects the CTEs batch, size and pair. `older_keys` and `removed` may be used in `doubtful`.
#}
{% macro walk(name, scopes, doubtful) %}
    {{ name }} as (
        select
            table_id, scope_key, cast(1 as bigint) as batch_no, cast(1 as bigint) as effective_no,
            cast(0 as bigint) as removed, cast(0 as bigint) as older_keys
        from {{ scopes }}

        union all
        select
            stepped.table_id, stepped.scope_key, stepped.batch_no,
            case when {{ doubtful }} then stepped.in_force_no else stepped.batch_no end,
            stepped.removed, stepped.older_keys
        from (
            select
                {{ name }}.table_id, {{ name }}.scope_key, batch.batch_no, {{ name }}.effective_no as in_force_no,
                batch.is_own, batch.is_accepted, batch.county_code, batch.snapshot_date,
                batch.incomplete_share, batch.incomplete_minimum,
                coalesce(size.keys, 0) as older_keys,
                coalesce(size.keys, 0) - coalesce(pair.shared, 0) as removed
            from {{ name }}
            join batch
                on {{ name }}.table_id = batch.table_id and {{ name }}.scope_key = batch.scope_key
                and {{ name }}.batch_no + 1 = batch.batch_no
            left join size
                on {{ name }}.table_id = size.table_id and {{ name }}.scope_key = size.scope_key
                and {{ name }}.effective_no = size.batch_no
            left join pair
                on {{ name }}.table_id = pair.table_id and {{ name }}.scope_key = pair.scope_key
                and {{ name }}.effective_no = pair.older_no and batch.batch_no = pair.newer_no
        ) as stepped
        {{ caller() if caller else '' }}
    )
{% endmacro %}
