-- The checks S1 to S7 that can be made of each statement (spec 2.3, rulings 6.6.4), passed or not.
-- 经营收益, 盈余总额 and 可分配盈余 are never read as 0: a blank one is replaced by its own formula.
-- A check is made when its result and an addend are filled and its layout's columns are there; 本年盈余 and 盈余返还 are
-- unknown when blank, so no check rests on them.

with line as (
    select
        credit_code, fiscal_year, county_code, layout, layout = '2007' as is_2007, absent_columns,
        operating_income, investment_income, operating_expense, taxes_and_surcharges, administrative_expense,
        financial_expense, operating_surplus, other_income, other_expense, total_surplus, income_tax,
        current_surplus, opening_undistributed, other_transfers_in, reserve_appropriation, distributable_surplus,
        returned, residual_distribution, converted_to_capital, closing_undistributed,
        total_assets, total_liabilities, total_equity,
        content_hash, file_name, sheet, row_number
    from {{ ref('asof_coop_finance__statement') }}
),

last_year as (
    select credit_code, fiscal_year + 1 as fiscal_year, closing_undistributed as last_closing from line
),

-- Each formula may use the ones above it.
expectation as (
    select
        line.credit_code, line.fiscal_year, county_code, layout, operating_surplus, total_surplus, current_surplus,
        distributable_surplus, closing_undistributed, opening_undistributed, total_assets,
        content_hash, file_name, sheet, row_number, last_closing,
        case when {{ has_columns(['operating_income', 'investment_income', 'operating_expense', 'administrative_expense']) }}
            and (is_2007 or {{ has_columns(['taxes_and_surcharges', 'financial_expense']) }})
            then {{ filled_sum(['operating_income', 'investment_income'], ['operating_expense', 'taxes_and_surcharges',
                'administrative_expense', 'financial_expense']) }}
        end as operating_formula,
        coalesce(operating_surplus, operating_formula) as operating_known,
        case when operating_known is not null and {{ has_columns(['operating_surplus', 'other_income', 'other_expense']) }}
            then {{ filled_sum(['operating_known', 'other_income'], ['other_expense']) }}
        end as total_formula,
        coalesce(total_surplus, total_formula) as total_known,
        case
            when is_2007 then total_formula
            when total_known is not null and {{ has_columns(['total_surplus', 'income_tax']) }}
                then {{ filled_sum(['total_known'], ['income_tax']) }}
        end as current_formula,
        case
            when current_surplus is null
                or not {{ has_columns(['opening_undistributed', 'other_transfers_in']) }} then null
            when is_2007
                then {{ filled_sum(['current_surplus', 'opening_undistributed', 'other_transfers_in'], []) }}
            when {{ has_columns(['reserve_appropriation']) }}
                then {{ filled_sum(['current_surplus', 'opening_undistributed', 'other_transfers_in'],
                    ['reserve_appropriation']) }}
        end as distributable_formula,
        coalesce(distributable_surplus, distributable_formula) as distributable_known,
        case
            when returned is null or distributable_known is null
                or not {{ has_columns(['distributable_surplus', 'residual_distribution']) }} then null
            when is_2007 and {{ has_columns(['reserve_appropriation']) }}
                then {{ filled_sum(['distributable_known'], ['returned', 'residual_distribution', 'reserve_appropriation']) }}
            when not is_2007 and {{ has_columns(['converted_to_capital']) }}
                then {{ filled_sum(['distributable_known'], ['returned', 'residual_distribution', 'converted_to_capital']) }}
        end as closing_formula,
        try_cast(total_liabilities + total_equity as decimal(18, 2)) as assets_formula
    from line
    left join last_year on line.credit_code = last_year.credit_code and line.fiscal_year = last_year.fiscal_year
),

made as (
    {%- for check_id, found, expected in [
        ('S1', 'operating_surplus', 'operating_formula'),
        ('S2', 'total_surplus', 'total_formula'),
        ('S3', 'current_surplus', 'current_formula'),
        ('S4', 'distributable_surplus', 'distributable_formula'),
        ('S5', 'closing_undistributed', 'closing_formula'),
        ('S6', 'opening_undistributed', 'last_closing'),
        ('S7', 'total_assets', 'assets_formula'),
    ] %}
    select
        credit_code, fiscal_year, county_code, layout, '{{ check_id }}' as check_id,
        {{ expected }} as expected, {{ found }} as found,
        content_hash, file_name, sheet, row_number
    from expectation
    where {{ found }} is not null and {{ expected }} is not null
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

tolerance as (
    {{ county_policies(['statement_tolerance']) }}
)

select
    made.credit_code, made.fiscal_year, made.county_code, made.layout, made.check_id,
    named.name as check_name, named.touches_return,
    made.expected, made.found, try_cast(made.found - made.expected as decimal(18, 2)) as difference,
    abs(made.found - made.expected) > tolerance.statement_tolerance as is_failed,
    made.content_hash, made.file_name, made.sheet, made.row_number
from made
join {{ ref('statement_line_check') }} as named on made.check_id = named.check_id
left join tolerance on made.county_code = tolerance.policy_county
