"""Folders that are either whole or absent, and never somebody else's."""

import resource
import signal
import threading

import pytest

from keras_gen.errors import OutputRefused
from keras_gen.files import alone, atomic, atomic_folder


def test_what_others_put_there_meanwhile_is_left(tmp_path):
    out = tmp_path / "out"
    with (
        pytest.raises(OutputRefused, match="taken by somebody else"),
        atomic_folder(out) as folder,
    ):
        (folder / "mine").write_text("mine")
        out.mkdir()
        (out / "theirs").write_text("theirs")
    assert [path.name for path in tmp_path.rglob("*")] == ["out", "theirs"]


def test_a_file_of_that_name_is_left(tmp_path):
    out = tmp_path / "out"
    with pytest.raises(OutputRefused, match="taken"), atomic_folder(out):
        out.write_text("theirs")
    assert out.read_text() == "theirs"
    assert list(tmp_path.iterdir()) == [out]


def test_an_empty_folder_is_nobodys(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    with atomic_folder(out) as folder:
        (folder / "mine").write_text("mine")
    assert (out / "mine").read_text() == "mine"


def test_of_several_writers_one_wins_and_the_others_are_told(tmp_path):
    together = threading.Barrier(4)
    won, told = [], []

    def write(i):
        try:
            with atomic_folder(tmp_path / "out") as folder:
                (folder / "who").write_text(str(i))
                together.wait()
            won.append(i)
        except OutputRefused as error:
            told.append(str(error))

    threads = [threading.Thread(target=write, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1 and len(told) == 3
    assert (tmp_path / "out" / "who").read_text() == str(won[0])
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_force_replaces_what_is_there(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "old").write_text("old")
    with atomic_folder(out, force=True) as folder:
        (folder / "new").write_text("new")
        assert (out / "old").exists()  # until the new one is whole
    assert [path.name for path in out.iterdir()] == ["new"]


@pytest.fixture
def small_files():
    """The largest file is 8 kB, as on a full disk: writing more fails."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, handler)


def test_a_full_disk_is_a_sentence_and_keeps_what_was_there(tmp_path, small_files):
    path = tmp_path / "file"
    with atomic(path) as file:
        file.write_bytes(b"old")
    with pytest.raises(OutputRefused, match="make room"), atomic(path) as file:
        file.write_bytes(bytes(100_000))
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_gone_is_a_sentence(tmp_path):
    refused = pytest.raises(OutputRefused, match="another folder")
    with refused, atomic(tmp_path / "gone" / "file") as file:
        file.touch()


def test_of_two_that_write_in_a_folder_the_second_is_told(tmp_path):
    refused = pytest.raises(OutputRefused, match="another training")
    with alone(tmp_path), refused, alone(tmp_path):
        pass
    with alone(tmp_path):  # again, when the first has ended
        pass
