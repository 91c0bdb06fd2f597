-- Stars by official rating (rulings 6.6.9), one row a cooperative: the newest 评定日期 within the months of the policy row.
-- is_vetoed: on a list in force, confirmed empty or in illegal finance; it then counts nowhere in the plan.

with run as (
    select as_of from {{ ref('run_month') }}
),

limits as (
    {{ county_policies(['plan_star_months', 'award_inspection_months']) }}
),

rated as (
    select
        result.credit_code, result.county_code, coalesce(result.rated_on, result.snapshot_date) as rated_on,
        case result.stars
            {%- for stars in ['一星', '二星', '三星', '四星', '五星'] %} when '{{ stars }}' then {{ loop.index }}{% endfor %}
            when '未达' then 0
        end as stars,
        row_number() over (
            partition by result.credit_code
            order by coalesce(result.rated_on, result.snapshot_date) desc, result.year desc, result.received_order desc
        ) as place
    from {{ ref('asof_supply_coop__star_result') }} as result
    cross join run
    left join limits on result.county_code = limits.policy_county
    where coalesce(result.rated_on, result.snapshot_date) >= {{ add_months('run.as_of', '-limits.plan_star_months') }}
),

vetoed as (
    select credit_code from {{ ref('asof_gsxt__abnormal_listing') }} where listing_state = '在列'
    union
    select credit_code from {{ ref('asof_gsxt__serious_violation') }} where listing_state = '在列'
    union
    select credit_code
    from (
        select
            inspection.credit_code, inspection.conclusion, inspection.illegal_finance,
            row_number() over (partition by inspection.credit_code order by inspection.inspected_on desc) as place
        from {{ ref('asof_inspection__coop') }} as inspection
        cross join run
        left join limits on inspection.county_code = limits.policy_county
        where inspection.inspected_on >= {{ add_months('run.as_of', '-limits.award_inspection_months') }}
    ) as newest
    where place = 1 and (conclusion in ('空壳社', '休眠社') or illegal_finance)
)

select
    rated.credit_code, rated.stars, '下发' as rating_source, rated.rated_on, vetoed.credit_code is not null as is_vetoed
from rated
left join vetoed on rated.credit_code = vetoed.credit_code
where rated.place = 1
