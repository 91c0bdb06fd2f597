-- Advisors in the report year and the year before (spec 2.5, rulings 6.2.7): entities served to date, the assessor's grade,
-- and what the policy row draws from consecutive grades and the end of the term. 除名 is recorded, not computed.

with run as (
    select as_of, cast(report_year as int) as report_year from {{ ref('run_month') }}
),

policy as (
    {{ county_policies(['advisor_entities_minimum', 'advisor_failed_years', 'advisor_removal_by_term',
        'advisor_removal_joint']) }}
),

delivered as (
    select county_code, max(delivered_on) as delivered_on
    from {{ ref('county_delivery') }}
    where table_id = 'advisor.visit' and is_complete
    group by county_code
),

wanted as (
    select advisor.advisor_key, advisor.certificate_no, advisor.county_code, advisor.term_ends_on, advisor.is_struck,
        advisor.moved_on, years.year, least(run.as_of, {{ year_end('years.year') }}) as cut_off,
        {{ year_end('years.year') }} as ends_on
    from {{ ref('advisor') }} as advisor
    cross join run
    join (
        select report_year as year from run
        union all
        select report_year - 1 from run
    ) as years
        on coalesce(year(advisor.appointed_on) <= years.year, true)
        and coalesce(year(advisor.moved_on) >= years.year, true)
),

served as (
    select advisor_key, year(served_on) as year, count(distinct entity) as entities_served
    from {{ ref('advisor_service') }}
    where advisor_key is not null
    group by advisor_key, year(served_on)
),

last_graded as (
    select wanted.advisor_key, wanted.year, max(evaluation.year) as last_year
    from wanted
    join {{ ref('asof_advisor__evaluation') }} as evaluation
        on wanted.certificate_no = evaluation.certificate_no and evaluation.year <= wanted.year
        and evaluation.year >= wanted.year - 1
    group by wanted.advisor_key, wanted.year
),

failed as (
    select
        wanted.advisor_key, wanted.year, policy.advisor_failed_years as needed,
        max(case when evaluation.year = last_graded.last_year then evaluation.grade end) as last_grade,
        count(*) filter (where evaluation.grade = '不称职') as failed_years
    from wanted
    join last_graded on wanted.advisor_key = last_graded.advisor_key and wanted.year = last_graded.year
    join {{ ref('asof_advisor__evaluation') }} as evaluation on wanted.certificate_no = evaluation.certificate_no
    left join policy on wanted.county_code = policy.policy_county
    where evaluation.year <= last_graded.last_year
        and evaluation.year > last_graded.last_year - coalesce(policy.advisor_failed_years, 1)
    group by wanted.advisor_key, wanted.year, policy.advisor_failed_years
),

joined as (
    select
        wanted.advisor_key, wanted.certificate_no, wanted.county_code, wanted.year, wanted.ends_on, wanted.is_struck,
        coalesce(wanted.moved_on <= wanted.cut_off, false) as has_moved,
        coalesce(wanted.term_ends_on < wanted.cut_off, false) as term_ended,
        served.entities_served, delivered.delivered_on, run.as_of,
        policy.advisor_entities_minimum as minimum, policy.advisor_failed_years as needed,
        policy.advisor_removal_by_term, policy.advisor_removal_joint,
        failed.last_grade, coalesce(failed.failed_years >= failed.needed, false) as has_failed,
        evaluation.grade, evaluation.evaluated_on,
        evaluation.content_hash, evaluation.file_name, evaluation.sheet, evaluation.row_number
    from wanted
    cross join run
    left join policy on wanted.county_code = policy.policy_county
    left join delivered on wanted.county_code = delivered.county_code
    left join served on wanted.advisor_key = served.advisor_key and wanted.year = served.year
    left join failed on wanted.advisor_key = failed.advisor_key and wanted.year = failed.year
    left join {{ ref('asof_advisor__evaluation') }} as evaluation
        on wanted.certificate_no = evaluation.certificate_no and wanted.year = evaluation.year
)

select
    advisor_key, certificate_no, county_code, year,
    coalesce(entities_served, case when delivered_on is not null then 0 end) as entities_served,
    minimum as entities_minimum,
    case
        when minimum is null then '无标准'
        when entities_served >= minimum then '达标'
        when ends_on > as_of then '进行中'
        when delivered_on >= ends_on then '未达标'
        else '数据缺失'
    end as entities_status,
    grade, evaluated_on, has_failed as failed_consecutively, term_ended,
    case
        when is_struck then '除名'
        when needed is null or has_moved then '—'
        when has_failed and (coalesce(advisor_removal_joint, 0) = 0 or term_ended) then '建议调出名录库'
        when advisor_removal_by_term > 0 and term_ended then '建议调出名录库'
        when last_grade <> '不称职' then '续聘'
        else '—'
    end as recommendation,
    content_hash, file_name, sheet, row_number
from joined
