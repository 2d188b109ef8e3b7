"""Trained models from elsewhere, and to there: hf://, https:// and file://.

    hf://user/name@revision     a repository of Hugging Face's hub (`huggingface_hub`)
    https://host/folder         a folder of any web server
    file:///folder              one of this machine

A repository of ours (`zoo.repository`) is numbers and text, and no code. Whatever is
loaded becomes only classes of this library (`keras_gen.strangers`).

The first load of a name asks what its revision is, and this one is remembered: from
then on the files come from the cache, hashed again, without a network. `fresh=True`
asks again. The cache is ~/.cache/keras_gen, or the folder $KERAS_GEN_CACHE; the hub is
huggingface.co, or $HF_ENDPOINT.
"""

import hashlib
import importlib.util
import json
import os
import pathlib
import re
import urllib.error
import urllib.parse
import urllib.request

from keras_gen.errors import BadFile, BadInput, KerasGenError
from keras_gen.files import atomic, atomic_folder
from zoo.repository import INDEX, listed, verify, write

LARGEST = 1 << 20  # of an index
HERE = ("127.0.0.1", "localhost", "::1")  # where http:// will do


def push(model, url: str, message: str = "A model of keras_gen", exported=None) -> str:
    """Send a trained model to a hub, or write it into a folder.

    Args:
        model: a `GenerativeModel`, or a name or a path of a trained one, whose card
            goes with it.
        url: "hf://user/name" (with the rights that `hf auth login` has given), or
            "file:///folder", which a web server may then serve.
        message: of the commit.
        exported: a folder that `export` has written of this model: its ONNX and TFLite
            files go along (see `zoo.shipped`), and their errors onto the page.

    Returns:
        Where it is, with its revision: what `zoo.load` takes.

    Example:
        >>> push("vae-digits", "hf://me/vae-digits")
        'hf://me/vae-digits@5b2e...'
    """
    scheme, where, _ = parsed(url)
    known = None
    if not hasattr(model, "signatures"):
        from zoo import loading, places

        place = places.find(model)
        model, known = loading.opened(place), place.known
    if scheme == "file":
        with atomic_folder(urllib.request.url2pathname(where), force=True) as folder:
            write(model, known, folder, url, exported)
        return url
    if scheme != "hf":
        raise BadInput(
            f"{url} can be read and not written to: push to file:///folder, and put "
            "that folder on the server."
        )
    api = _hub()
    with atomic_folder(_cache() / "outgoing" / _plain(where), force=True) as folder:
        write(model, known, folder, url, exported)
        with _said(url):
            api.create_repo(where, exist_ok=True)
            done = api.upload_folder(
                repo_id=where, folder_path=folder, commit_message=message
            )
    return f"hf://{where}@{done.oid}"


def parsed(url: str) -> tuple[str, str, str | None]:
    """The scheme of a URL, what it names, and the revision that is asked for.

    Example:
        >>> parsed("hf://user/name@v1")
        ('hf', 'user/name', 'v1')
    """
    scheme, _, where = str(url).partition("://")
    revision = None
    if scheme == "hf":
        where, _, revision = where.partition("@")
        if not re.fullmatch(r"[\w.-]+/[\w.-]+", where):
            raise BadInput(f"{url} names no repository: give hf://user/name@revision.")
    elif scheme == "http" and urllib.parse.urlsplit(url).hostname not in HERE:
        raise BadInput(f"{url} can be altered on its way: use https://.")
    elif scheme not in ("https", "http", "file"):
        raise BadInput(f"{url}: give hf://user/name, https://... or file:///folder.")
    return scheme, where.rstrip("/"), revision or None


def fetch(url: str, fresh: bool = False) -> tuple[pathlib.Path, str]:
    """The folder with the verified files of a repository, and its pinned URL.

    Args:
        url: see `zoo.hub`.
        fresh: ask for the revision again, where one is remembered.
    """
    scheme, where, revision = parsed(url)
    home = _cache() / scheme / _plain(where)
    note = home / "revisions.json"
    remembered = json.loads(note.read_text()) if note.exists() else {}
    pin = None if fresh or scheme == "file" else remembered.get(revision or "")
    source = _Hub if scheme == "hf" else _Web
    if pin is None:
        source = source(where, f"{scheme}://{where}", revision)
        pin = source.pin
        if not (home / pin).is_dir():
            with atomic_folder(home / pin, force=True) as folder:
                _download(source, folder, url)
        with atomic(note) as temporary:
            found = remembered | {revision or "": pin, pin: pin}
            temporary.write_text(json.dumps(found, indent=1))
    verify(home / pin, url)
    return home / pin, f"{scheme}://{where}@{pin}" if scheme == "hf" else url


class _Hub:
    """A repository of the hub, at one commit."""

    def __init__(self, where, url, revision):
        self.api, self.where, self.url = _hub(), where, url
        with _said(url):
            self.pin = self.api.repo_info(where, revision=revision).sha

    def get(self, name, most):
        """The bytes of a file; None where there is none."""
        from huggingface_hub.errors import EntryNotFoundError

        with _said(self.url):
            try:
                path = self.api.hf_hub_download(
                    self.where, name, revision=self.pin, cache_dir=_cache() / "incoming"
                )
            except EntryNotFoundError:
                return None
            with open(path, "rb") as file:
                return file.read(most + 1)


class _Web:
    """A folder behind a URL; its revision is the hash of its index."""

    def __init__(self, where, url, revision):
        self.url = url
        self.index = self.get(INDEX, LARGEST)
        self.pin = hashlib.sha256(self.index or b"").hexdigest()[:40]

    def get(self, name, most):
        """The bytes of a file; None where there is none."""
        try:
            with urllib.request.urlopen(f"{self.url}/{name}", timeout=30) as answer:
                return answer.read(most + 1)
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise BadFile(f"{self.url}/{name}: {error}.") from None
        except (urllib.error.URLError, OSError) as error:
            if isinstance(getattr(error, "reason", error), FileNotFoundError):
                return None
            raise BadFile(f"{self.url} cannot be reached: {error}.") from None


def _download(source, folder, url):
    """All files of the index, no more bytes of each than it promises."""
    index = source.get(INDEX, LARGEST)
    if index is None:
        raise BadFile(
            f"{url} is no repository of keras_gen: it has no {INDEX}. Others hold "
            "weights for other libraries; `zoo.push` makes one of ours."
        )
    (folder / INDEX).write_bytes(index)
    for name, said in listed(index, url).items():
        content = source.get(name, said["bytes"])
        if content is None:
            raise BadFile(f"{url} lists {name} and does not have it.")
        (folder / name).write_bytes(content)
    verify(folder, url)


def _plain(where: str) -> str:
    """A name for a folder, another one for each place."""
    digest = hashlib.sha256(where.encode()).hexdigest()[:8]
    return re.sub(r"[^\w.-]+", "--", where).strip("-.")[-60:] + f"-{digest}"


def _cache() -> pathlib.Path:
    default = pathlib.Path.home() / ".cache" / "keras_gen"
    return pathlib.Path(os.environ.get("KERAS_GEN_CACHE") or default)


def _hub():
    if importlib.util.find_spec("huggingface_hub") is None:
        raise BadInput("hf:// needs huggingface_hub: pip install 'keras-gen[hub]'.")
    from huggingface_hub import HfApi

    return HfApi(endpoint=os.environ.get("HF_ENDPOINT"), library_name="keras_gen")


class _said:
    """What the hub's client or the network raises, as one sentence."""

    def __init__(self, url):
        self.url = url

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind is None or isinstance(error, KerasGenError):
            return
        from huggingface_hub.errors import HfHubHTTPError

        if isinstance(error, (HfHubHTTPError, OSError, ConnectionError)):
            reason = str(error).strip().splitlines()[0]
            raise BadFile(f"{self.url}: {kind.__name__}: {reason}") from error
