-- Surplus return (spec 2.3, rulings 6.2.1). The 60 % floor is tested as money, never as a rounded ratio.

with run as (
    select fiscal_year from {{ ref('run_month') }}
),

coop as (
    select key, name, county_code, founded_on, is_union, in_force from {{ ref('cooperative') }}
),

policy as (
    {{ county_policies(['return_floor', 'accounts_tolerance', 'proportionality_tolerance']) }}
),

wanted as (
    select coop.key as credit_code, run.fiscal_year
    from coop
    cross join run
    where coop.in_force
    union
    select credit_code, fiscal_year from {{ ref('return_base') }}
),

checked as (
    select
        credit_code, fiscal_year,
        count(*) as checks_made,
        count(*) filter (where is_failed) as failed_checks,
        coalesce(bool_or(is_failed and touches_return), false) as return_is_touched,
        {{ join_sorted('case when is_failed then check_id end', '、') }} as failed_check_ids
    from {{ ref('statement_check_outcome') }}
    group by credit_code, fiscal_year
),

joined as (
    select
        wanted.credit_code, wanted.fiscal_year, wanted.fiscal_year = run.fiscal_year as is_current_year,
        coalesce(coop.name, base.name) as name, coalesce(coop.county_code, base.county_code) as county_code,
        coalesce(coop.in_force, false) as in_force,
        coalesce(coop.is_union, {{ is_class_93('wanted.credit_code') }} and {{ is_union('null', 'base.name') }}) as is_union,
        base.layout, base.current_surplus, base.opening_undistributed, base.other_transfers_in, base.covered_loss,
        base.reserve_appropriation, base.statutory_base, base.book_base, base.returned,
        base.content_hash, base.file_name, base.sheet, base.row_number, base.snapshot_date,
        coalesce(checked.checks_made, 0) as checks_made, coalesce(checked.failed_checks, 0) as failed_checks,
        checked.failed_check_ids, coalesce(checked.return_is_touched, false) as return_is_touched,
        composition.members, composition.farmer_members, composition.farmer_share, composition.unit_members,
        composition.member_coops, composition.kind_unknown_members, composition.members_enough,
        composition.farmers_enough, composition.units_within, composition.composition_status,
        composition.county_mean_members, composition.above_county_mean,
        summary.accounts, summary.returned_total, summary.trade_total, summary.deviation_total,
        summary.content_hash as accounts_content_hash, summary.file_name as accounts_file_name,
        summary.sheet as accounts_sheet, summary.first_row as accounts_first_row, summary.last_row as accounts_last_row,
        summary.snapshot_date as accounts_snapshot_date,
        {{ exact_product('base.statutory_base', 'policy.return_floor') }} as minimum_return,
        {{ exact_product('base.book_base', 'policy.return_floor') }} as minimum_return_book,
        policy.accounts_tolerance, policy.proportionality_tolerance,
        report.credit_code is not null as has_report, cast(report.members as bigint) as roster_members
    from wanted
    cross join run
    left join coop on wanted.credit_code = coop.key
    left join {{ ref('return_base') }} as base
        on wanted.credit_code = base.credit_code and wanted.fiscal_year = base.fiscal_year
    left join checked on wanted.credit_code = checked.credit_code and wanted.fiscal_year = checked.fiscal_year
    left join {{ ref('account_summary') }} as summary
        on wanted.credit_code = summary.credit_code and wanted.fiscal_year = summary.fiscal_year
    left join {{ ref('composition') }} as composition
        on wanted.credit_code = composition.credit_code and wanted.fiscal_year = composition.fiscal_year
    left join {{ ref('asof_gsxt__annual_report') }} as report
        on wanted.credit_code = report.credit_code and wanted.fiscal_year = report.report_year
    left join policy on coalesce(coop.county_code, base.county_code) = policy.policy_county
    where coalesce(year(coop.founded_on) <= wanted.fiscal_year, true)
)

select
    credit_code, name, county_code, fiscal_year, is_current_year, in_force, is_union, layout,
    current_surplus, opening_undistributed, other_transfers_in, covered_loss, reserve_appropriation, statutory_base,
    cast(minimum_return as decimal(26, 6)) as minimum_return,
    returned,
    {{ ratio('returned', 'statutory_base') }} as return_ratio_statutory,
    book_base,
    {{ ratio('returned', 'book_base') }} as return_ratio_book,
    case
        when is_union then '不适用-联合社'
        when statutory_base is null or returned is null then '数据缺失'
        when return_is_touched then '勾稽不符'
        when statutory_base = 0 then '无可分配盈余'
        when returned >= minimum_return then '达标'
        else '未达标'
    end as return_status,
    case when return_status in ('达标', '未达标')
        then (book_base > 0 and (returned >= minimum_return_book) = (return_status = '达标')) end as bases_agree,
    case
        when content_hash is null then '缺失'
        when failed_checks > 0 then '有勾稽问题'
        when checks_made = 0 then '未核'
        else '通过'
    end as statement_status,
    case when content_hash is not null then checks_made end as checks_made,
    case when content_hash is not null then failed_checks end as failed_checks,
    failed_check_ids,
    members, farmer_members, farmer_share, unit_members, member_coops, kind_unknown_members,
    members_enough, farmers_enough, units_within, coalesce(composition_status, '数据缺失') as composition_status,
    county_mean_members, above_county_mean,
    accounts,
    returned_total as returned_in_accounts,
    try_cast(returned_total - returned as decimal(18, 2)) as returned_difference,
    abs(returned_total - returned) <= accounts_tolerance as accounts_match,
    trade_total,
    case
        when returned_total = 0 then '无返还'
        when returned_total > 0 and trade_total = 0 then '无交易额返还'
        when returned_total > 0 and trade_total > 0 then '正常'
    end as trade_status,
    case
        when trade_status = '无交易额返还' then false
        when trade_status = '正常' then deviation_total <= {{ product_or_null(
            product_or_null('cast(returned_total as decimal(19, 2))', 'cast(trade_total as decimal(19, 2))'),
            'proportionality_tolerance'
        ) }}
    end as proportional,
    roster_members, accounts - roster_members as roster_difference, accounts = roster_members as roster_match,
    concat_ws('、',
        case when content_hash is null then 'coop_finance.statement' end,
        case when accounts is null then 'coop_finance.member_account' end,
        case when not has_report then 'gsxt.annual_report' end) as missing_tables,
    content_hash, file_name, sheet, row_number, snapshot_date,
    accounts_content_hash, accounts_file_name, accounts_sheet, accounts_first_row, accounts_last_row,
    accounts_snapshot_date
from joined
