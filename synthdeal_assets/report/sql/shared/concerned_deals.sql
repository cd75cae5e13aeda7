{% include "shared/flagged_deals.sql" %}
, concerned AS (
    {% for rule, flag in naming_rules.items() %}
    SELECT {{ rule | literal }} AS rule, * FROM flagged_deals WHERE {{ flag.base_condition }} AND {{ flag.condition }}
    {{ "UNION ALL" if not loop.last }}
    {% endfor %}
)
