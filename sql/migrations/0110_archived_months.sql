-- Which closed months of which tables are files of the archive tier, and from which state of their rows each was written.
-- depends: 0012_roles_and_api_keys

CREATE TABLE curated.archived_months (
    table_name VARCHAR(100) NOT NULL,
    month DATE NOT NULL CHECK (EXTRACT(DAY FROM month) = 1),
    file VARCHAR(200) NOT NULL,
    row_count BIGINT NOT NULL CHECK (row_count > 0),
    byte_count BIGINT NOT NULL CHECK (byte_count > 0),
    sha256 CHAR(64) NOT NULL,
    rows_state CHAR(64) NOT NULL,
    written_at TIMESTAMPTZ NOT NULL,
    verified_at TIMESTAMPTZ NOT NULL CHECK (verified_at >= written_at),
    PRIMARY KEY (table_name, month)
);
COMMENT ON TABLE curated.archived_months IS 'Months of tables that the archive tier holds as Parquet files; one row a table and month.';
COMMENT ON COLUMN curated.archived_months.table_name IS 'The table or view, with its schema.';
COMMENT ON COLUMN curated.archived_months.month IS 'First day of the month: of the games'' official dates, or (UTC) of the stamps of prices and captures.';
COMMENT ON COLUMN curated.archived_months.file IS 'The file below the tier''s root; its name has the first 16 digits of its SHA-256.';
COMMENT ON COLUMN curated.archived_months.row_count IS 'Rows in the file.';
COMMENT ON COLUMN curated.archived_months.byte_count IS 'Size of the file in bytes.';
COMMENT ON COLUMN curated.archived_months.sha256 IS 'SHA-256 of the file, hexadecimal.';
COMMENT ON COLUMN curated.archived_months.rows_state IS 'Digest of the columns, the number and the versions of the rows that the file was written from; another one means that the month changed since.';
COMMENT ON COLUMN curated.archived_months.written_at IS 'Instant (UTC) at which the file was written.';
COMMENT ON COLUMN curated.archived_months.verified_at IS 'Instant (UTC) at which the file was last read whole and had this digest.';
