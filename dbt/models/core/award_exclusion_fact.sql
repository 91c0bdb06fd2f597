-- Facts dated up to 认定日期 (before it: as_of) that exclude an entity from support (002 五（二）3, spec 2.6), and the shell
-- status of that month's closed edition, if there is one; never today's suspicion.

with limits as (
    {{ county_policies(['award_inspection_months']) }}
),

judged as (
    select
        award.award_key, award.county_code, award.entity_type, award.credit_code, award.farm_code,
        award.judged_on, award.told_from, limits.award_inspection_months
    from {{ ref('award_in_view') }} as award
    left join limits on award.county_code = limits.policy_county
),

listing as (
    select '经营异常名录' as roll, credit_code, listed_on, removed_on, listing_state, file_name, sheet, row_number
    from {{ ref('asof_gsxt__abnormal_listing') }}
    union all
    select '严重违法失信名单', credit_code, listed_on, removed_on, listing_state, file_name, sheet, row_number
    from {{ ref('asof_gsxt__serious_violation') }}
),

inspected as (
    select
        judged.award_key, judged.county_code, inspection.inspected_on, inspection.conclusion, inspection.illegal_finance,
        inspection.file_name, inspection.sheet, inspection.row_number,
        row_number() over (
            partition by judged.county_code, judged.award_key
            order by inspection.inspected_on desc, {{ later_received() }}
        ) as place
    from judged
    join {{ ref('asof_inspection__coop') }} as inspection
        on judged.credit_code = inspection.credit_code and inspection.inspected_on <= judged.judged_on
        and inspection.inspected_on >= {{ add_months('judged.judged_on', '-judged.award_inspection_months') }}
    where judged.entity_type = '农民合作社'
)

select
    judged.award_key, judged.county_code,
    case listing.listing_state when '未见于最新名录' then 'doubt' else 'yes' end as weight,
    {{ text_of('listing.listed_on') }} || '列入' || listing.roll
    || case listing.listing_state when '未见于最新名录' then '，最新名录未见，移出日期不明' else '' end as words,
    listing.file_name, listing.sheet, listing.row_number
from judged
join listing
    on judged.credit_code = listing.credit_code and listing.listed_on <= judged.judged_on
    and coalesce(listing.removed_on > judged.judged_on, true)

union all
select
    award_key, county_code, 'yes', {{ text_of('inspected_on') }} || '走访检查结论为' || conclusion,
    file_name, sheet, row_number
from inspected
where place = 1 and conclusion in ('空壳社', '休眠社')

union all
select
    award_key, county_code, 'yes', {{ text_of('inspected_on') }} || '走访检查记录涉及非法金融活动',
    file_name, sheet, row_number
from inspected
where illegal_finance

union all
select
    judged.award_key, judged.county_code, case edition.status when '确认' then 'yes' else 'doubt' end,
    left({{ text_of('edition.report_month') }}, length('YYYY-MM')) || '月份已结账版空壳社状态为' || edition.status,
    cast(null as {{ dbt.type_string() }}), cast(null as {{ dbt.type_string() }}), cast(null as bigint)
from judged
join {{ source('previous', 'closed_shell_status') }} as edition
    on judged.credit_code = edition.credit_code and edition.status in ('确认', '疑似空壳')
    and edition.report_month <= judged.judged_on and last_day(edition.report_month) >= judged.judged_on

union all
select
    judged.award_key, judged.county_code, 'yes',
    case
        when record.coded_on > judged.judged_on then '一码通于' || {{ text_of('record.coded_on') }} || '才赋码'
        else '未赋一码通编码'
    end,
    record.file_name, record.sheet, record.row_number
from judged
join {{ ref('award_record') }} as record
    on judged.award_key = record.award_key and judged.county_code = record.county_code
where judged.entity_type = '家庭农场'
    and (
        record.coded_on > judged.judged_on
        or (
            judged.farm_code is null and record.code is null
            and record.delivered_on >= judged.told_from and record.is_complete
        )
    )
