"""Signatures of webhooks, as the Standard Webhooks specification has them: HMAC-SHA256 over id, time and body."""

import base64
import hashlib
import hmac
from collections.abc import Iterable

from captcha_range.solver.webhook_secrets import PREFIX


def signed_headers(webhook_id: str, at: float, body: bytes, secrets: Iterable[str]) -> dict[str, str]:
    """The headers that let a receiver check a message; one signature for each secret."""
    timestamp = str(int(at))
    content = b".".join((webhook_id.encode(), timestamp.encode(), body))
    signatures = " ".join(f"v1,{_sign(content, secret)}" for secret in secrets)
    return {"webhook-id": webhook_id, "webhook-timestamp": timestamp, "webhook-signature": signatures}


def _sign(content: bytes, secret: str) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
