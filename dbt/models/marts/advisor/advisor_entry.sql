-- Timeliness of the directory (001 三（一）): advisors appointed in a year are to be in the directory by 30 June (policy row) of
-- the next. First seen = the first delivery that showed the advisor; a county whose own first directory came after the due
-- day cannot be judged. Who entered stands beside it as 聘任层级 and 聘任部门.

with run as (
    select as_of, report_year, {{ national_policy('advisor_entry_due_month') }} as due_month from {{ ref('run_month') }}
),

seen as (
    select typed.county_code, typed.certificate_no, typed.entity_key, min(typed.snapshot_date) as first_seen_on
    from (
        select typed.county_code, typed.certificate_no, typed.entity_key, typed.snapshot_date
        from {{ countable('advisor', 'directory', 'typed') }}
    ) as typed
    group by typed.county_code, typed.certificate_no, typed.entity_key
),

first_delivery as (
    select county_code, min(first_seen_on) as first_delivered_on from seen group by county_code
),

known as (
    select coalesce(certificate_no, {{ sha256_hex("county_code || '|' || entity_key") }}) as advisor_key,
        min(first_seen_on) as first_seen_on
    from seen
    group by coalesce(certificate_no, {{ sha256_hex("county_code || '|' || entity_key") }})
),

due as (
    select
        advisor.advisor_key, advisor.certificate_no, advisor.county_code, advisor.appointing_body,
        advisor.appointing_level, advisor.appointed_on, known.first_seen_on, first_delivery.first_delivered_on,
        run.as_of,
        last_day(make_date(cast(year(advisor.appointed_on) + 1 as int), cast(run.due_month as int), 1)) as due_on
    from {{ ref('advisor') }} as advisor
    cross join run
    left join known on advisor.advisor_key = known.advisor_key
    left join first_delivery on advisor.county_code = first_delivery.county_code
    where year(advisor.appointed_on) between run.report_year - 1 and run.report_year
        and run.due_month is not null
)

select
    advisor_key, certificate_no, county_code, appointing_level, appointing_body, cast(year(appointed_on) as int) as year,
    appointed_on, first_seen_on, due_on,
    case
        when first_seen_on <= due_on then '通过'
        when as_of <= due_on then '未到期'
        when first_seen_on = first_delivered_on then '资料缺'
        else '问题'
    end as outcome
from due
