"""What cannot be meant is refused in a sentence, whoever is called with it.

600 calls of the Python interface are drawn of all that `bad_calls` makes of the public
signatures, and so are command lines, and files that are not what their names say.
"""

import os
import random
import time

import h5py
import pytest
from PIL import EpsImagePlugin, Image

import keras_gen as kg
from export.command_line import main as export_main
from keras_gen.errors import BadFile
from tests import bad_calls
from tests.conftest import SMALL
from zoo import cards, places
from zoo.__main__ import main as zoo_main

SEED, CALLS, SECONDS = 0, 600, 120


@pytest.fixture(scope="module")
def drawn():
    every = list(bad_calls.calls())
    assert len(every) > 4000  # or the signatures are no longer read
    return random.Random(SEED).sample(every, CALLS)


def test_calls_that_cannot_be_meant_get_a_sentence(drawn, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    began = time.process_time()
    outcomes = {"sentence": [], "accepted": [], "hung": [], "raw": []}
    for name, function, given, wrong in drawn:
        said = bad_calls.outcome(function, given)
        call = f"{name}({wrong}={given[wrong]!r:.40}): {said}"
        outcomes.get(said, outcomes["raw"]).append(call)
    assert not outcomes["hung"]
    assert not outcomes["accepted"]
    assert len(outcomes["raw"]) <= CALLS * 0.02, "\n".join(outcomes["raw"])
    assert time.process_time() - began < SECONDS


def test_what_they_are_called_with_otherwise_is_right(tmp_path, monkeypatch):
    """Or a sentence about another argument would hide what is accepted."""
    monkeypatch.chdir(tmp_path)
    for name, function, right in bad_calls.callables():
        if name.startswith(("parts.", "layers.", "likelihoods.", "latent.")):
            assert bad_calls.outcome(function, right) == "accepted", name


def _external(path, secret):
    """Weights whose numbers lie in another file, which HDF5 can say."""
    with h5py.File(path, "r+") as file:
        names = []
        file.visititems(lambda n, o: names.append(n) if hasattr(o, "shape") else None)
        shape, dtype = file[names[0]].shape, file[names[0]].dtype
        del file[names[0]]
        whole = [(str(secret), 0, h5py.h5f.UNLIMITED)]
        file.create_dataset(names[0], shape, dtype, external=whole)


def _linked(path, secret):
    with h5py.File(path, "r+") as file:
        for name in list(file):
            del file[name]
            file[name] = h5py.ExternalLink(str(secret), "/")


def _cut(path, secret):
    path.write_bytes(path.read_bytes()[:100])


def _text(path, secret):
    path.write_text("no weights")


@pytest.mark.parametrize("doctor", [_external, _linked, _cut, _text])
def test_weights_that_lie_elsewhere_or_nowhere_are_refused(doctor, tmp_path):
    model, path = SMALL["VAE"](), tmp_path / "mine.weights.h5"
    model.save_weights(path)
    secret = tmp_path / "secret"
    secret.write_bytes(bytes(10_000))
    doctor(path, secret)
    with pytest.raises(BadFile, match="cannot be read as weights of this VAE"):
        model.load_weights(path)


def _postscript(path):
    path.write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n%%EOF\n")


def _pipe(path):
    os.mkfifo(path)


def _bomb(path):
    with Image.new("1", (10_000, 10_000)) as image:
        image.save(path)


def _huge(path):
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
        file.truncate(1 << 30)


def _half(path):
    with Image.new("L", (8, 8)) as image:
        image.save(path)
    path.write_bytes(path.read_bytes()[:40])


HOSTILE = {_postscript: "cannot be read", _pipe: "a pipe", _bomb: "million pixels",
           _huge: "1024 MB", _half: "cannot be read"}  # fmt: skip


@pytest.mark.parametrize("make", HOSTILE)
def test_files_that_are_no_images_are_refused_in_a_folder_of_images(make, tmp_path):
    make(tmp_path / "0.png")
    with bad_calls.at_most(20), pytest.raises(BadFile, match=HOSTILE[make]):
        kg.data.info(tmp_path)


def test_postscript_never_reaches_its_interpreter(tmp_path, monkeypatch):
    started = []
    monkeypatch.setattr(EpsImagePlugin, "Ghostscript", lambda *a: started.append(a))

    _postscript(tmp_path / "0.png")
    with pytest.raises(BadFile):
        kg.data.info(tmp_path)
    assert not started


@pytest.mark.parametrize("main, word", [(zoo_main, "show"), (export_main, "check")])
def test_a_command_line_that_hangs_is_no_refusal(main, word, monkeypatch):
    monkeypatch.setattr(places, "find", lambda what: time.sleep(5))
    with pytest.raises(bad_calls.Hung), bad_calls.at_most(1):
        main([word, "nothing"])


def lines():
    """Command lines that cannot be meant: of each command an option with each value."""
    values = ("-1", "x", "", "nan", "1e30", str(10**30), "\0", "a" * 300, "2.5")
    for value in values:
        for option in ("--seed", "-n", "--label"):
            yield zoo_main, ["sample", "vae-digits", option, value, "--out", "x.png"]
        for option in ("--epochs", "--seed", "--batch", "--strategy", "--every"):
            yield zoo_main, ["train", "vae-digits", option, value, "--out", "runs"]
        for option in ("--family", "--task", "--dataset"):
            yield zoo_main, ["list", option, value]
        for command in ("show", "sample", "train", "evaluate"):
            yield zoo_main, [command, value]
        yield zoo_main, [value]
        yield export_main, [value]
        yield export_main, ["vae-digits", "--format", value, "--out", "files"]
        yield export_main, ["vae-digits", "--quantize", value, "--out", "files"]
        for command in ("check", "show", "report", "verify", "benchmark", "web"):
            yield export_main, [command, value]


def test_command_lines_that_cannot_be_meant_end_in_a_sentence(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    raw, accepted, every = [], [], list(lines())
    for main, line in every:
        try:
            with bad_calls.at_most(30):
                code = main(line)
        except SystemExit as end:
            code = end.code
        except Exception as error:
            raw.append(f"{line}: {type(error).__name__}: {error!s:.100}")
            continue
        if code == 0:
            accepted.append(line)
    assert not accepted
    assert len(raw) <= 0.02 * len(every), "\n".join(raw)


STRANGE = "[/x] [red]\x1b[31m\u202e"


def test_the_zoo_shows_a_stranger_s_card_as_text(monkeypatch, capsys):
    card = cards.card("vae-digits")
    monkeypatch.setattr(cards, "card", lambda name: {**card, "title": STRANGE})
    assert zoo_main(["show", "vae-digits"]) == 0
    assert zoo_main(["show", f"no{STRANGE}"]) == 2
    shown = capsys.readouterr()
    assert r"[/x] [red]\x1b[31m\u202e" in shown.out
    assert "\x1b[31m" not in shown.out + shown.err
    assert "\u202e" not in shown.out + shown.err


@pytest.mark.parametrize("spoil", [b"", b"{}", b"[]", b"\x00" * 99, b'{"a": "\xff"}'])
def test_exported_folders_of_other_people_get_a_sentence(spoil, tmp_path):
    for name in ("manifest.json", "generate.onnx", "generate.tflite"):
        (tmp_path / name).write_bytes(spoil)
    for line in (
        ["verify", str(tmp_path)],
        ["report", str(tmp_path)],
        ["benchmark", str(tmp_path)],
        ["show", str(tmp_path)],
        ["show", str(tmp_path / "generate.onnx")],
        ["show", str(tmp_path / "generate.tflite")],
    ):
        with bad_calls.at_most(60):
            assert export_main(line) != 0
