"""siteverify: every check and error code of the contract, in its order."""

import asyncio
from datetime import datetime

import pytest

from captcha_range.core import journal
from captcha_range.core.clock import StillClock
from captcha_range.core.ids import new_token
from captcha_range.provider.plane import Provider
from captcha_range.provider.questions import parse_fields, parse_query
from captcha_range.provider.test_keys import DUMMY_SECRET, TEST_SITES
from captcha_range.provider.verdicts import timestamp
from tests.questions import EVERY_CODE, JUNK_SECRET, JUNK_TOKEN, ROWS, Shop, open_shop
from tests.visits import earn, observed, passage, register


@pytest.fixture
async def shop(provider: Provider, clock: StillClock) -> Shop:
    return await open_shop(provider, clock)


@pytest.mark.parametrize("case", ROWS)
async def test_a_refusal_has_exactly_these_codes(provider: Provider, shop: Shop, case: str) -> None:
    fields, codes = ROWS[case]
    verdict = await provider.siteverify.verify(fields(shop))
    assert verdict["success"] is False
    assert verdict["error-codes"] == codes
    if codes != ["not-using-dummy-secret"]:
        assert list(verdict) == ["success", "error-codes"]


@pytest.mark.parametrize("case", ROWS)
async def test_a_refusal_does_not_use_the_token_up(provider: Provider, shop: Shop, case: str) -> None:
    await provider.siteverify.verify(ROWS[case][0](shop))
    assert (await provider.siteverify.verify({"response": shop.fresh, "secret": shop.secret}))["success"] is True


def test_every_code_of_the_contract_has_its_case() -> None:
    tried = {code for _, codes in ROWS.values() for code in codes}
    # These two depend on an option of the site and have tests of their own below.
    assert tried | {"missing-remoteip", "invalid-or-already-seen-response"} == EVERY_CODE


async def test_a_publisher_site_answers_exactly_these_fields(provider: Provider, shop: Shop) -> None:
    verdict = await provider.siteverify.verify({"response": shop.fresh, "secret": shop.secret})
    assert list(verdict) == ["success", "credit", "hostname", "challenge_ts"]
    assert verdict["success"] is True
    assert verdict["credit"] is False
    assert verdict["hostname"] == "shop.localhost"
    assert verdict["challenge_ts"] == "2027-01-15T08:02:00.000000Z"


async def test_an_enterprise_site_answers_exactly_these_fields(provider: Provider) -> None:
    site, secret = await register(provider, enterprise=True)
    verdict = await provider.siteverify.verify({"response": await earn(provider, site), "secret": secret})
    assert list(verdict) == ["success", "hostname", "sitekey", "challenge_ts", "score", "score_reason"]
    assert verdict["sitekey"] == site.sitekey
    assert (verdict["score"], verdict["score_reason"]) == (0.0, ["safe"])


async def test_an_enterprise_site_is_told_the_score_and_its_reasons(provider: Provider, clock: StillClock) -> None:
    site, secret = await register(provider, enterprise=True)
    hasty = passage(clock.now(), loaded=observed(clock.now() - 0.1, user_agent="another"))
    verdict = await provider.siteverify.verify(
        {"response": await earn(provider, site, hasty), "secret": secret, "remoteip": "127.0.20.1"}
    )
    assert verdict["score"] == pytest.approx(1 - 0.5 * 0.6 * 0.6)
    assert verdict["score_reason"] == ["region-changed", "solved-too-fast", "user-agent-changed"]


async def test_the_expected_sitekey_may_be_given_in_any_case(provider: Provider, shop: Shop) -> None:
    fields = {"response": shop.fresh, "secret": shop.secret, "sitekey": shop.site.sitekey.upper()}
    assert (await provider.siteverify.verify(fields))["success"] is True


@pytest.mark.parametrize("field", ["sitekey", "remoteip", "max_age"])
async def test_an_empty_optional_field_is_as_good_as_none(provider: Provider, shop: Shop, field: str) -> None:
    verdict = await provider.siteverify.verify({"response": shop.fresh, "secret": shop.secret, field: ""})
    assert verdict["success"] is True


async def test_unknown_fields_are_ignored(provider: Provider, shop: Shop) -> None:
    extra = {"remoteip_strictness": "high", "client_tags": "x", "behavior_type": "?", "response2": "x", "": "x"}
    verdict = await provider.siteverify.verify({**extra, "response": shop.fresh, "secret": shop.secret})
    assert verdict["success"] is True


@pytest.mark.parametrize("age", [0.0, 119.0, 119.999])
async def test_a_token_is_good_until_it_is_120_seconds_old(provider: Provider, clock: StillClock, age: float) -> None:
    site, secret = await register(provider)
    token = await earn(provider, site)
    clock.advance(age)
    assert (await provider.siteverify.verify({"response": token, "secret": secret}))["success"] is True


@pytest.mark.parametrize("age", [120.0, 120.001, 10_000_000.0])
async def test_a_token_is_expired_from_exactly_120_seconds_on(
    provider: Provider, clock: StillClock, age: float
) -> None:
    site, secret = await register(provider)
    token = await earn(provider, site)
    clock.advance(age)
    verdict = await provider.siteverify.verify({"response": token, "secret": secret})
    assert verdict["error-codes"] == ["expired-input-response"]


@pytest.mark.parametrize(
    ("max_age", "age", "is_good"),
    [
        ("60", 59.9, True),
        ("60", 60.0, False),
        ("0", 0.0, False),
        ("1", 0.5, True),
        ("120", 119.9, True),
        ("300", 119.9, True),
        ("300", 120.0, False),
        ("999999999", 120.0, False),
    ],
)
async def test_max_age_can_only_shorten_a_tokens_life(
    provider: Provider, clock: StillClock, max_age: str, age: float, is_good: bool
) -> None:
    site, secret = await register(provider)
    token = await earn(provider, site)
    clock.advance(age)
    verdict = await provider.siteverify.verify({"response": token, "secret": secret, "max_age": max_age})
    assert verdict["success"] is is_good
    assert is_good or verdict["error-codes"] == ["expired-input-response"]


async def test_a_token_too_old_for_max_age_is_not_used_up(provider: Provider, clock: StillClock) -> None:
    site, secret = await register(provider)
    token = await earn(provider, site)
    clock.advance(30)
    strict = {"response": token, "secret": secret, "max_age": "10"}
    assert (await provider.siteverify.verify(strict))["success"] is False
    assert (await provider.siteverify.verify({"response": token, "secret": secret}))["success"] is True


@pytest.mark.parametrize("max_age", ["x", "1.5", "-5", "+5", " 5", "5 ", "٥", "1e3", "0x5", "9" * 10])
def test_a_max_age_that_is_not_whole_seconds_is_a_bad_request(max_age: str) -> None:
    assert parse_query({"response": "r", "secret": "s", "max_age": max_age}) == ["bad-request"]


async def test_a_site_can_require_the_visitors_address(provider: Provider) -> None:
    site, secret = await register(provider, require_remoteip=True)
    fields = {"response": await earn(provider, site), "secret": secret}
    for missing in (fields, {**fields, "remoteip": ""}):
        assert (await provider.siteverify.verify(missing))["error-codes"] == ["missing-remoteip"]
    assert (await provider.siteverify.verify({**fields, "remoteip": "::1"}))["success"] is True


async def test_a_site_can_answer_the_older_code_for_both_kinds_of_bad_token(
    provider: Provider, clock: StillClock
) -> None:
    site, secret = await register(provider, merged_seen_code=True)
    fields = {"response": await earn(provider, site), "secret": secret}
    assert (await provider.siteverify.verify(fields))["success"] is True
    assert (await provider.siteverify.verify(fields))["error-codes"] == ["invalid-or-already-seen-response"]


@pytest.mark.parametrize(("digits", "expected"), [(3, "2027-01-15T08:00:00.250Z"), (6, "2027-01-15T08:00:00.250000Z")])
async def test_a_site_chooses_the_fraction_digits(
    provider: Provider, clock: StillClock, digits: int, expected: str
) -> None:
    clock.advance(0.25)
    site, secret = await register(provider, fraction_digits=digits)
    verdict = await provider.siteverify.verify({"response": await earn(provider, site), "secret": secret})
    assert verdict["challenge_ts"] == expected


def test_a_timestamp_always_has_its_fraction() -> None:
    assert timestamp(0, 3) == "1970-01-01T00:00:00.000Z"
    assert timestamp(0, 6) == "1970-01-01T00:00:00.000000Z"
    assert datetime.fromisoformat(timestamp(1_800_000_000.123456, 6)).microsecond == 123456


async def test_the_time_given_is_that_of_the_answer_not_of_the_verification(
    provider: Provider, clock: StillClock
) -> None:
    site, secret = await register(provider)
    token = await earn(provider, site)
    clock.advance(100)
    verdict = await provider.siteverify.verify({"response": token, "secret": secret})
    assert verdict["challenge_ts"].startswith("2027-01-15T08:00:00.0")


async def test_of_many_verifications_at_once_one_succeeds(provider: Provider, shop: Shop) -> None:
    fields = {"response": shop.fresh, "secret": shop.secret}
    verdicts = await asyncio.gather(*[provider.siteverify.verify(fields) for _ in range(100)])
    assert sum(verdict["success"] for verdict in verdicts) == 1
    refused = [verdict for verdict in verdicts if not verdict["success"]]
    assert all(verdict["error-codes"] == ["already-seen-response"] for verdict in refused)


async def test_a_success_never_carries_error_codes(provider: Provider, shop: Shop) -> None:
    good = [(shop.fresh, shop.secret), *((each.token, DUMMY_SECRET) for each in TEST_SITES.values())]
    for token, secret in good:
        verdict = await provider.siteverify.verify({"response": token, "secret": secret})
        assert verdict["success"] is True
        assert "error-codes" not in verdict


async def test_the_journal_tells_why_a_token_was_refused(provider: Provider, shop: Shop) -> None:
    await provider.siteverify.verify({"response": shop.fresh, "secret": shop.other_secret})
    entry = provider.database.read(journal.entries)[-1]
    assert entry.event == "TokenRefused"
    assert entry.facts["code"] == "sitekey-secret-mismatch"
    assert shop.site.sitekey in entry.facts["why"]


async def test_the_journal_holds_neither_tokens_nor_secrets(provider: Provider, shop: Shop) -> None:
    for fields, _ in ROWS.values():
        await provider.siteverify.verify(fields(shop))
    await provider.siteverify.verify({"response": shop.fresh, "secret": shop.secret})
    entries = provider.database.read(lambda connection: journal.entries(connection, limit=1_000))
    told = str(entries)
    assert len(entries) > 10
    for private in (shop.fresh, shop.used, shop.expired, shop.secret, shop.other_secret, JUNK_TOKEN, JUNK_SECRET):
        assert private not in told
        assert private[3:40] not in told


async def test_a_verification_and_its_journal_entry_are_one(provider: Provider, shop: Shop) -> None:
    before = len(provider.database.read(lambda connection: journal.entries(connection, limit=1_000)))
    await provider.siteverify.verify({"response": shop.fresh, "secret": shop.secret})
    entries = provider.database.read(lambda connection: journal.entries(connection, limit=1_000))
    assert len(entries) == before + 1
    assert (entries[-1].event, entries[-1].facts["hostname"]) == ("TokenVerified", "shop.localhost")


async def test_a_site_that_is_removed_while_its_token_is_verified_is_no_fault(provider: Provider) -> None:
    site, secret = await register(provider)
    fields = {"response": await earn(provider, site), "secret": secret}
    found = provider.sites.find(site.sitekey)
    await provider.sites.remove(site.sitekey)
    assert found is not None
    assert provider.sites.secret_digest(found)
    assert (await provider.siteverify.verify(fields))["error-codes"] == ["invalid-input-response"]


# The form of the question


@pytest.mark.parametrize(
    ("body", "query_string", "fields"),
    [
        (b"", b"", {}),
        (b"a=1&b=2", b"", {"a": "1", "b": "2"}),
        (b"a=1&a=2", b"", {"a": "1"}),
        (b"a=&a=2", b"", {"a": ""}),
        (b"a", b"", {"a": ""}),
        (b"a=1&&=&b", b"", {"a": "1", "": "", "b": ""}),
        (b"a=x+y%20z%2Bw", b"", {"a": "x y z+w"}),
        (b"a=1;b=2", b"", {"a": "1;b=2"}),
        (b"a=b=c", b"", {"a": "b=c"}),
        ("a=é".encode(), b"", {"a": "é"}),
        (b"a=%C3%A9", b"", {"a": "é"}),
        (b"a=%FF", b"", {"a": "\ufffd"}),
        (b"a=%zz%", b"", {"a": "%zz%"}),
        (b"", b"a=1", {"a": "1"}),
        (b"a=1", b"a=2&b=3", {"a": "1", "b": "3"}),
        (b"", b"a=1&a=2", {"a": "1"}),
        (b"\xef\xbb\xbfa=1", b"", {"\ufeffa": "1"}),
    ],
)
def test_a_form_and_a_query_string_become_fields(body: bytes, query_string: bytes, fields: dict[str, str]) -> None:
    assert parse_fields(body, query_string) == fields


@pytest.mark.parametrize("body", [b"a=\xff", b"&".join(b"a=1" for _ in range(101)), "a=1".encode("utf-16")])
def test_what_is_not_a_form_has_no_fields(body: bytes) -> None:
    assert parse_fields(body, b"") is None


def test_a_query_string_with_too_many_fields_has_none() -> None:
    assert parse_fields(b"", b"&".join(b"a=1" for _ in range(101))) is None


@pytest.mark.parametrize(
    "sitekey",
    [
        "x",
        "10000000-ffff-ffff-ffff-00000000000",
        "10000000ffffffffffff000000000001",
        "{10000000-ffff-ffff-ffff-000000000001}",
        "1０000000-ffff-ffff-ffff-000000000001",
        "10000000-ffff-ffff-ffff-000000000001\n",
        "\0",
    ],
)
def test_a_sitekey_that_is_no_plain_uuid_is_invalid(sitekey: str) -> None:
    assert parse_query({"response": "r", "secret": "s", "sitekey": sitekey}) == ["invalid-sitekey"]


@pytest.mark.parametrize(
    "remoteip",
    [
        "x",
        "localhost",
        "1.2.3",
        "1.2.3.4.5",
        "256.1.1.1",
        "1.2.3.04",
        "1.2.3.4/24",
        "::g",
        "fe80::1%eth0",
        " 1.2.3.4",
        "1.2.3.4\n",
        "\0",
    ],
)
def test_what_is_no_address_is_an_invalid_remoteip(remoteip: str) -> None:
    assert parse_query({"response": "r", "secret": "s", "remoteip": remoteip}) == ["invalid-remoteip"]


@pytest.mark.parametrize(
    ("remoteip", "plain"),
    [
        ("8.8.8.8", "8.8.8.8"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("0:0:0:0:0:0:0:1", "::1"),
        ("2001:DB8::A", "2001:db8::a"),
    ],
)
def test_an_address_is_taken_in_its_plain_form(remoteip: str, plain: str) -> None:
    query = parse_query({"response": "r", "secret": "s", "remoteip": remoteip})
    assert not isinstance(query, list)
    assert query.remoteip == plain


async def test_odd_characters_are_a_bad_token_or_secret_like_any_other(provider: Provider, shop: Shop) -> None:
    for odd in ("\ud800", "\0", "é" * 5_000, " " + shop.fresh, shop.fresh + "\n", new_token("P1_", 1_600)):
        verdict = await provider.siteverify.verify({"response": odd, "secret": shop.secret})
        assert verdict["error-codes"] == ["invalid-input-response"]
    for odd in ("\ud800", "\0", " " + shop.secret, shop.secret.upper()):
        verdict = await provider.siteverify.verify({"response": shop.fresh, "secret": odd})
        assert verdict["error-codes"] == ["invalid-input-secret"]
