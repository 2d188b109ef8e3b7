"""Files that are either whole or absent."""

import contextlib
import errno
import hashlib
import os
import pathlib
import shutil
import tempfile

from keras_gen.errors import BadFile, KerasGenError, OutputRefused

TAKEN = {errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR}


def sha256(path) -> str:
    """Hex digest of a file's bytes."""
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except FileNotFoundError:
        raise BadFile(f"{path} does not exist.") from None
    return digest.hexdigest()


@contextlib.contextmanager
def atomic(path):
    """Yield a temporary path beside `path`; on success it takes the name `path`.

    The bytes are on the disk before the name is: a crash leaves the old file or the
    new one, never half of one. A full disk is one sentence.
    """
    path = pathlib.Path(path)
    try:
        handle, name = tempfile.mkstemp(
            dir=path.parent, prefix=f".{path.name}.", suffix=path.suffix
        )
    except OSError as error:
        raise _refused(path, error) from error
    os.close(handle)
    temporary = pathlib.Path(name)
    try:
        yield temporary
        with open(temporary, "rb") as file:
            os.fsync(file.fileno())
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        raise _refused(path, error) from error
    finally:
        with contextlib.suppress(OSError):  # what it was is said already
            temporary.unlink(missing_ok=True)


def _refused(path, error: OSError) -> OSError:
    """The error in a sentence, if it is not one already."""
    if isinstance(error, KerasGenError):
        return error
    return OutputRefused(
        f"cannot write {path}: {error.strerror or error}. What was there before is as "
        "it was; make room or give permission, or choose another folder."
    )


@contextlib.contextmanager
def alone(folder):
    """Herein nobody else writes in `folder`, if all ask; it ends with the process."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    path = pathlib.Path(folder) / ".lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("w")
    except OSError as error:
        raise _refused(path, error) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OutputRefused(
                f"another training is writing to {folder}. Let it end, or choose "
                "another folder."
            ) from None
        yield


@contextlib.contextmanager
def atomic_folder(path, force: bool = False):
    """Yield an empty folder beside `path`; on success it takes the name `path`.

    A folder that already holds something is refused unless `force`, which replaces
    it, and only once the new one is complete. What others put there meanwhile is never
    touched without `force`: of several writers one wins, and the others are told. A
    full disk is one sentence.
    """
    path = check_output(path, force)
    temporary = pathlib.Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
    try:
        yield temporary
        temporary.chmod(0o777 & ~_umask())
        if force:
            clear(path)
        _take(path, temporary)
    except OSError as error:
        if isinstance(error, KerasGenError):
            raise
        raise OutputRefused(
            f"cannot write to {path}: {error.strerror}. Nothing is left there; make "
            "room, or choose another folder."
        ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _take(path, temporary):
    """Give the folder `temporary` the name `path`, which nothing or nobody has."""
    try:
        temporary.rename(path)  # over an empty folder, too, and over nothing else
    except OSError as error:
        if error.errno not in TAKEN:
            raise
        raise OutputRefused(
            f"{path} was taken by somebody else while this was being written, and is "
            "left as it is. Choose another folder, or --force to replace it."
        ) from None


def clear(path):
    """Remove a folder, in one step for whoever looks at it from outside."""
    path = pathlib.Path(path)
    if path.exists():
        aside = pathlib.Path(tempfile.mkdtemp(dir=path.parent, prefix=".old."))
        with contextlib.suppress(FileNotFoundError):  # somebody else was faster
            path.replace(aside / path.name)
        shutil.rmtree(aside)


def check_output(path, force: bool = False) -> pathlib.Path:
    """Make sure, before the work begins, that the folder `path` may be written."""
    path = pathlib.Path(path)
    if path.is_symlink():
        raise OutputRefused(f"{path} is a link; give the folder that it points to.")
    if path.exists() and not path.is_dir():
        raise OutputRefused(f"{path} is a file; give a folder to write to.")
    path = path.resolve()
    if pathlib.Path.cwd().is_relative_to(path) or pathlib.Path.home() == path:
        raise OutputRefused(
            f"{path} is your home or holds the current folder; give another one."
        )
    if path.is_dir() and any(path.iterdir()) and not force:
        raise OutputRefused(
            f"{path} is not empty. Choose another folder, or --force to replace it."
        )
    parent = path.parent
    try:
        parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=parent):
            pass
    except OSError as error:
        raise OutputRefused(
            f"cannot write in {parent}: {error.strerror}. Choose another folder."
        ) from None
    return path


def _umask() -> int:
    """What is taken from new files' permissions; it can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _sync_folder(folder):
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
