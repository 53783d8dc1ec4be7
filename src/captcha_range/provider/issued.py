"""Issued challenges: drawn on demand, kept with their answer, judged once.

A challenge has one round or several. The row of its first round stands for all of it.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import msgspec

from captcha_range.challenges.composition import families_in_turn, judged, name_of
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
from captcha_range.provider.reserve import Reserve
from captcha_range.provider.sites import Site, Sites

LIFETIME = 120.0
"""Seconds to answer; spec/provider §2 (`challenge-expired`)."""

IN_WORDS = "text"
"""The family of the second modality: whoever does not see the picture may ask for it, whatever the site's families."""

_INSERT = """
INSERT INTO issued (challenge, sitekey, draw_index, family, level, prompt_en, prompt_zh, picture_id, picture,
                    digest, likeness, width, height, tiles, answer, hostname, opening, issued_at, expires_at,
                    part_of, round)
VALUES (:challenge, :sitekey, :draw_index, :family, :level, :prompt_en, :prompt_zh, :picture_id, :picture,
        :digest, :likeness, :width, :height, :tiles, :answer, :hostname, :opening, :issued_at, :expires_at,
        :part_of, :round)
"""
_TAKE = """
UPDATE issued SET answered_at = :now
WHERE challenge = :challenge AND sitekey = :sitekey AND part_of IS NULL
  AND answered_at IS NULL AND expires_at > :now
RETURNING challenge, family, answer, hostname, opening
"""
_FURTHER_ROUNDS = "SELECT challenge, family, answer FROM issued WHERE part_of = ? ORDER BY round"
_SETTLE = "UPDATE issued SET answered_at = ?, passed = ?, reply = ? WHERE challenge = ?"


class ChallengeUnanswerable(RangeError):
    """The challenge is unknown, was answered before, or its time is over; ask for a new one."""

    code = "challenge_unanswerable"


class ReplyMisfit(RangeError):
    """The reply is of another kind than the challenge's, or is not one for each of its rounds.

    Answer each round with the field that its `replies_with` names.
    """

    code = "reply_misfit"


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked in one round.

    `tiles` say where the tiles lie in the picture, `points` how many points a reply by points has, `piece` what
    part of the picture is to be moved or turned, `choices` what there is to choose from.
    """

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


class View(Round, frozen=True, kw_only=True, omit_defaults=True):
    """All that a visitor learns of a challenge: what a person in front of the widget sees.

    The first round, and those that follow it.
    """

    challenge: str
    expires_in: int
    further_rounds: tuple[Round, ...] = ()


class Drawn(NamedTuple):
    """A drawn challenge of one round, with what its picture is known by."""

    challenge: Challenge
    digest: bytes
    likeness: bytes


class Judgement(msgspec.Struct, frozen=True):
    """The outcome of an answer to a challenge of a family (or of several), and how it was earned."""

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
        families: Callable[[], Mapping[str, Family]],
        likenesses: Likenesses,
        meters: Meters,
    ) -> None:
        """`families` loads them with all that draws, at the first use."""
        self._database = database
        self._sites = sites
        self._namespaces = namespaces
        self._likenesses = likenesses
        self._meters = meters
        self._load_families = families
        query = "SELECT sitekey, max(draw_index) AS latest FROM issued GROUP BY sitekey"
        rows = database.read(lambda connection: connection.execute(query).fetchall())
        self._reserve = Reserve(self._draw)
        self._next_index = {row["sitekey"]: row["latest"] + 1 for row in rows}

    @cached_property
    def families(self) -> Mapping[str, Family]:
        """The families by name. The first look loads them, which takes a tenth of a second: `get_ready` first."""
        return self._load_families()

    async def get_ready(self) -> None:
        """Load the families if they are not, while other requests go on."""
        if "families" not in self.__dict__:
            await asyncio.to_thread(self._load_families)

    def expect(self, site: Site) -> None:
        """A visitor has the widget before them: have a challenge ready, and what draws it, by the time of the click."""
        self._reserve.expect(site, self._next_index.get(site.sitekey, 0))

    async def issue(
        self, site: Site, hostname: str, language: str, opening: Opening, *, in_words: bool = False
    ) -> View:
        """Store a fresh challenge for a visitor of a site with its answer, and show it.

        `in_words`: questions of the family `text` instead of the site's own families.
        """
        await self.get_ready()
        index = self._next_index.get(site.sitekey, 0)
        self._next_index[site.sitekey] = index + 1
        asked = msgspec.structs.replace(site, families=(IN_WORDS,)) if in_words and IN_WORDS in self.families else site
        drawn = await self._reserve.take(asked, index)
        now = self._namespaces.now(site.namespace)
        whole = {
            "sitekey": site.sitekey,
            "draw_index": index,
            "hostname": hostname,
            "opening": msgspec.json.encode(opening).decode(),
            "issued_at": now,
            "expires_at": now + LIFETIME,
        }
        rows = _rows(whole, drawn)
        issued, family = rows[0]["challenge"], name_of(each.challenge.family for each in drawn)
        modality = "text" if all(each.challenge.family == IN_WORDS for each in drawn) else "picture"
        told = {"family": family, "level": site.level, "modality": modality}
        facts = traced_facts({"call": "getcaptcha", "sitekey": site.sitekey, **told})

        def insert(connection: sqlite3.Connection) -> None:
            connection.executemany(_INSERT, rows)
            self._namespaces.traffic(site.namespace).asked(site.sitekey, family, opening.loaded)
            journal.append(connection, self._namespaces.now(""), "ChallengeIssued", issued, facts)

        await self._database.write(insert)
        # Once the answer has left: a thread that draws would delay it.
        asyncio.get_running_loop().call_soon(self._reserve.refill, site)
        self._meters.issued.add(family)
        for row in rows:
            self._likenesses.add(row["challenge"], row["likeness"], row["expires_at"])
        first, *further = (
            self._round(each.challenge, row["picture_id"], language) for each, row in zip(drawn, rows, strict=True)
        )
        return View(
            challenge=issued,
            expires_in=int(LIFETIME),
            further_rounds=tuple(further),
            **msgspec.structs.asdict(first),
        )

    def _round(self, challenge: Challenge, picture_id: str, language: str) -> Round:
        is_chinese = language.lower().startswith("zh")
        return Round(
            family=challenge.family,
            prompt=challenge.prompt.zh if is_chinese else challenge.prompt.en,
            replies_with=self.families[challenge.family].replies_with,
            picture=picture_path(picture_id),
            width=challenge.width,
            height=challenge.height,
            tiles=challenge.tiles,
            points=challenge.points,
            piece=challenge.piece,
            choices=tuple(each.zh if is_chinese else each.en for each in challenge.choices),
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
        replies: tuple[Reply, ...],
        answered: Observation,
        trace: dict[str, str] | None = None,
    ) -> Judgement:
        """Take the one answer of a challenge and judge it: right when every round is.

        ChallengeUnanswerable if it takes none (any more); ReplyMisfit for replies of another kind or number,
        which take no answer. `trace` goes into the journal.
        """
        values = {"now": answered.at, "challenge": challenge, "sitekey": sitekey}
        row = connection.execute(_TAKE, values).fetchone()
        if row is None:
            raise ChallengeUnanswerable("challenge: unknown, answered before, or its time is over; ask for a new one")
        rounds = [row, *connection.execute(_FURTHER_ROUNDS, (challenge,))]
        families = [self.families[each["family"]] for each in rounds]
        _require_fitting(families, replies)
        answers = [msgspec.json.decode(each["answer"], type=Answer) for each in rounds]
        rights = judged(families, answers, replies)
        for each, reply in zip(rounds, replies, strict=True):
            encoded = msgspec.json.encode(reply).decode()
            connection.execute(_SETTLE, (answered.at, all(rights), encoded, each["challenge"]))
        facts = {"call": "checkcaptcha", "sitekey": sitekey, "passed": all(rights), **_told(rights), **(trace or {})}
        journal.append(connection, self._namespaces.now(""), "ChallengeAnswered", challenge, facts)
        opening = msgspec.json.decode(row["opening"], type=Opening)
        family = name_of(each.name for each in families)
        return Judgement(all(rights), row["hostname"], Passage(opening, answered), family)

    def forget(self, sites: Iterable[Site]) -> None:
        """Begin again with the first challenge of these sites, whose challenges were deleted."""
        forgotten = list(sites)
        self._reserve.forget(forgotten)
        for site in forgotten:
            self._next_index.pop(site.sitekey, None)

    def close(self) -> None:
        """Draw nothing ahead any more."""
        self._reserve.close()

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

    def _draw(self, site: Site, index: int) -> list[Drawn]:
        """The rounds of a site's challenge."""
        stream = self._namespaces.streams(site.namespace).stream("challenge", site.draws_as or site.sitekey, index)
        drawn = []
        for family in families_in_turn(stream, site.families, site.rounds):
            challenge = self.families[family].draw(stream, site.level)
            picture = decode_picture(challenge.picture)
            drawn.append(Drawn(challenge, pixel_digest(picture), perceptual_hash(picture)))
        return drawn


def _require_fitting(families: Sequence[Family], replies: Sequence[Reply]) -> None:
    """ReplyMisfit unless there is a reply for each round, of its kind. Neither is a secret."""
    if len(replies) != len(families):
        wanted = "one reply" if len(families) == 1 else f"a list of {len(families)} replies, in the order of its rounds"
        raise ReplyMisfit(f"reply: this challenge is answered with {wanted}")
    for number, (family, reply) in enumerate(zip(families, replies, strict=True), 1):
        if not is_fitting(reply, family.replies_with):
            asked = "this challenge" if len(families) == 1 else f"round {number} of this challenge"
            kind = family.replies_with
            raise ReplyMisfit(f"reply: {asked} is answered with `{kind}` alone: {KINDS[kind]}")


def _told(rights: Sequence[bool]) -> dict[str, Any]:
    """What the journal tells of the rounds of a composed challenge; the visitor hears none of it."""
    if len(rights) == 1:
        return {}
    wrong = [number for number, right in enumerate(rights, 1) if not right]
    told: dict[str, Any] = {"rounds": len(rights), "wrong_rounds": wrong}
    if wrong:
        which = " and ".join(map(str, wrong))
        told["why"] = f"of its {len(rights)} rounds, {which} {'was' if len(wrong) == 1 else 'were'} answered wrongly"
    return told


def picture_path(picture_id: str) -> str:
    """Where a visitor gets the picture."""
    return f"/picture/{picture_id}.jpg"


def _rows(whole: dict[str, Any], drawn: Sequence[Drawn]) -> list[dict[str, Any]]:
    """A row for each round; the first one's id is the challenge's."""
    ids = [new_uuid() for _ in drawn]
    return [
        {
            **whole,
            "challenge": own,
            "part_of": None if number == 1 else ids[0],
            "round": number,
            "picture_id": new_uuid(),
            "digest": each.digest,
            "likeness": each.likeness,
            **_columns(each.challenge),
        }
        for number, (own, each) in enumerate(zip(ids, drawn, strict=True), 1)
    ]


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
