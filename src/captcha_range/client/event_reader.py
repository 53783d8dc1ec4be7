"""Server-sent events (HTML standard), line by line, as the native API sends them."""

import msgspec

from captcha_range.client.documents import Event
from captcha_range.client.errors import AnswerNotUnderstood
from captcha_range.http_call import Unreachable


class EventReader:
    """Takes lines and gives the event that each one completes."""

    def __init__(self, after: int) -> None:
        self._last = after
        self._data: list[bytes] = []
        self.over = False
        """Whether the terminal event came."""

    def take(self, line: bytes) -> Event | None:
        """One line with its end. AnswerNotUnderstood."""
        name, _, value = line.rstrip(b"\r\n").partition(b":")
        if name == b"data":
            self._data.append(value.removeprefix(b" "))
        if name or value or not self._data:
            return None
        event = self._decoded(b"\n".join(self._data))
        self._data, self._last, self.over = [], event.number, event.terminal
        return event

    def end(self) -> None:
        """The stream has ended. Unreachable if it broke off before the terminal event."""
        if not self.over:
            raise Unreachable(f"the events broke off; listen again with after={self._last}")

    def _decoded(self, data: bytes) -> Event:
        try:
            return msgspec.json.decode(data, type=Event)
        except msgspec.DecodeError as error:
            raise AnswerNotUnderstood(f"{AnswerNotUnderstood.__doc__} ({error})") from None
