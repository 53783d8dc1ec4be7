"""The command of a run as a child process: signals go to it, and its end is the run's end."""

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from typing import Final

from captcha_range.core.errors import RangeError

PASSED_ON: Final = (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
FROM_TERMINAL: Final = (signal.SIGINT, signal.SIGQUIT)


class CommandNotStarted(RangeError):
    """The command cannot be started; the message says why."""

    code = "command_not_started"


async def run_child(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """The command's exit code, or 128 and the signal that ended it, as a shell has it. CommandNotStarted."""
    relay = _Relay()
    relay.listen(asyncio.get_running_loop())
    try:
        process = await asyncio.create_subprocess_exec(*command, env=environment)
    except OSError as error:
        raise CommandNotStarted(f"{command[0]}: {error.strerror}") from None
    relay.follow(process)
    code = await process.wait()
    return code if code >= 0 else 128 - code


class _Relay:
    """Hands this process's signals to the child; what comes before there is one waits for it."""

    def __init__(self) -> None:
        self._child: asyncio.subprocess.Process | None = None
        self._waiting: list[int] = []

    def listen(self, loop: asyncio.AbstractEventLoop) -> None:
        for number in PASSED_ON:
            loop.add_signal_handler(number, self._hand_on, number)
        for number in FROM_TERMINAL:
            loop.add_signal_handler(number, self._hand_on_unless_from_terminal, number)

    def follow(self, child: asyncio.subprocess.Process) -> None:
        self._child = child
        for number in self._waiting:
            self._hand_on(number)

    def _hand_on(self, number: int) -> None:
        if self._child is None:
            self._waiting.append(number)
        elif self._child.returncode is None:
            self._child.send_signal(number)

    def _hand_on_unless_from_terminal(self, number: int) -> None:
        # A terminal sends these to the whole group, so the child has its own already.
        if self._child is None or not _is_foreground():
            self._hand_on(number)


def _is_foreground() -> bool:
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)
