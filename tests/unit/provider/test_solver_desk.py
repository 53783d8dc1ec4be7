"""The solver's desk: what a stranger with a browser could know, never the answer."""

import msgspec
import pytest

from captcha_range.core.clock import StillClock
from captcha_range.core.perceptual_hash import perceptual_hash
from captcha_range.core.pixels import decode_picture, pixel_digest
from captcha_range.provider.likenesses import Likenesses
from captcha_range.provider.observation import Opening
from captcha_range.provider.plane import Provider
from captcha_range.provider.solver_desk import Attestation, Resemblance, SiteFacts
from tests.visits import ORIGIN, observed, register

FORBIDDEN = {"level", "seed", "answer", "targets", "tiles", "index", "draw_index", "secret", "reply", "passed"}


def test_what_the_desk_answers_has_no_field_for_the_answer_the_level_or_the_seed() -> None:
    assert set(Attestation.__struct_fields__) == {"challenge", "family", "width", "height", "prompt_en", "prompt_zh"}
    assert set(SiteFacts.__struct_fields__) == {"sitekey", "origins", "enterprise"}
    assert {*Resemblance.__struct_fields__} == {*Attestation.__struct_fields__, "picture", "distance"}
    assert not FORBIDDEN & {*Resemblance.__struct_fields__, *SiteFacts.__struct_fields__}


async def test_a_site_is_described_as_its_visitors_see_it(provider: Provider) -> None:
    site, secret = await register(provider, enterprise=True, level=4)
    facts = provider.desk.site(site.sitekey.upper())
    assert facts == SiteFacts(site.sitekey, (ORIGIN,), True)
    assert secret not in str(msgspec.json.encode(facts))


@pytest.mark.parametrize("sitekey", ["", "x", "10000000-ffff-ffff-ffff-000000000001"])
async def test_an_unregistered_site_is_unknown_and_so_are_the_test_keys(provider: Provider, sitekey: str) -> None:
    assert provider.desk.site(sitekey) is None


async def issue(provider: Provider) -> bytes:
    """The digest of a picture that was just issued."""
    site, _ = await register(provider)
    await provider.issued.issue(site, "shop.localhost", "en", Opening(observed(provider.clock.now())))
    return pixel_digest(decode_picture(provider.records.latest(site.sitekey, 1)[0].picture))


async def test_a_picture_of_this_range_is_attested_until_its_time_is_over(
    provider: Provider, clock: StillClock
) -> None:
    digest = await issue(provider)
    clock.advance(119.9)
    assert provider.desk.attest(digest) is not None
    clock.advance(0.1)
    assert provider.desk.attest(digest) is None


async def test_any_other_picture_is_not_attested(provider: Provider) -> None:
    digest = await issue(provider)
    changed = bytes([digest[0] ^ 1]) + digest[1:]
    for other in (b"", b"\0" * 32, digest[:-1], digest + b"\0", changed, digest.hex().encode()):
        assert provider.desk.attest(other) is None


async def test_a_picture_that_looks_alike_is_named_until_its_time_is_over(
    provider: Provider, clock: StillClock
) -> None:
    site, _ = await register(provider)
    view = await provider.issued.issue(site, "shop.localhost", "en", Opening(observed(provider.clock.now())))
    picture = decode_picture(provider.records.latest(site.sitekey, 1)[0].picture)
    likeness = perceptual_hash(picture[2:, 2:])
    found = provider.desk.similar(likeness)
    assert [each.challenge for each in found] == [view.challenge]
    assert (found[0].picture, found[0].prompt_en) == (view.picture, view.prompt)
    assert 0 < found[0].distance <= 60
    clock.advance(120)
    assert provider.desk.similar(likeness) == []


async def test_what_was_issued_before_a_restart_is_found_after_it(provider: Provider, clock: StillClock) -> None:
    site, _ = await register(provider)
    for _ in range(3):
        await provider.issued.issue(site, "shop.localhost", "en", Opening(observed(provider.clock.now())))
    picture = decode_picture(provider.records.latest(site.sitekey, 1)[0].picture)
    again = Likenesses(provider.database, clock)
    assert len(again) == 3
    assert again.search(perceptual_hash(picture))[0].distance == 0
    clock.advance(120)
    assert len(Likenesses(provider.database, clock)) == 0
