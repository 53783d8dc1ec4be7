"""The benchmarks of issuing and recognising run; what they measure is nobody's business here."""

from pathlib import Path

import msgspec

from benchmarks import issuing, recognising
from captcha_range.recognition.catalogue import installed, load_recogniser


def test_issuing_is_measured_beside_encoding(tmp_path: Path) -> None:
    issuing.main(["--count", "3", "--pause", "0", "--out", str(tmp_path / "issuing.json")])
    report = msgspec.json.decode((tmp_path / "issuing.json").read_bytes(), type=issuing.Report)
    assert {each.family for each in report.drawing} == {"odd_one_out", "grid"}
    assert len(report.issuing) == 2
    assert report.first_uses_ms > 0


def test_recognising_is_measured_for_every_recogniser_and_family(tmp_path: Path) -> None:
    recognising.main(["--count", "2", "--out", str(tmp_path / "recognising.json")])
    report = msgspec.json.decode((tmp_path / "recognising.json").read_bytes(), type=recognising.Report)
    for name in installed():
        rows = [row for row in report.rows if row.recogniser == name]
        assert {row.family for row in rows} == load_recogniser(name).families
        assert any(row.networks_ms > 0 for row in rows) == (name == "cnn")
