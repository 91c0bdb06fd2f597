-- Every check that is made of an award (award_check_rule) with what was found and what its absence rests on: the ledger
-- itself, or the system in which the entity is updated and marked.

with limits as (
    {{ county_policies(['award_flag_days', 'award_update_days']) }}
),

recorded as (
    select
        award.award_key, award.county_code, award.year, award.recognised_on, record.system_name, record.is_listed,
        record.subsidy_flag, record.subsidy_year, record.updated_on, record.flag_absent, record.update_absent,
        record.delivered_on, record.is_complete, record.file_name, record.sheet, record.row_number,
        {{ add_days('award.recognised_on', 'limits.award_flag_days') }} as flag_due,
        {{ add_days('award.recognised_on', 'limits.award_update_days') }} as update_due
    from {{ ref('award_in_view') }} as award
    join {{ ref('award_record') }} as record
        on award.award_key = record.award_key and award.county_code = record.county_code
    left join limits on award.county_code = limits.policy_county
),

told as (
    select
        fact.award_key, fact.county_code, fact.check_id, fact.finding, fact.due_on, fact.done_on, fact.words,
        fact.days_with_first, fact.days_without_first, award.delivered_on as rests_on, award.is_complete,
        cast(null as {{ dbt.type_string() }}) as evidence_file_name, cast(null as {{ dbt.type_string() }}) as evidence_sheet,
        cast(null as bigint) as evidence_row
    from {{ ref('award_fact') }} as fact
    join {{ ref('award_in_view') }} as award
        on fact.award_key = award.award_key and fact.county_code = award.county_code
    union all
    select
        award_key, county_code, 'exclusion', finding, judged_on, cast(null as date), words,
        cast(null as bigint), cast(null as bigint), cast(null as date), true, file_name, sheet, row_number
    from {{ ref('award_exclusion') }}
    union all
    select
        award_key, county_code, 'flagged',
        case
            when delivered_on is null or flag_absent then 'no_source'
            when subsidy_flag and coalesce(subsidy_year = year, true) then 'good'
            when recognised_on is null then 'no_source'
            else 'missing'
        end,
        flag_due, cast(null as date),
        case
            when delivered_on is null then '未收到' || system_name || '数据'
            when flag_absent then system_name || '文件无财政补助标记列'
            when not is_listed then system_name || '中未见该主体'
            when subsidy_flag and coalesce(subsidy_year = year, true) then system_name || '已作财政补助标记'
            when subsidy_flag then system_name || '标记的补助年度为' || {{ text_of('subsidy_year') }}
            when recognised_on is null then '认定日期未填'
            else system_name || '未作财政补助标记'
        end,
        null, null, delivered_on, is_complete, file_name, sheet, row_number
    from recorded
    union all
    select
        award_key, county_code, 'updated',
        case
            when delivered_on is null or update_absent or recognised_on is null then 'no_source'
            when updated_on >= recognised_on then 'good'
            else 'missing'
        end,
        update_due, cast(null as date),
        case
            when delivered_on is null then '未收到' || system_name || '数据'
            when update_absent then system_name || '文件无最近更新日期列'
            when recognised_on is null then '认定日期未填'
            when not is_listed then system_name || '中未见该主体'
            when updated_on is null then system_name || '最近更新日期未填'
            else system_name || '最近更新日期' || {{ text_of('updated_on') }} || '，认定日期' || {{ text_of('recognised_on') }}
        end,
        null, null, delivered_on, is_complete, file_name, sheet, row_number
    from recorded
)

select
    told.award_key, told.county_code, told.check_id, rule.name as check_name, rule.print_order, told.finding,
    told.due_on, told.done_on, told.words, told.days_with_first, told.days_without_first, told.rests_on,
    told.is_complete, told.evidence_file_name, told.evidence_sheet, told.evidence_row, policy.basis
from told
join {{ ref('award_in_view') }} as award on told.award_key = award.award_key and told.county_code = award.county_code
join {{ ref('award_check_rule') }} as rule on told.check_id = rule.check_id
join {{ ref('region_policy') }} as policy
    on award.county_code = policy.region_code and policy.region_level = 'county'
    and policy.id = replace(
        case award.entity_type when '农民合作社' then rule.coop_policy_id else rule.farm_policy_id end,
        '{year}', {{ text_of('award.year') }}
    )
where (rule.for_standardising or award.support = '奖励补助')
    and (award.stage = 'recognised' or (award.stage = 'candidate' and rule.for_candidates))
