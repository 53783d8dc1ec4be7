"""Planted bugs: each breaks one promise, in the tests' own parts or statements, and the checker must tell."""

import contextlib
from contextlib import AbstractContextManager
from typing import Any, NamedTuple
from unittest import mock

from captcha_range.provider import tokens
from captcha_range.provider.plane import Provider
from captcha_range.provider.verdicts import Verdict, publisher_verdict, refused, timestamp
from captcha_range.solver import tasks as tasks_module
from captcha_range.solver.errors import TaskUnknown
from captcha_range.solver.orders import TokenOrder
from captcha_range.solver.tasks import Task, Tasks
from captcha_range.solver.terms import PLAIN, Terms
from tests.histories.stores import Parts


class SelectThenUpdate:
    """Looks at the token in one transaction and uses it up in another."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    async def verify(self, fields: dict[str, str]) -> Verdict:
        digest, now = tokens.digest_of_token(fields["response"]), self._provider.clock.now()
        token = await self._provider.database.write(lambda c: tokens.find(c, digest))
        assert token is not None
        if token.used_at is not None:
            return refused("already-seen-response")
        if now - token.issued_at >= tokens.LIFETIME:
            return refused("expired-input-response")
        use = "UPDATE tokens SET used_at = ? WHERE digest = ?"
        await self._provider.database.write(lambda c: c.execute(use, (now, digest)))
        return publisher_verdict(token.hostname, timestamp(token.issued_at, 6))


class BlindRetry:
    """Asks again as if the first answer had been lost, and tells the second one."""

    def __init__(self, provider: Provider) -> None:
        self._siteverify = provider.siteverify

    async def verify(self, fields: dict[str, str]) -> Verdict:
        await self._siteverify.verify(fields)
        return await self._siteverify.verify(fields)


class ForgetfulTasks(Tasks):
    """Acknowledges one task in a hundred without keeping it."""

    async def create(self, account: str, order: TokenOrder, terms: Terms = PLAIN) -> Task:
        task = await super().create(account, order, terms)
        if task.number % 100 == 0:
            await self._database.write(lambda c: c.execute("DELETE FROM tasks WHERE number = ?", (task.number,)))
        return task

    def find(self, account: str, given: str | int) -> Task:
        try:
            return super().find(account, given)
        except TaskUnknown:
            return super().find(account, int(given) - 1)


class Plant(NamedTuple):
    """A bug: parts in the place of the product's, or a module's name set to something else; what is told of it."""

    told: str
    parts: Parts = Parts()
    module: Any = None
    name: str = ""
    value: Any = None

    def planted(self) -> AbstractContextManager[object]:
        """While this is entered, the bug is there."""
        if self.module is None:
            return contextlib.nullcontext()
        return mock.patch.object(self.module, self.name, self.value)


def _without(statement: str, condition: str) -> str:
    assert condition in statement
    return statement.replace(condition, "")


FENCE, STATE, OPEN_STATES = " AND attempt = :attempt", " AND state = 'running'", " AND state IN ('queued', 'running')"

PLANTS: dict[str, Plant] = {
    "select-then-update": Plant("accepted 2 times", Parts(siteverify=SelectThenUpdate)),
    "blind-retry": Plant("refused as seen before anybody used it", Parts(siteverify=BlindRetry)),
    "tokens-that-outlive": Plant("accepted after its life", module=tokens, name="LIFETIME", value=180.0),
    "tokens-that-die-early": Plant("refused as expired during its life", module=tokens, name="LIFETIME", value=60.0),
    "no-attempt-fence": Plant(
        "finished by a worker that had lost it",
        module=tasks_module,
        name="_FINISH",
        value=_without(tasks_module._FINISH, FENCE),
    ),
    "no-state-in-finish": Plant(
        "ended 2 times", module=tasks_module, name="_FINISH", value=_without(tasks_module._FINISH, STATE)
    ),
    "no-state-in-cancel": Plant(
        "a result was read that changed",
        module=tasks_module,
        name="_CANCEL",
        value=_without(tasks_module._CANCEL, OPEN_STATES),
    ),
    "forgotten-tasks": Plant("acknowledged but lost", Parts(tasks=ForgetfulTasks)),
}
"""Name → bug."""
