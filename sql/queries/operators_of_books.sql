-- operators_of_books.sql: which operator holds each of these books on a day, where the catalog names one?
-- One row a book. %(books)s, %(day)s
SELECT c.source || ':' || c.book_id AS book, c.parent_book
FROM staging.book_catalogue AS c
WHERE c.source || ':' || c.book_id = ANY(%(books)s)
    AND %(day)s BETWEEN c.valid_from AND c.valid_to
    AND c.parent_book IS NOT NULL;
