-- One operator has one name: catalog entries that were written under a feed's own name of it. The book's own name stays.
-- depends: 0002_pipeline_tables

UPDATE staging.book_catalogue AS c
SET parent_book = n.operator
FROM (
    VALUES
        ('williamhill_us', 'caesars'), ('williamhill', 'caesars'), ('unibet_us', 'unibet'), ('unibet_eu', 'unibet'),
        ('unibet_uk', 'unibet'), ('espnbet', 'espn_bet'), ('mgm', 'betmgm'), ('pointsbetus', 'pointsbet'),
        ('hardrockbet', 'hard_rock'), ('ballybet', 'bally_bet'), ('betonlineag', 'betonline'), ('mybookieag', 'mybookie')
) AS n (name, operator)
WHERE c.parent_book = n.name;
