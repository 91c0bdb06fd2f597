-- 三系统比对 (spec 2.9): 两边一致 (one row, no field), 有差异 (a row a field), 我方有对方无, 对方有我方无, and 疑似同一, a
-- suggestion that is never applied. Names of natural persons are masked.
{% set fields = compared_fields() %}

with policy as (
    select {{ national_policy('name_similarity_minimum') }} as similarity_minimum
),

field_name as (
    select pair, field, name from {{ ref('entity_pair_field') }}
),

line as (
    select
        pair, county_code, left_key, right_key, '两边一致' as outcome, cast(null as {{ dbt.type_string() }}) as field,
        cast(null as {{ dbt.type_string() }}) as left_value, cast(null as {{ dbt.type_string() }}) as right_value,
        matched_by, left_name, right_name, left_file_name, left_sheet, left_row_number,
        right_file_name, right_sheet, right_row_number
    from {{ ref('reconciliation_match') }}
    where differences = 0
    {%- for name in fields %}

    union all
    select
        pair, county_code, left_key, right_key, '有差异', '{{ name }}',
        left_{{ name if name != 'name' else 'name_value' }}, right_{{ name if name != 'name' else 'name_value' }},
        matched_by, left_name, right_name, left_file_name, left_sheet, left_row_number,
        right_file_name, right_sheet, right_row_number
    from {{ ref('reconciliation_match') }}
    where {{ name }}_differs
    {%- endfor %}

    union all
    select
        pair, county_code, key, null, '我方有对方无', null, null, null, null, name, null, file_name, sheet, row_number,
        null, null, null
    from {{ ref('reconciliation_unmatched') }}
    where side = 'left' and is_absence

    union all
    select
        pair, county_code, null, key, '对方有我方无', null, null, null, null, null, name, null, null, null,
        file_name, sheet, row_number
    from {{ ref('reconciliation_unmatched') }}
    where side = 'right' and is_absence

    union all
    select
        ours.pair, ours.county_code, ours.key, theirs.key, '疑似同一', 'name', ours.name, theirs.name, null,
        ours.name, theirs.name, ours.file_name, ours.sheet, ours.row_number,
        theirs.file_name, theirs.sheet, theirs.row_number
    from {{ ref('reconciliation_unmatched') }} as ours
    join {{ ref('reconciliation_unmatched') }} as theirs
        on ours.pair = theirs.pair and ours.county_code = theirs.county_code
        and ours.side = 'left' and theirs.side = 'right'
    cross join policy
    left join {{ ref('entity_decision') }} as decided
        on ours.pair = decided.pair and ours.key = decided.left_key and theirs.key = decided.right_key
    where decided.pair is null
        and abs(length(ours.normal_name) - length(theirs.normal_name))
            <= (1 - policy.similarity_minimum) * greatest(length(ours.normal_name), length(theirs.normal_name))
        and {{ edit_distance('ours.normal_name', 'theirs.normal_name') }}
            <= (1 - policy.similarity_minimum) * greatest(length(ours.normal_name), length(theirs.normal_name))
)

select
    line.pair || '|' || line.outcome || '|' || coalesce(line.left_key, '') || '|' || coalesce(line.right_key, '')
    || '|' || coalesce(line.field, '') as line_key,
    line.pair, line.county_code, line.left_key, line.right_key, line.outcome, line.field,
    field_name.name as field_name, line.left_value, line.right_value, line.left_name, line.right_name, line.matched_by,
    line.left_file_name, line.left_sheet, line.left_row_number,
    line.right_file_name, line.right_sheet, line.right_row_number
from line
left join field_name on line.pair = field_name.pair and line.field = field_name.field
