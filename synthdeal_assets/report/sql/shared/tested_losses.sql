-- Fisher's exact test, two-sided, of each group with {{ fewest_in_a_group }} deals and as many to hold it against; the
-- chances are corrected after Holm (Scandinavian Journal of Statistics 6, 1979) over all groups. Of the numbers that
-- could have been lost, those more than twelve standard deviations off weigh nothing and are left out.
{% include "shared/loss_groups.sql" %}
, eligible AS (
    SELECT
        *,
        deals + other_deals AS both_deals,
        lost + other_lost AS both_lost,
        deals * (both_lost / both_deals) AS expected,
        ceil(12 * sqrt(expected * (1 - both_lost / both_deals) * other_deals / both_deals)) + 12 AS wide,
        lgamma(deals + 1) - lgamma(lost + 1) - lgamma(deals - lost + 1)
        + lgamma(other_deals + 1) - lgamma(other_lost + 1) - lgamma(other_deals - other_lost + 1) AS observed
    FROM loss_groups
    WHERE least(deals, other_deals) >= {{ fewest_in_a_group }}
),
possible AS (
    SELECT
        *,
        unnest(range(
            greatest(0, both_lost - other_deals, floor(expected - wide))::BIGINT,
            least(deals, both_lost, ceil(expected + wide))::BIGINT + 1
        )) AS k
    FROM eligible
),
weighed AS (
    SELECT
        * EXCLUDE (k),
        lgamma(deals + 1) - lgamma(k + 1) - lgamma(deals - k + 1)
        + lgamma(other_deals + 1) - lgamma(both_lost - k + 1) - lgamma(other_deals - both_lost + k + 1) AS log_weight,
        exp(log_weight - max(log_weight) OVER (PARTITION BY dimension, name)) AS weight
    FROM possible
),
chances AS (
    SELECT
        dimension,
        name,
        deals,
        lost,
        amount,
        lost / deals AS share,
        other_lost / other_deals AS other_share,
        -- As likely as what was seen, but for the last digits.
        coalesce(sum(weight) FILTER (WHERE log_weight <= observed + 1e-7), 0) / sum(weight) AS p_value
    FROM weighed
    GROUP BY ALL
),
tested_losses AS (
    SELECT
        * EXCLUDE (place, groups),
        max(least(1, p_value * (groups - place + 1))) OVER (ORDER BY place) AS corrected
    FROM (
        SELECT *, row_number() OVER (ORDER BY p_value, dimension, name) AS place, count(*) OVER () AS groups
        FROM chances
    )
)
