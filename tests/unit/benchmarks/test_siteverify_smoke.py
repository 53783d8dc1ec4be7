"""The first benchmark runs on the range itself; what it measures is nobody's business here."""

from pathlib import Path

import msgspec

from benchmarks.__main__ import main
from benchmarks.report import Report


def test_a_quick_run_without_peers_writes_its_results(tmp_path: Path) -> None:
    main(["p1", "--quick", "--no-peers", "--rounds", "1", "--out", str(tmp_path)])

    report = msgspec.json.decode((tmp_path / "latest.json").read_bytes(), type=Report)
    (table,) = report.tables
    assert [row.name for row in table.rows] == ["captcha-range", "captcha-range, Enterprise"]
    assert all(row.rounds == 1 and not row.absent for row in table.rows)
    assert "captcha-range" in (tmp_path / "latest.md").read_text()
