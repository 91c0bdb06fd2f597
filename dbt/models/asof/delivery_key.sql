-- Which entities each delivery lists, for scopes that were delivered more than once; there alone one can be incomplete.
{% set tables = [
    ('advisor', 'directory', none),
    ('coop_finance', 'statement', none),
    ('coop_finance', 'member_account', none),
    ('demonstration', 'roster', none),
    ('direct_report', 'entity', none),
    ('farm_directory', 'farm', 'township_name'),
    ('gsxt', 'registration', none),
    ('gsxt', 'abnormal_listing', none),
    ('gsxt', 'serious_violation', none),
    ('programme', 'quota', none),
    ('programme', 'district_task', none),
    ('programme', 'award', none),
    ('programme', 'service_contract', none),
    ('programme', 'service_client', none),
    ('programme', 'scorecard', none),
    ('supply_coop', 'affiliate', none),
    ('supply_coop', 'star_result', none),
] %}

with batch as (
    select table_id, scope_key, snapshot_date, is_own, batch_no
    from {{ ref('delivery_batch') }}
    where batches > 1
),

typed as (
    {%- for source_name, table_name, narrows_to in tables %}
    select
        '{{ source_name }}.{{ table_name }}' as table_id, typed.scope, typed.county_code, typed.snapshot_date, typed.entity_key,
        {% if narrows_to %}typed.county_code || '|' || typed.{{ narrows_to }}{% else %}cast(null as {{ dbt.type_string() }}){% endif %} as sub_scope
    from {{ countable(source_name, table_name, 'typed') }} and not coalesce(typed.is_stray, false)
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

keyed as (
    select
        typed.table_id, typed.snapshot_date, typed.entity_key, typed.county_code, typed.scope, typed.sub_scope,
        {{ scope_key('typed.scope', 'source_table.scope_by') }} as scope_key
    from typed
    join {{ ref('source_table') }} as source_table on typed.table_id = source_table.table_id
),

listed as (
    select batch.table_id, batch.scope_key, batch.batch_no, keyed.entity_key
    from keyed
    join batch
        on keyed.table_id = batch.table_id and keyed.scope_key = batch.scope_key
        and keyed.snapshot_date = batch.snapshot_date and batch.is_own

    union all
    select batch.table_id, batch.scope_key, batch.batch_no, keyed.entity_key
    from keyed
    join batch
        on keyed.table_id = batch.table_id and keyed.sub_scope = batch.scope_key
        and keyed.snapshot_date = batch.snapshot_date and not batch.is_own

    -- what a file of the whole county lists, whatever its sub-scopes
    union all
    select batch.table_id, batch.scope_key, batch.batch_no, keyed.entity_key
    from keyed
    join batch
        on keyed.table_id = batch.table_id and keyed.county_code = split_part(batch.scope_key, '|', 1)
        and keyed.snapshot_date = batch.snapshot_date
    where {{ is_whole('batch.scope_key') }} and keyed.scope like replace(batch.scope_key, '*', '%')

    union all
    select batch.table_id, batch.scope_key, batch.batch_no, rejected.entity_key
    from {{ ref('rejected_key') }} as rejected
    join batch
        on rejected.table_id = batch.table_id and rejected.scope_key = batch.scope_key
        and rejected.snapshot_date = batch.snapshot_date
)

select distinct table_id, scope_key, batch_no, entity_key
from listed
where entity_key is not null
