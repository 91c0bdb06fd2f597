-- Coverage of farms (spec 2.2): one row a farm in the directory, every question answered true, false or unknown.

with run as (
    select
        report_month, report_year, as_of,
        {{ national_policy('bookkeeping_window_months') }} as window_months
    from {{ ref('run_month') }}
),

policy as (
    {{ county_policies(['update_year_lag', 'update_recent_months', 'stale_year_lag', 'stale_months',
        'bookkeeping_months_minimum']) }}
),

direct as (
    select
        {{ entity_name_key('direct') }} as key,
        {{ is_certified('direct.certification_state') }} as is_certified, direct.updated_on
    from {{ ref('asof_direct_report__entity') }} as direct
    where direct.entity_type = '家庭农场'
),

reported as (
    select pair.left_key as key, bool_or(direct.is_certified) as is_certified, max(direct.updated_on) as updated_on
    from {{ ref('entity_pair') }} as pair
    join direct on pair.right_key = direct.key
    where pair.pair = 'directory_direct'
    group by pair.left_key
),

advised as (
    select distinct left_key as key from {{ ref('entity_pair') }} where pair = 'directory_visit'
),

-- months with at least one record among those that end with the report month; blank counts are unknown
booked as (
    select
        usage.farm_code,
        count(distinct usage.month) filter (where usage.records > 0) as months,
        count(distinct usage.month) filter (where usage.records is null) as unknown_months
    from (
        select
            farm_code, month,
            case when coalesce(income_records, expense_records, stock_records) is not null then
                coalesce(income_records, 0) + coalesce(expense_records, 0) + coalesce(stock_records, 0)
            end as records
        from {{ ref('asof_bookkeeping__usage') }}
    ) as usage
    cross join run
    where usage.month <= run.report_month and usage.month > {{ add_months('run.report_month', '-run.window_months') }}
    group by usage.farm_code
)

select
    farm.key, farm.county_code,
    farm.farm_code is not null as is_coded,
    farm.code_unknown,
    farm.data_year is null and farm.updated_on is null as age_unknown,
    coalesce(
        farm.data_year >= run.report_year - policy.update_year_lag,
        farm.updated_on >= {{ add_months('run.as_of', '-policy.update_recent_months') }}, false
    ) as is_updated,
    (farm.data_year is not null or farm.updated_on is not null)
    and not coalesce(farm.data_year >= run.report_year - policy.stale_year_lag, false)
    and not coalesce(farm.updated_on >= {{ add_months('run.as_of', '-policy.stale_months') }}, false) as is_stale_2y,
    advised.key is not null as is_advised,
    coalesce(
        reported.is_certified
        and reported.updated_on >= {{ add_months('run.as_of', '-policy.update_recent_months') }}, false
    ) as is_direct_reported,
    reported.key is not null and coalesce(
        reported.is_certified
        and reported.updated_on >= {{ add_months('run.as_of', '-policy.update_recent_months') }}
    ) is null as direct_unknown,
    farm.farm_code is not null and coalesce(booked.months >= policy.bookkeeping_months_minimum, false) as keeps_books,
    farm.farm_code is not null and coalesce(
        booked.months < policy.bookkeeping_months_minimum
        and booked.months + booked.unknown_months >= policy.bookkeeping_months_minimum, false
    ) as books_unknown
from {{ ref('family_farm') }} as farm
cross join run
left join policy on farm.county_code = policy.policy_county
left join reported on farm.key = reported.key
left join advised on farm.key = advised.key
left join booked on farm.farm_code = booked.farm_code
where farm.status = 'listed'
