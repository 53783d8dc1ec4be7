"""Ids, keys and tokens: long enough, and never with a word that client libraries search for."""

import base64
import secrets
import uuid

import pytest

from captcha_range.core import ids


def test_a_new_uuid_is_a_random_one_in_plain_form() -> None:
    drawn = {ids.new_uuid() for _ in range(1_000)}
    assert len(drawn) == 1_000
    for each in drawn:
        assert str(uuid.UUID(each)) == each
        assert uuid.UUID(each).version == 4


def test_a_secret_is_its_prefix_and_its_bytes_in_hexadecimal() -> None:
    secret = ids.new_secret_hex("0x")
    assert secret.startswith("0x")
    assert len(bytes.fromhex(secret[2:])) == 20
    assert len(ids.new_secret_hex("cr_admin_", 32)) == len("cr_admin_") + 64


@pytest.mark.parametrize("length", [43, 44, 45, 46, 400, 1_600, 4_001])
def test_a_token_has_exactly_the_length_asked_for_after_its_prefix(length: int) -> None:
    token = ids.new_token("P1_", length)
    assert token.startswith("P1_")
    assert len(token) == length + 3
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@pytest.mark.parametrize("length", [42, 1, 0, -1])
def test_a_token_too_short_for_256_bits_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match="256 bits"):
        ids.new_token("P1_", length)


def test_a_token_that_would_contain_error_is_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    unlucky = base64.urlsafe_b64encode(b"\0" * 30 + base64.urlsafe_b64decode("xERRORxx"))
    draws = [unlucky.decode() + "A" * 40, "B" * 100]
    monkeypatch.setattr(secrets, "token_urlsafe", lambda size: draws.pop(0))
    assert ids.new_token("P1_", 60) == "P1_" + "B" * 60


def test_many_tokens_and_keys_contain_neither_error_nor_a_bar() -> None:
    drawn = [ids.new_token("E0_", 400) for _ in range(300)] + [ids.new_secret_hex("0x") for _ in range(300)]
    assert len(set(drawn)) == 600
    assert not [each for each in drawn if "ERROR" in each or "|" in each]


def test_a_number_lies_between_1_and_the_one_below_the_limit() -> None:
    assert {ids.new_number(4) for _ in range(300)} == {1, 2, 3}


def test_a_key_is_as_long_as_asked_and_never_the_same() -> None:
    assert len(ids.new_key()) == 32
    assert len(ids.new_key(16)) == 16
    assert ids.new_key() != ids.new_key()


def test_no_claim_is_drawn_twice_and_none_is_a_trace() -> None:
    drawn = [ids.new_claim() if number % 2 else ids.new_trace() for number in range(2_000)]
    assert len(set(drawn)) == 2_000
