"""Measures what captions add to the search of the sample set, with the ablation of `jianwei evaluate`.

    python benchmarks/caption_gain.py                              # reads the pictures first (minutes)
    python benchmarks/caption_gain.py --library /tmp/sample-library  # works on a copy of one that has read them
    python benchmarks/caption_gain.py --judgements samples/scene_judgements.jsonl  # asks for what is only seen

A server on the loopback speaks the chat completions API and stands for the vision-language model: it knows each
sample picture by the file that it is sent and answers with what `sample_captions.jsonl` says of it. Those captions
describe what a viewer sees in each picture and were written without the judged queries. A real model is one variable
away: with JIANWEI_VISION_ENDPOINT and JIANWEI_VISION_MODEL set, that one is asked instead.

Prints each way to search (nDCG@10) and, query by query, what the default gains over itself without captions, with the
95 % interval and how likely chance alone does as much. Takes the time of reading 112 pictures, and of 71 queries in
every way.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import tempfile
import threading
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

from jianwei import Library
from jianwei.captions.picture_parts import picture_parts
from jianwei.evaluation.running import LEADING, differences
from jianwei.images.decoding import decode_picture
from jianwei.settings import settings_from_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jianwei.evaluation.results import Evaluation

_HERE = Path(__file__).parent
_SAMPLES = _HERE.parent / "samples"
_LONGEST_SIDE_PX = 1280  # as `VisionEndpoint` sends pictures


def captions_by_picture() -> dict[str, str]:
    """Return the caption of each sample picture, by the hash of the first part that is sent of it."""
    lines = (_HERE / "sample_captions.jsonl").read_text("utf-8").splitlines()
    captions = {}
    for line in map(json.loads, lines):
        data = (_SAMPLES / "pictures" / line["file"]).read_bytes()
        pixels = decode_picture(data, max_pixels=10**9).pixels
        captions[_key(picture_parts(pixels, longest_side_px=_LONGEST_SIDE_PX)[0])] = line["caption"]
    return captions


@contextmanager
def caption_server(captions: dict[str, str]) -> Iterator[str]:
    """Run the stand-in for a model; give its address. Pictures that it does not know are refused."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            caption = captions.get(_key(body["messages"][1]["content"][0]["image_url"]["url"]))
            message = {"choices": [{"message": {"role": "assistant", "content": caption}}]}
            content = json.dumps(message if caption else {"error": "unknown picture"}).encode()
            self.send_response(200 if caption else 400)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def measure(folder: Path, judgements: Path) -> Evaluation:
    """Return the evaluation of the sample set with captions; its ablation leaves them out again."""
    settings = settings_from_environment(os.environ)
    with ExitStack() as stack:
        if not settings.vision_endpoint:
            address = stack.enter_context(caption_server(captions_by_picture()))
            settings = replace(settings, vision_endpoint=address, vision_model="sample-captions")
        library = stack.enter_context(Library.open(folder, settings=settings))
        library.ingest(_SAMPLES / "listings.jsonl")
        report = library.captions.make()
        print(f"{report.added} captions, {len(report.failures)} failures, model {report.model_id}\n", flush=True)
        return library.evaluation.run(judgements)


def show(evaluation: Evaluation) -> None:
    """Print every way to search, and what the default gains over itself without captions."""
    ways = {variant.name: variant for variant in evaluation.variants}
    print(f"{'way to search':28} {LEADING}")
    for variant in evaluation.variants:
        print(f"{variant.name:28} {variant.metrics[LEADING].mean:.3f}")
    print("\ndefault against the default without captions, on the same queries")
    for metric, change in differences(ways["without captions"].queries, evaluation.variants[0].queries).items():
        gain = change.interval
        counts = f"{change.wins} better, {change.losses} worse, {change.ties} equal"
        print(f"{metric:12} {gain.mean:+.4f} [{gain.low:+.4f}, {gain.high:+.4f}] p = {change.p_value:.3f}   {counts}")


def _key(uri: str) -> str:
    return hashlib.sha256(uri.encode()).hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--library", type=Path, help="a library that has the sample set, without captions")
    parser.add_argument("--judgements", type=Path, default=_SAMPLES / "judgements.jsonl")
    options = parser.parse_args()
    given = options.library
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "library"
        if given is not None:
            shutil.copytree(given, place)
        show(measure(place, options.judgements))


if __name__ == "__main__":
    main()
