-- Every flag with a record, those that are shown first.
SELECT scorer, flag
FROM scoring.flag_records
GROUP BY scorer, flag
ORDER BY bool_or(is_shown) DESC, min(p_value), flag, scorer
