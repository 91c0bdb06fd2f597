-- Training of each advisor in office in the report year (spec 2.5): 任前 before the first visit for those newly appointed,
-- 在任 in the year. Training records name no county: a county has delivered them when one of its advisors stands in them.

with run as (
    select as_of, report_year from {{ ref('run_month') }}
),

training as (
    select
        training.certificate_no,
        min(case when training.kind = '任前' then training.trained_on end) as pre_trained_on,
        max(case when training.kind = '在任' and year(training.trained_on) = run.report_year then training.trained_on end)
            as in_service_on
    from {{ ref('asof_advisor__training') }} as training
    cross join run
    group by training.certificate_no
),

delivered as (
    select county_code from {{ ref('county_delivery') }} where table_id = 'advisor.training' and is_complete
    union
    select advisor.county_code
    from training
    join {{ ref('advisor') }} as advisor on training.certificate_no = advisor.certificate_no
),

visited as (
    select advisor_key, min(served_on) as first_served_on
    from {{ ref('advisor_service') }}
    where advisor_key is not null
    group by advisor_key
),

joined as (
    select
        advisor.advisor_key, advisor.certificate_no, advisor.county_code, advisor.appointed_on, run.report_year,
        coalesce(year(advisor.appointed_on) = run.report_year, false) as newly_appointed,
        training.pre_trained_on, training.in_service_on, visited.first_served_on,
        delivered.county_code is not null and advisor.certificate_no is not null as is_known
    from {{ ref('advisor') }} as advisor
    cross join run
    left join training on advisor.certificate_no = training.certificate_no
    left join visited on advisor.advisor_key = visited.advisor_key
    left join delivered on advisor.county_code = delivered.county_code
    where advisor.in_office
)

select
    advisor_key, certificate_no, county_code, cast(report_year as int) as year, appointed_on, newly_appointed,
    pre_trained_on, first_served_on,
    case
        when not newly_appointed then '不适用'
        when pre_trained_on <= coalesce(first_served_on, pre_trained_on) then '通过'
        when not is_known then '资料缺'
        when first_served_on is null then '未到期'
        else '问题'
    end as pre_service_training,
    in_service_on,
    case when in_service_on is not null then true when is_known then false end as in_service_trained
from joined
