"""Issued challenges: drawn on demand, kept with their answer, judged once."""

import asyncio
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from captcha_range.challenges.family import KINDS, Answer, Challenge, Family, Prompt, Rectangle, Reply, is_fitting
from captcha_range.core import journal
from captcha_range.core.errors import RangeError
from captcha_range.core.ids import new_uuid
from captcha_range.core.perceptual_hash import perceptual_hash
from captcha_range.core.pixels import decode_picture, pixel_digest
from captcha_range.core.sqlite import Database
from captcha_range.core.traces import traced_facts
from captcha_range.provider.likenesses import Likenesses
from captcha_range.provider.meters import Meters
from captcha_range.provider.namespaces import Namespaces
from captcha_range.provider.observation import Observation, Opening, Passage
from captcha_range.provider.sites import Site, Sites

LIFETIME = 120.0
"""Seconds to answer; spec/provider §2 (`challenge-expired`)."""

IN_WORDS = "text"
"""The family of the second modality: whoever does not see the picture may ask for it, whatever the site's families."""

_INSERT = """
INSERT INTO issued (challenge, sitekey, draw_index, family, level, prompt_en, prompt_zh, picture_id, picture,
                    digest, likeness, width, height, tiles, answer, hostname, opening, issued_at, expires_at)
VALUES (:challenge, :sitekey, :draw_index, :family, :level, :prompt_en, :prompt_zh, :picture_id, :picture,
        :digest, :likeness, :width, :height, :tiles, :answer, :hostname, :opening, :issued_at, :expires_at)
"""
_TAKE = """
UPDATE issued SET answered_at = :now, reply = :reply
WHERE challenge = :challenge AND sitekey = :sitekey AND answered_at IS NULL AND expires_at > :now
RETURNING family, answer, hostname, opening
"""


class ChallengeUnanswerable(RangeError):
    """The challenge is unknown, was answered before, or its time is over; ask for a new one."""

    code = "challenge_unanswerable"


class ReplyMisfit(RangeError):
    """The reply is of another kind than the challenge's; answer with the field that `replies_with` names."""

    code = "reply_misfit"


class View(msgspec.Struct, frozen=True, kw_only=True):
    """All that a visitor learns of a challenge: what a person in front of the widget sees.

    `tiles` say where the tiles lie in the picture, `points` how many points a reply by points has, `piece` what
    part of the picture is to be moved or turned, `choices` what there is to choose from.
    """

    challenge: str
    family: str
    prompt: str
    replies_with: str
    picture: str
    width: int
    height: int
    tiles: tuple[Rectangle, ...]
    points: int
    piece: Rectangle | None
    choices: tuple[str, ...]
    expires_in: int


class Judgement(msgspec.Struct, frozen=True):
    """The outcome of an answer to a challenge of a family, and how it was earned."""

    passed: bool
    hostname: str
    passage: Passage
    family: str


class Issued:
    """Hands out challenges and judges the one answer that each may get."""

    def __init__(
        self,
        database: Database,
        sites: Sites,
        namespaces: Namespaces,
        families: Mapping[str, Family],
        likenesses: Likenesses,
        meters: Meters,
    ) -> None:
        self._database = database
        self._sites = sites
        self._namespaces = namespaces
        self._likenesses = likenesses
        self._meters = meters
        self.families = families
        query = "SELECT sitekey, max(draw_index) AS latest FROM issued GROUP BY sitekey"
        rows = database.read(lambda connection: connection.execute(query).fetchall())
        self._next_index = {row["sitekey"]: row["latest"] + 1 for row in rows}

    async def issue(
        self, site: Site, hostname: str, language: str, opening: Opening, *, in_words: bool = False
    ) -> View:
        """Draw a fresh challenge for a visitor of a site, store it with its answer, and show it.

        `in_words`: a question of the family `text` instead of one of the site's own.
        """
        index = self._next_index.get(site.sitekey, 0)
        self._next_index[site.sitekey] = index + 1
        challenge, digest, likeness = await asyncio.to_thread(self._draw, site, index, in_words)
        now = self._namespaces.now(site.namespace)
        row = {
            "challenge": new_uuid(),
            "sitekey": site.sitekey,
            "draw_index": index,
            "picture_id": new_uuid(),
            "digest": digest,
            "likeness": likeness,
            "hostname": hostname,
            "opening": msgspec.json.encode(opening).decode(),
            "issued_at": now,
            "expires_at": now + LIFETIME,
            **_columns(challenge),
        }
        modality = "text" if challenge.family == IN_WORDS else "picture"
        drawn = {"family": challenge.family, "level": challenge.level, "modality": modality}
        facts = traced_facts({"call": "getcaptcha", "sitekey": site.sitekey, **drawn})

        def insert(connection: sqlite3.Connection) -> None:
            connection.execute(_INSERT, row)
            self._namespaces.traffic(site.namespace).asked(site.sitekey, challenge.family, opening.loaded)
            journal.append(connection, self._namespaces.now(""), "ChallengeIssued", row["challenge"], facts)

        await self._database.write(insert)
        self._meters.issued.add(challenge.family)
        self._likenesses.add(row["challenge"], likeness, row["expires_at"])
        return View(
            challenge=row["challenge"],
            family=challenge.family,
            prompt=challenge.prompt.zh if language.lower().startswith("zh") else challenge.prompt.en,
            replies_with=self.families[challenge.family].replies_with,
            picture=picture_path(row["picture_id"]),
            width=challenge.width,
            height=challenge.height,
            tiles=challenge.tiles,
            points=challenge.points,
            piece=challenge.piece,
            choices=tuple(each.zh if language.lower().startswith("zh") else each.en for each in challenge.choices),
            expires_in=int(LIFETIME),
        )

    def picture(self, picture_id: str) -> bytes | None:
        """The JPEG of a challenge whose time is not over."""
        query = "SELECT picture, sitekey, expires_at FROM issued WHERE picture_id = ?"
        row = self._database.read(lambda c: c.execute(query, (picture_id,)).fetchone())
        return None if row is None or row["expires_at"] <= self._now_at(row["sitekey"]) else bytes(row["picture"])

    def judge(
        self,
        connection: sqlite3.Connection,
        sitekey: str,
        challenge: str,
        reply: Reply,
        answered: Observation,
        trace: dict[str, str] | None = None,
    ) -> Judgement:
        """Take the one answer of a challenge and judge it. ChallengeUnanswerable if it takes none (any more).

        ReplyMisfit for a reply of another kind, which takes no answer.

        `trace` goes into the journal.
        """
        encoded = msgspec.json.encode(reply).decode()
        values = {"now": answered.at, "reply": encoded, "challenge": challenge, "sitekey": sitekey}
        row = connection.execute(_TAKE, values).fetchone()
        if row is None:
            raise ChallengeUnanswerable("challenge: unknown, answered before, or its time is over; ask for a new one")
        family = self.families[row["family"]]
        if not is_fitting(reply, family.replies_with):
            kind = family.replies_with
            raise ReplyMisfit(f"reply: this challenge is answered with `{kind}` alone: {KINDS[kind]}")
        passed = family.judge(msgspec.json.decode(row["answer"], type=Answer), reply)
        connection.execute("UPDATE issued SET passed = ? WHERE challenge = ?", (passed, challenge))
        facts = {"call": "checkcaptcha", "sitekey": sitekey, "passed": passed, **(trace or {})}
        journal.append(connection, self._namespaces.now(""), "ChallengeAnswered", challenge, facts)
        opening = msgspec.json.decode(row["opening"], type=Opening)
        return Judgement(passed, row["hostname"], Passage(opening, answered), row["family"])

    def forget(self, sites: Iterable[Site]) -> None:
        """Begin again with the first challenge of these sites, whose challenges were deleted."""
        for site in sites:
            self._next_index.pop(site.sitekey, None)

    def why_unanswerable(self, sitekey: str, challenge: str) -> str:
        """Why a challenge takes no answer (any more), in plain words."""
        query = "SELECT sitekey, answered_at, expires_at FROM issued WHERE challenge = ?"
        row = self._database.read(lambda c: c.execute(query, (challenge,)).fetchone())
        if row is None:
            return "this provider did not issue the challenge"
        now = self._now_at(row["sitekey"])
        if row["sitekey"] != sitekey:
            return f"the challenge was issued for sitekey {row['sitekey']}, the answer named {sitekey}"
        if row["answered_at"] is not None:
            return f"answered before, {now - row['answered_at']:.1f} s ago; a challenge takes one answer"
        return f"its time was over {now - row['expires_at']:.1f} s ago; it lived {LIFETIME:.0f} s"

    def _now_at(self, sitekey: str) -> float:
        """The time where a sitekey is at home."""
        site = self._sites.find(sitekey)
        return self._namespaces.now("" if site is None else site.namespace)

    def _draw(self, site: Site, index: int, in_words: bool) -> tuple[Challenge, bytes, bytes]:
        stream = self._namespaces.streams(site.namespace).stream("challenge", site.draws_as or site.sitekey, index)
        family = site.families[int(stream.integers(len(site.families)))]
        if in_words and IN_WORDS in self.families:
            family = IN_WORDS
        challenge = self.families[family].draw(stream, site.level)
        picture = decode_picture(challenge.picture)
        return challenge, pixel_digest(picture), perceptual_hash(picture)


def picture_path(picture_id: str) -> str:
    """Where a visitor gets the picture."""
    return f"/picture/{picture_id}.jpg"


def _columns(challenge: Challenge) -> dict[str, Any]:
    prompt: Prompt = challenge.prompt
    return {
        "family": challenge.family,
        "level": challenge.level,
        "prompt_en": prompt.en,
        "prompt_zh": prompt.zh,
        "picture": challenge.picture,
        "width": challenge.width,
        "height": challenge.height,
        "tiles": msgspec.json.encode(challenge.tiles).decode(),
        "answer": msgspec.json.encode(challenge.answer).decode(),
    }
