{{ config(materialized='view') }}
select id, upper(name) as name from {{ ref('hives') }} -- all of them
