"""Nobody outside learns where on the server anything lies: every route that can be read, over what was uploaded."""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING

import pytest
from fastapi.routing import APIRoute
from PIL import Image
from tests.web.running_desk import RunningDesk
from tests.web.test_access import ROUTES
from tests.web.waiting import ended_job

from jianwei.catalog.writing.source_places import remember_source
from jianwei.export import uploaded_places
from jianwei.export.json_values import failure_json
from jianwei.export.uploaded_places import picture_place_teller, place_teller, without_folders
from jianwei.library import Library
from jianwei.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

    from jianwei.desk.roles import Role

TITLE = "根治便秘三天见效"
COLOURS = {
    ("analyst", "folder"): "teal",
    ("analyst", "table"): "maroon",
    ("administrator", "folder"): "olive",
    ("administrator", "table"): "indigo",
}
PARAMETER = re.compile(r"\{(\w+)(?::path)?\}")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDesk]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JIANWEI_OCR_ENGINE", "off")
        with RunningDesk(
            tmp_path_factory.mktemp("server") / "library", Settings(ocr_engine="off", requests_per_minute=0)
        ) as running:
            yield running


def png(colour: str) -> bytes:
    data = io.BytesIO()
    image = Image.new("RGB", (300, 200), "white")
    image.paste(colour, (40, 40, 160, 150))
    image.save(data, "PNG")
    return data.getvalue()


def zipped(members: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as opened:
        for name, content in members.items():
            opened.writestr(name, content)
    return data.getvalue()


def uploaded(program: httpx.Client, kind: str, **files: bytes) -> str:
    """Upload files, wait for the job, return its id."""
    parts = [("file", (name.replace("__", "."), data)) for name, data in files.items()]
    answer = program.post(f"/api/v1/jobs/{kind}", files=parts)
    assert answer.status_code == 200, answer.text
    return str(ended_job(program, answer.json()["job_id"])["job_id"])


def filled(desk: RunningDesk, program: httpx.Client) -> dict[str, list[str]]:
    """Upload of everything that leaves a trace; return what stands for each name in a path."""
    rows = (f"jd,1,{TITLE},甲,a.png", f"jd,2,{TITLE},乙,a.png", "jd,3,x,丙,../b.png", "jd,4,y,丁,c.png")
    table = "\n".join(("platform,product_code,title,shop,images", *rows)).encode()
    clues = "关键词,图片\n便秘,\n,first.png\n,none.png\n".encode()
    goods = zipped({"goods.csv": table, "a.png": png("navy"), "c.png": b"?"})
    jobs = [
        uploaded(program, "ingest", goods__zip=goods),
        uploaded(program, "ingest", first__png=png("red"), second__png=png("green"), third__png=b"no picture"),
        uploaded(program, "ingest", broken__zip=b"PK\x03\x04 no archive"),
        uploaded(program, "sweep", clues__csv=clues, first__png=b"no picture"),
        uploaded(program, "sweep", empty__csv=b"a,b\n"),
    ]
    packing = program.post("/api/v1/jobs/evidence", params={"words": TITLE}).json()["job_id"]
    jobs.append(str(ended_job(program, packing)["job_id"]))
    found = program.get("/api/v1/search", params={"words": TITLE}).json()["hits"]
    sha256s = [found[0]["picture"]["sha256"], desk.desk.query_pictures.add(png("navy"))]
    program.post("/api/v1/watches", json={"name": "便秘", "search": {"words": TITLE, "picture": sha256s[0]}})
    ids = [listing.listing_id for listing in desk.desk.library.listings()]
    assert len(ids) >= 4, ids
    return {
        "job_id": jobs,
        "sha256": sha256s,
        "listing_id": ids,
        "name": ["便秘", "desk.css"],
        "version": ["old"],
        "code": ["absolute_claim"],
        "number": ["0"],
    }


def paths(route: APIRoute, values: dict[str, list[str]]) -> Iterator[str]:
    """Yield the addresses of a route: one for each value of its first parameter."""
    named = PARAMETER.findall(route.path)
    for value in values[named[0]] if named else ("",):
        path = PARAMETER.sub(lambda found: f"{{{found[1]}}}", route.path)
        yield path.format(**{name: values[name][0] for name in named} | dict.fromkeys(named[:1], value))


def texts(data: bytes) -> Iterator[bytes]:
    """Yield a file, and all that is packed in it."""
    yield data
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as opened:
            for name in opened.namelist():
                yield from texts(opened.read(name))


def asked(values: dict[str, list[str]]) -> list[str]:
    """Return every address that can be read, with some that ask for more."""
    routes = [route for route in ROUTES if isinstance(route, APIRoute) and "GET" in (route.methods or ())]
    every = [path for route in routes for path in paths(route, values)]
    searches = (f"words={TITLE}", f"picture={values['sha256'][1]}", "platform=jd", "limit=0", "words=x&from=never")
    every += [f"{path}?{search}" for path in ("/search", "/api/v1/search") for search in searches]
    formats = ("xlsx", "csv", "jsonl", "zip")
    every += [f"/api/v1/export?format={name}{search}" for name in formats for search in ("", f"&words={TITLE}")]
    return [*every, f"/watches?name={values['name'][0]}", "/review?whose=decided", "/api/v1/audit?limit=500"]


def test_no_answer_tells_a_folder_of_the_server(desk: RunningDesk) -> None:
    program = desk.program("boss", "administrator")
    person = desk.person("boss", "administrator")
    addresses = asked(filled(desk, program))
    library = desk.desk.library.path
    secrets = {str(place).encode() for place in (library.parent, library.resolve().parent)}
    told, answered = [], 0
    for path in addresses:
        client = program if path.startswith(("/api", "/metrics")) else person
        answer = client.get(path, headers={"Accept-Language": "zh"})
        answered += answer.status_code == 200
        told += [path for text in texts(answer.content) for secret in secrets if secret in text]
    assert not told
    assert answered > 80, answered


def test_an_error_that_names_the_library_tells_its_name_only(desk: RunningDesk) -> None:
    tell = place_teller(desk.desk.library.path)
    place = desk.desk.library.path
    assert tell(f"{place}/desk/uploads/0123456789abcdef/a b.zip!/c.png is full") == "a b.zip!/c.png is full"
    assert tell(f"{place}/desk/uploads/0123456789abcdef: no file") == "0123456789abcdef: no file"
    assert tell(f"{place}/catalog.sqlite, {place} and {place}-2") == f"catalog.sqlite, library and {place}-2"
    assert tell("https://example.com/library/a.png") == "https://example.com/library/a.png"


@pytest.mark.parametrize("role", ["analyst", "administrator"])
def test_pictures_of_the_server_are_told_by_their_source_and_the_path_in_it(
    desk: RunningDesk, role: Role, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploaded_places, "_READ_AGAIN_S", -1.0)  # a person does not ask within seconds of the ingest
    source = desk.desk.library.path.parent / f"private-{role}" / "case 9"
    titles = {"folder": f"{TITLE}甲{role}", "table": f"{TITLE}乙{role}"}
    for name, title in titles.items():
        (source / name / "pics").mkdir(parents=True)
        (source / name / "pics" / "a.png").write_bytes(png(COLOURS[role, name]))
        row = f"jd,{name}-{role},{title},pics/a.png"
        (source / name / "goods.csv").write_text(f"platform,product_code,title,images\n{row}\n", "utf-8")
    with Library.open(desk.desk.library.path, settings=Settings(ocr_engine="off")) as library:
        library.ingest(source / "folder")
        library.ingest(source / "table" / "goods.csv")
        kept = [view.pictures[0].picture.location for view in library.rows() if view.listing.title in titles.values()]
    assert kept == [str(source / name / "pics" / "a.png") for name in titles]  # on this machine they are told whole
    program = desk.program(f"q{role}", role)
    ids = {name: f"jd:{name}-{role}" for name in titles}
    listings = {name: program.get(f"/api/v1/listings/{listing_id}").json() for name, listing_id in ids.items()}
    places = {name: listing["pictures"][0]["location"] for name, listing in listings.items()}
    assert places == {"folder": "folder/pics/a.png", "table": "goods.csv: pics/a.png"}
    sha256 = listings["folder"]["pictures"][0]["sha256"]
    (source / "folder" / "pics" / "a.png").unlink()  # then an error tells of the original, and the evidence too
    addresses = [f"/api/v1/listings/{ids['folder']}/evidence", f"/api/v1/pictures/{sha256}/original"]
    addresses += [f"/api/v1/search?words={TITLE}", "/api/v1/findings", f"/api/v1/findings/{ids['table']}"]
    addresses += [f"/api/v1/export?format={kind}&words={titles['folder']}&limit=2" for kind in ("xlsx", "csv", "jsonl")]
    addresses += [f"/api/v1/export?format=zip&ids={ids['folder']}", "/api/v1/groups/families"]
    answered = 0
    for address in addresses:
        answer = program.get(address)
        answered += answer.status_code == 200
        assert not [text for text in texts(answer.content) if b"private-" in text], address
    assert answered >= 6


def test_where_a_source_lies_on_the_server_is_told_to_administrators_only(desk: RunningDesk) -> None:
    source = desk.desk.library.path.parent / "case 7" / "of may"
    source.mkdir(parents=True)
    (source / "goods.csv").write_text(
        "platform,product_code,title,images\njd,9,x,gone/z.png\njd,8,y,../b.png\n", "utf-8"
    )
    (source / "odd.png").write_bytes(b"no picture")
    with Library.open(desk.desk.library.path, settings=Settings(ocr_engine="off")) as library:
        library.ingest(source / "goods.csv")
        library.ingest(source / "odd.png")
        report = {"captions_added": 0, "failures": [failure_json(failure) for failure in library.failures()]}
    job_id = desk.desk.jobs.add("caption", {"name": ""}, by="boss").job_id
    ended_job(desk.program("padministrator", "administrator"), job_id)  # of no endpoint: it has failed
    desk.desk.jobs.end(job_id, "done", report=report)
    secrets = str(source.parent), source.parent.name
    roles: dict[Role, bool] = {"administrator": True, "analyst": False, "viewer": False}
    for role, is_told in roles.items():
        pages = ("/ingest", f"/ingest/{job_id}", f"/ingest/{job_id}/state")
        answers = ("/failures", "/jobs", f"/jobs/{job_id}", f"/jobs/{job_id}/events")
        for address in (*pages, *(f"/api/v1{answer}" for answer in answers)):
            of_programs = address.startswith("/api")
            client = desk.program(f"p{role}", role) if of_programs else desk.person(f"w{role}", role)
            for language in ("zh", "en"):
                text = client.get(address, headers={"Accept-Language": language}).text
                assert [secret in text for secret in secrets] == [is_told] * 2, (role, address, language)
                assert [name in text for name in ("z.png", "odd.png")] == [True] * 2, (role, address, language)


def test_the_place_of_a_source_is_told_of_paths_alone(tmp_path: Path) -> None:
    source = tmp_path / "data" / "goods.csv"
    source.parent.mkdir()
    source.write_text("platform,product_code,title\njd,1,x\n", "utf-8")
    with Library.open(tmp_path / "library", settings=Settings(ocr_engine="off"), create=True) as library:
        library.ingest(source)
        with library._catalog.transaction() as session:
            remember_source(session, "//", "root.csv: ")
        tell = picture_place_teller(library)
        place = str(source.parent)
        for text, told in {
            f"{place}/1.jpg": "goods.csv: 1.jpg",
            f"no {place}/1.jpg: {place}/2.jpg": "no goods.csv: 1.jpg: goods.csv: 2.jpg",
            f"https://img.example.com{place}/1.jpg": f"https://img.example.com{place}/1.jpg",
            f"{place}/a.zip!{place}/1.jpg": f"goods.csv: a.zip!{place}/1.jpg",
            "https://img.example.com/1.jpg": "https://img.example.com/1.jpg",
        }.items():
            assert tell(text) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("/srv/my goods/a b.zip!/in/c.png is empty", "a b.zip!/in/c.png is empty"),
        ("/etc/passwd lies outside /srv/my goods. Move it", "passwd lies outside my goods. Move it"),
        ("/srv/my goods-2 and img/d.png", "my goods-2 and img/d.png"),
        ("无法读取 /mnt/盘/图.png（拒绝）", "无法读取 图.png（拒绝）"),
        ("b.png lies outside the source folder /mnt/case 7/of may.", "b.png lies outside the source folder of may."),
        ("no \\\\nas\\cases\\may\\c.png", "no c.png"),
        ("//cdn.example.com/c.png", "//cdn.example.com/c.png"),
        ("https://example.com/a/b/c.png: 404", "https://example.com/a/b/c.png: 404"),
    ],
)
def test_only_the_name_is_left_of_a_path_of_the_server(text: str, told: str) -> None:
    assert without_folders(text, "/srv/my goods/a b.zip!/in/c.png") == told
