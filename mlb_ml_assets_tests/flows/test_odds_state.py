"""The odds sensor's memory: no day forgotten, none doubled.

Belongs here: the state machine alone.
Not here: the poll (test_arrivals.py), ticks on an instance (test_odds_sensor.py).
"""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from mlb_ml_assets.flows.odds_state import TRIES, OddsState, add_arrivals, next_requests, settle_runs

TODAY = date(2024, 6, 15)
YESTERDAY = date(2024, 6, 14)


def tick(state, snapshot, quotes, outcomes, most=3):
    state = settle_runs(state, lambda key: outcomes.get(key, "going"))
    return next_requests(add_arrivals(state, snapshot, quotes, TODAY), snapshot, most)


def test_a_cursor_gives_back_the_state():
    """A field that does not survive JSON is forgotten at the daemon's restart."""
    state = tick(OddsState(), "1:1:", {TODAY: 5, YESTERDAY: 2}, {}, most=1).state
    assert OddsState.from_cursor(state.to_cursor()) == state
    assert OddsState.from_cursor(None) == OddsState()


def test_quotes_that_come_while_a_run_goes_wait_for_its_end():
    """Two runs of one day at once would interleave; quotes dropped because a run was going are lost."""
    first = tick(OddsState(), "1:1:", {TODAY: 5}, {})
    (key,) = first.requests.values()
    during = tick(first.state, "2:2:", {TODAY: 3}, {key: "going"})
    assert not during.requests
    after = tick(during.state, "3:3:", {}, {key: "succeeded"})
    assert list(after.requests) == [TODAY.isoformat()]
    assert after.requests[TODAY.isoformat()] != key


def test_a_failed_run_is_tried_again_and_then_waits_for_new_quotes():
    """Dagster deduplicates a run key forever, also after a failure: a retry needs a key of its own."""
    decision = tick(OddsState(), "1:1:", {TODAY: 5}, {})
    keys = set(decision.requests.values())
    for _ in range(TRIES - 1):
        decision = tick(decision.state, "1:1:", {}, dict.fromkeys(keys, "failed"))
        assert len(decision.requests) == 1
        keys |= set(decision.requests.values())
    assert len(keys) == TRIES
    given_up = tick(decision.state, "1:1:", {}, dict.fromkeys(keys, "failed"))
    assert not given_up.requests
    assert given_up.state.given_up == {TODAY.isoformat(): 5}
    again = tick(given_up.state, "9:9:", {TODAY: 1}, {})
    assert list(again.requests) == [TODAY.isoformat()]
    assert again.state.going[TODAY.isoformat()].quotes == 6


def test_days_off_are_caught_up_in_bounded_ticks_today_first():
    """A tick has a minute; today's price is worth more than last week's."""
    backlog = {date(2024, 6, day): 1 for day in range(6, 16)}
    decision = tick(OddsState(), "1:1:", backlog, {})
    assert sorted(decision.requests) == ["2024-06-13", "2024-06-14", "2024-06-15"]
    requested = set(decision.requests)
    for _ in range(4):
        done = dict.fromkeys((run.run_key for run in decision.state.going.values()), "succeeded")
        decision = tick(decision.state, "1:1:", {}, done)
        requested |= set(decision.requests)
    assert requested == {day.isoformat() for day in backlog}


def test_tomorrows_games_are_priced_with_todays_partition():
    """Tomorrow has no partition yet, and its first prices are the ones worth most."""
    assert list(tick(OddsState(), "1:1:", {date(2024, 6, 16): 4}, {}).requests) == [TODAY.isoformat()]


@given(
    st.lists(
        st.tuples(
            st.dictionaries(st.sampled_from([date(2024, 6, d) for d in range(10, 16)]), st.integers(1, 9)),
            st.sampled_from(["going", "succeeded", "failed"]),
        ),
        max_size=25,
    )
)
def test_every_quote_is_in_exactly_one_place_or_done(story):
    """Whatever the order of arrivals, successes and failures, quotes are neither lost nor counted twice."""
    state, arrived, done = OddsState(), 0, 0
    for number, (quotes, outcome) in enumerate(story):
        if outcome == "succeeded":
            done += sum(run.quotes for run in state.going.values())
        outcomes = {run.run_key: outcome for run in state.going.values()}
        state = tick(state, f"{number}:{number}:", quotes, outcomes).state
        arrived += sum(quotes.values())
        held = sum(state.waiting.values()) + sum(r.quotes for r in state.going.values()) + sum(state.given_up.values())
        assert held + done == arrived
