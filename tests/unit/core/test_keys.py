"""API keys: shown once, stored as a keyed hash, good for one scope."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from captcha_range.core.keys import KeyRefused, Keys
from captcha_range.core.sqlite import Database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "store.sqlite", ["captcha_range.core"])
    yield database
    database.close()


async def test_a_key_names_its_holder_in_its_own_scope_only(database: Database) -> None:
    keys = Keys(database, b"pepper")
    key = await keys.create("client", "account 7")
    assert keys.holder("client", key) == "account 7"
    assert keys.holder("admin", key) is None
    assert keys.holder("", key) is None


async def test_a_key_tells_its_scope_and_carries_160_bits(database: Database) -> None:
    key = await Keys(database, b"pepper").create("admin")
    assert key.startswith("cr_admin_")
    assert len(bytes.fromhex(key.removeprefix("cr_admin_"))) == 20


@pytest.mark.parametrize("change", [str.upper, lambda key: key[:-1], lambda key: key + "0", lambda key: " " + key])
async def test_anything_but_the_very_key_is_none(database: Database, change: object) -> None:
    keys = Keys(database, b"pepper")
    key = await keys.create("admin")
    assert callable(change)
    assert keys.holder("admin", change(key)) is None


@pytest.mark.parametrize("key", ["", "cr_admin_", "\ud800", "\0", "é" * 1_000])
async def test_nonsense_is_no_key(database: Database, key: str) -> None:
    keys = Keys(database, b"pepper")
    await keys.create("admin")
    assert keys.holder("admin", key) is None


async def test_keys_survive_reopening_under_the_same_pepper_only(database: Database) -> None:
    key = await Keys(database, b"pepper").create("admin", "me")
    assert Keys(database, b"pepper").holder("admin", key) == "me"
    assert Keys(database, b"another").holder("admin", key) is None


async def test_the_key_is_nowhere_in_the_files(database: Database, tmp_path: Path) -> None:
    key = await Keys(database, b"pepper").create("admin")
    secret = key.removeprefix("cr_admin_")
    stored = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert secret.encode() not in stored
    assert bytes.fromhex(secret) not in stored


@pytest.mark.parametrize("form", ["Bearer {}", "bearer {}", "BEARER {}", "Bearer  {} "])
async def test_a_bearer_of_the_scope_is_let_in(database: Database, form: str) -> None:
    keys = Keys(database, b"pepper")
    key = await keys.create("admin", "me")
    assert keys.require("admin", form.format(key)) == "me"


@pytest.mark.parametrize("form", ["", "{}", "Bearer", "Bearer ", "Basic {}", "Bearer{}", "Bearer x{}", "Bearer {} {}"])
async def test_anything_else_is_refused_without_repeating_the_key(database: Database, form: str) -> None:
    keys = Keys(database, b"pepper")
    key = await keys.create("admin")
    with pytest.raises(KeyRefused) as caught:
        keys.require("admin", form.format(key, key))
    assert key not in str(caught.value)
    assert "'admin'" in str(caught.value)
