"""People who ask a server over connections of their own, all in one thread: they share the machine with the server.

A thread and an HTTP library for each of fifty people take time that the server would have, and the interpreter's lock
makes answers wait that have arrived. Here one loop over raw sockets writes requests that were made before and reads
answers by their `content-length`; that is about a quarter of a millisecond for each.
"""

from __future__ import annotations

import heapq
import selectors
import socket
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

_MOST_BYTES = 1 << 18
_PATIENCE_S = 60.0


@dataclass(slots=True)
class Answers:
    """What came back in time: milliseconds of each answer, and what was not 200; and how many came after the end."""

    times_ms: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    late: int = 0


class Person:
    """One connection with one request under way at most."""

    def __init__(self, address: tuple[str, int], token: str, paths: Sequence[str], chance: random.Random) -> None:
        head = f"Host: {address[0]}:{address[1]}\r\nAuthorization: Bearer {token}\r\n\r\n"
        self._requests = [f"GET {path} HTTP/1.1\r\n{head}".encode() for path in paths]
        self._address = address
        self._chance = chance
        self._got = bytearray()
        self._wanted = 0
        self.started_s = 0.0
        self.socket = self._connected()

    def ask(self) -> None:
        """Send a request."""
        self._got.clear()
        self._wanted = 0
        self.started_s = time.perf_counter()
        self.socket.sendall(self._chance.choice(self._requests))

    def read(self) -> str | None:
        """Read what has come; return the status once the answer is whole."""
        part = self.socket.recv(_MOST_BYTES)
        if not part:
            return "closed by the server"
        self._got += part
        if not self._wanted:
            end = self._got.find(b"\r\n\r\n")
            if end < 0:
                return None
            headers = bytes(self._got[:end]).lower()
            self._wanted = end + 4 + int(headers.split(b"content-length:")[1].split(b"\r\n")[0])
        return None if len(self._got) < self._wanted else bytes(self._got[9:12]).decode()

    def body(self) -> bytes:
        """Return what was answered, or said about an error."""
        return bytes(self._got).partition(b"\r\n\r\n")[2]

    def again(self) -> None:
        """Connect anew after the server closed the connection."""
        self.socket.close()
        self.socket = self._connected()

    def _connected(self) -> socket.socket:
        connected = socket.create_connection(self._address, timeout=_PATIENCE_S)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connected


def search_paths(asked: Sequence[str], limit: int) -> list[str]:
    """Return the addresses of searches for words."""
    return [f"/api/v1/search?limit={limit}&words={quote(words)}" for words in asked]


def let_people_ask(people: Sequence[Person], *, seconds: float, pause_s: float, chance: random.Random) -> Answers:
    """Let all ask for some time, each after a random pause of `pause_s` on average; with 0 at once after each answer.

    What is under way in the end is waited for, so that the next part begins with a server at rest.
    """
    answers, end_s = Answers(), time.perf_counter() + seconds
    due = [(time.perf_counter() + _pause(pause_s, chance), number) for number in range(len(people))]
    heapq.heapify(due)
    under_way = 0
    with selectors.DefaultSelector() as selector:
        for number, person in enumerate(people):
            selector.register(person.socket, selectors.EVENT_READ, number)
        while (now_s := time.perf_counter()) < end_s or under_way:
            if now_s > end_s + _PATIENCE_S:
                answers.errors.append(f"{under_way} requests without an answer")
                break
            while due and due[0][0] <= now_s < end_s:
                people[heapq.heappop(due)[1]].ask()
                under_way += 1
            next_s = end_s if now_s < end_s else now_s + 1.0
            for key, _ in selector.select(max(0.0, min([next_s, *(moment for moment, _ in due[:1])]) - now_s)):
                status = people[key.data].read()
                if status is None:
                    continue
                came_s = time.perf_counter()
                under_way -= 1
                _note(answers, people[key.data], status, came_s, late=came_s > end_s)
                if not status.isdecimal():
                    selector.unregister(people[key.data].socket)
                    people[key.data].again()
                    selector.register(people[key.data].socket, selectors.EVENT_READ, key.data)
                if came_s < end_s:
                    heapq.heappush(due, (came_s + _pause(pause_s, chance), key.data))
            if now_s >= end_s:
                due.clear()  # nobody begins any more
    return answers


def _note(answers: Answers, person: Person, status: str, came_s: float, *, late: bool) -> None:
    if late:
        answers.late += 1
        return
    answers.times_ms.append((came_s - person.started_s) * 1000.0)
    if status != "200":
        answers.errors.append(f"{status} {person.body()[:120]!r}")


def _pause(mean_s: float, chance: random.Random) -> float:
    return chance.expovariate(1.0 / mean_s) if mean_s else 0.0
