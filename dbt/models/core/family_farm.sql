-- Farms of the directory (spec 2.1) and those that left within the months of the policy row, without their operators.

with code_issue as (
    select distinct content_hash, sheet, row_number
    from {{ source('landing', 'issues') }}
    where table_id = 'farm_directory.farm' and column_name = '一码通编码' and code in ('BAD_CODE', 'BAD_VALUE')
),

coded as (
    select distinct county_code, name, township_name
    from {{ ref('asof_farm_directory__farm') }}
    where farm_code is not null
),

farm as (
    select
        farm.farm_code, farm.entity_key, farm.name, farm.county_code, farm.township_name, farm.village_name,
        farm.credit_code, farm.main_business, farm.operated_area, farm.annual_income, farm.data_year,
        farm.demonstration_level, farm.coded_on, farm.entered_on, farm.updated_on, farm.subsidy_flag,
        farm.subsidy_year, farm.delivered_on, farm.delivery_state,
        farm.content_hash, farm.file_name, farm.sheet, farm.row_number,
        'listed' as status, cast(null as date) as left_on, farm.kept_from_older,
        farm.farm_code is null and (
            code_issue.content_hash is not null
            or ',' || coalesce(farm.absent_columns, '') || ',' like '%,farm_code,%'
        ) as code_unknown
    from {{ ref('asof_farm_directory__farm') }} as farm
    left join code_issue
        on farm.content_hash = code_issue.content_hash and farm.sheet = code_issue.sheet
        and farm.row_number = code_issue.row_number

    union all
    -- a farm that was given its code since has not left
    select
        farm.farm_code, farm.entity_key, farm.name, farm.county_code, farm.township_name, farm.village_name,
        farm.credit_code, farm.main_business, farm.operated_area, farm.annual_income, farm.data_year,
        farm.demonstration_level, farm.coded_on, farm.entered_on, farm.updated_on, farm.subsidy_flag,
        farm.subsidy_year, farm.delivered_on, farm.delivery_state,
        farm.content_hash, farm.file_name, farm.sheet, farm.row_number,
        'left', farm.left_on, false, false
    from {{ ref('asof_farm_directory__farm_left') }} as farm
    left join coded
        on farm.farm_code is null and farm.county_code = coded.county_code and farm.name = coded.name
        and coalesce(farm.township_name, '') = coalesce(coded.township_name, '')
    where coded.name is null
),

township as (
    select code, name, parent_code from {{ ref('admin_division') }} where level = 'township' and valid_to is null
)

select
    coalesce(farm.farm_code, {{ sha256_hex("farm.county_code || '|' || farm.entity_key") }}) as key,
    farm.farm_code, farm.code_unknown, farm.name, farm.county_code,
    township.code as township_code, farm.township_name, farm.village_name, farm.status,
    cast(null as date) as founded_on,
    farm.credit_code, farm.main_business, farm.operated_area, farm.annual_income, farm.data_year,
    farm.demonstration_level, farm.coded_on, farm.entered_on, farm.updated_on, farm.subsidy_flag, farm.subsidy_year,
    farm.left_on, farm.kept_from_older, farm.delivered_on, farm.delivery_state,
    farm.content_hash, farm.file_name, farm.sheet, farm.row_number
from farm
left join township on farm.county_code = township.parent_code and farm.township_name = township.name
