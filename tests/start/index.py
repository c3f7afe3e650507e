"""A package index in a folder, made of wheels and one source archive that this file writes itself."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

# The build backend of the source archive: it writes a wheel of one module.
BUILDER = """
import zipfile

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    name, version = "source", "1.0"
    inner = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": "",
        f"{inner}/METADATA": f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n",
        f"{inner}/WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    }
    record = f"{inner}/RECORD"
    with zipfile.ZipFile(f"{wheel_directory}/{name}-{version}-py3-none-any.whl", "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)
        wheel.writestr(record, "".join(f"{path},,\\n" for path in [*files, record]))
    return f"{name}-{version}-py3-none-any.whl"
"""
PYPROJECT = '[build-system]\nrequires = ["builder"]\nbuild-backend = "builder"\n'


class Index:
    """`index.wheel(...)` publishes a release; `index.lock(...)` is the text of a lock file with its hash."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.hashes: dict[tuple[str, str], str] = {}

    @property
    def url(self) -> str:
        return self.folder.as_uri()

    def wheel(
        self,
        name: str,
        version: str,
        requires: Sequence[str] = (),
        extras: Sequence[str] = (),
        code: str = "",
    ) -> None:
        inner = f"{name}-{version}.dist-info"
        metadata = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
        metadata += [f"Provides-Extra: {extra}" for extra in extras]
        metadata += [f"Requires-Dist: {requirement}" for requirement in requires]
        files = {
            f"{name}.py": code,
            f"{inner}/METADATA": "\n".join(metadata) + "\n",
            f"{inner}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        record = "".join(f"{path},,\n" for path in [*files, f"{inner}/RECORD"])
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            for path, text in {**files, f"{inner}/RECORD": record}.items():
                archive.writestr(path, text)
        self._publish(name, version, f"{name}-{version}-py3-none-any.whl", content.getvalue())

    def source(self, name: str, version: str) -> None:
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        files = {"PKG-INFO": metadata, "pyproject.toml": PYPROJECT}
        content = io.BytesIO()
        with tarfile.open(fileobj=content, mode="w:gz") as archive:
            for path, text in files.items():
                member = tarfile.TarInfo(f"{name}-{version}/{path}")
                member.size = len(text.encode())
                archive.addfile(member, io.BytesIO(text.encode()))
        self._publish(name, version, f"{name}-{version}.tar.gz", content.getvalue())

    def _publish(self, name: str, version: str, filename: str, content: bytes) -> None:
        folder = self.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / filename).write_bytes(content)
        self.hashes[name, version] = hashlib.sha256(content).hexdigest()
        files = sorted(path.name for path in folder.iterdir() if path.name != "index.html")
        (folder / "index.html").write_text("".join(f'<a href="{file}">{file}</a>\n' for file in files))

    def lock(self, pins: Mapping[str, str]) -> str:
        return "".join(
            f"{name}=={version} \\\n    --hash=sha256:{self.hashes[name, version]}\n"
            for name, version in pins.items()
        )
