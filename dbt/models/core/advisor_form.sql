-- What form 7 (000 附件2) prints of each advisor of the report year, one row an advisor; restricted, it holds personal data.
-- The directory's row as delivered, the year's services and effects, and the assessor's words.
{{ config(tags=['after_judgement']) }}
{% set told = ['gender', 'born_on', 'employer', 'job_title'] %}

with run as (
    select report_year from {{ ref('run_month') }}
),

person as (
    select content_hash, sheet, row_number, snapshot_date, {{ told | join(', ') }} from {{ ref('asof_advisor__directory') }}
    union all
    select content_hash, sheet, row_number, snapshot_date, {{ told | join(', ') }}
    from {{ ref('asof_advisor__directory_left') }}
),

served as (
    select
        service.advisor_key, count(*) as services,
        count(*) filter (where service.mode = '上门') as door_visits,
        count(*) filter (where service.mode = '上门' and service.is_signed) as signed_visits,
        count(*) filter (where visit.topic in ('组织建设', '规范运营', '财务会计')) as management_services,
        count(*) filter (where visit.topic in ('技术支持', '质量标准', '绿色发展')) as innovation_services
    from {{ ref('advisor_service') }} as service
    cross join run
    left join {{ ref('asof_advisor__visit') }} as visit
        on service.content_hash = visit.content_hash and service.sheet = visit.sheet and service.row_number = visit.row_number
    where service.advisor_key is not null and year(service.served_on) = run.report_year
    group by service.advisor_key
)

select
    advisor.advisor_key, advisor.certificate_no, advisor.advisor_name, advisor.county_code, served_year.year,
    person.gender, person.born_on, person.job_title, advisor.advice_kinds, person.employer, advisor.appointed_on,
    served_year.entities_served, served_year.entities_minimum, served_year.entities_status,
    -- the county delivered visits: no record is none
    {%- for name in ['services', 'door_visits', 'signed_visits', 'management_services', 'innovation_services'] %}
    cast(coalesce(served.{{ name }}, case when served_year.entities_served is not null then 0 end) as bigint) as {{ name }},
    {%- endfor %}
    effect.new_demonstration, effect.shells_cleared, effect.stars_up, effect.stars_down, effect.income_entities,
    effect.income, effect.income_before, effect.evaluation_year, effect.satisfaction,
    {%- for name in ['entities_contacted', 'contact_frequency', 'management_and_rules', 'production_innovation',
        'quality_improvement', 'entity_opinion', 'department_cooperation', 'policy_publicity'] %}
    evaluation.{{ name }}, evaluation.{{ name }}_score,
    {%- endfor %}
    evaluation.grade, evaluation.evaluated_on, evaluation.work_summary, evaluation.remark,
    advisor.content_hash, advisor.file_name, advisor.sheet, advisor.row_number, person.snapshot_date,
    evaluation.content_hash as evaluation_content_hash, evaluation.file_name as evaluation_file_name,
    evaluation.sheet as evaluation_sheet, evaluation.row_number as evaluation_row_number,
    evaluation.snapshot_date as evaluation_snapshot_date
from {{ ref('advisor') }} as advisor
cross join run
join {{ ref('advisor_year') }} as served_year
    on advisor.advisor_key = served_year.advisor_key and served_year.year = run.report_year
left join person
    on advisor.content_hash = person.content_hash and advisor.sheet = person.sheet and advisor.row_number = person.row_number
left join served on advisor.advisor_key = served.advisor_key
left join {{ ref('advisor_effect') }} as effect on advisor.advisor_key = effect.advisor_key
left join {{ ref('asof_advisor__evaluation') }} as evaluation
    on advisor.certificate_no = evaluation.certificate_no and evaluation.year = run.report_year
