"""How the planes are put together."""

import socket
from pathlib import Path

from captcha_range.app import Range
from captcha_range.core.settings import Settings


def test_connections_wait_from_the_start_so_that_tasks_left_by_a_killed_process_find_the_provider(
    tmp_path: Path,
) -> None:
    the_range = Range(Settings(data_dir=tmp_path, provider_port=0, solver_port=0))
    for listening in the_range.sockets:
        with socket.create_connection(listening.getsockname(), timeout=5):
            listening.close()
