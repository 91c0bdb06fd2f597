-- Advisors by quarter of the year up to as_of (spec 2.5, rulings 6.2.7, 6.6.6, 6.6.13). The status covers door visits, per
-- advisor or per entity served as the policy row says; a quarter that has not ended is 进行中, those of appointment and
-- leaving are 不考核, and too few visits in records that end before the quarter does are 数据缺失.

with run as (
    select as_of, cast(report_year as int) as report_year from {{ ref('run_month') }}
),

policy as (
    {{ county_policies(['visit_scope', 'advisor_visits_counted', 'advisor_door_visits_minimum']) }}
),

delivered as (
    select county_code, max(delivered_on) as delivered_on
    from {{ ref('county_delivery') }}
    where table_id = 'advisor.visit' and is_complete
    group by county_code
),

quarter as (
    select calendar.quarter, calendar.starts_on, calendar.ends_on
    from ({{ quarters_of('report_year') }}) as calendar
    cross join run
    where calendar.starts_on <= run.as_of
),

served as (
    select
        service.advisor_key, quarter.quarter, service.entity, count(*) as services,
        count(*) filter (where service.mode = '上门') as door_visits,
        count(*) filter (where service.mode = '上门' and service.is_signed) as signed_visits
    from {{ ref('advisor_service') }} as service
    join quarter on service.served_on between quarter.starts_on and quarter.ends_on
    where service.advisor_key is not null
    group by service.advisor_key, quarter.quarter, service.entity
),

judged as (
    select
        advisor.advisor_key, advisor.certificate_no, advisor.county_code, quarter.quarter, quarter.ends_on,
        advisor.appointed_on >= quarter.starts_on or advisor.until_on <= quarter.ends_on as is_partial,
        policy.advisor_door_visits_minimum as minimum, policy.visit_scope,
        max(delivered.delivered_on) as delivered_on,
        count(served.entity) as entities_served,
        coalesce(sum(served.door_visits), 0) as door_visits,
        coalesce(sum(served.signed_visits), 0) as signed_visits,
        count(*) filter (where served.door_visits >= policy.advisor_visits_counted) as entities_counted,
        count(*) filter (where served.door_visits >= policy.advisor_door_visits_minimum) as entities_at_minimum
    from {{ ref('advisor') }} as advisor
    join quarter
        on coalesce(advisor.appointed_on <= quarter.ends_on, true)
        and coalesce(advisor.until_on >= quarter.starts_on, true)
    left join policy on advisor.county_code = policy.policy_county
    left join delivered on advisor.county_code = delivered.county_code
    left join served on advisor.advisor_key = served.advisor_key and quarter.quarter = served.quarter
    group by
        advisor.advisor_key, advisor.certificate_no, advisor.county_code, quarter.quarter, quarter.starts_on,
        quarter.ends_on, advisor.appointed_on, advisor.until_on, policy.advisor_door_visits_minimum, policy.visit_scope
)

select
    judged.advisor_key, judged.certificate_no, judged.county_code, judged.quarter,
    case when known.is_known then entities_served end as entities_served,
    case when known.is_known then cast(door_visits as bigint) end as door_visits,
    case when known.is_known then cast(signed_visits as bigint) end as signed_visits,
    case when known.is_known then cast(door_visits - signed_visits as bigint) end as unsigned_visits,
    case when known.is_known then entities_counted end as entities_with_3_visits,
    minimum as visits_minimum,
    case when visit_scope > 0 then '按主体' else '按辅导员' end as visit_scope,
    case
        when minimum is null then '无标准'
        when coalesce(is_partial, false) then '不考核'
        when ends_on > run.as_of then '进行中'
        when visit_scope > 0 and entities_served > 0 and entities_at_minimum = entities_served then '达标'
        when coalesce(visit_scope, 0) = 0 and door_visits >= minimum then '达标'
        when delivered_on >= ends_on then '未达标'
        else '数据缺失'
    end as status
from judged
cross join run
left join (
    select advisor_key, quarter, delivered_on is not null or entities_served > 0 as is_known from judged
) as known on judged.advisor_key = known.advisor_key and judged.quarter = known.quarter
