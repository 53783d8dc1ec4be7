"""Accounts are charged and refunded to the credit, and their keys are stored as hashes only."""

import asyncio
import sqlite3
from pathlib import Path

import msgspec
import pytest

from captcha_range.core.keys import Keys
from captcha_range.core.sqlite import Database
from captcha_range.solver.accounts import TASK_PRICE, Account, AccountOrder, Accounts, charge, refund
from captcha_range.solver.errors import BalanceEmpty, KeyUnknown, QuotaEmpty


def balance_of(accounts: Accounts, account: Account) -> int:
    return next(each.balance for each in accounts.all() if each.account == account.account)


async def test_an_account_is_found_by_the_key_that_was_shown_once(accounts: Accounts) -> None:
    account, key = await accounts.open(AccountOrder(name="one", balance=5, recognitions=3, task_ids="integer"))
    assert accounts.by_key(key) == account
    assert (account.name, account.balance, account.recognitions, account.task_ids) == ("one", 5, 3, "integer")


async def test_accounts_are_listed_in_the_order_in_which_they_were_opened(accounts: Accounts) -> None:
    opened = [(await accounts.open(AccountOrder(name=name)))[0] for name in ("c", "a", "b")]
    assert accounts.all() == opened


@pytest.mark.parametrize("wrong", ["", "no-such-key", "cr_client_", "\x00", "é", "\ud800", "x" * 10_000])
async def test_an_unknown_key_is_refused_without_repeating_it(accounts: Accounts, wrong: str) -> None:
    await accounts.open(AccountOrder())
    with pytest.raises(KeyUnknown) as raised:
        accounts.by_key(wrong)
    assert not wrong or wrong not in str(raised.value)


async def test_a_key_of_another_scope_opens_no_account(accounts: Accounts, keys: Keys, account: Account) -> None:
    with pytest.raises(KeyUnknown):
        accounts.by_key(await keys.create("admin", account.account))


async def test_the_key_itself_is_not_in_the_file(accounts: Accounts, database: Database, tmp_path: Path) -> None:
    _, key = await accounts.open(AccountOrder())
    stored = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert key.encode() not in stored
    assert key.removeprefix("cr_client_").encode() not in stored


async def test_a_key_is_still_known_after_a_restart(accounts: Accounts, database: Database) -> None:
    account, key = await accounts.open(AccountOrder())
    assert Accounts(database, Keys(database, b"pepper")).by_key(key) == account
    with pytest.raises(KeyUnknown):
        Accounts(database, Keys(database, b"another pepper")).by_key(key)


async def test_a_charge_takes_the_price_and_a_refund_gives_it_back(
    accounts: Accounts, database: Database, account: Account
) -> None:
    await database.write(lambda connection: charge(connection, account.account))
    assert balance_of(accounts, account) == account.balance - TASK_PRICE
    await database.write(lambda connection: refund(connection, account.account))
    assert balance_of(accounts, account) == account.balance


async def test_a_balance_is_never_overdrawn_however_many_charge_at_once(
    accounts: Accounts, database: Database, account: Account
) -> None:
    charges = [database.write(lambda connection: charge(connection, account.account)) for _ in range(25)]
    outcomes = await asyncio.gather(*charges, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes].count(BalanceEmpty) == 25 - account.balance
    assert balance_of(accounts, account) == 0


async def test_a_charge_touches_no_other_account(accounts: Accounts, database: Database, account: Account) -> None:
    other, _ = await accounts.open(AccountOrder(balance=3))
    await database.write(lambda connection: charge(connection, account.account))
    assert balance_of(accounts, other) == 3


async def test_a_failing_transaction_charges_nothing(accounts: Accounts, database: Database, account: Account) -> None:
    def charge_and_fail(connection: sqlite3.Connection) -> None:
        charge(connection, account.account)
        raise LookupError

    with pytest.raises(LookupError):
        await database.write(charge_and_fail)
    assert balance_of(accounts, account) == account.balance


async def test_the_recognition_quota_is_used_up_exactly(accounts: Accounts) -> None:
    account, key = await accounts.open(AccountOrder(recognitions=3))
    outcomes = await asyncio.gather(
        *(accounts.use_recognition(account.account) for _ in range(10)), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes].count(QuotaEmpty) == 7
    assert accounts.by_key(key).recognitions == 0


@pytest.mark.parametrize(
    "fields",
    [
        {"task_ids": "number"},
        {"task_ids": None},
        {"balance": -1},
        {"balance": 2**53 + 1},
        {"recognitions": -1},
        {"recognitions": 2**64},
        {"balance": 1.5},
        {"name": 1},
        {"admin": True},
    ],
    ids=repr,
)
def test_an_order_that_makes_no_sense_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(msgspec.json.encode(fields), type=AccountOrder)
