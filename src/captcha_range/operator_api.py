"""The operator's side of both planes: their admin APIs, as methods."""

import contextlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from captcha_range.core.errors import RangeError
from captcha_range.http_call import call, stream


class OperatorRefused(RangeError):
    """The range refused what its operator asked; the message is the range's."""

    code = "operator_refused"


class Operator:
    """Talks to one plane's admin API with its admin key. Every method raises OperatorRefused or Unreachable."""

    def __init__(self, url: str, key: str) -> None:
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {key}"}

    def add_site(self, origins: list[str], **fields: Any) -> dict[str, Any]:
        """Register a site with the provider; `{"site": {…}, "secret": "0x…"}`."""
        return self._ask("POST", "/admin/sites", {"origins": origins, **fields})

    def sites(self) -> list[dict[str, Any]]:
        """The provider's sites."""
        found: list[dict[str, Any]] = self._ask("GET", "/admin/sites")["sites"]
        return found

    def remove_site(self, sitekey: str) -> None:
        """Remove a site from the provider."""
        self._ask("DELETE", f"/admin/sites/{quote(sitekey, safe='')}")

    def rotate_secret(self, sitekey: str, secret: str | None = None) -> str:
        """A site's new secret; the one before stays good until `retire_secret` or the next rotation."""
        path = f"/admin/sites/{quote(sitekey, safe='')}/secret"
        return str(self._ask("POST", path, {"secret": secret})["secret"])

    def retire_secret(self, sitekey: str) -> None:
        """Refuse a site's former secret from now on."""
        self._ask("DELETE", f"/admin/sites/{quote(sitekey, safe='')}/secret/former")

    def challenges(self, sitekey: str, limit: int = 100) -> list[dict[str, Any]]:
        """A site's latest challenges with picture, answer and reply."""
        path = f"/admin/sites/{quote(sitekey, safe='')}/challenges?limit={limit}"
        found: list[dict[str, Any]] = self._ask("GET", path)["challenges"]
        return found

    def advance_clock(self, seconds: float) -> None:
        """Move the provider's clock forwards."""
        self._ask("POST", "/admin/clock", {"advance_seconds": seconds})

    def scenarios(self) -> list[dict[str, Any]]:
        """Every scenario: `scenario`, `at`, `shows`, and its magic `sitekey` and `token`."""
        found: list[dict[str, Any]] = self._ask("GET", "/admin/scenarios")["scenarios"]
        return found

    def stage(self, scenario: str, **fields: Any) -> dict[str, Any]:
        """Stage a scenario, for a `sitekey` or a `namespace`, for so many `requests`, so many `seconds` slow."""
        found: dict[str, Any] = self._ask("POST", "/admin/stagings", {"scenario": scenario, **fields})["staging"]
        return found

    def stagings(self) -> list[dict[str, Any]]:
        """What is staged."""
        found: list[dict[str, Any]] = self._ask("GET", "/admin/stagings")["stagings"]
        return found

    def take_handshake(self) -> str | None:
        """The fault that the next TLS handshake with siteverify is to have, counted down; None for none."""
        fault: str | None = self._ask("POST", "/admin/handshakes")["fault"]
        return fault

    def end_staging(self, staging: str) -> None:
        """End one staging by its id."""
        self._ask("DELETE", f"/admin/stagings/{quote(staging, safe='')}")

    def clear_stagings(self) -> None:
        """End every staging."""
        self._ask("DELETE", "/admin/stagings")

    def add_namespace(self, name: str | None = None, seed: str | None = None) -> str:
        """Make a namespace; its name."""
        return str(self._ask("POST", "/admin/namespaces", {"name": name, "seed": seed})["namespace"]["name"])

    def advance_namespace(self, name: str, seconds: float) -> None:
        """Move a namespace's clock forwards."""
        self._ask("POST", f"{_namespace(name)}/clock", {"advance_seconds": seconds})

    def reset_namespace(self, name: str) -> None:
        """Put a namespace back to its beginning; its sites stay."""
        self._ask("POST", f"{_namespace(name)}/reset")

    def remove_namespace(self, name: str) -> None:
        """Remove a namespace with its sites."""
        self._ask("DELETE", _namespace(name))

    def journal(self, after: int = 0, /, **wanted: str) -> list[dict[str, Any]]:
        """The provider's journal after an entry's number: up to a thousand entries of the wanted kind.

        `wanted`: `event`, `call`, `code`, `scenario`, `sitekey`, `namespace`.
        """
        found: list[dict[str, Any]] = []
        reached = -1
        while reached != after and len(found) < 1_000:
            page = self._ask("GET", f"/admin/journal?{urlencode({'after': after, 'limit': 1_000, **wanted})}")
            found += page["entries"]
            reached, after = after, page["after"]
        return found

    @contextlib.contextmanager
    def tail_journal(self, after: int | None = None, **wanted: str) -> Iterator[Iterator[dict[str, Any]]]:
        """The journal as it is written, from now or from after an entry's number."""
        query = urlencode({**({} if after is None else {"after": after}), **wanted})
        with stream(f"{self._url}/admin/journal/tail?{query}", headers=self._headers, timeout=60.0) as answer:
            _require(answer.status, b"".join(answer.lines) if answer.status >= 300 else b"")
            yield (msgspec.json.decode(line[5:]) for line in answer.lines if line.startswith(b"data:"))

    def export_journal(self, **wanted: str) -> Iterator[bytes]:
        """The whole journal, one JSON object a line."""
        with stream(
            f"{self._url}/admin/journal/export?{urlencode(wanted)}", headers=self._headers, timeout=60.0
        ) as answer:
            _require(answer.status, b"".join(answer.lines) if answer.status >= 300 else b"")
            yield from answer.lines

    def dashboard_ticket(self) -> str:
        """A ticket that opens the provider's dashboard once."""
        return str(self._ask("POST", "/admin/tickets")["ticket"])

    def open_account(self, **fields: Any) -> dict[str, Any]:
        """Open an account with the solver; `account`, `client_key` and `webhook_secret`."""
        return self._ask("POST", "/admin/accounts", fields)

    def accounts(self) -> list[dict[str, Any]]:
        """The solver's accounts."""
        found: list[dict[str, Any]] = self._ask("GET", "/admin/accounts")["accounts"]
        return found

    def top_up(self, account: str, credit: int) -> dict[str, Any]:
        """Add credits to an account; the account as it stands then."""
        found: dict[str, Any] = self._ask("POST", f"{_account(account)}/top-up", {"credits": credit})["account"]
        return found

    def add_key(self, account: str, name: str, scopes: list[str]) -> dict[str, Any]:
        """Add a client key; `{"key": {…}, "client_key": "cr_client_…"}`."""
        return self._ask("POST", f"{_account(account)}/keys", {"name": name, "scopes": scopes})

    def keys(self, account: str) -> list[dict[str, Any]]:
        """An account's client keys, without the keys themselves."""
        found: list[dict[str, Any]] = self._ask("GET", f"{_account(account)}/keys")["keys"]
        return found

    def revoke_key(self, account: str, client_key: str) -> None:
        """Revoke a client key by its public id."""
        self._ask("DELETE", f"{_account(account)}/keys/{quote(client_key, safe='')}")

    def renew_webhook_secret(self, account: str) -> str:
        """A new webhook secret; the one before signs beside it for a day."""
        return str(self._ask("POST", f"{_account(account)}/webhook-secret")["webhook_secret"])

    def _ask(self, method: str, path: str, content: Any = None) -> dict[str, Any]:
        reply = call(method, self._url + path, json=content, headers=self._headers)
        _require(reply.status, reply.body)
        found: dict[str, Any] = reply.json() if reply.body else {}
        return found


def _account(account: str) -> str:
    return f"/admin/accounts/{quote(account, safe='')}"


def _namespace(name: str) -> str:
    return f"/admin/namespaces/{quote(name, safe='')}"


def _require(status: int, body: bytes) -> None:
    """OperatorRefused, with the range's own message, if an answer is no success."""
    if status < 300:
        return
    try:
        message = str(msgspec.json.decode(body)["error"]["message"])
    except (msgspec.DecodeError, KeyError, TypeError):
        message = f"HTTP {status}"
    raise OperatorRefused(message)
