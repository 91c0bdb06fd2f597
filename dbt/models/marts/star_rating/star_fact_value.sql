-- Facts that a rubric can ask for, one row a cooperative (spec 2.4): yes/no as 1/0, counts, 元; null = unknown.
-- Rated are cooperatives in force, and those whose registration's end is itself the veto.

with run as (
    select fiscal_year, {{ national_policy('star_median_minimum') }} as median_minimum from {{ ref('run_month') }}
),

client as (
    select
        credit_code, {{ yes_as_one('proxy_bookkeeping') }} as proxy_bookkeeping,
        row_number() over (
            partition by credit_code order by delivered_on desc, received_order desc, row_number desc
        ) as place
    from {{ ref('asof_programme__service_client') }}
    where credit_code is not null and proxy_bookkeeping is not null
),

roster_county as (
    select distinct county_code
    from {{ ref('county_delivery') }}
    where table_id = 'demonstration.roster' and is_complete and part like '农民合作社|%'
),

title as (
    select
        credit_code,
        {%- for fact, level in [('nation', '国家级'), ('supply', '供销总社'), ('province', '自治区（省）级'),
                                ('prefecture', '盟市（市）级'), ('county', '旗县（区）级')] %}
        max(case when level = '{{ level }}' then 1 else 0 end) as level_{{ fact }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    from {{ ref('demonstration_coop') }}
    group by credit_code
)

select
    coop.key as credit_code, coop.name, coop.county_code, coop.in_force, coop.is_union,
    income.income,
    case when median.coops >= run.median_minimum then median.median_income end as income_county_median,
    coalesce(median.coops, 0) < run.median_minimum as median_inapplicable,
    coalesce(inspection.has_accountant, client.proxy_bookkeeping) as has_accountant,
    {%- for answer in inspected_answers() %}
    inspection.{{ answer }},
    {%- endfor %}
    inspection.assemblies, inspection.small_households_led, inspection.lifted_households_led,
    case returned.statement_status when '通过' then 1 when '有勾稽问题' then 0 end as statement_checks_pass,
    returned.failed_checks,
    record.report_on_time, record.report_published, record.report_inapplicable,
    record.abnormal_in_year, record.abnormal_listed, record.serious_violation,
    case when coop.status = 'unknown' then null when coop.in_force then 0 else 1 end as registration_ended,
    returned.members,
    case when not coop.is_union then {{ yes_as_one('returned.roster_match') }} end
        as accounts_equal_roster,
    -- a 联合社 is left out of the mean only
    {{ yes_as_one('coalesce(returned.above_county_mean, returned.members > returned.county_mean_members)') }}
        as above_county_mean,
    coalesce(returned.return_status in ('不适用-联合社', '无可分配盈余'), coop.is_union) as return_inapplicable,
    case when returned.return_status = '达标' then 1 when returned.return_status in ('未达标', '勾稽不符') then 0 end
        as return_reached,
    case when returned.return_status in ('达标', '未达标') then returned.return_ratio_statutory end as return_ratio,
    {%- for level in ['nation', 'supply', 'province', 'prefecture', 'county'] %}
    coalesce(title.level_{{ level }}, case when roster_county.county_code is not null then 0 end) as level_{{ level }}
    {%- if not loop.last %},{% endif %}
    {%- endfor %}
from {{ ref('cooperative') }} as coop
cross join run
left join {{ ref('coop_income') }} as income on coop.key = income.credit_code and run.fiscal_year = income.fiscal_year
left join {{ ref('county_income_median') }} as median
    on coop.county_code = median.county_code and run.fiscal_year = median.fiscal_year
left join {{ ref('newest_inspection') }} as inspection on coop.key = inspection.credit_code
left join client on coop.key = client.credit_code and client.place = 1
left join {{ ref('surplus_return') }} as returned
    on coop.key = returned.credit_code and run.fiscal_year = returned.fiscal_year
left join {{ ref('coop_public_record') }} as record on coop.key = record.credit_code
left join title on coop.key = title.credit_code
left join roster_county on coop.county_code = roster_county.county_code
where coop.in_force or coop.status in ('revoked', 'deregistered', 'winding_up')
