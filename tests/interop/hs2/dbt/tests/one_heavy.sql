select count(*) as n from {{ ref('heavy') }} having count(*) != 1
