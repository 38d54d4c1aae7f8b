"""A pool of Ray actors, each busy with one thing at a time, that outlives the deaths of its members.

A worker that dies is replaced, and what it was busy with goes to another one. Because it was busy with one thing only,
it is known what killed it: a thing that kills several workers in a row is given up. When workers die and nothing gets
done any more, the cluster is given up.
"""

from __future__ import annotations

import queue
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from jianwei.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_DEATHS = 3
"""How many workers one thing may kill: once may be chance (memory ran out, a machine was taken away), thrice is not."""

_PATIENCE_S = 600.0
"""The longest that a worker may be silent: the largest picture that is allowed takes a few minutes."""

_LOOK_S = 1.0
"""How often whoever waits for an idle worker looks whether there will be any."""

_DEATHS_IN_A_ROW = 12
"""So many deaths, and three for each worker beside, without anything done between: it is not the pictures."""

_Ray = Any
_Actor = Any  # Ray's handles are made at run time


class KilledWorkersError(Exception):
    """One call killed worker after worker. For whoever called: it knows what it called for."""


class ActorPool:
    """Some actors that are alike. Safe to use from several threads."""

    def __init__(
        self,
        ray: _Ray,
        make: Callable[[], _Actor],
        size: int,
        *,
        patience_s: float = _PATIENCE_S,
        deaths_in_a_row: int = _DEATHS_IN_A_ROW,
    ) -> None:
        self._ray = ray
        self._make = make
        self._size = size
        self._patience_s = patience_s
        self._most_in_a_row = deaths_in_a_row + 3 * size
        self._lock = threading.Lock()
        self._deaths_in_a_row = 0
        self._closed = threading.Event()
        self.deaths = 0
        exceptions = ray.exceptions
        self._lost = (
            exceptions.RayActorError,
            exceptions.WorkerCrashedError,
            exceptions.OutOfMemoryError,
            exceptions.NodeDiedError,
            exceptions.GetTimeoutError,
        )
        self._actors: set[_Actor] = {make() for _ in range(size)}
        self._idle: queue.SimpleQueue[_Actor] = queue.SimpleQueue()
        for actor in self._actors:
            self._idle.put(actor)

    @property
    def size(self) -> int:
        """How many actors there are."""
        return self._size

    def everyone(self, method: str) -> list[Any]:
        """Return what a method without arguments says on each actor; waits until all of them run.

        Call it before anything else. An actor that dies before it runs is replaced, as chance may have killed it.

        Raises:
            ClusterError: actors cannot start.
        """
        said: dict[_Actor, Any] = {}
        while waiting := self._actors - said.keys():
            for actor, reference in {actor: getattr(actor, method).remote() for actor in waiting}.items():
                try:
                    said[actor] = self._ray.get(reference, timeout=self._patience_s)
                except self._lost as error:
                    if self.deaths == MOST_DEATHS or isinstance(error, self._ray.exceptions.GetTimeoutError):
                        raise _not_started(error) from error
                    self._replace(actor, error)
                except self._ray.exceptions.RayError as error:
                    raise _not_started(error) from error
        return [said[actor] for actor in self._actors]

    def call(self, method: str, *arguments: object, kept: int = 0) -> Any:  # noqa: ANN401  # what the method returns
        """Call a method on the next idle actor and return what it returns.

        With `kept`, it returns that many further values, which stay where they are: references to them come back too.

        Raises:
            KilledWorkersError: it killed `MOST_DEATHS` actors.
            ClusterError: actors die and nothing gets done, the method itself failed, or the pool is closed.
        """
        for _ in range(MOST_DEATHS):
            actor = self._next()
            try:
                bound = getattr(actor, method).options(num_returns=1 + kept)
                answers = bound.remote(*arguments)
                first, *references = answers if kept else (answers,)
                answer = self._ray.get(first, timeout=self._patience_s)
            except self._lost as error:
                self._replace(actor, error)
                continue
            except self._ray.exceptions.RayError as error:
                self._idle.put(actor)
                raise _failed(error) from error
            except BaseException:
                self._idle.put(actor)
                raise
            self._idle.put(actor)
            with self._lock:
                self._deaths_in_a_row = 0
            return (answer, *references) if kept else answer
        raise KilledWorkersError

    def _next(self) -> _Actor:
        """Wait for an idle actor; one that died before it was ever busy is in the queue still."""
        while not self._closed.is_set():
            with suppress(queue.Empty):
                actor = self._idle.get(timeout=_LOOK_S)
                if actor in self._actors:
                    return actor
        raise _ended()

    def close(self) -> None:
        """End all actors; what they were busy with is lost, and whoever waits for it is told."""
        with self._lock:
            self._closed.set()
            actors, self._actors = self._actors, set()
        for actor in actors:
            self._ray.kill(actor)

    def _replace(self, actor: _Actor, error: Exception) -> None:
        self._ray.kill(actor)  # it may only be silent
        if self._closed.is_set():  # which is what it died of
            raise _ended() from error
        fresh = self._make()
        with self._lock:
            if self._closed.is_set():  # meanwhile: nobody else would end the new one
                self._ray.kill(fresh)
                raise _ended() from error
            self._actors.discard(actor)
            self._actors.add(fresh)
            self.deaths += 1
            self._deaths_in_a_row += 1
            in_a_row = self._deaths_in_a_row
        self._idle.put(fresh)
        if in_a_row > self._most_in_a_row:
            raise ClusterError(
                f"The workers of the Ray cluster keep dying ({in_a_row} in a row): {_said(error)}. What was stored is "
                "kept. Look at the memory and the logs of its machines, then run the same command again.",
                zh=f"Ray 集群的工作进程接连退出（已连续 {in_a_row} 次）：{_said(error)}。"
                "已保存的内容不受影响。请检查各机器的内存和日志后重新运行同一条命令。",
            ) from error


def _ended() -> ClusterError:
    return ClusterError(
        "The workers of the Ray cluster were ended while something was still to be done. What was stored is kept; run "
        "the same command again.",
        zh="Ray 集群的工作进程已结束，仍有工作未完成。已保存的内容不受影响；请重新运行同一条命令。",
    )


def _not_started(error: Exception) -> ClusterError:
    return ClusterError(
        f"A worker of the Ray cluster could not start: {_said(error)}. Every machine of it needs the same version of "
        "Jianwei, and enough free processors, memory and GPUs (JIANWEI_RAY_READERS, JIANWEI_RAY_ENCODER_GPUS).",
        zh=f"Ray 集群的工作进程无法启动：{_said(error)}。集群中每台机器都需要安装相同版本的见微，"
        "并有足够的空闲 CPU、内存和 GPU（JIANWEI_RAY_READERS、JIANWEI_RAY_ENCODER_GPUS）。",
    )


def _failed(error: Exception) -> ClusterError:
    return ClusterError(
        f"A worker of the Ray cluster failed: {_said(error)}. What was stored is kept.",
        zh=f"Ray 集群的工作进程出错：{_said(error)}。已保存的内容不受影响。",
    )


def _said(error: Exception) -> str:
    """Return the last line of what Ray says, which holds the cause below a long trace."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[-1][:300]}" if lines else type(error).__name__
