{#
  The rows of a source table that count in the report month (spec 1.1): every typed column and three more, delivered_on,
  delivery_state, kept_from_older. One row an entity key (snapshots: a code once in the nation, other keys once a
  county). The models list the columns that they publish.
  A wide table is read as a stream: the parts below are subqueries, not shared CTEs, which DuckDB would store whole.
#}

{# What tells a snapshot's entities apart: a code that is one in the nation, else the key within the county. #}
{% macro entity_of(alias, codes) -%}
    coalesce({% for code in codes %}{{ alias }}.{{ code }}, {% endfor %}{{ alias }}.county_code || '|' || {{ alias }}.entity_key)
{%- endmacro %}

{# Snapshot tables: the chosen delivery of each scope. `codes` are the columns that name an entity nationwide;
   `narrows_to` the column by which a file can speak for a part of the county (rulings 6.6.11). #}
{% macro snapshot_rows(source_name, table_name, codes=[], narrows_to=none) %}
    with chosen as (
        select scope_key, is_own, delivered_on, sheet_count, state
        from {{ ref('delivery_choice') }}
        where table_id = '{{ source_name }}.{{ table_name }}'
    ),

    {{ kept_rows(source_name, table_name, 'county', narrows_to) }},

    -- The same entity in two files, or in two counties: the later delivery wins.
    placed as (
        select
            counted.*,
            row_number() over (
                partition by {{ entity_of('counted', codes) }}
                order by delivered_on desc, {{ later_received() }}
            ) as place
        from (
            {{ delivered_rows(source_name, table_name, 'county', narrows_to) }}
            union all
            select kept.* from kept
        ) as counted
    )

    select placed.* from placed where place = 1 or entity_key is null
{% endmacro %}

{# Events tables with scopes: rows with a date up to as_of, of the chosen delivery of each scope. Rows of a county that
   their sheet does not deliver (STRAY) count where their scope was never delivered: they replace nothing. #}
{% macro event_rows(source_name, table_name, scope_by) %}
    with run as (
        select as_of, is_restatement, {{ national_policy('events_known_days') }} as events_known_days from {{ ref('run_month') }}
    ),

    chosen as (
        select scope_key, is_own, delivered_on, sheet_count, state
        from {{ ref('delivery_choice') }}
        where table_id = '{{ source_name }}.{{ table_name }}'
    ),

    {{ kept_rows(source_name, table_name, scope_by) }},

    -- Only scopes united from several sheets can hold a key twice; the later received wins.
    beaten as (
        select entity_key, content_hash, sheet, row_number
        from (
            select
                entity_key, content_hash, sheet, row_number,
                row_number() over (partition by entity_key order by {{ later_received() }}) as place
            from ({{ delivered_rows(source_name, table_name, scope_by) }}) as repeated
            where sheet_count > 1
        ) as ranked
        where place > 1
    ),

    stray as (
        select
            scoped.*, cast(1 as bigint) as sheet_count, scoped.snapshot_date as delivered_on,
            '当期' as delivery_state, false as kept_from_older,
            row_number() over (
                partition by scoped.entity_key order by scoped.snapshot_date desc, {{ later_received() }}
            ) as place
        from ({{ scoped_rows(source_name, table_name, scope_by) }}) as scoped
        cross join run
        anti join chosen on scoped.scope_key = chosen.scope_key
        where scoped.is_stray
            and (
                run.is_restatement
                or scoped.snapshot_date <= {{ add_days('run.as_of', 'run.events_known_days') }}
            )
    )

    select counted.*
    from (
        select listed.*
        from ({{ delivered_rows(source_name, table_name, scope_by) }}) as listed
        anti join beaten
            on listed.entity_key = beaten.entity_key and listed.content_hash = beaten.content_hash
            and listed.sheet = beaten.sheet and listed.row_number = beaten.row_number
        union all
        select kept.* from kept
        union all
        select stray.* except (place) from stray where place = 1
    ) as counted
    cross join run
    where coalesce(counted.event_date, counted.snapshot_date) <= run.as_of
{% endmacro %}

{# Events tables whose deliveries replace nothing: the newest version of each key dated up to as_of. #}
{% macro version_rows(source_name, table_name) %}
    with run as (
        select as_of, is_restatement, {{ national_policy('events_known_days') }} as events_known_days from {{ ref('run_month') }}
    ),

    placed as (
        select
            typed.*, typed.snapshot_date as delivered_on, '当期' as delivery_state, false as kept_from_older,
            row_number() over (
                partition by typed.entity_key
                order by typed.snapshot_date desc, {{ later_received() }}
            ) as place
        from (select typed.* from {{ countable(source_name, table_name, 'typed') }}) as typed
        cross join run
        where coalesce(typed.event_date, typed.snapshot_date) <= run.as_of
            and (
                run.is_restatement
                or typed.snapshot_date <= {{ add_days('run.as_of', 'run.events_known_days') }}
            )
    )

    select * from placed where place = 1
{% endmacro %}

{# Of two rows of one date the later received one stands, in one file the one further on. #}
{% macro later_received() -%}received_order desc, sheet desc, row_number desc{%- endmacro %}

{# Countable rows with their scope key; a county's row belongs to its township's scope where that has files of its own. #}
{% macro scoped_rows(source_name, table_name, scope_by, narrows_to=none) %}
    select
        typed.*,
        {{ 'coalesce(narrowed.scope_key, typed.scope)' if narrows_to else scope_key('typed.scope', "'" ~ scope_by ~ "'") }} as scope_key
    from (select countable.* from {{ countable(source_name, table_name, 'countable') }}) as typed
    {%- if narrows_to %}
    left join chosen as narrowed on typed.county_code || '|' || typed.{{ narrows_to }} = narrowed.scope_key
    {%- endif %}
{% endmacro %}

{# Rows of the chosen deliveries; expects the CTE chosen. #}
{% macro delivered_rows(source_name, table_name, scope_by, narrows_to=none) %}
    select
        scoped.*, chosen.sheet_count, chosen.delivered_on, chosen.state as delivery_state, false as kept_from_older
    from ({{ scoped_rows(source_name, table_name, scope_by, narrows_to) }}) as scoped
    join chosen on scoped.scope_key = chosen.scope_key and scoped.snapshot_date = chosen.delivered_on
        {%- if narrows_to %} and (scoped.scope = chosen.scope_key) = chosen.is_own{% endif %}
    where not coalesce(scoped.is_stray, false)
{% endmacro %}

{# A row rejected now but accepted before does not leave: its last accepted version stays, marked (rulings 6.1.5). #}
{% macro kept_rows(source_name, table_name, scope_by, narrows_to=none) %}
    rejected_now as (
        select rejected.entity_key, chosen.scope_key, chosen.delivered_on, chosen.sheet_count, chosen.state
        from {{ ref('rejected_key') }} as rejected
        join chosen on rejected.scope_key = chosen.scope_key and rejected.snapshot_date = chosen.delivered_on
        anti join ({{ delivered_rows(source_name, table_name, scope_by, narrows_to) }}) as listed
            on rejected.scope_key = listed.scope_key and rejected.entity_key = listed.entity_key
        where rejected.table_id = '{{ source_name }}.{{ table_name }}'
    ),

    accepted_before as (
        select
            scoped.*, rejected_now.sheet_count, rejected_now.delivered_on, rejected_now.state as delivery_state,
            true as kept_from_older,
            row_number() over (
                partition by scoped.scope_key, scoped.entity_key
                order by scoped.snapshot_date desc, {{ later_received() }}
            ) as version
        from ({{ scoped_rows(source_name, table_name, scope_by, narrows_to) }}) as scoped
        join rejected_now on scoped.scope_key = rejected_now.scope_key and scoped.entity_key = rejected_now.entity_key
        where scoped.snapshot_date < rejected_now.delivered_on and not coalesce(scoped.is_stray, false)
    ),

    kept as (
        select accepted_before.* except (version) from accepted_before where version = 1
    )
{% endmacro %}

{# Snapshot entities that the chosen delivery no longer lists, in their last version, with the date of the first delivery
   without them; kept for the months of the policy row. #}
{% macro left_rows(source_name, table_name, codes=[]) %}
    with run as (
        select as_of, {{ national_policy('left_retention_months') }} as left_retention_months from {{ ref('run_month') }}
    ),

    chosen as (
        select county_code, max(delivered_on) as delivered_on, max_by(state, {{ sort_key(['delivered_on', 'state']) }}) as state
        from {{ ref('delivery_choice') }}
        where table_id = '{{ source_name }}.{{ table_name }}'
        group by county_code
    ),

    listed as (
        select {% for code in codes %}{{ code }}, {% endfor %}county_code, entity_key
        from {{ ref('asof_' ~ source_name ~ '__' ~ table_name) }}
    ),

    earlier as (
        select
            typed.*, chosen.delivered_on, chosen.state as delivery_state,
            row_number() over (
                partition by {{ entity_of('typed', codes) }}
                order by typed.snapshot_date desc, {{ later_received() }}
            ) as place
        from (select typed.* from {{ countable(source_name, table_name, 'typed') }} and not coalesce(typed.is_stray, false)) as typed
        join chosen on typed.county_code = chosen.county_code
        anti join listed
            on {{ entity_of('typed', codes) }} = {{ entity_of('listed', codes) }}
        where typed.snapshot_date < chosen.delivered_on and typed.entity_key is not null
    ),

    departed as (
        select earlier.entity_key, earlier.county_code, min(batch.snapshot_date) as left_on
        from earlier
        join {{ ref('delivery_batch') }} as batch
            on batch.table_id = '{{ source_name }}.{{ table_name }}' and earlier.county_code = batch.county_code
            and batch.snapshot_date > earlier.snapshot_date and batch.snapshot_date <= earlier.delivered_on
        where earlier.place = 1
        group by earlier.entity_key, earlier.county_code
    )

    select earlier.*, departed.left_on
    from earlier
    join departed on earlier.entity_key = departed.entity_key and earlier.county_code = departed.county_code
    cross join run
    where earlier.place = 1
        and departed.left_on >= {{ add_months('run.as_of', '-run.left_retention_months') }}
{% endmacro %}

{# Open lists (spec 1.1, rulings 6.6.7): the newest version of each entry, and listing_state: 已移出 once its own 移出日期 has
   come, 未见于最新名录 where the county's delivery that counts is newer and shows it no more, else 在列. #}
{% macro open_list_rows(source_name, table_name) %}
    with run as (
        select as_of from {{ ref('run_month') }}
    ),

    version as (
        {{ version_rows(source_name, table_name) }}
    ),

    chosen as (
        select scope_key, delivered_on
        from {{ ref('delivery_choice') }}
        where table_id = '{{ source_name }}.{{ table_name }}'
    ),

    rejected_now as (
        select distinct rejected.scope_key, rejected.snapshot_date, rejected.entity_key
        from {{ ref('rejected_key') }} as rejected
        where rejected.table_id = '{{ source_name }}.{{ table_name }}'
    )

    select
        version.*,
        case
            when version.removed_on <= run.as_of then '已移出'
            when chosen.delivered_on > version.snapshot_date and rejected_now.entity_key is null then '未见于最新名录'
            else '在列'
        end as listing_state
    from version
    cross join run
    left join chosen on version.scope = chosen.scope_key
    left join rejected_now
        on chosen.scope_key = rejected_now.scope_key and chosen.delivered_on = rejected_now.snapshot_date
        and version.entity_key = rejected_now.entity_key
{% endmacro %}

{# Rows of filled forms (附件2–6) that the month can know: they fill blank cells of the ledger's rows and do nothing else
   (rulings 6.6.1). #}
{% macro form_rows(source_name, table_name) %}
    select typed.*
    from {{ source(source_name, table_name) }} as typed
    cross join (
        select as_of, is_restatement, {{ national_policy('events_known_days') }} as events_known_days from {{ ref('run_month') }}
    ) as run
    where typed.is_filled_form and not coalesce(typed.is_superseded, false)
        and (
            run.is_restatement
            or typed.snapshot_date <= {{ add_days('run.as_of', 'run.events_known_days') }}
        )
        and {{ not_refused('typed') }}
        and {{ not_corrected('typed', settled=true) }}
{% endmacro %}

{# A ledger's rows, each with the form row that is about the same thing: the one by code first, then the newest.
   Expects the CTEs counted and form; `same` compares them, `by_code` tells a code from a name. #}
{% macro paired_rows(same, by_code='true', same_place='counted.county_code = form.county_code') %}
    pair as (
        select
            counted.entity_key as ledger_key, counted.county_code as ledger_county, form.*,
            row_number() over (
                partition by counted.county_code, counted.entity_key
                order by
                    case when {{ by_code }} then 0 else 1 end,
                    form.snapshot_date desc, form.received_order desc, form.sheet desc, form.row_number desc
            ) as place
        from counted
        join form on {{ same_place }} and {{ same }}
    ),

    filling as (
        select * from pair where place = 1
    )
{% endmacro %}

{# The ledger's columns, blanks filled from the form. #}
{% macro filled(names) -%}
    {%- for name in names %}
    coalesce(counted.{{ name }}, filling.{{ name }}) as {{ name }}{% if not loop.last %},{% endif %}
    {%- endfor %}
{%- endmacro %}

{# Where the filled cells came from, so that they can be traced to the form's row: which of the ledger's columns the form
   filled, and the row's file. All null where it filled nothing. #}
{% macro form_lineage(names) %}
    {%- set filled_columns -%}
        nullif(concat_ws(','{% for name in names %}, case when counted.{{ name }} is null and filling.{{ name }} is not null then '{{ name }}' end{% endfor %}), '')
    {%- endset -%}
    {{ filled_columns }} as filled_columns,
    {%- for name in ['content_hash', 'file_name', 'sheet', 'row_number'] %}
    case when {{ filled_columns }} is not null then filling.{{ name }} end as form_{{ name }}{% if not loop.last %},{% endif %}
    {%- endfor %}
{%- endmacro %}
