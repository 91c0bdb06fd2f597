-- What each county reached of the plan's indicators (rulings 6.2.8, 6.6.13), one row a county and indicator: counts, and for
-- shares the led among the demonstration cooperatives in force, each once at its highest level. actual null: a table that
-- it needs was never delivered, named in missing_tables.

with delivered as (
    select
        county_code,
        bool_or(table_id = 'supply_coop.affiliate') as has_affiliate,
        bool_or(table_id = 'gsxt.registration') as has_register,
        bool_or(table_id = 'supply_coop.star_result') as has_star,
        bool_or(table_id = 'demonstration.roster') as has_roster
    from {{ ref('county_delivery') }}
    group by county_code
),

affiliate as (
    select
        county_code,
        count(*) filter (where is_star) as star_coops,
        count(*) filter (where is_star and rating_source = '试算') as star_trial,
        count(*) filter (where is_star_unknown) as star_unknown,
        count(*) filter (where is_led) as led_coops,
        count(*) filter (where is_led and is_star_unknown) as five_unknown,
        count(*) filter (where is_led and is_five_star) as led_five_star,
        count(*) filter (where is_led and is_five_star and rating_source = '试算') as five_trial,
        sum(case when is_star then coalesce(member_households, 0) else 0 end) as member_households,
        sum(case when is_star and rating_source = '试算' then coalesce(member_households, 0) else 0 end) as households_trial,
        count(*) filter (where is_star and member_households is null or is_star_unknown) as households_unknown
    from {{ ref('plan_affiliate') }}
    group by county_code
),

demonstration as (
    select
        coop.county_code, coop.key as credit_code,
        bool_or(roster.level in ('国家级', '供销总社')) as is_national,
        bool_or(roster.level = '自治区（省）级') as is_provincial
    from {{ ref('demonstration_coop') }} as roster
    join {{ ref('cooperative') }} as coop on roster.credit_code = coop.key and coop.in_force
    where roster.level is not null
    group by coop.county_code, coop.key
),

shared as (
    select
        demonstration.county_code,
        count(*) as all_levels, count(*) filter (where led.credit_code is not null) as led_all,
        count(*) filter (where is_national) as national,
        count(*) filter (where is_national and led.credit_code is not null) as led_national,
        count(*) filter (where is_provincial and not is_national) as provincial,
        count(*) filter (where is_provincial and not is_national and led.credit_code is not null) as led_provincial
    from demonstration
    left join (select credit_code from {{ ref('plan_affiliate') }} where is_led) as led
        on demonstration.credit_code = led.credit_code
    group by demonstration.county_code
)

{% for indicator, actual, base, trial, unknown, needs in [
    ('star_coops', 'affiliate.star_coops', none, 'affiliate.star_trial', 'affiliate.star_unknown', ['has_star']),
    ('led_coops', 'affiliate.led_coops', none, '0', '0', []),
    ('led_five_star', 'affiliate.led_five_star', none, 'affiliate.five_trial', 'affiliate.five_unknown', ['has_star']),
    ('member_households', 'affiliate.member_households', none, 'affiliate.households_trial', 'affiliate.households_unknown', ['has_star']),
    ('led_share_county', 'shared.led_all', 'shared.all_levels', '0', '0', ['has_roster']),
    ('led_share_province', 'shared.led_provincial', 'shared.provincial', '0', '0', ['has_roster']),
    ('led_share_nation', 'shared.led_national', 'shared.national', '0', '0', ['has_roster']),
] %}
select
    county.region_code as county_code, county.parent_code as prefecture_code, county.is_remainder,
    county.region_code in (select region_code from {{ ref('plan_target') }} where region_level = 'county') as is_planned,
    '{{ indicator }}' as indicator,
    cast(coalesce({{ actual }}, 0) as bigint) as numerator,
    cast({{ 'coalesce(' ~ base ~ ', 0)' if base else 'null' }} as bigint) as denominator,
    cast(coalesce({{ trial }}, 0) as bigint) as trial,
    cast(coalesce({{ unknown }}, 0) as bigint) as unknown,
    coalesce(has_affiliate and has_register{% for need in needs %} and {{ need }}{% endfor %}, false) as is_known,
    nullif(concat_ws(
        '、', case when not coalesce(has_affiliate, false) then 'supply_coop.affiliate' end,
        case when not coalesce(has_register, false) then 'gsxt.registration' end
        {%- if 'has_star' in needs %}, case when not coalesce(has_star, false) then 'supply_coop.star_result' end{% endif %}
        {%- if 'has_roster' in needs %}, case when not coalesce(has_roster, false) then 'demonstration.roster' end{% endif %}
    ), '') as missing_tables
from {{ ref('region') }} as county
left join delivered on county.region_code = delivered.county_code
left join affiliate on county.region_code = affiliate.county_code
left join shared on county.region_code = shared.county_code
where county.region_level = 'county' and (
    not county.is_remainder or delivered.has_affiliate or affiliate.county_code is not null or shared.county_code is not null
) and county.parent_code in (select prefecture_code from {{ ref('plan_target') }})
{% if not loop.last %}union all{% endif %}
{% endfor %}
