"""Where tables are printed."""

from rich.console import Console

LOG_WIDTH = 150
"""Columns, where no terminal says how many there are."""


def table_console() -> Console:
    """The terminal, or a log that is wide enough for a table."""
    console = Console()
    return console if console.is_terminal else Console(width=LOG_WIDTH)
