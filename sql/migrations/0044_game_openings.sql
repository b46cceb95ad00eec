-- When the first decision about a game could be made, and how many books it saw.
-- depends: 0019_column_comments

CREATE TABLE curated.game_openings (
    game_id INTEGER PRIMARY KEY REFERENCES curated.enhanced_games (id) ON DELETE CASCADE,
    first_price_at TIMESTAMPTZ NOT NULL,
    decided_at TIMESTAMPTZ NOT NULL,
    books INTEGER NOT NULL,
    waited_for VARCHAR(10) NOT NULL CHECK (waited_for IN ('books', 'time', 'cutoff'))
);
CREATE INDEX game_openings_by_decision ON curated.game_openings (decided_at);
COMMENT ON TABLE curated.game_openings IS 'The first decision of each game with live quotes: it waits for a number of books or of minutes, whichever comes first. Games of archives have none: their opening prices have an assumed stamp.';
COMMENT ON COLUMN curated.game_openings.game_id IS 'Our id of the game.';
COMMENT ON COLUMN curated.game_openings.first_price_at IS 'When a payload first had a two-sided price of a bettable book.';
COMMENT ON COLUMN curated.game_openings.decided_at IS 'The as-of time of the first decision; in the future while it still waits.';
COMMENT ON COLUMN curated.game_openings.books IS 'Operators with a two-sided price that the decision sees.';
COMMENT ON COLUMN curated.game_openings.waited_for IS 'What ended the wait: books, time, or the cutoff of the game.';
