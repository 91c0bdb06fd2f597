-- Effects among the entities that an advisor served in the report year (spec 2.5): new titles of any level, shell cases that
-- ended in the year, change of the official stars, growth of income; satisfaction as the evaluation says. Null = not known.

with run as (
    select as_of, report_year, fiscal_year from {{ ref('run_month') }}
),

served as (
    select service.advisor_key, service.entity
    from {{ ref('advisor_service') }} as service
    cross join run
    where service.advisor_key is not null and year(service.served_on) = run.report_year
    group by service.advisor_key, service.entity
),

titled as (
    select title.credit_code as entity
    from {{ ref('demonstration_coop') }} as title
    cross join run
    where year(title.recognised_on) = run.report_year
    union
    select coalesce(roster.farm_code, matched.left_key)
    from {{ ref('asof_demonstration__roster') }} as roster
    cross join run
    left join {{ ref('entity_pair') }} as matched
        on matched.pair = 'directory_roster' and matched.right_key = {{ entity_name_key('roster') }}
    where roster.entity_type = '家庭农场' and year(roster.recognised_on) = run.report_year
        and roster.recognised_on <= run.as_of and not coalesce(roster.withdrawn_on <= run.as_of, false)
),

cleared as (
    select step.credit_code as entity
    from {{ ref('asof_office__shell_case') }} as step
    cross join run
    where step.step in ('撤销', '已处置') and year(step.done_on) = run.report_year
    union
    select shell.credit_code
    from {{ ref('shell_status') }} as shell
    join {{ ref('newest_inspection') }} as inspection on shell.credit_code = inspection.credit_code
    cross join run
    where shell.status = '排除' and year(inspection.inspected_on) = run.report_year
),

ranked as (
    select
        result.credit_code, {{ stars_of('result.stars') }} as stars, year(result.rated_on) = run.report_year as is_now,
        row_number() over (
            partition by result.credit_code, year(result.rated_on) = run.report_year
            order by result.rated_on desc, result.year desc
        ) as place
    from {{ ref('asof_supply_coop__star_result') }} as result
    cross join run
    where result.rated_on <= run.as_of
),

starred as (
    select
        credit_code as entity, max(case when is_now then stars end) as now, max(case when not is_now then stars end) as before
    from ranked
    where place = 1
    group by credit_code
),

earning as (
    select
        income.credit_code as entity,
        max(case when income.fiscal_year = run.fiscal_year then income.income end) as now,
        max(case when income.fiscal_year < run.fiscal_year then income.income end) as before
    from {{ ref('coop_income') }} as income
    cross join run
    group by income.credit_code
),

evaluation as (
    select
        certificate_no, year, entity_opinion_score,
        row_number() over (partition by certificate_no order by year desc) as place
    from {{ ref('asof_advisor__evaluation') }}
),

counted as (
    select
        served.advisor_key, count(*) as entities_served,
        count(titled.entity) as new_demonstration, count(cleared.entity) as shells_cleared,
        count(*) filter (where starred.now > starred.before) as stars_up,
        count(*) filter (where starred.now < starred.before) as stars_down,
        count(*) filter (where earning.now is not null and earning.before is not null) as income_entities,
        cast(sum(case when earning.before is not null then earning.now end) as decimal(18, 2)) as income,
        cast(sum(case when earning.now is not null then earning.before end) as decimal(18, 2)) as income_before
    from served
    left join titled on served.entity = titled.entity
    left join cleared on served.entity = cleared.entity
    left join starred on served.entity = starred.entity
    left join earning on served.entity = earning.entity
    group by served.advisor_key
)

select
    advisor.advisor_key, advisor.certificate_no, advisor.county_code, cast(run.report_year as int) as year,
    counted.entities_served, counted.new_demonstration, counted.shells_cleared, counted.stars_up, counted.stars_down,
    counted.income_entities, counted.income, counted.income_before,
    {{ ratio('(counted.income - counted.income_before)', 'counted.income_before') }} as income_growth,
    evaluation.year as evaluation_year, evaluation.entity_opinion_score as satisfaction
from {{ ref('advisor') }} as advisor
cross join run
join counted on advisor.advisor_key = counted.advisor_key
left join evaluation on advisor.certificate_no = evaluation.certificate_no and evaluation.place = 1
