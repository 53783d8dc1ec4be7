"""Scenarios of the widget's calls, as raw ASGI before the framework: some end the connection without an answer."""

from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Receive, Scope, Send

from captcha_range.core.origins import OriginInvalid, parse_origin
from captcha_range.core.route import TEMPLATE
from captcha_range.provider import wire_faults
from captcha_range.provider.magic_keys import MAGIC_SITEKEYS
from captcha_range.provider.plane import Provider
from captcha_range.provider.scenarios import CHECKCAPTCHA, GETCAPTCHA, SCRIPT, SITECONFIG
from captcha_range.provider.sites import Site
from captcha_range.provider.stagings import Playing, playing_magic

PLAYING = "captcha_range.playing"
_CALLS = {"getcaptcha": GETCAPTCHA, "checkcaptcha": CHECKCAPTCHA}
_TEMPLATES = {
    GETCAPTCHA: "/getcaptcha/{sitekey}",
    CHECKCAPTCHA: "/checkcaptcha/{sitekey}/{challenge}",
    SITECONFIG: "/checksiteconfig",
    SCRIPT: "/1/api.js",
}
_NOTHING: tuple[Playing | None, list[Site]] = (None, [])
_SCRIPTS = ("/1/api.js", "/1/secure-api.js")


def with_scenarios(provider: Provider, others: ASGIApp) -> ASGIApp:
    """Play the scenarios of the widget's calls; the rest of each is answered by `others`.

    What is playing and leaves the answer to the handler is in the scope, as `PLAYING`.
    """

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        playing, sites = _playing(provider, scope) if scope["type"] == "http" else _NOTHING
        if playing is None:
            await others(scope, receive, send)
            return
        scenario = playing.scenario
        if not playing.is_magic:
            sitekey = sites[0].sitekey if sites else None
            told = {"scenario": scenario.name, "why": f"the scenario {scenario.name} was staged"}
            facts = {"call": scenario.at, "sitekey": sitekey, **told}
            await provider.calls.note("ScenarioPlayed", scenario.at, facts)
        if scenario.is_wire:
            scope[TEMPLATE] = _TEMPLATES[scenario.at]
            await wire_faults.play(playing, scope, receive, send)
            return
        await wire_faults.late(playing)
        scope[PLAYING] = playing
        await others(scope, receive, send)

    return app


def _playing(provider: Provider, scope: Scope) -> tuple[Playing | None, list[Site]]:
    """The scenario that happens to a request, and the sites whose call it is."""
    call, sitekey = _call(scope)
    magic = MAGIC_SITEKEYS.get(sitekey)
    if magic is not None:
        return (playing_magic(magic) if magic.at == call else None), []
    if not call or not provider.stagings:
        return _NOTHING
    sites = _sites(provider, scope, call, sitekey)
    return provider.stagings.take(call, sites), sites


def _call(scope: Scope) -> tuple[str, str]:
    """Which call of the widget a request is, and the sitekey that it names; both empty for other requests."""
    path: str = scope["path"].rstrip("/")
    parts = path.split("/")
    if len(parts) > 2 and parts[1] in _CALLS:
        return _CALLS[parts[1]], parts[2].lower()
    if path == "/checksiteconfig" or path in _SCRIPTS:
        query = dict(parse_qsl(scope["query_string"].decode("latin-1"), max_num_fields=None))
        return SITECONFIG if path == "/checksiteconfig" else SCRIPT, query.get("sitekey", "").lower()
    return "", ""


def _sites(provider: Provider, scope: Scope, call: str, sitekey: str) -> list[Site]:
    site = provider.sites.find(sitekey)
    if site is not None:
        return [site]
    return _sites_of_page(provider, scope) if call == SCRIPT else []


def _sites_of_page(provider: Provider, scope: Scope) -> list[Site]:
    """The sites whose page asks: a script's URL names no sitekey, but browsers say which page loads it."""
    for name, value in scope["headers"]:
        if name in (b"referer", b"origin"):
            try:
                origin = str(parse_origin(value.decode("latin-1")))
            except OriginInvalid:
                continue
            return [site for site in provider.sites.all() if origin in site.origins]
    return []
