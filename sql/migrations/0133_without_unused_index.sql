-- No statement searches records by gamePk: every one finds its rows by source and id, by day, or by the games they are
-- linked to. 1.1 MB and one more write a record of each source.
-- depends: 0132_months_held_by_the_tier_alone

DROP INDEX staging.source_games_by_game_pk;
