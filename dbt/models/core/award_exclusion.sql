-- Was the entity excluded from support at 认定 (002 五（二）3)? What could not be told counts before a clean bill: lists must
-- have been delivered since, a cooperative inspected, a farm's code known (spec 2, rulings 6.2.4).

with limits as (
    {{ county_policies(['award_inspection_months', 'award_exclusions_allowed']) }}
),

judged as (
    select
        award.award_key, award.county_code, award.entity_type, award.credit_code, award.farm_code,
        award.judged_on, award.told_from, limits.award_inspection_months, limits.award_exclusions_allowed
    from {{ ref('award_in_view') }} as award
    left join limits on award.county_code = limits.policy_county
),

source as (
    select
        county_code,
        max(case when table_id = 'gsxt.abnormal_listing' and is_complete then delivered_on end) as abnormal_on,
        max(case when table_id = 'gsxt.serious_violation' and is_complete then delivered_on end) as serious_on
    from {{ ref('county_delivery') }}
    group by county_code
),

inspected as (
    select
        judged.award_key, judged.county_code, count(*) as inspections, count(inspection.illegal_finance) as finance_known
    from judged
    join {{ ref('asof_inspection__coop') }} as inspection
        on judged.credit_code = inspection.credit_code and inspection.inspected_on <= judged.judged_on
        and inspection.inspected_on >= {{ add_months('judged.judged_on', '-judged.award_inspection_months') }}
    group by judged.award_key, judged.county_code
),

unknown as (
    select
        judged.award_key, judged.county_code,
        concat_ws(
            '；',
            case when judged.entity_type = '农民合作社' and judged.credit_code is null then '无统一社会信用代码，不能与名单比对' end,
            case
                when judged.credit_code is not null and not coalesce(source.abnormal_on >= judged.told_from, false)
                    then '未收到' || {{ text_of('judged.told_from') }} || '以后的经营异常名录'
            end,
            case
                when judged.credit_code is not null and not coalesce(source.serious_on >= judged.told_from, false)
                    then '未收到' || {{ text_of('judged.told_from') }} || '以后的严重违法失信名单'
            end,
            case
                when judged.entity_type = '农民合作社' and inspected.award_key is null
                    then '无' || {{ text_of('judged.judged_on') }} || '以前的走访检查记录'
                when judged.entity_type = '农民合作社' and inspected.finance_known = 0
                    then '走访检查未填是否涉及非法金融活动'
            end,
            case
                when judged.entity_type = '家庭农场' and judged.farm_code is null and record.code is null
                    and not coalesce(record.delivered_on >= judged.told_from and record.is_complete, false)
                    then '未收到' || {{ text_of('judged.told_from') }} || '以后的家庭农场名录，赋码情况不明'
            end
        ) as words
    from judged
    left join source on judged.county_code = source.county_code
    left join inspected on judged.award_key = inspected.award_key and judged.county_code = inspected.county_code
    left join {{ ref('award_record') }} as record
        on judged.award_key = record.award_key and judged.county_code = record.county_code
),

found as (
    select
        award_key, county_code,
        count(*) filter (where weight = 'yes') as facts,
        count(*) filter (where weight = 'doubt') as doubts,
        {{ join_sorted('words', '；') }} as words,
        max_by(file_name, {{ sort_key(['row_number', 'file_name', 'sheet']) }}) as file_name,
        max_by(sheet, {{ sort_key(['row_number', 'file_name', 'sheet']) }}) as sheet, max(row_number) as row_number
    from {{ ref('award_exclusion_fact') }}
    group by award_key, county_code
)

select
    judged.award_key, judged.county_code, judged.judged_on,
    case
        when coalesce(found.facts, 0) > judged.award_exclusions_allowed then 'bad'
        when found.doubts > 0 then 'doubt'
        when unknown.words <> '' then 'no_source'
        else 'good'
    end as finding,
    coalesce(found.words, nullif(unknown.words, ''), '未见排除情形') || '（截至' || {{ text_of('judged.judged_on') }} || '）' as words,
    found.file_name, found.sheet, found.row_number
from judged
join unknown on judged.award_key = unknown.award_key and judged.county_code = unknown.county_code
left join found on judged.award_key = found.award_key and judged.county_code = found.county_code
