"""The documentation says what the code does: nothing that a user meets is left out, and no link is broken."""

import re
from pathlib import Path

import pytest

from captcha_range.challenges.catalogue import FAMILIES
from captcha_range.challenges.composition import rounds_needed
from captcha_range.challenges.family import LEVELS
from captcha_range.core.settings import ENVIRONMENT_PREFIX, HANDED_ON, Settings
from captcha_range.provider import questions, siteverify
from captcha_range.provider.magic_keys import MAGIC_SECRET, magic_sitekey, magic_token
from captcha_range.provider.risk_rules import RULES
from captcha_range.provider.scenarios import BY_NAME, SCENARIOS
from captcha_range.provider.sites import DETAILS, MODES
from captcha_range.provider.watch_rules import WATCHES
from captcha_range.recognition.catalogue import RECOGNISERS
from captcha_range.redirect.mapping import HOSTS
from captcha_range.solver.dialects import create_task
from captcha_range.solver.tasks import MOVES
from tools.write_command_line import PAGE, page

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "examples/README.md"])
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")


def read(name: str) -> str:
    return (ROOT / name).read_text()


@pytest.mark.parametrize("document", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(document: Path) -> None:
    broken = [link for link in LINK.findall(document.read_text()) if not (document.parent / link).exists()]
    assert broken == []


def test_every_setting_is_documented_with_its_environment_variable() -> None:
    text = read("docs/reference/settings.md")
    for name in Settings.__struct_fields__:
        assert f"| `{name}` | `{ENVIRONMENT_PREFIX}{name.upper()}`" in text


def test_every_variable_and_host_of_exec_is_documented() -> None:
    text = read("docs/reference/exec.md")
    assert [name for name in HANDED_ON if f"`{ENVIRONMENT_PREFIX}{name.upper()}`" not in text] == []
    for host, kinds in HOSTS.items():
        assert f"| `{host}` | {', '.join(kinds)} |" in text


def test_every_risk_rule_is_documented() -> None:
    text = read("docs/reference/risk.md")
    for rule in RULES:
        assert f"| `{rule.__name__}` |" in text


def test_every_watch_rule_is_documented() -> None:
    text = read("docs/reference/risk.md")
    for watch in WATCHES:
        assert f"| `{watch.__name__}` |" in text


def test_the_ablation_in_the_documentation_is_the_recorded_one() -> None:
    recorded = read("benchmarks/results/risk.md")
    assert recorded in read("docs/reference/risk.md")
    assert "no human data" in recorded


def test_every_family_is_documented() -> None:
    text = read("docs/reference/challenges.md")
    for name in FAMILIES:
        assert f"| `{name}` |" in text


def test_the_rounds_that_each_family_needs_are_documented_as_they_are() -> None:
    text = read("docs/reference/challenges.md")
    alone = {f"`{name}`": [[family]] for name, family in FAMILIES.items()}
    beside_grid = [[FAMILIES["grid"], family] for name, family in FAMILIES.items() if name != "grid"]
    for name, choices in {**alone, "`grid` and any other family": beside_grid}.items():
        needed = [{str(rounds_needed(choice, level) or "–") for choice in choices} for level in LEVELS]
        assert f"| {name} | {' | '.join('/'.join(sorted(each)) for each in needed)} |" in text


def test_every_recogniser_is_named_where_it_is_chosen() -> None:
    text = read("docs/reference/command-line.md")
    assert all(name in text for name in RECOGNISERS)


def test_every_error_of_create_task_is_documented() -> None:
    text = read("docs/reference/solver.md")
    for number, code in create_task.ERRORS.values():
        if code not in {"ERROR_TASK_ABSENT", "ERROR_TASK_NOT_SUPPORTED", "ERROR_INCORRECT_SESSION_DATA"}:
            assert code in text or code == "ERROR_TASK_CANCELED", f"{number} {code}"


def test_every_error_code_of_siteverify_is_documented() -> None:
    source = "".join(Path(str(module.__file__)).read_text() for module in (siteverify, questions))
    codes = set(re.findall(r'"((?:missing|invalid|expired|already|sitekey|not-using|bad)-[a-z-]+)"', source))
    text = read("docs/reference/provider.md")
    assert len(codes) >= 10
    assert [code for code in sorted(codes) if code not in text] == []


def test_every_scenario_has_its_row_with_its_magic_number() -> None:
    text = read("docs/reference/scenarios.md")
    rows = [f"| `{each.name}` | {each.number} | {each.at} | {each.shows} |" for each in SCENARIOS]
    assert [row for row in rows if row not in text] == []
    assert text.count("\n| `") == len(rows), "a scenario is documented that does not exist"


def test_the_magic_keys_are_documented() -> None:
    text = read("docs/reference/scenarios.md")
    expired = BY_NAME["expired"]
    assert all(key in text for key in (MAGIC_SECRET, magic_sitekey(expired), magic_token(expired)))


def test_every_detail_of_a_site_is_documented() -> None:
    text = read("docs/reference/provider.md")
    assert [name for name in DETAILS if f"`{name}`" not in text] == []


def test_every_event_of_the_providers_journal_is_documented() -> None:
    source = "".join(path.read_text() for path in (ROOT / "src/captcha_range/provider").glob("*.py"))
    names = "Token|TestKey|Question|Scenario|Challenge|Answer|Site|Passed|Clock"
    events = set(re.findall(rf'"((?:{names})[A-Z][A-Za-z]+)"', source))
    text = read("docs/reference/provider.md")
    assert len(events) >= 12
    assert [event for event in sorted(events) if f"`{event}`" not in text] == []


def test_the_life_of_a_task_is_printed_from_its_table() -> None:
    rows = [f"| {state} | {event} | {target} |" for (state, event), target in MOVES.items()]
    assert "\n".join(rows) in read("ARCHITECTURE.md")


def test_the_command_line_page_is_what_help_says() -> None:
    assert PAGE.read_text() == page(), "run: python tools/write_command_line.py"


@pytest.mark.parametrize(
    ("source", "pattern"),
    [
        ("page/options.ts", r'(?:given|base)\("(\w+)"'),
        ("page/config.ts", r'given\["([\w-]+)"\]'),
        ("page/config.ts", r'"([a-z-]*callback)"'),
        ("page/api.ts", r"^    (\w+)(?:: \(id\)|\((?:container|first|id)[,)])"),
        ("page/api.ts", r'reject\(widgets.size === 0 \? "([a-z-]+)"'),
        ("page/widget.ts", r'"([a-z]+-(?:error|closed|expired))"'),
        ("frame/ask.ts", r'"([a-z]+-(?:error|limited|data))"'),
        ("frame/challenge.ts", r'"([a-z]+-error)"'),
        ("frame/replies/catalogue.ts", r"import \{ (points|tiles) \}"),
        ("frame/texts/catalogue.ts", r'from "\./([a-z]{2}(?:-[A-Z]{2})?)"'),
    ],
)
def test_everything_that_a_page_meets_of_the_widget_is_documented(source: str, pattern: str) -> None:
    names = set(re.findall(pattern, read(f"web/src/{source}"), re.MULTILINE))
    text = read("docs/reference/widget.md")
    assert names
    assert [name for name in sorted(names) if f"`{name}" not in text and f"{name}(id" not in text] == []


def test_every_mode_of_a_site_is_documented() -> None:
    text = read("docs/reference/provider.md")
    assert [mode for mode in MODES if f"| `{mode}` |" not in text] == []
