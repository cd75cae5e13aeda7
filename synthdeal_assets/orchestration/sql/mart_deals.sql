CREATE VIEW mart.deals AS
{{ flagged_deals }},
flags_of_today AS (
    SELECT opportunity_id, string_agg(label, '; ' ORDER BY place) AS flags
    FROM scoring.flags AS flag
    INNER JOIN crm.world ON flag.flag_date = world.as_of
    INNER JOIN (
        VALUES {% for candidate in candidates %}({{ candidate.flag | literal }}, {{ candidate.label | literal }}, {{ loop.index }}){{ ", " if not loop.last }}{% endfor %}

    ) AS words(flag, label, place) USING (flag)
    WHERE flag.is_flagged AND flag.is_shown
    GROUP BY opportunity_id
),
flags_in_words AS (
    SELECT opportunity_id, flags, flags IS NOT NULL AS is_at_risk
    FROM flagged_deals
    LEFT JOIN flags_of_today USING (opportunity_id)
),
next_questions AS (
    SELECT opportunity_id, first(question ORDER BY counted_level, weight DESC, place) AS next_question
    FROM scoring.score_elements
    INNER JOIN crm.opportunities USING (opportunity_id)
    INNER JOIN (
        VALUES {% for element in meddpicc %}({{ element.key | literal }}, {{ element.weight }}, {{ loop.index }}){{ ", " if not loop.last }}{% endfor %}

    ) AS weights(element, weight, place) USING (element)
    WHERE framework = 'MEDDPICC' AND question != '' AND NOT is_closed
    GROUP BY opportunity_id
)
SELECT
    {{ columns }}
FROM crm.opportunities
INNER JOIN crm.accounts ON accounts.account_id = opportunities.account_id
INNER JOIN crm.users ON users.user_id = opportunities.owner_id
LEFT JOIN (SELECT user_id, name AS manager FROM crm.users) AS managers ON managers.user_id = users.manager_id
INNER JOIN (
    SELECT opportunity_id, coalesce(max(changes.created_date), any_value(deals.created_date)) AS owner_since
    FROM crm.opportunities AS deals
    LEFT JOIN crm.owner_history AS changes ON object_name = 'Opportunity' AND record_id = opportunity_id
    GROUP BY opportunity_id
) AS ownership ON ownership.opportunity_id = opportunities.opportunity_id
INNER JOIN crm.products ON products.product_id = opportunities.product_id
LEFT JOIN scoring.opportunity_scores ON opportunity_scores.opportunity_id = opportunities.opportunity_id
LEFT JOIN flagged_deals ON flagged_deals.opportunity_id = opportunities.opportunity_id
LEFT JOIN flags_in_words ON flags_in_words.opportunity_id = opportunities.opportunity_id
LEFT JOIN next_questions ON next_questions.opportunity_id = opportunities.opportunity_id
