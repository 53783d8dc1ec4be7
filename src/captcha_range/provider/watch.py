"""Watch rules: what a site's integration does that an operator should know. They weigh nothing; the journal tells."""

from collections.abc import Callable, Sequence
from typing import NamedTuple


class Watched(NamedTuple):
    """What a watch rule may look at: how a question came, or how the site's tokens fare.

    `wants_remoteip`: the site is Enterprise, whose score compares addresses. `unverified`: tokens of the
    site whose life is over, if none of its tokens was ever verified.
    """

    secret_in_url: bool = False
    wants_remoteip: bool = False
    remoteip: str | None = None
    unverified: int = 0


Watch = Callable[[Watched], str | None]


def warnings(watched: Watched, watches: Sequence[Watch]) -> list[str]:
    """What the watch rules have to say, in their order."""
    return [told for watch in watches if (told := watch(watched)) is not None]
