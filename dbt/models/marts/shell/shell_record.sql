-- K06, K07, K08, K12 and K13 (spec 3.1: reports, lists, complaints, illegal finance), one row a cooperative in force.
-- Absence from the list says no only where the county delivered it, and only of holders of a credit code.

with rule as (
    {{ shell_rules_by_county(['k06', 'k07', 'k08', 'k12', 'k13']) }}
),

run as (
    select as_of from {{ ref('run_month') }}
),

county as (
    select county_code, is_delivered
    from {{ ref('measure_delivery') }}
    where measure_id = 'shell_status' and part = 'K07'
),

seen as (
    select
        coop.credit_code,
        {%- for id in ['k06', 'k07', 'k08', 'k12', 'k13'] %}
        rule.{{ id }}_on, {{ shell_exempt(id) }} as {{ id }}_exempt,
        {%- endfor %}
        {{ names_exemption('rule.k07_exemptions', '未见于最新名录') }} and coalesce(listing.is_unseen, false) as k07_unseen,
        {{ names_exemption('rule.k08_exemptions', '未见于最新名录') }} and coalesce(listing.domicile_is_unseen, false) as k08_unseen,
        coalesce(county.is_delivered, false) and coop.has_code as has_list,
        case
            when report.missing_years >= rule.k06_threshold then report.missing_years
            when not report.may_be_more then report.missing_years
        end as k06_value,
        case when not coop.has_code then '仅有旧注册号，无法与年度报告和名录比对' end as no_code,
        report.missing_years, report.year_due, {{ add_days('report.due_on', '1') }} as k06_seen_on,
        listing.listed_on, listing.listed_reason, listing.domicile_listed_on,
        {{ months_until('listing.listed_on', 'run.as_of') }} as listed_months,
        visit.domicile_reachable, visit.domicile_reachable_on,
        visit.complaint_verified, visit.complaint_verified_on, visit.illegal_finance, visit.illegal_finance_on
    from {{ ref('shell_subject') }} as coop
    cross join run
    left join rule on coop.county_code = rule.county_code
    left join county on coop.county_code = county.county_code
    left join {{ ref('shell_report') }} as report on coop.credit_code = report.credit_code
    left join {{ ref('shell_listing') }} as listing on coop.credit_code = listing.credit_code
    left join {{ ref('shell_inspection') }} as visit on coop.credit_code = visit.credit_code
),

judged as (
    select
        credit_code, listed_on, listed_reason, domicile_listed_on, k06_on, k07_on, k08_on, k12_on, k13_on,
        case when missing_years > 0 then year_due - missing_years + 1 end as first_missing_year,
        case when missing_years > 0 then year_due end as last_missing_year,
        k06_exempt, k06_value, coalesce(no_code, '本旗县未送截止日后的年度报告，或所送年度不全') as k06_missing, k06_seen_on,
        coalesce(k07_exempt, case when listed_on is null and k07_unseen then '未见于最新名录，不适用' end) as k07_exempt,
        case when listed_on is not null then listed_months when has_list then 0 end as k07_value,
        coalesce(no_code, '未收到本旗县经营异常名录') as k07_missing, listed_on as k07_seen_on,
        coalesce(k08_exempt, case
            when domicile_listed_on is null and domicile_reachable is null and k08_unseen then '未见于最新名录，不适用'
        end) as k08_exempt,
        case
            when domicile_listed_on is not null or not domicile_reachable then 1
            when domicile_reachable or has_list then 0
        end as k08_value,
        coalesce(no_code, '未收到本旗县经营异常名录，也没有有效期内的检查记录') as k08_missing,
        coalesce(greatest(
            domicile_listed_on, case when not domicile_reachable then domicile_reachable_on end
        ), domicile_listed_on, domicile_reachable_on) as k08_seen_on,
        case
            when not domicile_reachable and coalesce(domicile_reachable_on >= domicile_listed_on, true) then 'inspection'
            else 'listing'
        end as k08_limb,
        case when not domicile_reachable then domicile_reachable_on end as unreachable_on,
        {%- for id, answer in [('k12', 'complaint_verified'), ('k13', 'illegal_finance')] %}
        {{ id }}_exempt, case when {{ answer }} then 1 when not {{ answer }} then 0 end as {{ id }}_value,
        '没有有效期内的检查记录，或检查未填此项' as {{ id }}_missing, {{ answer }}_on as {{ id }}_seen_on{% if not loop.last %},{% endif %}
        {%- endfor %}
    from seen
)

select
    credit_code, first_missing_year, last_missing_year, listed_on, listed_reason, domicile_listed_on, unreachable_on, k08_limb,
    {{ shell_outcome('k06', 'k06_missing_years') }},
    {{ shell_outcome('k07', 'k07_listed_months') }},
    {{ shell_outcome('k08', 'k08_unreachable') }},
    {{ shell_outcome('k12', 'k12_complaint') }},
    {{ shell_outcome('k13', 'k13_illegal_finance') }}
from judged
