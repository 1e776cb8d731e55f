{{ config(materialized='table') }}
select id, name, weight from {{ ref('hives') }} where weight > 11
