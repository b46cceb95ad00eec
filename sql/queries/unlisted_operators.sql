-- unlisted_operators.sql: which of these operators has no book at any source?
-- One row per name, in lower case. %(operators)s  names in lower case; a book without an operator is its source and id.
SELECT name
FROM UNNEST(%(operators)s::TEXT[]) AS name
EXCEPT
SELECT LOWER(COALESCE(parent_book, source || ':' || book_id))
FROM staging.book_catalogue
ORDER BY 1;
