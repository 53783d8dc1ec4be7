"""The results: JSON for machines, a Markdown table a benchmark for people."""

from pathlib import Path

import msgspec

from benchmarks.machine import Machine
from benchmarks.rounds import Row
from benchmarks.spread import Spread

_HEADER = "| who | what | per CPU-second | per second | p50 ms | p99 ms | ours ÷ theirs, per CPU-second |\n"
_RULE = "|---|---|---:|---:|---:|---:|---:|\n"


class Table(msgspec.Struct, frozen=True):
    """One benchmark's rows; `unit` is what is counted."""

    title: str
    unit: str
    rows: list[Row]


class Report(msgspec.Struct, frozen=True):
    """Everything that one run measured."""

    machine: Machine
    tables: list[Table]


def write(report: Report, directory: Path) -> str:
    """Write `latest.json` and `latest.md`; the Markdown."""
    directory.mkdir(parents=True, exist_ok=True)
    text = markdown(report)
    (directory / "latest.json").write_bytes(msgspec.json.format(msgspec.json.encode(report)) + b"\n")
    (directory / "latest.md").write_text(text)
    return text


def markdown(report: Report) -> str:
    """The report as Markdown; every figure is the median over the rounds with the range in brackets."""
    machine = report.machine
    facts = (
        f"{machine.date} · commit {machine.commit} · {machine.cpu}, {machine.cores} cores · {machine.kernel} · "
        f"Python {machine.python} · SQLite {machine.sqlite} · forcing 4 KiB to the disk {machine.flush_ms:.2f} ms\n"
    )
    return "# Measurements\n\n" + facts + "".join(_table(table) for table in report.tables)


def _table(table: Table) -> str:
    rows = "".join(_row(row) for row in table.rows)
    return f"\n## {table.title} ({table.unit})\n\n{_HEADER}{_RULE}{rows}"


def _row(row: Row) -> str:
    if row.absent:
        reason = " ".join(row.absent.split()).replace("|", "/")
        return f"| {row.name} | {row.note} | not measured: {reason} | | | | |\n"
    figures = [
        _figure(row.per_cpu_second, 0),
        _figure(row.per_second, 0),
        _figure(row.p50_ms, 2),
        _figure(row.p99_ms, 2),
        _figure(row.ours_by_theirs, 2),
    ]
    return f"| {row.name} {row.version} | {row.note} | {' | '.join(figures)} |\n"


def _figure(value: Spread | None, digits: int) -> str:
    if value is None:
        return ""
    return f"{value.median:,.{digits}f} ({value.low:,.{digits}f}–{value.high:,.{digits}f})"
