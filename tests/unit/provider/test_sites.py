"""Sites: every field is checked and named, and what is registered stays registered."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from captcha_range.core.clock import StillClock
from captcha_range.core.lab_nets import Fence
from captcha_range.core.regions import Regions
from captcha_range.provider.plane import Provider
from captcha_range.provider.sites import (
    SiteInvalid,
    SiteOrder,
    Sites,
    SiteUnknown,
    digest_of_secret,
    plan_site,
)
from captcha_range.provider.test_keys import DUMMY_SECRET, TEST_SITES
from tests.visits import ORIGIN, register

FAMILIES = ("odd_one_out", "grid")


def plan(**fields: Any) -> Any:
    order = SiteOrder(**{"origins": (ORIGIN,), **fields})
    return plan_site(order, Fence(["10.1.0.0/16"]), FAMILIES)


def test_what_is_left_out_is_drawn_or_takes_the_default() -> None:
    site, secret = plan()
    assert (site.name, site.level, site.families, site.enterprise) == ("unnamed", 2, FAMILIES, False)
    assert (site.require_remoteip, site.merged_seen_code, site.fraction_digits) == (False, False, 6)
    assert secret.startswith("0x")
    assert len(secret) == 42
    assert plan()[0].sitekey != site.sitekey


def test_what_is_given_is_kept() -> None:
    fields: dict[str, Any] = {
        "sitekey": "ABCDEF00-0000-4000-8000-000000000001",
        "secret": "s" * 20,
        "name": "Shop",
        "enterprise": True,
        "level": 5,
        "families": ("grid",),
        "rounds": 3,
        "mode": "passive",
        "require_remoteip": True,
        "merged_seen_code": True,
        "fraction_digits": 3,
        "token_length": 4_096,
        "details": ("ekey", "tags"),
        "namespace": "mine",
        "draws_as": "first",
        "origins": ("HTTP://Shop.localhost:80/x", "https://10.1.2.3", "http://[::1]:5000"),
    }
    site, secret = plan(**fields)
    kept = {**fields, "sitekey": fields["sitekey"].lower()}
    kept["origins"] = ("http://shop.localhost", "https://10.1.2.3", "http://[::1]:5000")
    del kept["secret"]
    assert msgspec.structs.asdict(site) == kept
    assert secret == "s" * 20


INVALID: list[tuple[str, Any]] = [
    ("sitekey", "x"),
    ("sitekey", "00000000-0000-0000-0000-00000000000"),
    ("sitekey", "00000000-0000-0000-0000-000000000000\n"),
    ("sitekey", next(iter(TEST_SITES))),
    ("sitekey", next(iter(TEST_SITES)).upper()),
    ("secret", "short"),
    ("secret", "x" * 201),
    ("secret", "x" * 20 + " "),
    ("secret", "é" * 20),
    ("secret", DUMMY_SECRET),
    ("origins", ()),
    ("origins", ("shop.localhost",)),
    ("origins", (ORIGIN, "ftp://shop.localhost")),
    ("origins", ("http://8.8.8.8",)),
    ("origins", ("http://10.2.0.1",)),
    ("origins", ("http://169.254.169.254",)),
    ("origins", ("http://0.0.0.0:8000",)),
    ("origins", ("http://[64:ff9b::1]",)),
    ("origins", ("http://[fe80::1%25eth0]",)),
    ("level", 0),
    ("level", 6),
    ("rounds", 0),
    ("rounds", 4),
    ("families", ()),
    ("families", ("grid", "maze")),
    ("mode", "sometimes"),
    ("fraction_digits", 4),
    ("fraction_digits", 0),
]


@pytest.mark.parametrize(("field", "value"), INVALID)
def test_a_field_that_cannot_be_taken_names_itself(field: str, value: Any) -> None:
    with pytest.raises(SiteInvalid) as caught:
        plan(**{field: value})
    assert field in str(caught.value).partition(":")[0]


def test_the_message_about_a_secret_does_not_repeat_it() -> None:
    with pytest.raises(SiteInvalid) as caught:
        plan(secret="sesame open")
    assert "sesame" not in str(caught.value)


def test_every_field_of_an_order_is_kept_in_the_site_but_the_secret() -> None:
    assert set(SiteOrder.__struct_fields__) == {*plan()[0].__struct_fields__, "secret"}


async def test_a_site_is_found_in_whatever_case_its_sitekey_is_written(provider: Provider) -> None:
    site, secret = await register(provider)
    assert provider.sites.find(site.sitekey.upper()) == site
    assert provider.sites.secret_digest(site) == digest_of_secret(secret)
    assert provider.sites.find("x") is None


async def test_a_sitekey_can_be_registered_once(provider: Provider) -> None:
    site, secret = await register(provider)
    with pytest.raises(SiteInvalid, match="sitekey: is registered already"):
        await register(provider, sitekey=site.sitekey.upper())
    assert provider.sites.secret_digest(site) == digest_of_secret(secret)


async def test_of_two_registrations_at_once_one_is_refused(provider: Provider) -> None:
    sitekey = "abcdef00-0000-4000-8000-000000000001"
    outcomes = await asyncio.gather(
        *[register(provider, sitekey=sitekey, name=name) for name in ("a", "b")], return_exceptions=True
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["SiteInvalid", "tuple"]
    kept = next(outcome for outcome in outcomes if isinstance(outcome, tuple))
    assert provider.sites.all() == [kept[0]]


async def test_sites_are_listed_in_the_order_of_registration_also_after_reopening(provider: Provider) -> None:
    registered = [(await register(provider, name=name))[0] for name in "cab"]
    assert provider.sites.all() == registered
    reopened = Sites(provider.database)
    assert reopened.all() == registered
    assert reopened.secret_digest(registered[0]) == provider.sites.secret_digest(registered[0])


async def test_a_removed_site_is_forgotten_and_may_be_registered_again(provider: Provider) -> None:
    site, secret = await register(provider)
    await provider.sites.remove(site.sitekey.upper())
    assert provider.sites.find(site.sitekey) is None
    assert provider.sites.all() == Sites(provider.database).all() == []
    assert not provider.sites.knows_secret(digest_of_secret(secret))
    again, new_secret = await register(provider, sitekey=site.sitekey)
    assert provider.sites.secret_digest(again) == digest_of_secret(new_secret)


async def test_an_unknown_site_cannot_be_removed(provider: Provider) -> None:
    with pytest.raises(SiteUnknown):
        await provider.sites.remove("x")


async def test_removing_a_site_twice_at_once_is_no_fault(provider: Provider) -> None:
    site, _ = await register(provider)
    outcomes = await asyncio.gather(
        provider.sites.remove(site.sitekey), provider.sites.remove(site.sitekey), return_exceptions=True
    )
    assert all(outcome is None or isinstance(outcome, SiteUnknown) for outcome in outcomes), outcomes
    assert provider.sites.all() == []


async def test_a_secret_of_two_sites_stays_known_when_one_is_removed(provider: Provider) -> None:
    one, secret = await register(provider)
    await register(provider, secret=secret)
    await provider.sites.remove(one.sitekey)
    assert provider.sites.knows_secret(digest_of_secret(secret))


async def test_a_site_of_another_provider_is_not_known_here(provider: Provider, tmp_path: Path) -> None:
    site, _ = await register(provider)
    file = tmp_path / "another.sqlite"
    another = Provider(file, seed=b"s", pepper=b"p", clock=StillClock(), fence=Fence(), regions=Regions())
    assert another.sites.find(site.sitekey) is None
    another.close()


async def test_while_a_secret_is_rotated_two_are_good_and_never_three(provider: Provider) -> None:
    site, first = await register(provider)
    second = await provider.sites.rotate_secret(site.sitekey)
    third = await provider.sites.rotate_secret(site.sitekey, "s" * 20)
    assert third == "s" * 20
    accepted = [provider.sites.accepts(site, digest_of_secret(secret)) for secret in (first, second, third)]
    assert accepted == [False, True, True]
    assert Sites(provider.database).accepts(site, digest_of_secret(second)), "a restart loses the rotation"
    await provider.sites.retire_secret(site.sitekey)
    for sites in (provider.sites, Sites(provider.database)):
        assert [sites.knows_secret(digest_of_secret(secret)) for secret in (first, second, third)] == [
            False,
            False,
            True,
        ]
        assert sites.former_owner(digest_of_secret(second)) == site.sitekey
        assert sites.former_owner(digest_of_secret(third)) is None


async def test_a_rotation_takes_no_secret_that_would_not_be_registered(provider: Provider) -> None:
    site, secret = await register(provider)
    for wrong in ("short", "with blanks in between it", DUMMY_SECRET, secret):
        with pytest.raises(SiteInvalid, match="secret"):
            await provider.sites.rotate_secret(site.sitekey, wrong)
    with pytest.raises(SiteUnknown):
        await provider.sites.rotate_secret("x")
    assert provider.sites.accepts(site, digest_of_secret(secret))


@pytest.mark.parametrize(
    ("field", "value"),
    [("token_length", 99), ("token_length", 8_001), ("details", ("colour",)), ("details", ("ekey",))],
)
def test_an_option_that_cannot_be_had_is_refused_by_name(field: str, value: object) -> None:
    with pytest.raises(SiteInvalid, match=field):
        plan(**{field: value})
