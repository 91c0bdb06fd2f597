-- Rows of 002 附件2 and 附件3 (forms 2 and 3), one row an award of the report year, printed or left out with the reason:
-- 奖励补助 from 认定 on. 赋码情况 is the ledger's code, else what the county's directory says.

with run as (
    select report_year from {{ ref('run_month') }}
)

select
    award.year, award.county_code, award.entity_type, award.entity_key as award_key, award.township_name,
    award.name as entity_name, award.registered_on, award.members, award.main_industry, award.annual_income,
    award.households_led, award.residents_led, award.lifted_led, award.monitored_led, award.works,
    coalesce(
        award.farm_code,
        case when award.entity_type = '家庭农场' then coalesce(record.code, case when record.is_listed then '未赋码' end) end
    ) as code_state,
    award.demonstration_level,
    case
        when award.support <> '奖励补助' then award.support || '对象，不属于奖励补助'
        when view_of.stage = 'cancelled' then '已取消'
        when view_of.stage = 'candidate' then '尚未认定'
    end as left_out,
    row_number() over (
        partition by award.county_code, award.entity_type
        order by award.township_name nulls last, award.file_name, award.sheet, award.row_number
    ) as print_order,
    award.content_hash, award.file_name, award.sheet, award.row_number, award.snapshot_date,
    award.form_content_hash, award.form_file_name, award.form_sheet, award.form_row_number
from {{ ref('asof_programme__award') }} as award
join run on award.year = run.report_year
join {{ ref('award_in_view') }} as view_of
    on award.entity_key = view_of.award_key and award.county_code = view_of.county_code
left join {{ ref('award_record') }} as record
    on award.entity_key = record.award_key and award.county_code = record.county_code
