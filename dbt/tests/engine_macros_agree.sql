-- The macros that hide the engines' differences, and the exact ratios, give on every engine what is written here.

with checked as (
    select 'ratio rounds half up' as rule, {{ ratio('1', '6') }} = cast(0.166667 as decimal(18, 6)) as holds
    union all select 'ratio cuts below half', {{ ratio('1', '3') }} = cast(0.333333 as decimal(18, 6))
    union all select 'half goes up', {{ ratio('1', '2000000') }} = cast(0.000001 as decimal(18, 6))
    union all select 'just below half goes down', {{ ratio('1', '2000001') }} = cast(0 as decimal(18, 6))
    union all select 'half goes away from zero', {{ ratio('-1', '2000000') }} = cast(-0.000001 as decimal(18, 6))
    union all select 'money divides by money',
        {{ ratio('cast(43199.99 as decimal(18, 2))', 'cast(72000.00 as decimal(18, 2))') }} = cast(0.600000 as decimal(18, 6))
    union all select 'a zero divisor gives null', {{ ratio('5', '0') }} is null
    union all select 'a negative divisor gives null', {{ ratio('5', '-1') }} is null
    union all select 'an unknown divisor gives null', {{ ratio('5', 'cast(null as decimal(18, 2))') }} is null
    union all select 'an unknown numerator gives null', {{ ratio('cast(null as decimal(18, 2))', '5') }} is null
    union all select 'a quotient too large for the column gives null',
        {{ ratio('cast(9000000000000000.00 as decimal(18, 2))', 'cast(0.01 as decimal(18, 2))') }} is null
    union all select 'ratio_floor cuts', {{ ratio_floor('2', '3') }} = cast(0.666666 as decimal(18, 6))
    union all select 'exact_product keeps every place',
        {{ exact_product('cast(72000.01 as decimal(18, 2))', '0.6') }} = cast(43200.006 as decimal(18, 6))
    union all select 'months later, the last day where there is none',
        {{ add_months("cast('2024-01-31' as date)", '1') }} = cast('2024-02-29' as date)
    union all select 'months earlier', {{ add_months("cast('2024-07-31' as date)", '-12') }} = cast('2023-07-31' as date)
    union all select 'a leap day a year earlier',
        {{ add_months("cast('2024-02-29' as date)", '-12') }} = cast('2023-02-28' as date)
    union all select 'days later', {{ add_days("cast('2024-07-31' as date)", '10') }} = cast('2024-08-10' as date)
    union all select 'sha256 of abc',
        {{ sha256_hex("'abc'") }} = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
    union all select 'a Chinese character more is one edit', {{ edit_distance("'甲家庭农牧场'", "'甲家庭农场'") }} = 1
    union all select 'edits count characters', {{ edit_distance("'甲乙1'", "'乙甲2'") }} = 3
    union all select 'integer_divide cuts', {{ integer_divide(whole('7'), whole('2')) }} = 3
    union all select 'an overflow is unknown',
        {{ product_or_null(whole('10000000000000000000'), product_or_null(whole('10000000000000000000'), '10')) }} is null
    union all select 'a product that fits is known', {{ product_or_null(whole('3'), whole('4')) }} = 12
    union all select 'a sum beyond the range is unknown',
        {{ sum_or_null(whole('99999999999999999999999999999999999999'), whole('99999999999999999999999999999999999999')) }} is null
    union all select 'a sum that fits is known', {{ sum_or_null(whole('3'), whole('4')) }} = 7
    union all select 'integer_divide is wider than a bigint',
        {{ integer_divide(whole('90000000000000000000000'), whole('3')) }} = {{ whole('30000000000000000000000') }}
    union all select 'join_sorted sorts and leaves nulls out', (
        select {{ join_sorted('word', ',') }} = '1,2'
        from (select '2' as word union all select '1' union all select '2' union all select null) as words
    )
    union all select 'a blank word is a word', (
        select {{ join_sorted('word', ',') }} = '' from (select '' as word union all select null) as words
    )
    union all select 'join_sorted of nothing is null', (
        select {{ join_sorted('word', ',') }} is null from (select cast(null as {{ dbt.type_string() }}) as word) as words
    )
    union all select 'scope key of a coop-year leaves the county out',
        {{ scope_key("'150302|93150302MA0000001A|2023'", "'entity'") }} = '93150302MA0000001A|2023'
    union all select 'days from one day to another',
        {{ days_between("date '2024-02-28'", "date '2024-03-01'") }} = 2
    union all select 'year of a coop-year scope', {{ scope_year("'150302|93150302MA0000001A|2023'") }} = 2023
)

select rule from checked where holds is distinct from true
