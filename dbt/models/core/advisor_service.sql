-- Services given to entities, one row a record; restricted. The advisor by certificate, else by a name that is unique in the
-- county's directory; the entity by code, else by a name that is unique in its county, else by the name itself.

with named_advisor as (
    select county_code, advisor_name, max(advisor_key) as advisor_key
    from {{ ref('advisor') }}
    group by county_code, advisor_name
    having count(*) = 1
),

named_entity as (
    select '农民合作社' as entity_type, county_code, name, max(key) as key
    from {{ ref('cooperative') }}
    where in_force
    group by county_code, name
    having count(*) = 1
    union all
    select '家庭农场', county_code, name, max(key)
    from {{ ref('family_farm') }}
    where status = 'listed'
    group by county_code, name
    having count(*) = 1
)

select
    coalesce(advisor.advisor_key, named_advisor.advisor_key) as advisor_key,
    visit.county_code, visit.served_on, visit.mode, visit.entity_type,
    coalesce(
        visit.credit_code, visit.farm_code, named_entity.key,
        visit.county_code || '|' || visit.entity_type || '|' || visit.entity_name
    ) as entity,
    coalesce(visit.signed, false) as is_signed,
    visit.content_hash, visit.file_name, visit.sheet, visit.row_number
from {{ ref('asof_advisor__visit') }} as visit
left join {{ ref('advisor') }} as advisor on visit.certificate_no = advisor.certificate_no
left join named_advisor
    on visit.certificate_no is null and visit.county_code = named_advisor.county_code
    and visit.advisor_name = named_advisor.advisor_name
left join named_entity
    on visit.credit_code is null and visit.farm_code is null and visit.entity_type = named_entity.entity_type
    and visit.county_code = named_entity.county_code and visit.entity_name = named_entity.name
