-- Divisions from county to nation, with the remainder rows that make parts add up to the whole (spec 1.2).

with division as (
    select code, name, level, parent_code
    from {{ ref('admin_division') }}
    where level in ('county', 'prefecture', 'province') and valid_to is null
),

real as (
    select
        code as region_code,
        level as region_level,
        name as region_name,
        case when level = 'province' then '000000' else parent_code end as parent_code,
        false as is_remainder
    from division
),

-- 市本级: registered at the prefecture itself. Prefectures without counties (东莞) have a real county of that code.
prefecture_itself as (
    select
        code as region_code,
        'county' as region_level,
        name || '本级' as region_name,
        code as parent_code,
        true as is_remainder
    from division
    where level = 'prefecture'
        and code not in (select code from division where level = 'county')
),

unplaced as (
    select
        left(code, 4) || '99' as region_code,
        'county' as region_level,
        name || '（无法归属）' as region_name,
        code as parent_code,
        true as is_remainder
    from division
    where level = 'prefecture' and right(code, 2) = '00'
),

nation as (
    select '000000' as region_code, 'nation' as region_level, '全国' as region_name,
        cast(null as {{ dbt.type_string() }}) as parent_code, false as is_remainder
)

select region_code, region_level, region_name, parent_code, is_remainder from real
union all
select region_code, region_level, region_name, parent_code, is_remainder from prefecture_itself
union all
select region_code, region_level, region_name, parent_code, is_remainder from unplaced
union all
select region_code, region_level, region_name, parent_code, is_remainder from nation
