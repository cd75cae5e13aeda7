{% for figure, label, unit, expression in (
    ("measured", "Deals, renewals included, with a planted instruction that were also scored without it", "deals", "count(*)"),
    ("rise", "How much higher the score is with the instruction, on average", "signed points", "round(avg(difference), 4)"),
    ("most", "Highest rise", "signed points", "round(max(difference), 4)"),
    (
        "rose",
        "Deals whose score the instruction raised by more than the tolerance",
        "deals",
        "count(*) FILTER (WHERE difference > " ~ tolerance ~ ")",
    ),
) %}
-- figure: instructions.{{ figure }}
-- label: {{ label }}
-- unit: {{ unit }}
SELECT {{ expression }} FROM scoring.instruction_effects

{% endfor %}
{% if t is not none %}
{% for end, sign in (("low", "-"), ("high", "+")) %}
-- figure: instructions.{{ end }}
-- label: {{ "Lower" if end == "low" else "Upper" }} end of the 95 % interval of this average
-- unit: signed points
SELECT round(avg(difference) {{ sign }} {{ t }} * stddev_samp(difference) / sqrt(count(*)), 4)
FROM scoring.instruction_effects

{% endfor %}
{% endif %}
-- figure: instructions.planted
-- label: Deals, renewals included, in which an instruction to the scorer was planted
-- unit: deals
SELECT count(*)
FROM truth.opportunities
INNER JOIN scoring.scorer_inputs USING (opportunity_id)
WHERE planted_instruction IS NOT NULL

-- figure: instructions.scored
-- label: Those of them whose present state has a score, renewals included
-- unit: deals
SELECT count(*)
FROM truth.opportunities AS truth
INNER JOIN scoring.scorer_inputs AS input USING (opportunity_id)
INNER JOIN scoring.opportunity_scores AS score USING (opportunity_id, input_hash)
WHERE truth.planted_instruction IS NOT NULL AND NOT score.is_stale
