"""Where the OCR models are and which ones they are.

They ship inside the `rapidocr` package, so nothing is downloaded. Its Python code is never imported: it would load a
second copy of the models' machinery, configure logging and look for models to download.
"""

from __future__ import annotations

import hashlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path

from jianwei.errors import MissingPackageError, ModelError

_DETECTION = "PP-OCRv6_det_small.onnx"
_RECOGNITION = "PP-OCRv6_rec_small.onnx"
_INSTALL = 'pip install "rapidocr>=3.10,<4"'


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """The two networks: one finds lines of text in a picture, the other reads a line."""

    detection: Path
    recognition: Path

    def digest(self) -> str:
        """Return the SHA-256 over the two files' own SHA-256, as 64 hexadecimal digits."""
        whole = hashlib.sha256()
        for path in (self.detection, self.recognition):
            with path.open("rb") as file:
                whole.update(hashlib.file_digest(file, "sha256").digest())
        return whole.hexdigest()


def find_model_files(package: str = "rapidocr") -> ModelFiles:
    """Return the models inside the installed `package`.

    Raises:
        MissingPackageError: the package is not installed.
        ModelError: it is installed but does not hold the models we read with.
    """
    specification = importlib.util.find_spec(package)
    if specification is None or not specification.submodule_search_locations:
        raise MissingPackageError(
            f"The package that carries the OCR models is not installed. Install it with: {_INSTALL}",
            zh=f"没有安装带有文字识别模型的软件包。请运行：{_INSTALL}",
            package=package,
        )
    folder = Path(next(iter(specification.submodule_search_locations))) / "models"
    files = ModelFiles(folder / _DETECTION, folder / _RECOGNITION)
    for path in (files.detection, files.recognition):
        if not path.is_file():
            raise ModelError(
                f"The installed {package} package has no model {path.name}. Install a version that has: {_INSTALL}",
                zh=f"已安装的 {package} 软件包里没有模型 {path.name}。请安装带有它的版本：{_INSTALL}",
                model=path.name,
            )
    return files
