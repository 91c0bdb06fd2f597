-- 合计 of 附件5 and 附件6, one row a year, county and form: 未完 while an item has no score.

select
    year, county_code, form,
    cast(sum(case when points > 0 then points else 0 end) as decimal(18, 2)) as points,
    cast(sum(computed) as decimal(18, 4)) as computed,
    cast(sum(given) as decimal(18, 4)) as given,
    cast(sum(score) as decimal(18, 4)) as score,
    cast(count(*) as bigint) as items,
    cast(count(*) filter (where status = '待评') as bigint) as items_pending,
    cast(count(*) filter (where status = '有差异') as bigint) as items_different,
    case when count(*) filter (where status = '待评') > 0 then '未完' else '完成' end as status
from {{ ref('scorecard') }}
group by year, county_code, form
