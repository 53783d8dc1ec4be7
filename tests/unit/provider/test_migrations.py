"""A file of an earlier version opens as it is: a challenge that was open before can still be answered."""

import sqlite3
from importlib import resources
from pathlib import Path

import msgspec

from captcha_range.challenges.family import Answer, Rectangle, Reply
from captcha_range.core.clock import StillClock
from captcha_range.core.lab_nets import Fence
from captcha_range.core.regions import Regions
from captcha_range.provider.observation import Opening
from captcha_range.provider.plane import Provider
from captcha_range.provider.widget import AnswerRequest, Visitor
from tests.visits import BROWSER, observed

SITEKEY = "abcdef00-0000-4000-8000-000000000001"
BEFORE_ROUNDS = ("0001_provider", "0002_journal_by_subject", "0003_likeness", "0004_rehearsals")
SITE = f'{{"sitekey":"{SITEKEY}","name":"old","origins":["http://shop.localhost:8000"]}}'


def old_file(path: Path, now: float) -> Path:
    """A site with an open challenge, as the version before rounds left them."""
    core = resources.files("captcha_range.core") / "migrations"
    own = resources.files("captcha_range.provider") / "migrations"
    with sqlite3.connect(path) as connection:
        common = sorted(entry.name for entry in core.iterdir() if entry.name.endswith(".sql"))
        for name in common:
            connection.executescript((core / name).read_text())
        for name in BEFORE_ROUNDS:
            connection.executescript((own / f"{name}.sql").read_text())
        connection.execute("CREATE TABLE schema (package TEXT PRIMARY KEY, number INTEGER NOT NULL)")
        numbers = [("captcha_range.core", len(common)), ("captcha_range.provider", len(BEFORE_ROUNDS))]
        connection.executemany("INSERT INTO schema VALUES (?, ?)", numbers)
        connection.execute("INSERT INTO sites VALUES (?, ?, ?, NULL)", (SITEKEY, b"digest", SITE))
        row = {
            "challenge": "old",
            "sitekey": SITEKEY,
            "draw_index": 6,
            "family": "odd_one_out",
            "level": 2,
            "prompt_en": "?",
            "prompt_zh": "？",
            "picture_id": "picture",
            "picture": b"jpeg",
            "digest": b"d",
            "width": 500,
            "height": 430,
            "tiles": "[]",
            "answer": msgspec.json.encode(Answer(targets=(Rectangle(10, 10, 50, 50),))).decode(),
            "hostname": "shop.localhost",
            "opening": msgspec.json.encode(Opening(observed(now))).decode(),
            "issued_at": now,
            "expires_at": now + 120,
        }
        places = ", ".join(f":{name}" for name in row)
        connection.execute(f"INSERT INTO issued ({', '.join(row)}) VALUES ({places})", row)  # noqa: S608 - our own names
    connection.close()
    return path


async def test_a_challenge_from_before_there_were_rounds_is_one_of_one_round(tmp_path: Path) -> None:
    clock = StillClock()
    file = old_file(tmp_path / "provider.sqlite", clock.now())
    provider = Provider(file, seed=b"s", pepper=b"p", clock=clock, fence=Fence(), regions=Regions())
    site = provider.sites.find(SITEKEY)
    assert site is not None
    assert site.rounds == 1
    (record,) = provider.records.latest(SITEKEY, 10)
    assert (record.challenge, record.round) == ("old", 1)
    request = AnswerRequest(Reply(points=((30.0, 30.0),)))
    earned = await provider.widget.answer(SITEKEY, "old", request, Visitor("127.0.20.5", BROWSER))
    assert earned is not None
    await provider.issued.issue(site, "shop.localhost", "en", Opening(observed(clock.now())))
    assert [each.round for each in provider.records.latest(SITEKEY, 10)] == [1, 1]
    provider.close()
