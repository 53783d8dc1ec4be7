"""Write docs/reference/command-line.md: what every command's --help says."""

from pathlib import Path

import click

from captcha_range.cli.main import cli

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "command-line.md"
INTRODUCTION = """# Command line

Exit codes: 0 done, 1 refused or failed (the message says why), 2 wrong usage.
This page is written by `tools/write_command_line.py`.
"""


def page() -> str:
    """The whole page."""
    return INTRODUCTION + "".join(_sections(cli, None))


def _sections(command: click.Command, parent: click.Context | None) -> list[str]:
    name = "captcha-range" if parent is None else command.name
    context = click.Context(command, info_name=name, parent=parent, max_content_width=100, terminal_width=100)
    sections = [f"\n## `{context.command_path}`\n\n```text\n{command.get_help(context)}\n```\n"]
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            sections += [] if child is None else _sections(child, context)
    return sections


if __name__ == "__main__":
    PAGE.write_text(page())
