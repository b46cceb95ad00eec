-- Odds of other programs that are no American prices: their market has no close, and says why.
-- depends: 0020_sightings

COMMENT ON COLUMN curated.missing_closes.reason IS 'Why it has no close: not seen in time, pulled, suspended, one side only, impossible price, sides at different lines, or implausible margin.';
