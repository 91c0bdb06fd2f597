-- Matched entities of each reconciled pair, field by field (spec 2.9): a field differs where both sides know it and the
-- pair compares it. One row a match; differences is how many fields differ.
{% set fields = compared_fields() %}

with run as (
    select {{ national_policy('reconciliation_money_tolerance') }} as money_tolerance
),

asked as (
    select
        kind.pair, kind.left_system, kind.right_system, kind.entity_type
        {%- for name in fields %},
        coalesce(bool_or(field.field = '{{ name }}'), false) as asks_{{ name }}
        {%- endfor %}
    from {{ ref('entity_pair_kind') }} as kind
    left join {{ ref('entity_pair_field') }} as field on kind.pair = field.pair
    where kind.is_reconciled
    group by kind.pair, kind.left_system, kind.right_system, kind.entity_type
),

compared as (
    select
        asked.pair, ours.county_code, matched.left_key, matched.right_key, matched.matched_by,
        ours.name as left_name, theirs.name as right_name,
        ours.file_name as left_file_name, ours.sheet as left_sheet, ours.row_number as left_row_number,
        theirs.file_name as right_file_name, theirs.sheet as right_sheet, theirs.row_number as right_row_number
        {%- for name, (differs, kind) in fields.items() %},
        asked.asks_{{ name }} and coalesce({{ differs }}, false) as {{ name }}_differs,
        {{ shown('ours', name, kind) }} as left_{{ name if name != 'name' else 'name_value' }},
        {{ shown('theirs', name, kind) }} as right_{{ name if name != 'name' else 'name_value' }}
        {%- endfor %}
    from asked
    cross join run
    join {{ ref('entity_pair') }} as matched on asked.pair = matched.pair
    join {{ ref('entity_side') }} as ours
        on asked.left_system = ours.system and asked.entity_type = ours.entity_type and matched.left_key = ours.key
    join {{ ref('entity_side') }} as theirs
        on asked.right_system = theirs.system and asked.entity_type = theirs.entity_type
        and matched.right_key = theirs.key
)

select
    pair, county_code, left_key, right_key, matched_by, left_name, right_name,
    left_file_name, left_sheet, left_row_number, right_file_name, right_sheet, right_row_number
    {%- for name in fields %},
    {{ name }}_differs,
    left_{{ name if name != 'name' else 'name_value' }}, right_{{ name if name != 'name' else 'name_value' }}
    {%- endfor %},
    cast({% for name in fields %}{% if not loop.first %} + {% endif %}case when {{ name }}_differs then 1 else 0 end
        {%- endfor %} as bigint) as differences
from compared
