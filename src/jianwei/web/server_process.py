"""One of several processes that serve a library together; started by the supervisor, nobody runs it by hand.

It takes connections from the socket that all of them share, tells the supervisor when it answers, and stops when the
supervisor asks it to, or has died.
"""

from __future__ import annotations

import os
import signal
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket
    from multiprocessing.connection import Connection
    from pathlib import Path

    from jianwei.settings import Settings
    from jianwei.web.options import ServeOptions

READY = "ready"


@dataclass(frozen=True, slots=True)
class Order:
    """What one process serves, and how."""

    library: Path
    settings: Settings
    options: ServeOptions


def run(order: Order, listening: socket.socket, supervisor: Connection) -> None:
    """Serve until asked to stop; what is being answered is finished first."""
    with suppress(OSError):
        os.setsid()  # Ctrl-C at a terminal is for the supervisor, which then asks its processes to stop
    # Before anything imports prometheus_client, which looks at it once; see `metrics`.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(order.options.shared_folder)
    from jianwei.web.desk import Desk
    from jianwei.web.serving import serve

    threading.Thread(target=_stop_with, args=(supervisor,), name="supervisor", daemon=True).start()
    with Desk(order.library, order.settings, order.options) as desk:
        serve(desk, [listening], on_ready=lambda: supervisor.send(READY))


def _stop_with(supervisor: Connection) -> None:
    """Stop as after SIGTERM when the other end is closed: the supervisor says so, or was killed."""
    with suppress(EOFError, OSError):
        supervisor.recv()
    os.kill(os.getpid(), signal.SIGTERM)
