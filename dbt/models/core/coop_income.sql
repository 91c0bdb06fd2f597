-- 年经营收入 of each cooperative in the fiscal year of the month and the one before (rulings 6.2.2): statement, else
-- public annual report, else 新农直报 (it names no year: the newest year only). 元; the newest source row stands beside it.

with fiscal as (
    select fiscal_year from {{ ref('run_month') }}
    union all
    select fiscal_year - 1 from {{ ref('run_month') }}
),

direct as (
    select credit_code, annual_income, content_hash, file_name, sheet, row_number, updated_on
    from (
        select
            credit_code, annual_income, content_hash, file_name, sheet, row_number, updated_on,
            row_number() over (
                partition by credit_code order by delivered_on desc, received_order desc, row_number desc
            ) as place
        from {{ ref('asof_direct_report__entity') }}
        where entity_type = '农民合作社' and credit_code is not null and annual_income is not null
    ) as entity
    where place = 1
),

candidate as (
    select
        credit_code, fiscal_year, operating_income as income, 'coop_finance.statement' as income_source, 1 as preference,
        {{ add_days('make_date(fiscal_year + 1, 1, 1)', '-1') }} as evidence_date, content_hash, file_name, sheet, row_number
    from {{ ref('asof_coop_finance__statement') }}
    where operating_income is not null

    union all
    select
        credit_code, report_year, revenue, 'gsxt.annual_report', 2,
        coalesce(published_on, snapshot_date), content_hash, file_name, sheet, row_number
    from {{ ref('asof_gsxt__annual_report') }}
    where revenue is not null

    union all
    select
        direct.credit_code, run.fiscal_year, direct.annual_income, 'direct_report.entity', 3,
        direct.updated_on, direct.content_hash, direct.file_name, direct.sheet, direct.row_number
    from direct
    cross join {{ ref('run_month') }} as run
),

ranked as (
    select
        candidate.credit_code, candidate.fiscal_year, candidate.income, candidate.income_source,
        candidate.evidence_date, candidate.content_hash, candidate.file_name, candidate.sheet, candidate.row_number,
        row_number() over (
            partition by candidate.credit_code, candidate.fiscal_year order by candidate.preference
        ) as place
    from candidate
    join fiscal on candidate.fiscal_year = fiscal.fiscal_year
)

select
    ranked.credit_code, coop.county_code, ranked.fiscal_year, ranked.income, ranked.income_source,
    coop.in_force and not coop.is_union as counts_for_median,
    ranked.evidence_date, ranked.content_hash, ranked.file_name, ranked.sheet, ranked.row_number
from ranked
join {{ ref('cooperative') }} as coop on ranked.credit_code = coop.key
where ranked.place = 1
