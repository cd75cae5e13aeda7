{% include "shared/open_deals.sql" %}
SELECT opportunity_id
FROM open_deals
-- Amounts differ by a factor of a hundred: without the average a huge deal with hardly a chance would lead the list.
WHERE adjusted > 0 AND win_probability >= (SELECT avg(win_probability) FROM open_deals)
ORDER BY adjusted DESC, opportunity_id
