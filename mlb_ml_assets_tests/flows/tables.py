"""What the chain's tables hold, to be compared.

Belongs here: every row of our tables as text, with or without ids and stamps of writing.
Not here: any judgement of a row.
"""

import json

import psycopg

FEATURES = ("curated.game_features", "curated.ml_feature_vectors")
PREDICTIONS = ("curated.ml_predictions",)
BETS = ("curated.ml_recommendations", "curated.settlement_history")
SCORES = ("curated.ml_model_performance", "curated.market_comparison")
GAMES = ("curated.enhanced_games", "curated.game_details", "curated.market_lines")
ALL = (*GAMES, *FEATURES, *PREDICTIONS, *BETS, *SCORES)

# Handed out or stamped at writing: two honest runs differ in them.
_OF_WRITING = ["id", "prediction_id", "feature_vector_id", "created_at", "updated_at", "settled_at", "last_updated"]
_NAMED_BY_PREDICTION = {*BETS}


def held(connection: psycopg.Connection, tables=ALL) -> dict[str, list[str]]:
    """Every row to the last stamp, as a digest."""
    return {
        table: [row for (row,) in connection.execute(f"SELECT md5(t::TEXT) FROM {table} AS t ORDER BY 1")]
        for table in tables
    }


def meant(connection: psycopg.Connection, tables=ALL) -> dict[str, list[str]]:
    """Every row without ids and stamps of writing; bets by what their prediction is of."""
    found = {}
    for table in tables:
        of, join = "'{}'::JSONB", ""
        if table in _NAMED_BY_PREDICTION:
            of = (
                "jsonb_build_object('of', "
                "ARRAY[p.game_id::TEXT, p.model_name, p.model_version, p.prediction_timestamp::TEXT])"
            )
            join = "JOIN curated.ml_predictions AS p ON p.id = t.prediction_id"
        statement = f"SELECT (to_jsonb(t) - %s::TEXT[] || {of})::TEXT FROM {table} AS t {join} ORDER BY 1"
        rows = [_rounded(row) for (row,) in connection.execute(statement, (_OF_WRITING,))]
        found[table] = sorted(rows)
    return found


def _rounded(row: str) -> str:
    """Root finding over an array ends in its 16th digit by the array's length."""
    return json.dumps(json.loads(row, parse_float=lambda text: f"{float(text):.10g}"), sort_keys=True)


def forget(connection: psycopg.Connection, first, last) -> None:
    """Take out of our tables what the chain made of the games of [first, last], and every score."""
    games = "(SELECT id FROM curated.enhanced_games WHERE game_date BETWEEN %s AND %s)"
    for table in ("ml_recommendations", "ml_predictions", "ml_feature_vectors", "game_features"):
        connection.execute(f"DELETE FROM curated.{table} WHERE game_id IN {games}", (first, last))
    for table in SCORES:
        connection.execute(f"DELETE FROM {table}")
