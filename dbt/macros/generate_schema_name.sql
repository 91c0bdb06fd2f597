{# Every model and seed lives in the target's schema: analysts see one flat list of tables. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ target.schema }}
{%- endmacro %}
