{% set due = "NOT deal.is_closed AND deal.close_date BETWEEN quarter.first_day AND quarter.last_day" %}
{% for figure, label, unit, expression in (
    ("name", "The running quarter", "none", "'Q' || quarter(as_of) || ' ' || year(as_of)"),
    ("last_day", "Its last day", "date", "last_day"),
    ("days_left", "Days left in it", "days", "date_diff('day', as_of, last_day)"),
) %}
-- figure: quarter.{{ figure }}
-- label: {{ label }}
-- unit: {{ unit }}
{% include "shared/quarter.sql" %}
SELECT {{ expression }} FROM quarter

{% endfor %}
{% for figure, label, condition in (
    ("won", "Won so far in the quarter", "deal.is_won AND deal.close_date BETWEEN quarter.first_day AND quarter.as_of"),
    ("commit", "Open deals in forecast category Commit that are due in the quarter", due ~ " AND deal.forecast_category = 'Commit'"),
    ("best_case", "Open deals in forecast category Best Case that are due in the quarter", due ~ " AND deal.forecast_category = 'Best Case'"),
) %}
{% for column, unit, expression in (
    ("deals", "deals", "count(*)"), ("amount", "USD", "coalesce(sum(deal.amount::DECIMAL(18, 2)), 0)"),
) %}
-- figure: quarter.{{ figure }}.{{ column }}
-- label: {{ label }}{{ ": amount" if column == "amount" }}
-- unit: {{ unit }}
{% include "shared/quarter.sql" %}
SELECT {{ expression }} FROM {{ new_business }} AS deal CROSS JOIN quarter WHERE {{ condition }}

{% endfor %}
{% endfor %}
-- figure: quarter.target
-- label: What the sellers are to win in the quarter; a manager's quota is the sum of theirs and is not added
-- unit: USD
{% include "shared/quarter.sql" %}
{% include "shared/quota.sql" %}
SELECT sum(amount) FROM quota

-- figure: quarter.sellers
-- label: Sellers with a quota in the quarter
-- unit: count
{% include "shared/quarter.sql" %}
{% include "shared/quota.sql" %}
SELECT count(*) FROM quota

{% for figure, label, expression in (
    ("likely", "What the quarter will likely end with: won so far, and what the leading forecast expects of the open deals", "expected"),
    ("likely_low", "Lower end of the range in which the quarter ends with a chance of 80%", "low"),
    ("likely_high", "Upper end of the range in which the quarter ends with a chance of 80%", "high"),
    ("short", "What is missing to the target at the likely end; 0 when it is reached", "greatest(target - expected, 0)"),
    ("over", "What the likely end lies above the target; 0 when it does not", "greatest(expected - target, 0)"),
    ("to_win", "What is still to be won to reach the target; 0 when it is reached", "greatest(target - won, 0)"),
) %}
-- figure: quarter.{{ figure }}
-- label: {{ label }}
-- unit: USD
{% include "shared/likely_end.sql" %}
SELECT round({{ expression }}, 2) FROM likely_end

{% endfor %}
-- figure: quarter.is_learnt
-- label: 1 when a forecast was learnt from earlier deals, 0 when only the deal stages say what is likely
-- unit: count
{% include "shared/likely_end.sql" %}
SELECT is_learnt::INTEGER FROM likely_end

-- figure: quarter.way
-- label: The way of forecasting that leads
-- unit: none
SELECT total.way
FROM scoring.forecast_totals AS total
INNER JOIN crm.world AS world ON total.forecast_date = world.as_of
WHERE total.is_headline AND total.horizon = 'quarter'

{% for figure, label, unit, expression in (
    ("as_of", "The last Friday at least four weeks ago, in the same quarter", "date", "max(snapshot_date)"),
    ("won", "Won in the quarter by then", "USD", "sum(closed_amount)"),
    ("commit", "Commit for the quarter as it stood then", "USD", "sum(commit_amount)"),
    ("best_case", "Best case for the quarter as it stood then", "USD", "sum(best_case_amount)"),
) %}
-- figure: quarter.earlier.{{ figure }}
-- label: {{ label }}
-- unit: {{ unit }}
{% include "shared/quarter.sql" %}
SELECT {{ expression }}
FROM crm.forecast_snapshots
WHERE
    snapshot_date = (
        SELECT max(shot.snapshot_date)
        FROM crm.forecast_snapshots AS shot
        INNER JOIN quarter ON shot.quarter_start = quarter.first_day AND shot.snapshot_date <= quarter.as_of - 28
    )

{% endfor %}
