-- Vetoes of the issuer whose rubric counts, one row a cooperative and veto that holds or cannot be examined.
-- Confirmed 空壳/休眠 is the shell status's word, or that of the newest inspection unless a later step withdrew it.

with veto as (
    select veto.veto_id, veto.name, veto.fact_id, veto.comparison, veto.threshold, veto.basis, fact.source_id
    from {{ ref('star_veto') }} as veto
    cross join {{ ref('run_month') }} as run
    join {{ ref('star_fact') }} as fact on veto.fact_id = fact.fact_id
    where veto.effective_from <= run.as_of and coalesce(veto.effective_to >= run.as_of, true)
        and veto.issuer in (select issuer from {{ ref('star_rubric_in_force') }})
),

confirmed as (
    select
        fact.credit_code,
        case
            when shell.status = '确认' then 1
            when inspection.conclusion in ('空壳社', '休眠社')
                and coalesce(shell.status, '') not in ('排除', '整改中') then 1
            when coalesce(shell.status, inspection.conclusion) is not null then 0
        end as shell_confirmed
    from {{ ref('star_fact_value') }} as fact
    left join {{ ref('shell_status') }} as shell on fact.credit_code = shell.credit_code
    left join {{ ref('newest_inspection') }} as inspection on fact.credit_code = inspection.credit_code
),

observed as (
    select
        fact.credit_code, fact.county_code, veto.veto_id, veto.name, veto.comparison, veto.threshold, veto.basis,
        case when veto.source_id = 'shell' then 'inspection' else veto.source_id end as source_id,
        case when veto.fact_id = 'shell_confirmed' then cast(confirmed.shell_confirmed as decimal(24, 6))
            else {{ star_fact_named('veto.fact_id', 'fact') }} end as value
    from {{ ref('star_fact_value') }} as fact
    cross join veto
    left join confirmed on fact.credit_code = confirmed.credit_code
),

judged as (
    select
        credit_code, county_code, veto_id, name, basis, source_id, value,
        {{ compares('value', 'comparison', 'threshold') }} as is_met
    from observed
)

select
    judged.credit_code, judged.county_code, judged.veto_id, judged.name as veto_name,
    case when judged.is_met then '否决' else '无法判断' end as outcome,
    judged.basis, evidence.evidence_date, evidence.content_hash, evidence.file_name, evidence.sheet, evidence.row_number
from judged
left join {{ ref('star_evidence') }} as evidence
    on judged.credit_code = evidence.credit_code and judged.source_id = evidence.source_id and judged.is_met
where coalesce(judged.is_met, true)
