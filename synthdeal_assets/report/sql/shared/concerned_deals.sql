{% include "shared/flagged_deals.sql" %}
, concerned AS (
    {% for rule, condition in naming_rules.items() %}
    SELECT {{ rule | literal }} AS rule, * FROM flagged_deals WHERE {{ condition }}
    {{ "UNION ALL" if not loop.last }}
    {% endfor %}
)
