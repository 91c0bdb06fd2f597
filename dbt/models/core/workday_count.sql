-- Working days up to each day of the calendar, so that those of any period are a difference.

select
    day, is_workday,
    cast(sum(case when is_workday then 1 else 0 end) over (order by day) as bigint) as workdays_so_far
from {{ ref('workday') }}
