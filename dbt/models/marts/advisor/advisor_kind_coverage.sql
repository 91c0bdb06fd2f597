-- Advisors in office by 辅导业务分类 and 产业领域 of their county (000 四（二）: 不同专业类型、重点农牧产业辅导员全覆盖); an empty cell is 0.

with advisor as (
    select advisor_key, county_code, coalesce(industry, '未填') as industry, '、' || advice_kinds || '、' as kinds
    from {{ ref('advisor') }}
    where in_office
),

kind as (
    {%- for kind in advice_kinds() %}
    select '{{ kind }}' as kind{% if not loop.last %} union all{% endif %}
    {%- endfor %}
),

cell as (
    select industries.county_code, industries.industry, kind.kind
    from (select distinct county_code, industry from advisor) as industries
    cross join kind
)

select
    cell.county_code, cell.kind, cell.industry, count(advisor.advisor_key) as advisors,
    count(advisor.advisor_key) = 0 as is_empty
from cell
left join advisor
    on cell.county_code = advisor.county_code and cell.industry = advisor.industry
    and advisor.kinds like '%、' || cell.kind || '、%'
group by cell.county_code, cell.kind, cell.industry
