-- Member accounts of each coop-year: members at 31 December by kind (spec 2.1), and over all accounts of the year,
-- leavers included, what was returned and how far from the share of trade (rulings 6.2.1).
-- The deviation is multiplied out by returned_total x trade_total, so that it is compared without a division.

with account as (
    select
        credit_code, fiscal_year, county_code, member_kind, trade, returned,
        content_hash, file_name, sheet, row_number, snapshot_date, received_order,
        coalesce(joined_on <= make_date(fiscal_year, 12, 31), true)
        and not coalesce(left_on <= make_date(fiscal_year, 12, 31), false) as is_member,
        member_kind is null or member_kind = '其他' as is_kind_unknown
    from {{ ref('asof_coop_finance__member_account') }}
),

summed as (
    select
        credit_code,
        fiscal_year,
        max(county_code) as county_code,
        cast(count(*) as bigint) as accounts,
        cast(count(*) filter (where is_member) as bigint) as members,
        cast(count(*) filter (where is_member and member_kind = '农民') as bigint) as farmer_members,
        cast(count(*) filter (where is_member and member_kind in ('企业', '事业单位', '社会组织')) as bigint)
            as organisation_members,
        cast(count(*) filter (where is_member and member_kind = '合作社') as bigint) as member_coops,
        cast(count(*) filter (where is_member and is_kind_unknown) as bigint) as kind_unknown_members,
        case when count(returned) = count(*) then try_cast(sum(returned) as decimal(18, 2)) end as returned_total,
        case when count(trade) = count(*) then try_cast(sum(trade) as decimal(18, 2)) end as trade_total,
        coalesce(bool_or(trade > 0), false) as has_trade,
        max_by(content_hash, {{ sort_key(['received_order', 'sheet', 'row_number']) }}) as content_hash,
        max_by(file_name, {{ sort_key(['received_order', 'sheet', 'row_number']) }}) as file_name,
        max_by(sheet, {{ sort_key(['received_order', 'sheet', 'row_number']) }}) as sheet,
        min(row_number) as first_row,
        max(row_number) as last_row,
        max(snapshot_date) as snapshot_date
    from account
    group by credit_code, fiscal_year
),

deviation as (
    select
        account.credit_code, account.fiscal_year,
        cast(sum(abs(
            cast(account.returned as decimal(19, 2)) * cast(summed.trade_total as decimal(19, 2))
            - cast(summed.returned_total as decimal(19, 2)) * cast(account.trade as decimal(19, 2))
        )) as decimal(38, 4)) as deviation_total
    from account
    join summed on account.credit_code = summed.credit_code and account.fiscal_year = summed.fiscal_year
    where summed.returned_total > 0 and summed.trade_total > 0
    group by account.credit_code, account.fiscal_year
)

select
    summed.credit_code, summed.fiscal_year, summed.county_code, summed.accounts, summed.members, summed.farmer_members,
    summed.organisation_members, summed.member_coops, summed.kind_unknown_members, summed.returned_total,
    summed.trade_total, summed.has_trade, deviation.deviation_total, summed.content_hash, summed.file_name, summed.sheet,
    summed.first_row, summed.last_row, summed.snapshot_date
from summed
left join deviation on summed.credit_code = deviation.credit_code and summed.fiscal_year = deviation.fiscal_year
