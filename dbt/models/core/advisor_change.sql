-- What form 8 prints of each advisor of the report year: the directory's row, and what changed in it since the newest
-- delivery up to the year's begin (without one: since the first that shows the advisor); restricted, it holds personal data.
{% set fields = [('advisor_name', '姓名'), ('gender', '性别'), ('born_on', '出生年月'), ('employer', '工作单位'),
    ('job_title', '职称'), ('origin', '人员来源'), ('advice_kinds', '辅导业务分类'), ('expertise', '业务专长'),
    ('industry', '产业领域'), ('work_mode', '工作模式'), ('appointing_body', '聘任部门'), ('appointing_level', '聘任层级'),
    ('township_name', '乡镇（苏木）'), ('appointed_on', '聘任日期'), ('term_ends_on', '聘期截止日期')] %}
{% set newline = "'\n'" %}

with run as (
    select report_year, make_date(cast(report_year as int), 1, 1) as year_begins from {{ ref('run_month') }}
),

version as (
    select
        coalesce(typed.certificate_no, {{ sha256_hex("typed.county_code || '|' || typed.entity_key") }}) as advisor_key,
        typed.county_code, typed.certificate_no, typed.identity_hash, typed.identity_state, typed.phone,
        {%- for name, said in fields %} typed.{{ name }},{% endfor %}
        typed.content_hash, typed.file_name, typed.sheet, typed.row_number, typed.snapshot_date, typed.received_order
    from (
        select
            typed.county_code, typed.certificate_no, typed.entity_key, typed.identity_hash, typed.identity_state, typed.phone,
            {%- for name, said in fields %} typed.{{ name }},{% endfor %}
            typed.content_hash, typed.file_name, typed.sheet, typed.row_number, typed.snapshot_date, typed.received_order
        from {{ countable('advisor', 'directory', 'typed') }}
    ) as typed
),

first_delivery as (
    select county_code, min(snapshot_date) as delivered_on from version group by county_code
),

listed as (
    select
        advisor.advisor_key, advisor.county_code, advisor.is_struck, advisor.moved_on, run.report_year, run.year_begins,
        version.certificate_no, version.identity_hash, version.identity_state, version.phone,
        {%- for name, said in fields %} version.{{ name }},{% endfor %}
        version.content_hash, version.file_name, version.sheet, version.row_number, version.snapshot_date
    from {{ ref('advisor') }} as advisor
    cross join run
    join version
        on advisor.content_hash = version.content_hash and advisor.sheet = version.sheet
        and advisor.row_number = version.row_number
    where coalesce(advisor.moved_on >= run.year_begins, true)
),

base as (
    select
        version.advisor_key, version.identity_hash, version.phone, version.snapshot_date as compared_with
        {%- for name, said in fields %}, version.{{ name }}{% endfor %}
    from version
    join listed on version.advisor_key = listed.advisor_key and version.snapshot_date <= listed.snapshot_date
    qualify row_number() over (
        partition by version.advisor_key
        order by
            case when version.snapshot_date < listed.year_begins then 0 else 1 end,
            case when version.snapshot_date < listed.year_begins then version.snapshot_date end desc nulls last,
            version.snapshot_date, version.received_order, version.sheet, version.row_number
    ) = 1
),

compared as (
    select
        listed.advisor_key, base.compared_with,
        {%- for part, shown in [('changed_fields', none), ('values_before', 'base'), ('values_now', 'listed')] %}
        nullif(concat_ws(
            {{ newline }}
            {%- for name, said in fields %},
            case when listed.{{ name }} is distinct from base.{{ name }}
                then {% if shown %}coalesce({{ text_of(shown ~ '.' ~ name) }}, '（空）'){% else %}'{{ said }}'{% endif %} end
            {%- endfor %},
            case when listed.identity_hash <> base.identity_hash
                then {% if shown %}'{{ '（原号码）' if shown == 'base' else '（见身份证号栏）' }}'{% else %}'身份证号'{% endif %} end,
            -- a masked number says nothing of a change
            case when listed.phone <> base.phone and listed.phone not like '%*%' and base.phone not like '%*%'
                then {% if shown %}{{ shown }}.phone{% else %}'联系电话'{% endif %} end
        ), '') as {{ part }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    from listed
    join base on listed.advisor_key = base.advisor_key
)

select
    listed.advisor_key, listed.county_code, cast(listed.report_year as bigint) as year,
    case
        when listed.is_struck and listed.moved_on is not null then '除名'
        when listed.moved_on is not null then '调出'
        when compared.compared_with >= listed.year_begins
            and (year(listed.appointed_on) = listed.report_year or compared.compared_with > first_delivery.delivered_on)
            then '新增'
        when compared.changed_fields is not null then '变更'
        else '未变'
    end as change_kind,
    listed.certificate_no, listed.identity_state, listed.phone,
    {%- for name, said in fields %} listed.{{ name }},{% endfor %}
    listed.moved_on, compared.changed_fields, compared.values_before, compared.values_now, compared.compared_with,
    nullif(concat_ws(
        '、', case when listed.certificate_no is null then '证书编号' end
        {#- 无 is null in 职称 #}
        {%- for name, said in fields if name != 'job_title' %}, case when listed.{{ name }} is null then '{{ said }}' end{% endfor %},
        case when listed.identity_hash is null then '身份证号' end, case when listed.phone is null then '联系电话' end
    ), '') as missing_fields,
    listed.content_hash, listed.file_name, listed.sheet, listed.row_number, listed.snapshot_date
from listed
join compared on listed.advisor_key = compared.advisor_key
join first_delivery on listed.county_code = first_delivery.county_code
