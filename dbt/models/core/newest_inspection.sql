-- The newest inspection of each cooperative that is not older than the policy row at as_of; answers as 1 and 0.

with run as (
    select as_of, {{ national_policy('star_inspection_months') }} as months from {{ ref('run_month') }}
),

ranked as (
    select
        inspection.credit_code, inspection.inspected_on, inspection.conclusion, inspection.assemblies,
        inspection.small_households_led, inspection.lifted_households_led,
        {{ yes_as_one('inspection.has_accountant') }} as has_accountant,
        {%- for answer in inspected_answers() %}
        {{ yes_as_one('inspection.' ~ answer) }} as {{ answer }},
        {%- endfor %}
        inspection.content_hash, inspection.file_name, inspection.sheet, inspection.row_number,
        row_number() over (
            partition by inspection.credit_code
            order by inspection.inspected_on desc, inspection.received_order desc, inspection.row_number desc
        ) as place
    from {{ ref('asof_inspection__coop') }} as inspection
    cross join run
    where inspection.inspected_on >= {{ add_months('run.as_of', '-run.months') }}
)

select
    credit_code, inspected_on, conclusion, assemblies, small_households_led, lifted_households_led, has_accountant,
    {%- for answer in inspected_answers() %}
    {{ answer }},
    {%- endfor %}
    content_hash, file_name, sheet, row_number
from ranked
where place = 1
