"""A desk whose files may not grow: told in words, and what was kept for it is enough to go on noting."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from jianwei.desk.audit import AuditLog
from jianwei.desk.database import DeskDatabase

if TYPE_CHECKING:
    from pathlib import Path

NOTING = """
import resource, sys
from pathlib import Path
from jianwei.desk.audit import AuditLog
from jianwei.desk.database import DeskDatabase
from jianwei.errors import StorageFullError

database = DeskDatabase(Path(sys.argv[1]))
if sys.argv[2] == "kept":
    database.keep_room()
log = AuditLog(database)
log.note("li", "search")
largest = max(item.stat().st_size for item in database.folder.iterdir())
resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
done = 0
try:
    for _ in range(2000):
        log.note("li", "search", "x" * 100)
        done += 1
except StorageFullError as error:
    print(error.message, error.message_zh)
print(done)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no such limit there")
@pytest.mark.parametrize(("kept", "least"), [("kept", 2000), ("none", 0)])
def test_a_limit_of_file_sizes_is_told_by_its_name_and_met_late(tmp_path: Path, kept: str, least: int) -> None:
    run = subprocess.run(
        [sys.executable, "-c", NOTING, str(tmp_path), kept], capture_output=True, text=True, check=True, timeout=120
    )
    *told, done = run.stdout.strip().splitlines()
    assert int(done) >= least, run.stdout
    if kept == "none":
        assert int(done) < 2000
        assert "ulimit -f" in told[0]
        assert "单个文件上限" in told[0]
        assert str(tmp_path) in told[0]


def test_room_is_kept_once_however_often_it_is_asked_for(tmp_path: Path) -> None:
    database = DeskDatabase(tmp_path)
    database.keep_room()
    size = database.file.stat().st_size
    database.keep_room()
    database.check_writing()
    assert database.file.stat().st_size <= size + 65_536
    AuditLog(database).note("li", "search")
    assert AuditLog(database).verify().entries == 1
    with database.reading() as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'room'").fetchone()[0] == 0
    database.close()
