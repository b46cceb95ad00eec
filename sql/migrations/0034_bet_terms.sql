-- The terms of a bet are frozen with it, and what happened to its game is kept whole: settlement compares the two.
-- depends: 0018_sides_of_games

ALTER TABLE curated.ml_recommendations
    ADD COLUMN operator VARCHAR(100),
    ADD COLUMN rule_set VARCHAR(40),
    ADD COLUMN terms VARCHAR(8) CHECK (terms IN ('recorded', 'assumed')),
    ADD COLUMN terms_game_date DATE,
    ADD COLUMN terms_scheduled_start TIMESTAMPTZ,
    ADD COLUMN terms_scheduled_innings SMALLINT,
    ADD COLUMN terms_home_bats_first BOOLEAN,
    ADD COLUMN unsettled_reason VARCHAR(60);
COMMENT ON COLUMN curated.ml_recommendations.operator IS 'Operator of the book at the decision, by which caps and house rules apply; archive for an archive''s pseudo-book without one.';
COMMENT ON COLUMN curated.ml_recommendations.rule_set IS 'House rules in effect for the bet at its decision: curated.settlement_rules.rule_id.';
COMMENT ON COLUMN curated.ml_recommendations.terms IS 'recorded: the schedule behind the terms was captured by the decision; assumed: taken from the game''s later record.';
COMMENT ON COLUMN curated.ml_recommendations.terms_game_date IS 'Official date of the game at the decision.';
COMMENT ON COLUMN curated.ml_recommendations.terms_scheduled_start IS 'Scheduled first pitch at the decision.';
COMMENT ON COLUMN curated.ml_recommendations.terms_scheduled_innings IS 'Scheduled innings at the decision, 9 or 7.';
COMMENT ON COLUMN curated.ml_recommendations.terms_home_bats_first IS 'Whether the home team was to bat first, as known at the decision.';
COMMENT ON COLUMN curated.ml_recommendations.unsettled_reason IS 'Why a priced bet has no result yet: the fact that its rule still needs.';

ALTER TABLE curated.settlement_history ADD COLUMN cause VARCHAR(120);
COMMENT ON COLUMN curated.settlement_history.cause IS 'Why the settlement was new: the first one, a corrected score, another clause than before, other terms.';

ALTER TABLE staging.game_status_history
    ADD COLUMN scheduled_innings SMALLINT,
    ADD COLUMN home_bats_first BOOLEAN;
COMMENT ON COLUMN staging.game_status_history.scheduled_innings IS 'Scheduled innings, 9 or 7; NULL in rows from before migration 0034: unknown, not changed.';
COMMENT ON COLUMN staging.game_status_history.home_bats_first IS 'Whether the home team bats first; NULL in rows from before migration 0034: unknown, not changed.';

ALTER TABLE staging.game_results
    ADD COLUMN completed_at TIMESTAMPTZ,
    ADD COLUMN forfeit BOOLEAN;
COMMENT ON COLUMN staging.game_results.completed_at IS 'End of the last play; NULL where the source has no stamp of it.';
COMMENT ON COLUMN staging.game_results.forfeit IS 'Whether the game was forfeited; NULL where the source does not report it.';

CREATE TABLE staging.game_suspensions (
    source VARCHAR(30) NOT NULL,
    source_game_id VARCHAR(100) NOT NULL,
    known_at TIMESTAMPTZ NOT NULL,
    assumed BOOLEAN NOT NULL,
    home_score SMALLINT CHECK (home_score >= 0),
    away_score SMALLINT CHECK (away_score >= 0),
    outs SMALLINT CHECK (outs >= 0),
    resumes_at TIMESTAMPTZ,
    PRIMARY KEY (source, source_game_id, known_at)
);
COMMENT ON TABLE staging.game_suspensions IS 'A game that was stopped to be completed later: the score and the outs of both sides when it was, and when it goes on. What a source leaves open is NULL.';
COMMENT ON COLUMN staging.game_suspensions.source IS 'Name of the source.';
COMMENT ON COLUMN staging.game_suspensions.source_game_id IS 'Id of the game at the source.';
COMMENT ON COLUMN staging.game_suspensions.known_at IS 'Instant from which the fact may be used.';
COMMENT ON COLUMN staging.game_suspensions.assumed IS 'Whether known_at follows from a rule instead of a stamp.';
COMMENT ON COLUMN staging.game_suspensions.home_score IS 'Runs of the home team when the game was stopped.';
COMMENT ON COLUMN staging.game_suspensions.away_score IS 'Runs of the away team when the game was stopped.';
COMMENT ON COLUMN staging.game_suspensions.outs IS 'Outs of both sides when the game was stopped; six are an inning.';
COMMENT ON COLUMN staging.game_suspensions.resumes_at IS 'When the game goes on, as scheduled.';

ALTER TABLE curated.settlement_rules
    ADD COLUMN period VARCHAR(20) NOT NULL DEFAULT 'game',
    ADD COLUMN resume_within_hours SMALLINT,
    ADD COLUMN has_fractional_results BOOLEAN NOT NULL DEFAULT FALSE,
    DROP CONSTRAINT settlement_rules_market_type_check,
    DROP CONSTRAINT settlement_rules_pkey,
    ADD PRIMARY KEY (operator, market_type, period, valid_from);
COMMENT ON COLUMN curated.settlement_rules.period IS 'The part of the game that settles the market: game, later first_five and innings.';
COMMENT ON COLUMN curated.settlement_rules.resume_within_hours IS 'A suspended game must be resumed within this many hours of its scheduled start.';
COMMENT ON COLUMN curated.settlement_rules.has_fractional_results IS 'An exchange''s contracts pay any share from 0 to 1.';

-- The published text counts the hours until the game is resumed, not until it is completed.
UPDATE curated.settlement_rules SET complete_within_hours = NULL, resume_within_hours = 36 WHERE operator = 'draftkings';

INSERT INTO curated.settlement_rules (
    rule_id, operator, market_type, valid_from, valid_to, minimum_innings, minimum_innings_of_seven, decided_stands,
    pitchers, same_day, complete_within_hours, resume_within_hours, suspended_official, length_change_voids, assumed,
    source
)
SELECT
    'betmgm_36_hours', 'betmgm', m.market_type, '2018-05-14'::DATE, '9999-12-31'::DATE, m.nine, m.seven, TRUE, 'action',
    TRUE, NULL, 36, m.market_type = 'moneyline', TRUE, FALSE,
    'BetMGM, Baseball wager types and rules (29 August 2024: 36 hours, then the last full inning''s score)'
FROM (VALUES ('moneyline', 5, 5), ('total', 9, 7), ('spread', 9, 7)) AS m (market_type, nine, seven)
UNION ALL
SELECT
    r.rule_id, o.operator, r.market_type, r.valid_from, r.valid_to, r.minimum_innings, r.minimum_innings_of_seven,
    r.decided_stands, r.pitchers, r.same_day, r.complete_within_hours, NULL, r.suspended_official,
    r.length_change_voids, TRUE, r.source
FROM curated.settlement_rules AS r
CROSS JOIN (VALUES ('fanduel'), ('caesars'), ('bet365'), ('circa')) AS o (operator)
WHERE r.operator = '*' AND r.rule_id = 'us_retail';

-- Terms of what was recommended before: the start is the prediction's own; the date is the schedule's as captured by the
-- decision where there is such a capture, else the game's.
UPDATE curated.ml_recommendations AS r
SET terms = CASE WHEN h.game_date IS NULL THEN 'assumed' ELSE 'recorded' END,
    terms_game_date = COALESCE(h.game_date, g.game_date),
    terms_scheduled_start = p.market_close_time,
    terms_scheduled_innings = d.scheduled_innings,
    terms_home_bats_first = d.home_bats_first,
    operator = CASE
        WHEN r.book IS NULL THEN NULL
        ELSE COALESCE(
            (
                SELECT c.parent_book
                FROM staging.book_catalogue AS c
                WHERE c.source || ':' || c.book_id = r.book AND g.game_date BETWEEN c.valid_from AND c.valid_to
                LIMIT 1
            ),
            CASE WHEN r.archive_price THEN 'archive' ELSE r.book END
        )
    END
FROM curated.ml_predictions AS p
JOIN curated.enhanced_games AS g ON g.id = p.game_id
JOIN curated.game_details AS d ON d.game_id = g.id
LEFT JOIN LATERAL (
    SELECT s.game_date
    FROM staging.linked_games AS l
    JOIN staging.game_status_history AS s USING (source, source_game_id)
    JOIN curated.ml_feature_vectors AS v ON v.id = p.feature_vector_id
    WHERE l.game_id = g.id AND l.rank = 1 AND s.captured_at <= v.feature_cutoff_time
        AND s.status NOT IN ('postponed', 'cancelled')
    ORDER BY s.captured_at DESC
    LIMIT 1
) AS h ON TRUE
WHERE p.id = r.prediction_id;
