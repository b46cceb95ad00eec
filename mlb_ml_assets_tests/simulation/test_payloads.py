"""Payloads are shaped like the recorded ones, are read by the real parsers, and hold nothing of the future.

Belongs here: what each source answers at an instant.
Not here: HTTP (test_server.py).
"""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from mlb_ml_assets.simulation.payloads import write_recorded
from mlb_ml_assets.simulation.timeline import FINAL, POSTPONED
from mlb_ml_assets.sources import action_network, mlb_stats_api, sportsbettingdime, the_odds_api, vsin

HYDRATE = "probablePitcher(note),linescore,team,weather,venue,officials,lineups"


def schedule_url(day, hydrate=HYDRATE):
    return f"/api/v1/schedule?sportId=1&date={day.isoformat()}&hydrate={hydrate}"


def schedule(answers, day, now):
    body = answers.get(schedule_url(day), now).body
    return mlb_stats_api.parse(body, now, schedule_url(day))


def paths(content, prefix=""):
    """Every key path of a JSON document, list places and ids left out."""
    if isinstance(content, dict):
        for key, value in content.items():
            name = "#" if key.removeprefix("ID").isdigit() else key
            yield f"{prefix}.{name}"
            yield from paths(value, f"{prefix}.{name}")
    elif isinstance(content, list):
        for value in content:
            yield from paths(value, f"{prefix}[]")


def test_the_day_has_games_in_every_state(answers, league):
    """A demo day with plain games only would show nothing of postponements and doubleheaders."""
    today = schedule(answers, league.config.today, league.config.now)
    yesterday = schedule(answers, league.config.today - timedelta(days=1), league.config.now)
    assert not today.rejected + yesterday.rejected
    assert Counter(game.status for game in today.games).keys() == {"scheduled", "live"}
    assert {"Y", "S"} & {game.doubleheader for game in today.games}
    assert {"final", "postponed"} <= {game.status for game in yesterday.games}
    moved = {g.source_game_id for g in yesterday.games if g.status == "postponed"}
    assert moved <= {g.source_game_id for g in today.games}


def test_probables_and_lineups_come_when_they_are_announced(answers, league):
    """Starters of a historical query are the ones finally listed; the simulation must list what was known then."""
    row = next(
        row
        for row in range(1500, len(league.games))
        if answers.timeline.instant(row, "scratched_at") and answers.timeline.instant(row, "moved_at") is None
    )
    game, timeline = league.games.iloc[row], answers.timeline
    pk = str(game["game_pk"])

    def listed(now):
        probables = [p for p in schedule(answers, game["official_date"], now).probables if p.source_game_id == pk]
        return [probable.player_id for probable in sorted(probables, key=lambda p: p.side, reverse=True)]

    minute = timedelta(minutes=1)
    announced, scratched = timeline.instant(row, "probables_at"), timeline.instant(row, "scratched_at")
    assert listed(announced - minute) == [None, None]
    assert listed(max(announced, scratched - minute)) == [str(one) for one in league.facts.probables[row]]
    assert listed(scratched) == [str(one) for one in league.facts.starters[row]]
    posted = timeline.instant(row, "lineups_at")
    for at, expected in ((posted - minute, 0), (posted, 2)):
        cards = [c for c in schedule(answers, game["official_date"], at).lineups if c.source_game_id == pk]
        assert len(cards) == expected


def test_nothing_of_the_score_is_told_before_it_is_scored(answers, league):
    """One run from the future in a payload would make every later test of honesty worthless."""
    for row in (1950, 1951, 1952, 1953):
        game = league.games.iloc[row]
        pitch, end = (answers.timeline.instant(row, name) for name in ("first_pitch", "ended_at"))
        url = f"/api/v1.1/game/{game['game_pk']}/feed/live"
        seen = []
        for now in (pitch - timedelta(minutes=1), pitch, pitch + (end - pitch) / 2, end - timedelta(minutes=1), end):
            content = json.loads(answers.get(url, now).body)
            runs = [
                content["liveData"]["linescore"].get("teams", {}).get(side, {}).get("runs") for side in ("home", "away")
            ]
            parsed = mlb_stats_api.parse(json.dumps(content).encode(), now, url)
            assert bool(parsed.results) == (now >= end)
            assert bool(parsed.starter_lines) == (now >= end)
            seen.append(runs)
        assert seen[0] == [None, None]
        assert seen[1] == [0, 0]
        final = [game["home_score"], game["away_score"]]
        assert seen[-1] == final
        assert all(one <= two for earlier, later in pairwise(seen[1:]) for one, two in zip(earlier, later, strict=True))


def test_a_finished_games_box_score_says_what_the_league_knows(answers, league):
    """The bundle and the live feed describe one game: a model must not distinguish them."""
    for row in range(1940, 1960):
        game = league.games.iloc[row]
        url = f"/api/v1.1/game/{game['game_pk']}/feed/live"
        now = answers.timeline.instant(row, "ended_at") + timedelta(hours=1)
        parsed = mlb_stats_api.parse(answers.get(url, now).body, now, url)
        assert not parsed.rejected
        result = parsed.results[0]
        assert (result.home_score, result.away_score) == (game["home_score"], game["away_score"])
        assert result.innings == game["innings"]
        for place, side in enumerate(("home", "away")):
            counts = {name: count[row, place] for name, count in league.boxes.pitching.items()}
            line = next(one for one in parsed.starter_lines if one.side == side)
            relief = next(one for one in parsed.bullpen_lines if one.side == side)
            team = next(one for one in parsed.team_lines if one.side == side)
            for name in ("outs", "hits", "earned_runs", "walks", "strikeouts", "home_runs"):
                assert (getattr(line, name), getattr(relief, name)) == tuple(counts[name]), name
            assert line.player_id == str(league.facts.starters[row, place])
            assert team.at_bats == league.boxes.batting("at_bats")[row, place]
            assert team.errors == league.boxes.errors[row, place]


def test_a_postponed_game_is_listed_twice_with_one_game_pk(answers, league):
    """MLB lists it under both days and calls the first one Final; only the coded state shows it."""
    row = next(row for row, at in enumerate(league.games["postponed_at"]) if at == at and row > 500)
    game, now = league.games.iloc[row], answers.timeline.instant(row, "postponed_at")
    before = now - timedelta(minutes=1)
    assert [one.day for one in answers.timeline.of_game(row, before)] == [game["original_date"]]
    first, second = answers.timeline.of_game(row, now)
    assert (first.state, second.day) == (POSTPONED, game["official_date"])
    content = json.loads(answers.get(schedule_url(game["original_date"]), now).body)
    listed = [g for day in content["dates"] for g in day["games"] if g["gamePk"] == game["game_pk"]]
    assert len(listed) == 1
    assert listed[0]["status"]["abstractGameState"] == "Final"
    assert listed[0]["status"]["codedGameState"] == "D"
    assert listed[0]["officialDate"] == game["official_date"].isoformat()


def test_a_suspended_game_is_suspended_then_resumed_then_final(answers, league):
    """Codes U and T are in no recorded payload; a parser meets them here first."""
    row = int(league.games["suspended"].to_numpy().nonzero()[0][0])
    stopped, resumed, ended = (
        answers.timeline.instant(row, name) for name in ("suspended_at", "resumed_at", "ended_at")
    )
    day, pk = league.games.iloc[row]["official_date"], str(league.games.iloc[row]["game_pk"])
    states = []
    for now in (stopped - timedelta(minutes=1), stopped, resumed, ended):
        parsed = schedule(answers, day, now)
        states += [game.status for game in parsed.games if game.source_game_id == pk]
    assert states == ["live", "suspended", "live", "final"]
    next_day = json.loads(answers.get(schedule_url(day + timedelta(days=1)), stopped).body)
    assert any("resumedFrom" in g for d in next_day["dates"] for g in d["games"] if str(g["gamePk"]) == pk)


def test_odds_payloads_are_read_whole(answers, league):
    """A quote that the parsers refuse is either a bug here or one there."""
    now, today = league.config.now, league.config.today
    board = answers.get(f"/web/v2/scoreboard/publicbetting/mlb?date={today:%Y%m%d}", now).body
    parsed = action_network.parse(board, now)
    assert not parsed.rejected
    assert len(parsed.games) == (league.games["official_date"] == today).sum()
    assert len(parsed.quotes) > 300
    assert len(parsed.splits) > 20
    page = vsin.parse(answers.get("/betting-splits/?source=DK", now).body, now, "/betting-splits/?source=DK")
    assert not page.rejected
    assert len(page.splits) > 20
    odds = the_odds_api.parse(answers.get("/v4/sports/baseball_mlb/odds?apiKey=x", now).body, now)
    assert not odds.rejected
    assert len(odds.quotes) > 300
    dime = sportsbettingdime.parse(answers.get("/wp-json/adpt/v1/mlb-odds", now).body, now)
    assert len(dime.quotes) > 300
    # A market with one side on offer: nothing else may be refused.
    assert all(one.record.get("odds") == "" for one in dime.rejected)


def test_vsins_splits_are_the_consensus_of_its_book(answers, league):
    """Handle and bets swapped, or away and home, would still look like percentages."""
    from mlb_ml_assets.simulation.splits import shares

    now, today = league.config.now, league.config.today
    page = vsin.parse(answers.get("/betting-splits/?source=DK", now).body, now, "/betting-splits/?source=DK")
    rows = {
        f"{today:%Y%m%d}MLB{league.games['away_rotation'][row]:05d}": row
        for row in league.games.index[league.games["official_date"] == today]
    }
    checked = 0
    for split in page.splits:
        published = shares(answers.timeline, rows[split.source_game_id], split.market_type, now, crowd=1)
        assert split.tickets_home_or_over == pytest.approx(published.tickets, abs=0.51)
        assert split.money_home_or_over == pytest.approx(published.money, abs=0.51)
        checked += 1
    assert checked > 20


def test_histories_tell_each_change_once_it_is_made_and_never_before(answers, league):
    """A change stamped later than the answer that holds it is a leak, whatever the model does with it."""
    row = int(league.games.index[league.games["official_date"] == league.config.today][5])
    event = league.games["action_network_id"][row]
    url = f"/web/v2/markets/event/{event}/history"
    published = []
    for hours in (20, 10, 4):
        now = answers.timeline.instant(row, "market_start") - timedelta(hours=hours)
        parsed = action_network.parse(answers.get(url, now).body, now, url)
        assert not parsed.rejected
        assert max(quote.updated_at for quote in parsed.quotes) <= now
        published.append({(q.book_id, q.market_type, q.side, q.updated_at, q.odds) for q in parsed.quotes})
    assert len(published[0]) < len(published[1]) < len(published[2])


def test_histories_are_forgotten_after_two_weeks(answers, league):
    """The source keeps them about so long; a back-fill that relies on more finds empty lists."""
    event = league.games["action_network_id"][1200]
    start = answers.timeline.instant(1200, "market_start")
    for days, kept in ((13, True), (15, False)):
        content = json.loads(answers.get(f"/web/v2/markets/event/{event}/history", start + timedelta(days=days)).body)
        entries = [o["history"] for book in content.values() for m in book["event"].values() for o in m]
        assert any(entries) is kept


def test_games_map_to_one_another_by_what_the_sources_tell(answers, league):
    """Start instant, teams and rotation number must suffice, doubleheaders included."""
    now, today = league.config.now, league.config.today
    mlb = {(g.home_team, g.away_team, g.game_number): g.scheduled_start for g in schedule(answers, today, now).games}
    board = action_network.parse(answers.get(f"/web/v2/scoreboard/mlb?date={today:%Y%m%d}", now).body, now)
    assert len(board.games) == len(mlb)
    starts = sorted(game.scheduled_start for game in board.games)
    assert all(abs(one - two) <= timedelta(minutes=10) for one, two in zip(starts, sorted(mlb.values()), strict=True))


def test_no_field_is_invented(answers, league, shared_data):
    """A field that the real source does not send would be read from the simulation and missed in life."""
    folder, now, today = shared_data / "payloads", league.config.now, league.config.today
    yesterday = today - timedelta(days=1)
    final = next(row for row in range(len(league.games) - 60, 0, -1) if answers.timeline.state(row, now) == FINAL)
    feed = f"/api/v1.1/game/{league.games['game_pk'][final]}/feed/live"
    recorded = {
        schedule_url(yesterday): (
            "mlb_statsapi/schedule_2024_full_season.json",
            "mlb_statsapi/dsotm_livefeed.json",
            "mlb_statsapi/schedule_hydrate_probablePitcher_2026-08-08.json",
            "mlb_statsapi/dsotm_schedule_hydrated_team.json",
        ),
        feed: ("mlb_statsapi/dsotm_livefeed.json", "mlb_statsapi/live_feed_718322.json"),
        f"/web/v2/scoreboard/mlb?date={today:%Y%m%d}": ("action_network/DERIVED_scoreboardResponse_2025-06-16.json",),
        "/wp-json/adpt/v1/mlb-odds": ("sbd/wp_json_mlb-odds_2026-09-27_EXCERPT_game1.json",),
        "/v4/sports/baseball_mlb/odds?apiKey=x": ("odds_api/panthera/2026-08-12/pregame.json",),
    }
    for url, files in recorded.items():
        real = {path.rsplit(".", 1)[-1] for file in files for path in paths(json.loads((folder / file).read_text()))}
        ours = {path.rsplit(".", 1)[-1] for path in paths(json.loads(answers.get(url, now).body))}
        # Hydrated parts that no recorded schedule has; a filter key is a league's name.
        known = {"lineups", "homePlayers", "awayPlayers"} | {
            name for name in ours if name.startswith("American League")
        }
        known |= {name for name in ours if name.startswith("National League")}
        assert ours - real <= known, (url, sorted(ours - real - known))


def test_recorded_files_are_named_by_their_instant(answers, league, tmp_path):
    """An archive of a collector is dated by its file names."""
    instants = [league.config.now - timedelta(hours=1), league.config.now]
    written = write_recorded(answers, tmp_path, ["/wp-json/adpt/v1/mlb-odds", "/betting-splits/?source=DK"], instants)
    assert len(written) == 4
    assert all(path.stat().st_size > 1000 for path in written)
    stamp = datetime.strptime(written[0].name.split("_")[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    assert stamp == instants[0].replace(microsecond=0)
    assert {path.suffix for path in written} == {".json", ".html"}


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("/api/v1/schedule?date=2024-13-45", 400),
        ("/api/v1.1/game/1/feed/live", 404),
        ("/web/v2/markets/event/1/history", 404),
        ("/v4/sports/baseball_mlb/odds", 401),
        ("/betting-splits/?source=MGM", 400),
        ("/nowhere", 404),
    ],
)
def test_wrong_requests_are_refused(answers, league, url, status):
    """A server that answers anything would not notice a wrong address in a collector."""
    assert answers.get(url, league.config.now).status == status
