-- Why a source's game is linked to no game of ours: the reason was only in the report of the run that found it.
-- depends: 0002_pipeline_tables

CREATE TABLE curated.unlinked_games (
    source VARCHAR(30) NOT NULL,
    source_game_id VARCHAR(100) NOT NULL,
    reason VARCHAR(80) NOT NULL,
    detail TEXT NOT NULL,
    decided_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    PRIMARY KEY (source, source_game_id)
);
COMMENT ON TABLE curated.unlinked_games IS 'Games of live sources that the last matching linked to no game of ours, with the reason. A second listing of a game that another listing is linked to is here too.';
COMMENT ON COLUMN curated.unlinked_games.source IS 'Source that lists the game, by its key in the source catalogue.';
COMMENT ON COLUMN curated.unlinked_games.source_game_id IS 'The source''s own id of the game.';
COMMENT ON COLUMN curated.unlinked_games.reason IS 'Why no game of ours is it, the same phrase for every game of one kind.';
COMMENT ON COLUMN curated.unlinked_games.detail IS 'What was compared.';
COMMENT ON COLUMN curated.unlinked_games.decided_at IS 'Instant (UTC) at which this reason was first found.';

CREATE OR REPLACE VIEW curated.unmapped_games AS
SELECT
    g.source, g.source_game_id, g.game_date, g.home_team, g.away_team, g.game_number, g.scheduled_start, g.status,
    u.reason, u.detail
FROM staging.source_games AS g
LEFT JOIN curated.game_identity AS i USING (source, source_game_id)
LEFT JOIN curated.unlinked_games AS u USING (source, source_game_id)
WHERE i.game_id IS NULL;
