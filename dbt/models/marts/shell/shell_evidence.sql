-- The source rows of every fired rule (spec 3.1), one row a cooperative, rule and source row or run of rows; place 1 is
-- the one that the flag itself shows. Only what fired is looked up.
{{ config(tags=['after_judgement']) }}

with fired as (
    select fired.credit_code, fired.rule_id, indicator.k11_key, indicator.k01_limb, indicator.k02_limb, indicator.k08_limb,
        indicator.first_idle_year, indicator.last_idle_year, indicator.award_year, indicator.award_idle_year,
        indicator.listed_on, indicator.listed_reason, indicator.domicile_listed_on, indicator.stopped_on,
        indicator.first_no_on, indicator.last_no_on, indicator.k09_limb,
        indicator.farmers_absent_on, indicator.unreachable_on, indicator.fiscal_year,
        indicator.k12_evidence_date, indicator.k13_evidence_date
    from {{ source('judged', 'shell_fired') }} as fired
    join {{ ref('shell_indicator') }} as indicator on fired.credit_code = indicator.credit_code
),

found as (
    select
        fired.credit_code, fired.rule_id, 'coop_finance.member_account' as table_id, account.content_hash, account.file_name,
        account.sheet, account.first_row, account.last_row, account.year_end as fact_on, 1 as rank
    from fired
    join {{ ref('shell_account') }} as account on fired.credit_code = account.credit_code
    where (fired.rule_id = 'K01' and fired.k01_limb = 'accounts') or fired.rule_id = 'K04'
        or (fired.rule_id in ('K02', 'K03') and fired.k02_limb = 'accounts')
    union all
    select
        fired.credit_code, fired.rule_id, 'gsxt.annual_report', report.content_hash, report.file_name, report.sheet,
        report.row_number, report.row_number, make_date(report.report_year, 12, 31), 1
    from fired
    join {{ ref('shell_report') }} as report on fired.credit_code = report.credit_code
    where fired.rule_id in ('K02', 'K03') and fired.k02_limb = 'report'
    union all
    select
        fired.credit_code, fired.rule_id, 'inspection.coop', visit.content_hash, visit.file_name, visit.sheet,
        visit.row_number, visit.row_number, visit.inspected_on, 1
    from fired
    join {{ ref('asof_inspection__coop') }} as visit on fired.credit_code = visit.credit_code
    where case fired.rule_id
        when 'K01' then visit.inspected_on = fired.farmers_absent_on
        when 'K08' then visit.inspected_on = fired.unreachable_on
        when 'K09' then visit.inspected_on in (fired.first_no_on, fired.last_no_on)
            or (fired.k09_limb = 'stopped' and visit.stopped_on = fired.stopped_on)
        when 'K12' then visit.inspected_on = fired.k12_evidence_date
        when 'K13' then visit.inspected_on = fired.k13_evidence_date
    end
    union all
    select
        fired.credit_code, fired.rule_id, 'gsxt.abnormal_listing', entry.content_hash, entry.file_name, entry.sheet,
        entry.row_number, entry.row_number, entry.listed_on, 1
    from fired
    join {{ ref('asof_gsxt__abnormal_listing') }} as entry
        on fired.credit_code = entry.credit_code and entry.listing_state = '在列'
    where (fired.rule_id = 'K07' and entry.listed_on = fired.listed_on and entry.reason = fired.listed_reason)
        or (fired.rule_id = 'K08' and entry.listed_on = fired.domicile_listed_on)
    union all
    select
        fired.credit_code, fired.rule_id, year_row.table_id, year_row.content_hash, year_row.file_name, year_row.sheet,
        year_row.first_row, year_row.last_row, make_date(year_row.fiscal_year, 12, 31), year_row.rank
    from fired
    join {{ ref('shell_year_row') }} as year_row on fired.credit_code = year_row.credit_code
    where (fired.rule_id = 'K05' and year_row.fiscal_year between fired.first_idle_year and fired.last_idle_year)
        or (fired.rule_id = 'K10' and year_row.fiscal_year = fired.award_idle_year)
    union all
    select
        fired.credit_code, fired.rule_id, 'gsxt.registration', coop.content_hash, coop.file_name, coop.sheet,
        coop.row_number, coop.row_number, coop.delivered_on, case when coop.credit_code = fired.credit_code then 1 else 2 end
    from fired
    left join {{ ref('shell_tie') }} as tie on fired.rule_id = 'K11' and fired.k11_key = tie.tie_key
    join {{ ref('shell_subject') }} as coop on coalesce(tie.credit_code, fired.credit_code) = coop.credit_code
    where fired.rule_id in ('K06', 'K11')
    union all
    select
        fired.credit_code, fired.rule_id, 'programme.award', award.content_hash, award.file_name, award.sheet,
        award.row_number, award.row_number, coalesce(award.recognised_on, make_date(award.year, 12, 31)), 3
    from fired
    join {{ ref('asof_programme__award') }} as award
        on fired.credit_code = award.credit_code and fired.award_year = award.year
    where fired.rule_id = 'K10'
)

select
    credit_code, rule_id,
    row_number() over (
        partition by credit_code, rule_id order by rank, fact_on desc, table_id desc, file_name, sheet, first_row
    ) as place,
    table_id, fact_on, content_hash, file_name, sheet, first_row, last_row
from found
