"""A route that tells whoever watches a request which of them it took."""

from starlette import routing
from starlette.routing import Match
from starlette.types import Scope

TEMPLATE = "captcha_range.template"
"""Where the scope names the route's path with its parameters unfilled, such as `/v1/tasks/{task}`."""


class Route(routing.Route):
    """Starlette's route; its template gets into the scope, also when only the method is wrong."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        match, found = super().matches(scope)
        if match is not Match.NONE:
            found[TEMPLATE] = self.path
        return match, found
