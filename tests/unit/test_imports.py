"""What importing costs: heavy packages wait until something needs them."""

import subprocess
import sys

import pytest

HEAVY = ("numpy", "PIL", "cv2", "faiss", "tantivy", "openvino", "onnxruntime", "sqlalchemy", "rapidocr", "torch")


@pytest.mark.parametrize("statement", ["import jianwei", "import jianwei.errors, jianwei.records, jianwei.settings"])
def test_importing_jianwei_loads_nothing_heavy(statement: str) -> None:
    code = f"{statement}; import sys; print([name for name in {HEAVY!r} if name in sys.modules])"
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert finished.stdout.strip() == "[]"


def test_the_library_is_reached_from_the_package() -> None:
    code = "from jianwei import Library; print(Library.__module__)"
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert finished.stdout.strip() == "jianwei.library.facade"


def test_an_unknown_name_is_an_attribute_error() -> None:
    import jianwei

    with pytest.raises(AttributeError, match="nothing"):
        _ = jianwei.nothing
