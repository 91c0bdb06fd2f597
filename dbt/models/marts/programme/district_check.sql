-- The checks of districts (spec 2.6, rulings 6.2.9, 6.6.10), one row a year, county and check whose deadline is in force:
-- of the report year for every configured county, of earlier years while one is open.

with run as (
    select as_of, report_year from {{ ref('run_month') }}
),

source as (
    select county_code, part, delivered_on, is_complete
    from {{ ref('county_delivery') }}
    where table_id = 'programme.district_task'
),

told_year as (
    select county.county_code, run.report_year as year
    from {{ ref('county_in_view') }} as county
    cross join run
    where county.is_configured and not county.is_remainder
    union
    select task.county_code, task.year
    from {{ ref('asof_programme__district_task') }} as task
    cross join run
    where task.year <= run.report_year
),

ledger as (
    select
        told_year.year, told_year.county_code,
        coalesce(task.delivered_on, source.delivered_on) as delivered_on,
        coalesce(task.delivery_state <> '疑似不完整', source.is_complete) as is_complete,
        task.funds_allotted, task.funds_arrived, task.funds_paid,
        {%- for name in ['reward_plan_filed', 'centre_plan_filed', 'platform_uploaded', 'midterm', 'accepted',
            'self_evaluation', 'summary', 'service_centre'] %}
        {{ by_as_of('task.' ~ name ~ '_on') }} as {{ name }}_on,
        {%- endfor %}
        task.content_hash, task.file_name, task.sheet, task.row_number, task.snapshot_date
    from told_year
    cross join run
    left join {{ ref('asof_programme__district_task') }} as task
        on told_year.county_code = task.county_code and told_year.year = task.year
    left join source
        on told_year.county_code = source.county_code and source.part = {{ text_of('told_year.year') }}
),

found as (
    {%- for name, said in [('reward_plan_filed', '奖补方案备案'), ('centre_plan_filed', '服务中心方案备案'),
        ('platform_uploaded', '转移支付平台上传'), ('midterm', '中期检查'), ('accepted', '整体验收'),
        ('self_evaluation', '绩效自评报告报送'), ('summary', '总结报告报送'), ('service_centre', '综合服务中心建成')] %}
    select
        year, county_code, '{{ name }}' as check_id,
        case when {{ name }}_on is not null then 'good' when delivered_on is null then 'no_source' else 'missing' end as finding,
        {{ name }}_on as done_on,
        case
            when delivered_on is null then '未收到' || {{ text_of('year') }} || '年度区级项目任务台账'
            else coalesce('{{ said }}日期' || {{ text_of(name ~ '_on') }}, '{{ said }}日期未填')
        end as words
    from ledger
    union all
    {%- endfor %}
    {%- for name, said in [('funds_arrived', '到位资金'), ('funds_paid', '拨付资金')] %}
    select
        year, county_code, '{{ name }}',
        case
            when delivered_on is null or funds_allotted <= 0 then 'no_source'
            when {{ name }} >= funds_allotted then 'good'
            else 'missing'
        end,
        cast(null as date),
        case
            when delivered_on is null then '未收到' || {{ text_of('year') }} || '年度区级项目任务台账'
            else coalesce('下达资金' || {{ yuan('funds_allotted') }}, '下达资金未填') || '，'
                || coalesce('{{ said }}' || {{ yuan(name) }}, '{{ said }}未填')
        end
    from ledger
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

due as (
    select
        found.year, found.county_code, found.check_id, rule.name as check_name, rule.print_order, found.finding,
        {{ policy_day('policy.value') }} as due_on, found.done_on, found.words, policy.basis,
        ledger.delivered_on as rests_on, ledger.is_complete,
        ledger.content_hash, ledger.file_name, ledger.sheet, ledger.row_number, ledger.snapshot_date
    from found
    join ledger on found.year = ledger.year and found.county_code = ledger.county_code
    join {{ ref('district_check_rule') }} as rule on found.check_id = rule.check_id
    join {{ ref('region_policy') }} as policy
        on found.county_code = policy.region_code and policy.region_level = 'county'
        and policy.id = replace(rule.policy_id, '{year}', {{ text_of('found.year') }})
),

judged as (
    select
        due.year, due.county_code, due.check_id, due.check_name, due.print_order, due.due_on, due.done_on, due.words,
        due.rests_on, due.basis, {{ outcome_of('due') }} as outcome, run.as_of, run.report_year,
        due.content_hash, due.file_name, due.sheet, due.row_number, due.snapshot_date
    from due
    cross join run
)

select
    year, county_code, check_id, check_name, print_order, outcome, due_on, done_on,
    {{ outcome_days('judged') }} as days_open, {{ outcome_sentence('judged') }} as detail, basis,
    content_hash, file_name, sheet, row_number, snapshot_date
from judged
qualify year = report_year or bool_or(outcome in ('问题', '未到期')) over (partition by year, county_code)
