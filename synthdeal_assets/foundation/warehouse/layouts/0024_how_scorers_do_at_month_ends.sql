-- table: scoring.landmark_ranking
-- Every run makes it anew; figures of before say nothing of a scorer.
DROP TABLE scoring.landmark_ranking;
CREATE TABLE scoring.landmark_ranking (
    scorer VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    prompt_version VARCHAR NOT NULL,
    ranked_by VARCHAR NOT NULL,
    measure VARCHAR NOT NULL,
    value DOUBLE,
    low DOUBLE,
    high DOUBLE,
    opportunities BIGINT NOT NULL,
    landmarks BIGINT NOT NULL,
    explanation VARCHAR NOT NULL
);
