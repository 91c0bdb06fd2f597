-- Entities by township (form 15): those served in the report year, and those of the township that were advised. An entity
-- served from several townships counts once, where it was served last; '' = no township is named.
{% set sums = ['coops_served', 'farms_served', 'coops', 'coops_advised', 'farms', 'farms_advised'] %}

with run as (
    select cast(report_year as int) as report_year from {{ ref('run_month') }}
),

visited as (
    select
        advisor.county_code, advisor.township_name, service.entity_type,
        row_number() over (
            partition by advisor.county_code, service.entity_type, service.entity
            order by service.served_on desc, advisor.advisor_key
        ) as place
    from {{ ref('advisor_service') }} as service
    join {{ ref('advisor') }} as advisor on service.advisor_key = advisor.advisor_key
    cross join run
    where year(service.served_on) = run.report_year and service.entity is not null
),

part as (
    select
        county_code, township_name,
        case when entity_type = '农民合作社' then 1 else 0 end as coops_served,
        case when entity_type = '家庭农场' then 1 else 0 end as farms_served,
        0 as coops, 0 as coops_advised, 0 as farms, 0 as farms_advised
    from visited
    where place = 1
    union all
    select
        coop.county_code, township.name, 0, 0, 1, case when coop.is_advised then 1 else 0 end, 0, 0
    from {{ ref('coverage_coop') }} as coop
    join {{ ref('cooperative') }} as register on coop.key = register.key
    left join {{ ref('admin_division') }} as township
        on register.township_code = township.code and township.level = 'township' and township.valid_to is null
    union all
    select farm.county_code, directory.township_name, 0, 0, 0, 0, 1, case when farm.is_advised then 1 else 0 end
    from {{ ref('coverage_farm') }} as farm
    join {{ ref('family_farm') }} as directory on farm.key = directory.key
)

select
    county_code, coalesce(township_name, '') as township_name
    {%- for name in sums %},
    cast(sum({{ name }}) as bigint) as {{ name }}
    {%- endfor %}
from part
group by county_code, coalesce(township_name, '')
