-- Awards of the report year and before as they stand at the month's end: dates after it are not yet there. Blank codes
-- are filled from the register by name, where the name is one on both sides in the county (spec 2).

with run as (
    select as_of, report_month, report_year from {{ ref('run_month') }}
),

registered as (
    select county_code, plain_name, max(credit_code) as credit_code
    from (
        select coop.county_code, coop.credit_code,
            {{ normal_name('coop.name', 'place.prefecture_name', 'place.county_name') }} as plain_name
        from {{ ref('cooperative') }} as coop
        join {{ ref('place_name') }} as place on coop.county_code = place.county_code
    ) as named
    group by county_code, plain_name
    having count(*) = 1
),

ledger as (
    select
        award.entity_key as award_key, award.year, award.county_code, award.entity_type, award.support, award.name,
        {{ normal_name('award.name', 'place.prefecture_name', 'place.county_name') }} as plain_name,
        award.credit_code, award.farm_code, award.amount, award.annual_income, award.previous_income,
        award.signatures, award.signatures_due, award.quantified, award.objection, award.payment_mode,
        award.acceptance_conclusion, award.notice_from, award.notice_until, award.state,
        {{ by_as_of('award.recommended_on') }} as recommended_on,
        {{ by_as_of('award.recognised_on') }} as recognised_on,
        {{ by_as_of('award.accepted_on') }} as accepted_on,
        {{ by_as_of('award.paid_on') }} as paid_on,
        case
            when award.state = '取消' then 'cancelled'
            when award.recognised_on > run.as_of then 'candidate'
            when award.state in ('认定', '建设', '验收', '拨付') then 'recognised'
            when award.state in ('申报', '推荐') or award.recognised_on is null then 'candidate'
            else 'recognised'
        end as stage,
        award.delivered_on, coalesce(award.delivery_state <> '疑似不完整', true) as is_complete,
        award.content_hash, award.file_name, award.sheet, award.row_number, award.snapshot_date
    from {{ ref('asof_programme__award') }} as award
    cross join run
    left join {{ ref('place_name') }} as place on award.county_code = place.county_code
    where award.year <= run.report_year
),

named as (
    select
        award_key, county_code,
        count(*) over (partition by year, county_code, entity_type, support, plain_name) as namesakes
    from ledger
)

select
    ledger.award_key, ledger.year, ledger.county_code, ledger.entity_type, ledger.support, ledger.name,
    ledger.plain_name, named.namesakes,
    coalesce(ledger.credit_code, registered.credit_code) as credit_code,
    ledger.farm_code, ledger.amount, ledger.annual_income, ledger.previous_income, ledger.signatures,
    ledger.signatures_due, ledger.quantified, ledger.objection, ledger.payment_mode, ledger.acceptance_conclusion,
    ledger.notice_from, ledger.notice_until, ledger.state, ledger.stage,
    ledger.recommended_on, ledger.recognised_on, ledger.accepted_on, ledger.paid_on,
    ledger.stage = 'recognised' or (
        ledger.stage = 'candidate' and (ledger.state = '推荐' or ledger.recommended_on is not null)
    ) as is_recommended,
    ledger.stage = 'recognised' as is_recognised,
    ledger.stage = 'recognised' and ledger.accepted_on is not null
    and not {{ is_refusal('ledger.acceptance_conclusion') }} as is_accepted,
    ledger.stage = 'recognised' and ledger.paid_on is not null as is_paid,
    coalesce(ledger.recognised_on, run.as_of) as judged_on,
    coalesce(ledger.recognised_on, run.report_month) as told_from,
    ledger.delivered_on, ledger.is_complete,
    ledger.content_hash, ledger.file_name, ledger.sheet, ledger.row_number, ledger.snapshot_date
from ledger
cross join run
join named on ledger.award_key = named.award_key and ledger.county_code = named.county_code
left join registered
    on ledger.entity_type = '农民合作社' and ledger.credit_code is null and named.namesakes = 1
    and ledger.county_code = registered.county_code and ledger.plain_name = registered.plain_name
