"""Archive files into frames.

Belongs here: the history bundle, Retrosheet's logs and the workbooks, on rows small enough to read.
Not here: stamps and the database.
"""

import io
import tarfile
import zipfile

import numpy as np
import pandas as pd
import pytest

from mlb_ml_assets.sources import bundle_boxscores, bundle_odds, history_bundle, retrosheet, sbro
from mlb_ml_assets.sources.archive_files import LARGEST_MEMBER, UnreadableRecording, read_files
from mlb_ml_assets.sources.archive_rows import ArchiveFrames, ArchiveShapeChanged, break_even, market_fault


def odds_row(**told):
    usual = {
        "game_id": "PIT201606071", "game_date": "2016-06-07", "season": 2016, "source": "sbro", "book": "sbro",
        "is_primary": True, "swapped": False, "odds_defect": None,
        "ml_open_home": -130.0, "ml_open_away": 110.0, "ml_close_home": -140.0, "ml_close_away": 125.0,
        "rl_home": -1.5, "rl_price_home": 150.0, "rl_away": 1.5, "rl_price_away": -170.0,
        "total_open": 8.5, "over_open": -110.0, "under_open": -110.0,
        "total_close": 8.0, "over_close": -105.0, "under_close": -115.0,
    }  # fmt: skip
    return usual | told


def parsed_odds(*rows):
    frames = ArchiveFrames("history_bundle")
    bundle_odds.parse_open_close(pd.DataFrame(rows), frames)
    return frames


def ticks(*rows):
    frames = ArchiveFrames("history_bundle")
    names = ["game_id", "source", "book", "kind", "ts_utc", "commence_utc", "ml_home", "ml_away"]
    told = [("G", "pinnacle2016", "Pinnacle", "tick", stamp, None, home, away) for stamp, home, away in rows]
    others = dict.fromkeys(["rl_home", "rl_price_home", "rl_price_away", "total", "over", "under"], np.nan)
    bundle_odds.parse_line_history(pd.DataFrame(told, columns=names).assign(game_date="2016-06-07", **others), frames)
    quotes = frames.tables["archive_quotes"]
    return quotes[quotes["side"] == "home"][["updated_at", "odds"]].reset_index(drop=True), frames


def test_a_row_with_a_defect_is_set_aside_whole_and_never_priced():
    """'double-header order unsure' rows hold good prices of the other game."""
    frames = parsed_odds(odds_row(odds_defect="double-header order unsure"), odds_row(game_id="B"))
    assert set(frames.tables["archive_quotes"]["source_game_id"]) == {"B"}
    (rejected,) = frames.rejected
    assert rejected.rejected.reason == "double-header order unsure"
    assert rejected.rejected.record["ml_close_home"] == -140.0


def test_a_total_without_its_number_costs_that_market_and_no_other():
    """A bad cell must not stop its neighbours."""
    frames = parsed_odds(odds_row(total_close=np.nan))
    quotes = frames.tables["archive_quotes"]
    assert quotes.groupby(["quote_kind", "market_type"]).size().to_dict() == {
        ("open", "moneyline"): 2, ("close", "moneyline"): 2, ("close", "spread"): 2, ("open", "total"): 2,
    }  # fmt: skip
    assert [one.rejected.reason for one in frames.rejected] == ["total without a number"]


def test_the_away_side_of_a_run_line_carries_the_opposite_number():
    """-1.5 stored for both sides prices the underdog at the favourite's number."""
    quotes = parsed_odds(odds_row()).tables["archive_quotes"]
    spread = quotes[quotes["market_type"] == "spread"].set_index("side")["line_value"]
    assert spread.to_dict() == {"home": -1.5, "away": 1.5}


def test_only_the_underdogs_price_of_the_workbook_feed_is_synthetic():
    """A computed price is no offer: bets on it never were possible."""
    quotes = parsed_odds(odds_row(), odds_row(game_id="B", source="orb_outlook")).tables["archive_quotes"]
    assert set(quotes[quotes["synthetic"]][["feed", "side", "market_type"]].itertuples(index=False, name=None)) == {
        ("sbro", "away", "moneyline")
    }


@pytest.mark.parametrize(
    ("home", "away", "fault"),
    [(-110, -110, ""), (150, -140, "moneyline overround outside 0 to 0.12"), (-200, -200, "moneyline overround"),
     (-50, 120, "moneyline price inside"), (-110, np.nan, "no price")],
)  # fmt: skip
def test_prices_that_make_no_market_are_named(home, away, fault):
    """+150/-140 is free money, and so a typing error."""
    found = market_fault(pd.Series([float(home)]), pd.Series([float(away)]), None, "moneyline")[0]
    assert found.startswith(fault)
    assert bool(found) == bool(fault)


def test_break_even_of_american_prices():
    """+100 and -100 are the same price."""
    assert break_even(pd.Series([100.0, -100.0, 150.0, -150.0])).tolist() == pytest.approx([0.5, 0.5, 0.4, 0.6])


def test_of_several_changes_with_one_stamp_the_last_in_source_order_stands():
    """Sorting by price, or keeping the first, would leave a price that was in effect for no time at all."""
    found, frames = ticks(("2016-06-07 12:00:00+00:00", -120.0, 110.0), ("2016-06-07 13:00:00+00:00", -125.0, 115.0),
                          ("2016-06-07 13:00:00+00:00", -115.0, 105.0))  # fmt: skip
    assert found["odds"].tolist() == [-120, -115]
    assert frames.repaired["several moneyline changes with one stamp: the last counts"] == 1


def test_a_log_row_that_repeats_the_price_is_no_change():
    """A row is logged when any of three markets moves; counted as moves they would triple the activity."""
    found, _ = ticks(("2016-06-07 12:00:00+00:00", -120.0, 110.0), ("2016-06-07 13:00:00+00:00", -120.0, 110.0))
    assert found["updated_at"].tolist() == [pd.Timestamp("2016-06-07 12:00", tz="UTC")]


def test_thirds_of_innings_become_whole_outs():
    """5.6667 times three is 17.0001, and cutting instead of rounding loses an out a game."""
    assert bundle_boxscores.outs(pd.Series([5.6667, 5.6666, 0.3333, 9.0, 0.0])).tolist() == [17, 17, 1, 27, 0]


def test_a_bundle_file_without_a_column_names_both(tmp_path):
    """A renamed column read as missing values would empty ten seasons without a word."""
    (tmp_path / "people.csv").write_text("retro_id,first,last\nabadf001,Fernando,Abad\n")
    with pytest.raises(ArchiveShapeChanged, match=r"people\.csv: no column bats, throws"):
        history_bundle.read_file(tmp_path / "people.csv")


def test_cells_of_the_workbook_that_are_no_numbers():
    """8½ is written as one character; x and NL are no zeros; pk is even money."""
    found = sbro.number(pd.Series(["8½", "x", "NL", "pk", -110, 7.5, None]))
    assert found[[0, 3, 4, 5]].tolist() == [8.5, 100.0, -110.0, 7.5]
    assert found[[1, 2, 6]].isna().all()


def workbook(*pairs, run_line=False):
    rows = []
    for number, (visitor, home) in enumerate(pairs):
        for vh, told in (("V", visitor), ("H", home)):
            usual = {
                "date": 607, "rot": 901 + 2 * number + (vh == "H"), "vh": vh, "team": "NYM" if vh == "V" else "PIT",
                "pitcher": "X-R", "final": 1, "open": -110, "close": -110, "open_total": 8, "open_total_price": -110,
                "close_total": 8.5, "close_total_price": -110, "season": 2016, "row": len(rows) + 2, "file": "w.xlsx",
            }  # fmt: skip
            if run_line:
                usual |= {"run_line": 1.5 if vh == "V" else -1.5, "run_line_price": -110}
            rows.append(usual | told)
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("visitor", "home", "reason"),
    [({"date": 630}, {"date": 701}, "the two rows have different dates"),
     ({"rot": 907}, {"rot": 907}, "rotation numbers do not follow each other"),
     ({"final": "NL"}, {"final": "NL"}, "no result (NL)")],
)  # fmt: skip
def test_a_pair_of_rows_that_is_no_played_game_is_set_aside(visitor, home, reason):
    """Each of these occurs once in nine workbooks, and each would become a game or misplace one."""
    frames = sbro.parse_workbook(workbook((visitor, home), ({}, {})))
    assert len(frames.tables["games"]) == 1
    assert [one.rejected.reason for one in frames.rejected] == [reason]


def test_a_total_close_that_is_a_price_is_set_aside_and_the_moneyline_kept():
    """Four rows of 2018 hold 100 to 104 in the column of the closing total."""
    frames = sbro.parse_workbook(workbook(({"close_total": 104}, {"close_total": 104})))
    quotes = frames.tables["archive_quotes"]
    assert not ((quotes["market_type"] == "total") & (quotes["quote_kind"] == "close")).any()
    assert (quotes["market_type"] == "moneyline").sum() == 4
    assert [one.rejected.reason for one in frames.rejected] == ["total out of range"]


def test_neutral_site_rows_pair_up_and_a_lone_row_does_not_shift_the_rest():
    """Pairing by position would marry every row after a lone one to the wrong opponent."""
    sheet = workbook(({"vh": "N"}, {"vh": "N"}), ({}, {}), ({}, {}))
    frames = sbro.parse_workbook(sheet.drop(index=2).reset_index(drop=True))
    assert frames.tables["games"]["neutral_site"].tolist() == [True, False]
    assert frames.tables["games"]["rotation"].tolist() == [901, 905]
    assert [one.rejected.reason for one in frames.rejected] == ["row without its opponent"]


def test_over_stands_in_the_visitors_row_and_under_in_the_homes():
    """Exchanged, every total's price would be the other side's."""
    frames = sbro.parse_workbook(workbook(({"open_total_price": -120}, {"open_total_price": 100}), run_line=True))
    quotes = frames.tables["archive_quotes"]
    total = quotes[(quotes["market_type"] == "total") & (quotes["quote_kind"] == "open")].set_index("side")["odds"]
    assert total.to_dict() == {"over": -120, "under": 100}
    assert quotes[quotes["market_type"] == "spread"].set_index("side")["line_value"].to_dict() == {
        "home": -1.5,
        "away": 1.5,
    }


def test_a_log_line_of_the_wrong_length_stops_the_file(tmp_path):
    """A shifted field would give every game somebody else's starter."""
    (tmp_path / "GL2016.TXT").write_text('"20160607","0","Tue","NYN"\n')
    with pytest.raises(ArchiveShapeChanged, match="161 fields"):
        retrosheet.read_logs(tmp_path / "GL2016.TXT")


def _zip_of_zeros(path, members, megabytes):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in members:
            with archive.open(name, "w") as file:
                for _ in range(megabytes):
                    file.write(bytes(1024 * 1024))
    return path


@pytest.mark.parametrize("read", [retrosheet.read_logs, sbro.read_workbook], ids=["game logs", "workbook"])
def test_an_archive_that_expands_out_of_proportion_is_refused(read, tmp_path):
    """A gl2015.zip of 3 MB expanded to 4.4 GB and was still going."""
    name = "gl2015.zip" if read is retrosheet.read_logs else "odds2015.xlsx"
    bomb = _zip_of_zeros(tmp_path / name, ["a.txt", "b.txt"], 80)
    assert bomb.stat().st_size < 1024 * 1024
    with pytest.raises(ArchiveShapeChanged, match="expands to"):
        read(bomb)


def test_a_packed_tar_is_refused_while_it_is_looked_through(tmp_path):
    """Half a megabyte of .tar.xz expanded to 1.9 GB before its members were known."""
    path = tmp_path / "day.tar.xz"
    with tarfile.open(path, "w:xz", preset=0) as archive:
        entry = tarfile.TarInfo("a.json")
        entry.size = LARGEST_MEMBER + 1
        archive.addfile(entry, io.BytesIO(bytes(LARGEST_MEMBER + 1)))
        archive.addfile(tarfile.TarInfo("b.json"), io.BytesIO())
    with pytest.raises(UnreadableRecording, match="more than"):
        list(read_files(path))


def test_a_workbook_with_bad_xml_is_named(tmp_path):
    """A ParseError out of the XML parser names neither file nor remedy."""
    from openpyxl import Workbook

    book = Workbook()
    book.save(tmp_path / "good.xlsx")
    bad = tmp_path / "odds2015.xlsx"
    with zipfile.ZipFile(tmp_path / "good.xlsx") as good, zipfile.ZipFile(bad, "w") as archive:
        for member in good.infolist():
            body = good.read(member)
            archive.writestr(member, b"<worksheet><row" if "sheet1" in member.filename else body)
    with pytest.raises(ArchiveShapeChanged, match=r"odds2015\.xlsx"):
        sbro.read_workbook(bad)
