{% for figure, label, condition in (
    ("looked_at", "Comparisons of a group of deals with the others", "true"),
    ("judged", "Comparisons with enough deals for a verdict", "verdict != " ~ (too_few | literal)),
    ("too_few", "Comparisons with too few deals for a verdict", "verdict = " ~ (too_few | literal)),
    ("differing", "Comparisons in which the group differs by more than the truth explains", "verdict = " ~ (differs | literal)),
) %}
-- figure: fairness.{{ figure }}
-- label: {{ label }}
-- unit: count
{% include "shared/fairness.sql" %}
SELECT count(*) FROM fairness WHERE {{ condition }}

{% endfor %}
{% for attribute in compared_by %}
{% for figure, label, condition in (
    ("groups", "Groups", "true"),
    ("judged", "Comparisons with a verdict", "verdict != " ~ (too_few | literal)),
    ("differing", "Comparisons that differ by more than the truth explains", "verdict = " ~ (differs | literal)),
    ("too_few", "Comparisons with too few deals for a verdict", "verdict = " ~ (too_few | literal)),
) %}
-- figure: fairness.by.{{ attribute }}.{{ figure }}
-- label: {{ label }} by {{ attribute }}
-- unit: count
{% include "shared/fairness.sql" %}
SELECT count({{ "DISTINCT group_name" if figure == "groups" else "*" }})
FROM fairness
WHERE attribute = {{ attribute | literal }} AND {{ condition }}

{% endfor %}
{% endfor %}
{% for attribute, group, measure in differences %}
{% set place = loop.index %}
{% set scale = "" if measure == "score_difference" else "100 * " %}
{% set unit = "signed points" if measure == "score_difference" else "signed percentage points" %}
{% for column, label, unit, expression in (
    ("attribute", "What the deals of a group share whose scores differ by more than the truth explains", "none", "attribute"),
    ("group", "This group", "none", "group_name"),
    ("deals", "Deals in this group", "deals", "opportunities"),
    ("difference", "What the group gets beyond what the truth lets expect", unit, "round(" ~ scale ~ "difference, 2)"),
    ("low", "Lower end of the 95 % interval of this difference", unit, "round(" ~ scale ~ "low, 2)"),
    ("high", "Upper end of the 95 % interval of this difference", unit, "round(" ~ scale ~ "high, 2)"),
) %}
-- figure: fairness.differs.{{ place }}.{{ column }}
-- label: {{ label }}
-- unit: {{ unit }}
{% include "shared/fairness.sql" %}
SELECT {{ expression }}
FROM fairness
WHERE attribute = {{ attribute | literal }} AND group_name = {{ group | literal }} AND measure = {{ measure | literal }}

{% endfor %}
-- figure: fairness.differs.{{ place }}.measure
-- label: What differs
-- unit: none
{% include "shared/fairness.sql" %}
SELECT CASE WHEN threshold IS NULL THEN 'average score' ELSE 'share with ' || threshold || ' or more' END
FROM fairness
WHERE attribute = {{ attribute | literal }} AND group_name = {{ group | literal }} AND measure = {{ measure | literal }}

{% endfor %}
