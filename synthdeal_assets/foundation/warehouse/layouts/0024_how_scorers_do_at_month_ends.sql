-- table: scoring.landmark_ranking
-- Every run makes it anew; figures of before say nothing of a scorer.
DROP TABLE scoring.landmark_ranking;
