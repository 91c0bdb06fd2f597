-- Each award's row in the system in which its entity must be updated and marked (002 五（四）): cooperatives in 新农直报,
-- farms in 名录系统; by code, else by a name that is one on both sides in the county (spec 2).

with listed as (
    select
        entity_type, credit_code as code, name, county_code, subsidy_flag, subsidy_year, updated_on, cast(null as date) as coded_on,
        false as flag_absent, false as update_absent, delivered_on, file_name, sheet, row_number
    from {{ ref('asof_direct_report__entity') }}
    where entity_type = '农民合作社'
    union all
    select
        '家庭农场', farm_code, name, county_code, subsidy_flag, subsidy_year, updated_on, coded_on,
        ',' || coalesce(absent_columns, '') || ',' like '%,subsidy_flag,%',
        ',' || coalesce(absent_columns, '') || ',' like '%,updated_on,%',
        delivered_on, file_name, sheet, row_number
    from {{ ref('asof_farm_directory__farm') }}
),

record as (
    select
        listed.entity_type, listed.code, listed.county_code, listed.subsidy_flag, listed.subsidy_year, listed.updated_on,
        listed.coded_on, listed.flag_absent, listed.update_absent,
        listed.delivered_on, listed.file_name, listed.sheet, listed.row_number,
        {{ normal_name('listed.name', 'place.prefecture_name', 'place.county_name') }} as plain_name
    from listed
    left join {{ ref('place_name') }} as place on listed.county_code = place.county_code
),

coded as (
    select
        entity_type, code, county_code, subsidy_flag, subsidy_year, updated_on, coded_on, flag_absent, update_absent,
        delivered_on, file_name, sheet, row_number,
        row_number() over (
            partition by entity_type, code order by delivered_on desc, county_code, file_name, row_number
        ) as place_no
    from record
    where code is not null
),

named as (
    select
        entity_type, code, county_code, plain_name, subsidy_flag, subsidy_year, updated_on, coded_on, flag_absent,
        update_absent, delivered_on, file_name, sheet, row_number,
        count(*) over (partition by entity_type, county_code, plain_name) as namesakes
    from record
),

found as (
    select
        award.award_key, award.county_code, award.entity_type,
        coalesce(coded.row_number, named.row_number) is not null as is_listed,
        {%- for name in ['code', 'subsidy_flag', 'subsidy_year', 'updated_on', 'coded_on', 'flag_absent', 'update_absent',
            'delivered_on', 'file_name', 'sheet', 'row_number'] %}
        case when coded.row_number is not null then coded.{{ name }} else named.{{ name }} end as {{ name }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    from {{ ref('award_in_view') }} as award
    left join coded
        on award.entity_type = coded.entity_type and coded.place_no = 1
        and coded.code = case award.entity_type when '农民合作社' then award.credit_code else award.farm_code end
    left join named
        on coded.row_number is null and award.entity_type = named.entity_type and award.county_code = named.county_code
        and award.plain_name = named.plain_name and award.namesakes = 1 and named.namesakes = 1
        -- two different codes are two entities, whatever their names
        and (
            named.code is null
            or case award.entity_type when '农民合作社' then award.credit_code else award.farm_code end is null
        )
),

source as (
    select
        county_code, case table_id when 'direct_report.entity' then '农民合作社' else '家庭农场' end as entity_type,
        case table_id when 'direct_report.entity' then max(delivered_on) else min(delivered_on) end as delivered_on,
        bool_and(is_complete) as is_complete
    from {{ ref('county_delivery') }}
    where (table_id = 'direct_report.entity' and part in ('农民合作社', '*'))
        or table_id = 'farm_directory.farm'
    group by county_code, table_id
)

select
    found.award_key, found.county_code, found.entity_type,
    case found.entity_type when '农民合作社' then '新农直报' else '家庭农场名录系统' end as system_name,
    coalesce(found.delivered_on, source.delivered_on) as delivered_on,
    coalesce(source.is_complete, true) as is_complete,
    found.is_listed, found.code, found.subsidy_flag, found.subsidy_year, found.updated_on, found.coded_on,
    coalesce(found.flag_absent, false) as flag_absent, coalesce(found.update_absent, false) as update_absent,
    found.file_name, found.sheet, found.row_number
from found
left join source on found.county_code = source.county_code and found.entity_type = source.entity_type
