{% include "shared/open_deals.sql" %}
SELECT opportunity_id
FROM open_deals
-- Amounts differ by a factor of a hundred: without the average a huge deal with hardly a chance would lead the list.
WHERE adjusted > 0 AND NOT is_at_risk AND score >= (SELECT avg(score) FROM open_deals)
ORDER BY adjusted DESC, opportunity_id
