-- book_entries.sql: what does the catalogue say of each book?
-- One row a source, book and time of validity.
SELECT source, book_id, book_name, parent_book, bettable, valid_from, valid_to
FROM staging.book_catalogue
ORDER BY source, book_id, valid_from;
