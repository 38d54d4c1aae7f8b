"""Waits until a server that a benchmark started answers."""

from __future__ import annotations

import time

import httpx


def wait_until_ready(url: str, *, tries: int) -> None:
    """Ask every tenth of a second, `tries` times at most, whether the server is ready; ends the program if not."""
    for _ in range(tries):
        try:
            if httpx.get(f"{url}/health/ready", timeout=60).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise SystemExit("the server did not start")
