-- Member accounts of each coop-year in one pass: members at 31 December by kind (spec 2.1), and over all accounts of
-- the year, leavers included, what was returned and how far from the share of trade (rulings 6.2.1).
-- Multiplied out by returned_total x trade_total, so that the proportion is compared without a division.

with account as (
    select
        credit_code, fiscal_year, county_code, member_kind, joined_on, left_on, trade, returned,
        content_hash, file_name, sheet, row_number, snapshot_date, received_order, delivery_state,
        make_date(fiscal_year, 12, 31) as year_end,
        try_cast(sum(returned) over (partition by credit_code, fiscal_year) as decimal(18, 2)) as year_returned,
        try_cast(sum(trade) over (partition by credit_code, fiscal_year) as decimal(18, 2)) as year_trade
    from {{ ref('asof_coop_finance__member_account') }}
),

placed as (
    select
        credit_code, fiscal_year, county_code, member_kind, trade, returned,
        content_hash, file_name, sheet, row_number, snapshot_date, received_order, delivery_state,
        coalesce(joined_on <= year_end, true) and not coalesce(left_on <= year_end, false) as is_member,
        member_kind is null or member_kind = '其他' as is_kind_unknown,
        abs(
            cast(returned as decimal(19, 2)) * cast(year_trade as decimal(19, 2))
            - cast(year_returned as decimal(19, 2)) * cast(trade as decimal(19, 2))
        ) as deviation
    from account
)

select
    credit_code,
    fiscal_year,
    max(county_code) as county_code,
    cast(count(*) as bigint) as accounts,
    cast(count(*) filter (where is_member) as bigint) as members,
    cast(count(*) filter (where is_member and member_kind = '农民') as bigint) as farmer_members,
    cast(count(*) filter (where is_member and member_kind in ('企业', '事业单位', '社会组织')) as bigint) as organisation_members,
    cast(count(*) filter (where is_member and member_kind = '合作社') as bigint) as member_coops,
    cast(count(*) filter (where is_member and is_kind_unknown) as bigint) as kind_unknown_members,
    case when count(returned) = count(*) then try_cast(sum(returned) as decimal(18, 2)) end as returned_total,
    case when count(trade) = count(*) then try_cast(sum(trade) as decimal(18, 2)) end as trade_total,
    cast(sum(deviation) as decimal(38, 4)) as deviation_total,
    max_by(content_hash, received_order) as content_hash,
    max_by(file_name, received_order) as file_name,
    max_by(sheet, received_order) as sheet,
    min(row_number) as first_row,
    max(row_number) as last_row,
    max(snapshot_date) as snapshot_date
from placed
group by credit_code, fiscal_year
