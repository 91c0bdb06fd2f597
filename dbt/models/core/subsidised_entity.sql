-- Subsidised entities (spec 2.1): awards with status 认定 or later, not 取消; one row a year and entity, whatever the
-- kinds of support. Of several dates of 认定 the last stands.

select
    award.year, award.entity_type,
    max(award.county_code) as county_code,
    {{ entity_name_key('award') }} as key,
    max(award.credit_code) as credit_code,
    max(award.farm_code) as farm_code,
    max(award.name) as name,
    case when count(award.recognised_on) = count(*) then max(award.recognised_on) end as recognised_on,
    max(award.members) as members,
    max(award.annual_income) as annual_income,
    max(award.demonstration_level) as demonstration_level,
    {{ newest_row('award') }}
from {{ ref('asof_programme__award') }} as award
where award.state in ('认定', '建设', '验收', '拨付')
group by award.year, award.entity_type, {{ entity_name_key('award') }}
