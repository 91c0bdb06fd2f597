-- Points of every indicator (spec 2.4, rulings 6.2.3, 6.6.9), by the rubric's rows alone: yes_no = all or any of its parts;
-- ladder = the best step reached; ratio = linear to full at threshold x reference; count = full at the threshold, or points
-- a unit. Always the trial's, also where an official result or a veto stands.

with observed as (
    select
        fact.credit_code, fact.county_code,
        rubric.indicator_id, rubric.name, rubric.dimension, rubric.weight, rubric.rule_kind, rubric.combine, rubric.basis,
        rubric.fact_id, rubric.fact_name, rubric.source_id, rubric.unit, rubric.missing_sentence,
        rubric.comparison, rubric.threshold, rubric.points, rubric.reference_fact,
        {{ star_fact_named('rubric.fact_id', 'fact') }} as value,
        case when rubric.reference_fact is null then cast(1 as decimal(24, 6))
            else {{ star_fact_named('rubric.reference_fact', 'fact') }} end as reference,
        coalesce({{ star_fact_inapplicable('rubric.fact_id', 'fact') }}, false)
        or coalesce({{ star_fact_inapplicable('rubric.reference_fact', 'fact') }}, false) as is_inapplicable
    from {{ ref('star_fact_value') }} as fact
    cross join {{ ref('star_rubric_in_force') }} as rubric
),

-- met: does the part hold; part_points: what a ratio or count is worth. Null = unknown.
judged as (
    select
        observed.credit_code, observed.county_code, observed.indicator_id, observed.name, observed.dimension,
        observed.weight, observed.rule_kind, observed.combine, observed.basis, observed.points,
        observed.is_inapplicable, observed.fact_name, observed.unit, observed.missing_sentence, observed.value,
        case when not observed.is_inapplicable
            then {{ compares('observed.value', 'observed.comparison', 'observed.threshold') }} end as met,
        case
            when observed.is_inapplicable then null
            when observed.rule_kind = 'ratio' and observed.reference > 0
                then {{ share_of_weight('observed.weight', 'observed.value', 'observed.threshold', 'observed.reference') }}
            when observed.rule_kind <> 'count' or observed.value is null then null
            -- of one type with the ratio's: a wider one would leave it fewer places
            when observed.value < observed.threshold then cast(0 as decimal(24, 12))
            when observed.points is null then cast(observed.weight as decimal(24, 12))
            else cast(least(cast(observed.weight as decimal(24, 6)), round(observed.value) * observed.points) as decimal(24, 12))
        end as part_points,
        evidence.evidence_date, evidence.content_hash, evidence.file_name, evidence.sheet, evidence.row_number,
        evidence.content_hash || '|' || evidence.sheet || '|' || cast(evidence.row_number as {{ dbt.type_string() }})
            as source_row
    from observed
    left join {{ ref('star_evidence') }} as evidence
        on observed.credit_code = evidence.credit_code and observed.source_id = evidence.source_id
        and observed.value is not null
),

worded as (
    select
        credit_code, county_code, indicator_id, name, dimension, weight, rule_kind, combine, basis, points, is_inapplicable,
        met, part_points, content_hash, file_name, sheet, row_number, source_row, evidence_date,
        fact_name || case
            when is_inapplicable then '：不适用'
            when value is null then '：缺（' || missing_sentence || '）'
            else '：' || {{ fact_words('value', 'unit') }}
                || coalesce('（' || cast(evidence_date as {{ dbt.type_string() }})
                    || coalesce('，' || file_name, '') || coalesce(' ' || sheet, '')
                    || coalesce(' 第' || cast(row_number as {{ dbt.type_string() }}) || '行', '') || '）', '')
        end as words
    from judged
),

combined as (
    select
        credit_code, county_code, indicator_id, name, dimension, weight, rule_kind, combine, basis,
        bool_and(is_inapplicable) as is_inapplicable,
        bool_or(rule_kind = 'ratio' and is_inapplicable) as lacks_reference,
        count(*) filter (where met) as yes_parts,
        count(*) filter (where not met) as no_parts,
        count(*) filter (where not is_inapplicable) as parts,
        coalesce(max(points) filter (where met), 0) as step_points,
        coalesce(max(points) filter (where met is null and not is_inapplicable), 0) as open_points,
        max(part_points) as measured_points,
        {{ join_sorted('words', '；') }} as all_words,
        {{ join_sorted('case when met then words end', '；') }} as met_words,
        count(distinct source_row) as source_rows,
        max(content_hash) as content_hash, max(file_name) as file_name, max(sheet) as sheet,
        max(row_number) as row_number, max(evidence_date) as evidence_date
    from worded
    group by credit_code, county_code, indicator_id, name, dimension, weight, rule_kind, combine, basis
),

valued as (
    select
        credit_code, county_code, indicator_id, name, dimension, weight, rule_kind, basis,
        is_inapplicable or lacks_reference as is_inapplicable,
        case
            when is_inapplicable or lacks_reference then null
            when rule_kind = 'yes_no' and combine = 'any' then
                case when yes_parts > 0 then weight when no_parts = parts then 0 end
            when rule_kind = 'yes_no' then case when no_parts > 0 then 0 when yes_parts = parts then weight end
            when rule_kind = 'ladder' then case when open_points <= step_points then step_points end
            else measured_points
        end as points,
        case when rule_kind = 'ladder' then coalesce(met_words, all_words) else all_words end as evidence,
        case when source_rows = 1 then content_hash end as content_hash,
        case when source_rows = 1 then file_name end as file_name,
        case when source_rows = 1 then sheet end as sheet,
        case when source_rows = 1 then row_number end as row_number,
        evidence_date
    from combined
)

select
    credit_code, county_code, indicator_id, name as indicator_name, dimension, weight,
    cast(points as decimal(24, 12)) as points,
    case when is_inapplicable then '不适用' when points > 0 then '已得' when points = 0 then '未得' else '缺证据' end as state,
    evidence, evidence_date, rule_kind, basis, content_hash, file_name, sheet, row_number
from valued
