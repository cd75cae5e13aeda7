-- What the discounts of a source are like; in the order of the fields of `SeenDiscounts`.
WITH {% include 'discount_figures.sql' %}
SELECT
    count(*) FILTER (off <> 0),
    coalesce(max(abs(off)), 0),
    count(*) FILTER (abs(off) > 0 AND abs(off) < 1),
    count(*) FILTER (off <> 0 AND contains(discount, '%')),
    count(*) FILTER (abs(off) > abs(each_price * units) + 0.011),
    count(*) FILTER (off < 0),
    arg_min(discount, source_row) FILTER (off <> 0),
    min(source_row) FILTER (off <> 0)
FROM figures
