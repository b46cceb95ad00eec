-- Another program's table of odds has no CHECK: American odds between -100 and 100 are no price, wherever they are read.
-- depends: 0080_dagster_roles

CREATE FUNCTION staging.is_price(odds BIGINT) RETURNS BOOLEAN LANGUAGE SQL IMMUTABLE PARALLEL SAFE
RETURN ABS(odds) >= 100;
COMMENT ON FUNCTION staging.is_price IS 'Whether American odds are a price at all: 100 or more, or -100 or less.';
