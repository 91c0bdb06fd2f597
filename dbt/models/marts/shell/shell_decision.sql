-- What people decided about a cooperative (spec 3.1, rulings 6.3.1, 6.6.8), one row a cooperative with an inspection or a step
-- of office.shell_case: the newest deciding one by the date of the fact, the dates of the steps, the newest disposal.
-- 空壳社, 休眠社, 维持, 已处置 confirm; 正常 and 撤销 exclude; 需整改 waits for its deadline, and excludes once it was done.

with run as (
    select as_of, {{ national_policy('shell_inspection_months') }} as months from {{ ref('run_month') }}
),

visit as (
    select
        visit.credit_code, visit.inspected_on, visit.conclusion, visit.measures, visit.rectify_by,
        visit.received_order, visit.sheet, visit.row_number,
        case when visit.rectified_on <= run.as_of then visit.rectified_on end as rectified_on,
        visit.inspected_on < {{ add_months('run.as_of', '-run.months') }} as is_outdated
    from {{ ref('asof_inspection__coop') }} as visit
    cross join run
    where visit.inspected_on <= run.as_of
),

event as (
    select
        credit_code, inspected_on as decided_on, 'inspection.coop' as table_id, conclusion as word,
        rectify_by, rectified_on, is_outdated, 0 as stage, received_order, sheet, row_number
    from visit
    union all
    -- on one day the later stage of the procedure stands
    select
        step.credit_code, step.done_on, 'office.shell_case', step.step,
        cast(null as date), cast(null as date), false, case step.step when '维持' then 1 when '撤销' then 2 else 3 end,
        step.received_order, step.sheet, step.row_number
    from {{ ref('asof_office__shell_case') }} as step
    cross join run
    where step.done_on <= run.as_of and step.step in ('维持', '撤销', '已处置')
),

ranked as (
    select
        credit_code, decided_on, table_id, word, rectify_by, rectified_on, is_outdated,
        row_number() over (
            partition by credit_code order by decided_on desc, stage desc, {{ later_received() }}
        ) as place
    from event
),

decided as (
    select
        ranked.credit_code, ranked.decided_on, ranked.table_id, ranked.word, ranked.rectify_by, ranked.rectified_on,
        case
            when ranked.word in ('空壳社', '休眠社', '维持', '已处置') then '确认'
            when ranked.is_outdated then null
            when ranked.word in ('正常', '撤销') or ranked.rectified_on is not null then '排除'
            when coalesce(ranked.rectify_by >= run.as_of, true) then '整改中'
        end as decision
    from ranked
    cross join run
    where ranked.place = 1
),

step as (
    select
        step.credit_code,
        max(case when step.step = '已告知' then step.done_on end) as notified_on,
        max(case when step.step = '申辩中' then step.done_on end) as pleaded_on,
        max(case when step.step = '维持' then step.done_on end) as upheld_on,
        max(case when step.step = '撤销' then step.done_on end) as withdrawn_on,
        max(case when step.step = '已处置' then step.done_on end) as disposed_on
    from {{ ref('asof_office__shell_case') }} as step
    cross join run
    where step.done_on <= run.as_of
    group by step.credit_code
),

measured as (
    select credit_code, inspected_on as disposal_on, measures, rectify_by, rectified_on
    from (
        select
            credit_code, inspected_on, measures, rectify_by, rectified_on,
            row_number() over (partition by credit_code order by inspected_on desc, {{ later_received() }}) as place
        from visit
        where measures is not null
    ) as disposed
    where place = 1
),

concerned as (
    select credit_code from visit
    union
    select credit_code from step
)

select
    concerned.credit_code, decided.decision, decided.decided_on, decided.word as decision_word,
    decided.table_id as decision_table,
    case when decided.decision = '整改中' then decided.rectify_by end as deadline,
    step.notified_on, step.pleaded_on, step.upheld_on, step.withdrawn_on, step.disposed_on,
    case
        when step.disposed_on >= coalesce(measured.disposal_on, step.disposed_on) then '已处置'
        else coalesce(measured.measures, '无')
    end as disposal,
    case
        when step.disposed_on >= coalesce(measured.disposal_on, step.disposed_on) then step.disposed_on
        else measured.disposal_on
    end as disposal_on,
    measured.rectify_by as disposal_due_on, coalesce(step.disposed_on, measured.rectified_on) as disposal_done_on
from concerned
left join decided on concerned.credit_code = decided.credit_code
left join step on concerned.credit_code = step.credit_code
left join measured on concerned.credit_code = measured.credit_code
