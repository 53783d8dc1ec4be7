import re
from pathlib import Path

import cv2
import msgspec
import pytest
from click.testing import CliRunner

from captcha_range.challenges.catalogue import FAMILIES
from captcha_range.cli.challenge import challenge
from captcha_range.measurement.leak_hunter.features import GROUPS
from captcha_range.measurement.leak_hunter.hunt import Report
from captcha_range.measurement.solve_rates import SolveRate


def test_bench_prints_a_line_for_each_rate_and_writes_the_numbers(tmp_path: Path) -> None:
    path, page = tmp_path / "rates.json", tmp_path / "rates.html"
    options = ["--family", "grid", "--level", "1", "--level", "2", "--recogniser", "random", "--processes", "1"]
    written = ["--count", "3", "--json", str(path), "--plot", str(page)]
    runs = CliRunner().invoke(challenge, ["bench", *options, *written], env={"COLUMNS": "140"})
    assert runs.exit_code == 0, runs.output
    assert runs.stdout.count("random") == 2
    rates = msgspec.json.decode(path.read_bytes(), type=list[SolveRate])
    assert [(each.family, each.level, each.count) for each in rates] == [("grid", 1, 3), ("grid", 2, 3)]
    assert page.read_text().count("<svg") == 2


def test_draw_writes_a_picture(tmp_path: Path) -> None:
    path = tmp_path / "sheet.png"
    runs = CliRunner().invoke(challenge, ["draw", str(path), "--family", "odd_one_out", "--count", "2", "--answers"])
    assert runs.exit_code == 0, runs.output
    sheet = cv2.imread(str(path))
    assert sheet is not None
    assert sheet.shape[1] >= 1000


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["bench", "--family", "sudoku"], "'sudoku' is not one of"),
        (["bench", "--recogniser", "oracle"], "'oracle' is not one of"),
        (["bench", "--level", "6"], "6 is not in the range"),
        (["bench", "--count", "0"], "0 is not in the range"),
        (["bench", "--json", "/no/such/folder/x.json"], "there is no folder"),
        (["leaks", "--count", "7"], "7 is not in the range"),
        (["leaks", "--json", "/no/such/folder/x.json"], "there is no folder"),
        (["bench", "--plot", "/no/such/folder/x.html"], "there is no folder"),
        (["solve", "--family", "grid", "view.jpg"], "end its name in .png"),
        (["solve", "--family", "grid", "/no/such/folder/x.png"], "there is no folder"),
        (["draw", "--family", "grid", "sheet.jpg"], "end its name in .png"),
        (["draw", "--family", "grid", "/no/such/folder/x.png"], "there is no folder"),
    ],
)
def test_wrong_usage_is_said_before_any_work(arguments: list[str], message: str) -> None:
    runs = CliRunner().invoke(challenge, arguments)
    assert runs.exit_code == 2
    assert message in runs.output


def test_leaks_visits_a_range_of_its_own_and_prints_what_it_found(tmp_path: Path) -> None:
    path = tmp_path / "leaks.json"
    options = ["--family", "count", "--level", "1", "--count", "20", "--all", "--json", str(path)]
    runs = CliRunner().invoke(challenge, ["leaks", *options], env={"COLUMNS": "200"})
    assert runs.exit_code == 0, runs.output
    report = msgspec.json.decode(path.read_bytes(), type=Report)
    assert [row.group for row in report.rows] == list(GROUPS)
    assert f"No leak in {len(GROUPS)} rows of 10 held-out challenges each." in runs.stdout


def test_every_group_of_features_is_documented() -> None:
    text = (Path(__file__).parents[3] / "docs/reference/leaks.md").read_text()
    assert re.findall(r"^\| `(\w+)` \|", text, re.M) == list(GROUPS)


@pytest.mark.parametrize("family", FAMILIES)
def test_solve_draws_what_any_recogniser_saw(family: str, tmp_path: Path) -> None:
    path = tmp_path / "view.png"
    runs = CliRunner().invoke(challenge, ["solve", str(path), "--family", family, "--recogniser", "random"])
    assert runs.exit_code == 0, runs.output
    assert f"\n{family}: " in runs.stdout
    assert cv2.imread(str(path)) is not None


@pytest.mark.parametrize("recogniser", ["classical", "cnn"])
def test_solve_says_whether_the_reply_is_right(recogniser: str, tmp_path: Path) -> None:
    path = tmp_path / "view.png"
    options = ["--family", "odd_one_out", "--recogniser", recogniser]
    own = CliRunner().invoke(challenge, ["solve", str(path), *options])
    assert ": right. " in own.output
    other = CliRunner().invoke(challenge, ["solve", str(path), *options, "--question", "What time is it?"])
    assert "no reply: question or picture not understood: not right. " in other.output
