{{ config(materialized='incremental') }}
select h.id, cast('{{ var("day", "2024-01-01") }}' as date) as day from {{ ref('hives') }} h
{% if is_incremental() %}
where cast('{{ var("day", "2024-01-01") }}' as date) > (select max(day) from {{ this }})
{% endif %}
