-- Rows of filled forms that no row of the ledger is about: kept, counted nowhere, listed as 台账无此对象 (rulings 6.6.1).

with award as (
    {{ form_rows('programme', 'award') }}
),

contract as (
    {{ form_rows('programme', 'service_contract') }}
),

scorecard as (
    {{ form_rows('programme', 'scorecard') }}
),

unmatched as (
    select
        'programme.award' as table_id, form.county_code, form.name as object_name, form.entity_key,
        form.content_hash, form.file_name, form.sheet, form.row_number
    from award as form
    anti join {{ ref('asof_programme__award') }} as ledger
        on ledger.county_code = form.county_code and {{ same_award('ledger', 'form') }}
    union all
    select
        'programme.service_contract', form.county_code, form.provider, form.entity_key,
        form.content_hash, form.file_name, form.sheet, form.row_number
    from contract as form
    anti join {{ ref('asof_programme__service_contract') }} as ledger
        on {{ contract_place('ledger', 'form') }} and {{ same_contract('ledger', 'form') }}
    union all
    select
        'programme.scorecard', form.county_code,
        form.form || ' ' || cast(form.item as {{ dbt.type_string() }}), form.entity_key,
        form.content_hash, form.file_name, form.sheet, form.row_number
    from scorecard as form
    anti join {{ ref('asof_programme__scorecard') }} as ledger
        on ledger.county_code = form.county_code and ledger.entity_key = form.entity_key
)

select
    table_id, county_code, object_name, entity_key, content_hash, file_name, sheet, row_number,
    '台账无此对象' as finding
from unmatched
