-- The questions of some open deals, of each deal the one about the least known element first, the heavier one first.
SELECT judged.opportunity_id, judged.element, judged.question
FROM scoring.score_elements AS judged
INNER JOIN (
    VALUES {% for element in meddpicc %}({{ element.key | literal }}, {{ element.weight }}, {{ loop.index }}){{ ", " if not loop.last }}{% endfor %}

) AS weights(element, weight, place) USING (element)
WHERE judged.framework = 'MEDDPICC' AND judged.question != '' AND judged.opportunity_id IN {{ opportunity_ids | literal }}
ORDER BY judged.opportunity_id, judged.counted_level, weights.weight DESC, weights.place
