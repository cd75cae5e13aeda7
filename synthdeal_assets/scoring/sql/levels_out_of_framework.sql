-- Levels above what their framework knows: 3 in MEDDPICC, 4 in BANT.
SELECT opportunity_id, framework, element, level, max_level
FROM scoring.score_elements
WHERE level > max_level OR max_level <> CASE framework WHEN 'MEDDPICC' THEN 3 ELSE 4 END
ORDER BY ALL
