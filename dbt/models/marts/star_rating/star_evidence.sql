-- The source row behind each kind of fact, one row a cooperative and source; a list that does not name the cooperative has
-- only the date of its delivery, member accounts (many rows) have only their sheet.

with run as (
    select fiscal_year from {{ ref('run_month') }}
),

client as (
    select
        credit_code, delivered_on, content_hash, file_name, sheet, row_number,
        row_number() over (
            partition by credit_code order by delivered_on desc, received_order desc, row_number desc
        ) as place
    from {{ ref('asof_programme__service_client') }}
    where credit_code is not null and proxy_bookkeeping is not null
),

found as (
    select
        income.credit_code, 'income' as source_id, income.evidence_date, income.content_hash, income.file_name,
        income.sheet, income.row_number
    from {{ ref('coop_income') }} as income
    join run on income.fiscal_year = run.fiscal_year

    union all
    select credit_code, 'inspection', inspected_on, content_hash, file_name, sheet, row_number
    from {{ ref('newest_inspection') }}

    union all
    select credit_code, 'accountant', inspected_on, content_hash, file_name, sheet, row_number
    from {{ ref('newest_inspection') }}
    where has_accountant is not null

    union all
    select client.credit_code, 'accountant', client.delivered_on, client.content_hash, client.file_name, client.sheet,
        client.row_number
    from client
    left join {{ ref('newest_inspection') }} as inspection
        on client.credit_code = inspection.credit_code and inspection.has_accountant is not null
    where client.place = 1 and inspection.credit_code is null

    union all
    select credit_code, 'statement', snapshot_date, content_hash, file_name, sheet, row_number
    from {{ ref('surplus_return') }}
    where is_current_year and content_hash is not null

    union all
    select credit_code, 'accounts', accounts_snapshot_date, accounts_content_hash, accounts_file_name, accounts_sheet,
        cast(null as bigint)
    from {{ ref('surplus_return') }}
    where is_current_year and accounts_content_hash is not null

    union all
    select report.credit_code, 'report', coalesce(report.published_on, report.snapshot_date), report.content_hash,
        report.file_name, report.sheet, report.row_number
    from {{ ref('asof_gsxt__annual_report') }} as report
    join {{ ref('coop_public_record') }} as record
        on report.credit_code = record.credit_code and report.report_year = record.report_year_due

    union all
    select credit_code, 'listing', listed_on, content_hash, file_name, sheet, row_number
    from {{ ref('asof_gsxt__abnormal_listing') }}

    union all
    select credit_code, 'violation', listed_on, content_hash, file_name, sheet, row_number
    from {{ ref('asof_gsxt__serious_violation') }}

    union all
    select key, 'registration', coalesce(ended_on, delivered_on), content_hash, file_name, sheet, row_number
    from {{ ref('cooperative') }}

    union all
    select
        credit_code,
        case level
            {%- for source, level in [('nation', '国家级'), ('supply', '供销总社'), ('province', '自治区（省）级'),
                                      ('prefecture', '盟市（市）级'), ('county', '旗县（区）级')] %}
            when '{{ level }}' then 'roster_{{ source }}'
            {%- endfor %}
            else 'roster'
        end,
        recognised_on, content_hash, file_name, sheet, row_number
    from {{ ref('demonstration_coop') }}

    -- deliveries that do not name it
    {%- for source in ['report', 'listing', 'violation'] %}
    union all
    select credit_code, '{{ source }}', {{ source }}_delivered_on, cast(null as {{ dbt.type_string() }}),
        cast(null as {{ dbt.type_string() }}), cast(null as {{ dbt.type_string() }}), cast(null as bigint)
    from {{ ref('coop_public_record') }}
    where {{ source }}_delivered_on is not null
    {%- endfor %}
),

ranked as (
    select
        credit_code, source_id, evidence_date, content_hash, file_name, sheet, row_number,
        row_number() over (
            partition by credit_code, source_id
            order by
                case when content_hash is null then 1 else 0 end, evidence_date desc nulls last,
                content_hash, sheet, row_number
        ) as place
    from found
)

select credit_code, source_id, evidence_date, content_hash, file_name, sheet, row_number
from ranked
where place = 1
