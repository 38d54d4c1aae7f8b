"""What an ingest costs beside its models: processor time of a whole ingest over that of the same inference alone.

    python benchmarks/ingest_overhead.py                # every 20th product picture
    python benchmarks/ingest_overhead.py --every 4

Pictures are taken in as always, into a new library. Meanwhile every batch that goes into a network is noted by its
shape; afterwards the same networks get batches of the same shapes, in the same order and from as many threads, and
nothing else is done: the time of a network does not depend on what it is shown, but it does on what its neighbour does
to the caches. The quotient of both processor times, less one, is the overhead.
Loading the networks counts in neither, and a picture taken in before pays for what a process does once. A network
compiles for every new shape of a batch; that is the network's own time, so the same inference is done by networks that
are new too, and a second time to see how much it was.

The parts are measured by the clock of their thread and say where the overhead comes from; `all else` is what is left:
the queues, Python around the parts, the threads of Tantivy. What an ingest has once, however large (indexes, screening
and its rules), is marked: its share falls with the number of pictures. Processor times tell the same on a busy machine,
if less exactly.
"""

from __future__ import annotations

import argparse
import importlib
import shutil
import tempfile
import threading
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from picture_folder import product_pictures, sha256_of

if TYPE_CHECKING:
    from collections.abc import Callable

PARTS = {
    "decoding": ("jianwei.ingest.picture_reading", "decode_picture"),
    "perceptual hash": ("jianwei.ingest.picture_reading", "pdq_hash"),
    "thumbnail": ("jianwei.ingest.picture_reading", "make_thumbnail"),
    "barcodes": ("jianwei.ingest.picture_reading", "read_codes"),
    "patches": ("jianwei.ingest.picture_reading", "local_features"),
    "strips for detection": ("jianwei.ocr.detection", "prepare_strip"),
    "boxes of lines": ("jianwei.ocr.detection", "find_text_regions"),
    "cutting lines out": ("jianwei.ocr.orientation", "cut_line"),
    "batches of lines": ("jianwei.ocr.recognition", "prepare_lines"),
    "letters of lines": ("jianwei.ocr.open_columns", "decode_open_columns"),
    "SHA-256": ("jianwei.ingest.picture_work", "picture_sha256"),
    "memory given back": ("jianwei.ocr.detection", "return_free_memory"),
    "order of lines": ("jianwei.ocr.engine", "order_lines"),
    "stacks of characters": ("jianwei.ocr.engine", "join_stacks"),
}
METHODS = {
    "catalog": ("jianwei.ingest.recording", "Recorder", "flush"),
    "thumbnail file": ("jianwei.storage.picture_files", "FolderPictureFiles", "put"),
    "indexes (once)": ("jianwei.library.index_keeper", "IndexKeeper", "catch_up"),
    "rules and screening (once)": ("jianwei.library.risk", "LibraryRisk", "screen"),
    "reading the rules (once)": ("jianwei.library.risk", "LibraryRisk", "check_rules"),
}


class Watch:
    """Processor time of functions that are put under watch, and the batches that networks were given by each thread."""

    def __init__(self) -> None:
        self.parts_s: dict[str, float] = defaultdict(float)
        self.batches: dict[int, list[tuple[Any, list[tuple[int, ...]]]]] = defaultdict(list)
        self.networks_made: dict[Any, Callable[[], Any]] = {}
        self.loading_s = 0.0
        self._lock = threading.Lock()

    def part(self, name: str, of: Any, attribute: str) -> None:  # noqa: ANN401  # a module or a class
        """Measure a function wherever `of` calls it."""
        function = getattr(of, attribute)

        @wraps(function)
        def measured(*args: object, **kwargs: object) -> object:
            before = time.thread_time()
            try:
                return function(*args, **kwargs)
            finally:
                with self._lock:
                    self.parts_s[name] += time.thread_time() - before

        setattr(of, attribute, measured)

    def forget(self) -> None:
        """Begin anew after a first picture."""
        self.parts_s.clear()
        self.batches.clear()
        self.loading_s = 0.0

    def networks(self) -> Callable[[Any, Any, Any], Any]:
        """Note what goes into networks; return how they are run, to run them again."""
        from jianwei.runtime.openvino_session import CompiledNetwork, OpenVinoSession

        load, compile_network, run = OpenVinoSession.__init__, CompiledNetwork.__init__, CompiledNetwork.run

        def loaded(session: OpenVinoSession, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
            before = time.process_time()
            load(session, *args, **kwargs)
            self.loading_s += time.process_time() - before

        def compiled(network: CompiledNetwork, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
            compile_network(network, *args, **kwargs)
            self.networks_made[network] = lambda: CompiledNetwork(*args, **kwargs)

        def noted(network: CompiledNetwork, inputs: Any, consume: Any) -> object:  # noqa: ANN401
            if isinstance(inputs, list):
                with self._lock:
                    self.batches[threading.get_ident()].append((network, [batch.shape for batch in inputs]))
            return run(network, inputs, consume)

        OpenVinoSession.__init__ = loaded  # type: ignore[assignment,method-assign]
        CompiledNetwork.__init__ = compiled  # type: ignore[assignment,method-assign]
        CompiledNetwork.run = noted  # type: ignore[assignment,method-assign]
        return run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=20, help="take every n-th picture")
    options = parser.parse_args()
    watch = Watch()
    run = watch.networks()
    for name, (module, function) in PARTS.items():
        watch.part(name, importlib.import_module(module), function)
    for name, (module, owner, method) in METHODS.items():
        watch.part(name, getattr(importlib.import_module(module), owner), method)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "pictures"
        folder.mkdir()
        files = product_pictures()[:: options.every]
        for file in files:
            shutil.copy(file, folder / f"{sha256_of(file)[:16]}{file.suffix}")
        first = folder.with_name("first")
        first.mkdir()
        shutil.copy(files[0], first)
        ingested(first, Path(place) / "library-of-one")
        watch.forget()
        ingest_s = ingested(folder, Path(place) / "library") - watch.loading_s
        loading_s = watch.loading_s
        used = {network for batches in watch.batches.values() for network, _ in batches}
        networks = {network: watch.networks_made[network]() for network in used}
        models_s, known_s = inferred(watch, networks, run), inferred(watch, networks, run)
    print(f"{len(files)} pictures, {sum(map(len, watch.batches.values()))} batches through networks")
    print(
        f"ingest {ingest_s:8.2f} s of processor, networks alone {models_s:8.2f} s: {ingest_s / models_s - 1:.1%} more"
    )
    print(
        f"of the networks' time compiling for new shapes: {models_s - known_s:.2f} s; loading, once: {loading_s:.2f} s"
    )
    for name, seconds in sorted(watch.parts_s.items(), key=lambda item: -item[1]):
        print(f"  {name:22} {seconds:8.3f} s  {seconds / models_s:6.1%}")
    rest_s = ingest_s - models_s - sum(watch.parts_s.values())
    print(f"  {'all else':22} {rest_s:8.3f} s  {rest_s / models_s:6.1%}")


def ingested(folder: Path, library_path: Path) -> float:
    """Take the pictures in; return seconds of processor."""
    from jianwei import Library

    with Library.open(library_path) as library:
        before = time.process_time()
        report = library.ingest(folder)
        seconds = time.process_time() - before
    assert not report.failures, report.failures[:3]
    return seconds


def inferred(watch: Watch, networks: dict[Any, Any], run: Callable[[Any, Any, Any], Any]) -> float:
    """Run networks in place of those that were noted, on batches of the same shapes; return seconds of processor."""
    sizes = [int(np.prod(shape)) for batches in watch.batches.values() for _, shapes in batches for shape in shapes]
    noise = np.random.default_rng(1).uniform(-1.0, 1.0, max(sizes)).astype(np.float32)

    def repeat(batches: list[tuple[Any, list[tuple[int, ...]]]]) -> None:
        for network, shapes in batches:
            run(networks[network], [noise[: int(np.prod(shape))].reshape(shape) for shape in shapes], lambda _: None)

    before = time.process_time()
    with ThreadPoolExecutor(len(watch.batches)) as threads:
        list(threads.map(repeat, watch.batches.values()))
    return time.process_time() - before


if __name__ == "__main__":
    main()
