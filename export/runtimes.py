"""ONNX Runtime for the web: two files of a pinned npm package, fetched once.

The page takes them along, and Node runs them as they are. They are kept in the user's
cache; without npm, a folder that holds them does as well. Whatever they come from, they
must be the very files that the tests run with.
"""

import os
import pathlib
import shutil
import subprocess
import tarfile
import tempfile

from keras_gen.errors import BadFile, ExportError
from keras_gen.files import atomic_folder, sha256

PACKAGE, VERSION = "onnxruntime-web", "1.30.0"
FILES = {
    "ort.wasm.bundle.min.mjs": (
        "11e64bd8ffe11bd1a2a2f0d6275fdfbbba7262f0b76b99b53d228a8a22ef3d90"
    ),
    "ort-wasm-simd-threaded.wasm": (
        "3398c10d07d229bd91b364548e130e0e51a8e5704b88c7c083ebbeb78842dee2"
    ),
}


def folder(given=None) -> pathlib.Path:
    """Where the files are: `given`, or the cache, into which npm puts them.

    Args:
        given: a folder with the files, or an unpacked package with them in "dist".
    """
    if given is not None:
        found = pathlib.Path(given)
        found = found / "dist" if (found / "dist").is_dir() else found
        _check(found)
        return found
    home = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    cached = pathlib.Path(home) / "keras_gen" / f"{PACKAGE}-{VERSION}"
    if not all((cached / name).is_file() for name in FILES):
        _fetch(cached)
    _check(cached)
    return cached


def _check(found):
    for name, digest in FILES.items():
        if not (found / name).is_file():
            raise BadFile(
                f"{found} has no {name}: give the folder that holds "
                f"{' and '.join(FILES)} of the npm package {PACKAGE} {VERSION}."
            )
        if sha256(found / name) != digest:
            raise BadFile(
                f"{found / name} is not that of {PACKAGE} {VERSION}: fetch this "
                "version, which the page was tested with."
            )


def _fetch(cached):
    npm = shutil.which("npm")
    if npm is None:
        raise ExportError(
            f"the page needs two files of the npm package {PACKAGE} {VERSION}, and npm "
            f"is not installed: install Node.js, or give --runtime a folder with "
            f"{' and '.join(FILES)}, which the package has in dist."
        )
    with tempfile.TemporaryDirectory() as temporary:
        command = [npm, "pack", f"{PACKAGE}@{VERSION}", "--pack-destination", temporary]
        done = subprocess.run(
            command, cwd=temporary, capture_output=True, text=True, check=False
        )
        archives = list(pathlib.Path(temporary).glob("*.tgz"))
        if done.returncode or not archives:
            lines = [line for line in done.stderr.splitlines() if "npm error" in line]
            why = lines[0].removeprefix("npm error").strip() if lines else "no answer"
            raise ExportError(
                f"npm did not fetch {PACKAGE} {VERSION} ({why}): connect to a network "
                "once, or give --runtime a folder that holds its files."
            )
        with atomic_folder(cached, force=True) as new, tarfile.open(archives[0]) as tar:
            for name in FILES:
                with tar.extractfile(f"package/dist/{name}") as source:
                    (new / name).write_bytes(source.read())
