"""What the documents say is run, and their tables are those of the registry."""

import doctest
import importlib.util
import pathlib
import pkgutil
import re
import subprocess

import keras
import numpy as np
import pytest
import tensorflow as tf

import docs.__main__ as docs
import keras_gen as kg
import zoo
from docs import modes, pages, published, stability
from docs.published import FIGURES
from keras_gen.contract import Contract
from keras_gen.data import Spec
from zoo.registry import Recipe

ROOT = pathlib.Path(__file__).parents[1]
README = ROOT / "README.md"


def test_readme_code_runs_as_printed(tmp_path, monkeypatch):
    """All blocks in order, in one name space, as a reader would paste them."""
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    assert len(blocks) >= 5
    names = {}
    for block in blocks:
        exec(compile(block, "README.md", "exec"), names)
    for images in (names["images"], names["letters"]):
        assert images.shape == (4, 28, 28, 1)
        assert -1e-6 <= images.min() < 0.1 < 0.9 < images.max() < 1.001
    assert names["nats"] < 90
    assert pathlib.Path("walk.png").stat().st_size > 1000
    assert pathlib.Path("exported/manifest.json").exists()


def test_readme_is_short():
    """A map at the door, and no catalogue."""
    assert README.stat().st_size <= 8 * 1024
    assert len((ROOT / "docs" / "design.md").read_text().splitlines()) <= 120


@pytest.mark.parametrize("name", docs.NAMES)
def test_pages_are_what_was_measured_of_these_weights(name):
    page = docs.page(name)
    assert not page.behind()
    if page.kept.exists():  # one line for each measurement, so that changes can be read
        assert len(page.kept.read_text().splitlines()) == len(page.keys()) + 2


def test_every_command_that_measures_a_page_is_found():
    assert len(docs.NAMES) >= 12 and not {"pages", "__main__"} & set(docs.NAMES)
    pages = {docs.page(name).page.name for name in docs.NAMES}
    assert {"README.md", "zoo.md", "deploy.md", "modes.md", "pretraining.md"} <= pages
    assert docs.main(["zoo", "--check"]) == 0
    with pytest.raises(SystemExit):
        docs.main(["zooo"])


@pytest.fixture
def page(tmp_path, monkeypatch):
    """A page of two measurements, and their keys."""
    monkeypatch.setattr(pages, "ROOT", tmp_path)
    (tmp_path / "docs").mkdir()
    keys, measured = {"a": "1", "b": "1"}, []

    def measure(title):
        measured.append(title)
        return {"value": len(measured) + 1e-12}

    page = pages.Page("page", lambda found: f"{found}\n", lambda: keys, measure)
    return page, keys, measured


def test_a_page_measures_what_is_missing_or_out_of_date(page):
    page, keys, measured = page
    assert page.behind() == "page.md lacks a, b"
    page.write()
    assert measured == ["a", "b"] and not page.behind()
    keys["a"] = "2"
    assert page.behind() == "page.md lacks a"
    page.write()
    assert measured == ["a", "b", "a"]
    assert page.known()["a"] == {"value": 3}  # rounded, as it is kept
    page.page.write_text("by hand")
    assert page.behind() == "page.md is not what its measurements say"


def test_a_page_that_was_killed_goes_on_where_it_was(page):
    page, _, measured = page
    measure, page.measure = page.measure, {"a": {"value": 0}}.__getitem__
    with pytest.raises(KeyError):
        page.write()
    page.measure = measure
    page.write()
    assert measured == ["b"] and page.known()["a"] == {"value": 0}


def test_what_changes_while_a_page_is_measured_is_measured_again(page):
    page, keys, _ = page
    page.write()
    measure = page.measure

    def slowly(title):
        keys["a"] = "3"  # other weights, which were published meanwhile
        return measure(title)

    keys["b"], page.measure = "2", slowly
    page.write()
    assert page.missing() == ["a"] and page.known()["b"] == {"value": 3}


def test_blocks_of_a_page_by_hand_are_filled(tmp_path, monkeypatch):
    monkeypatch.setattr(pages, "ROOT", tmp_path)
    file, mark = tmp_path / "hand.md", "<!-- {}: made by python -m docs -->\n".format
    begin = f"before\n{mark('one')}old\n<!-- end -->\n{mark('two')}<!-- end -->\nafter"
    file.write_text(begin)
    made = pages.filled("hand.md", two="2", one="1\n")
    assert made == begin.replace("old", "1").replace(mark("two"), mark("two") + "2\n")
    file.write_text(made)
    assert pages.filled("hand.md", two="2", one="1") == made
    with pytest.raises(ValueError, match="three"):
        pages.filled("hand.md", three="3")


DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path):
    """To files that exist, pictures that are not empty, and headings."""
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text()):
        if "://" in target:
            continue
        file, _, heading = target.partition("#")
        found = path.parent / file if file else path
        assert found.exists(), target
        assert found.suffix != ".png" or found.stat().st_size > 1000
        if heading:
            headings = re.findall(r"^#+ (.*)$", found.read_text(), re.MULTILINE)
            assert heading in {h.lower().replace(" ", "-") for h in headings}, target


def test_the_zoo_page_has_every_entry_and_marks_bounds():
    rows = (ROOT / "docs" / "zoo.md").read_text().splitlines()
    for name in zoo.names():
        (row,) = (row for row in rows if f"`{name}`" in row)
        if zoo.entry(name).weights:
            metric = zoo.card(name)["metrics"].get("bits_per_dim")
            how = metric["estimator"] if metric else "exact"
            bound = how != "exact" and not how.startswith("estimate")
            assert ("≤" in row) == bound, row


def test_what_is_told_a_class_is_on_the_page_of_categories():
    """By itself, as soon as it is trained; with a curve, if it truncates."""
    page = (ROOT / "docs" / "categories.md").read_text()
    for entry in map(zoo.entry, zoo.names(task="generate")):
        shown = entry.weights and entry.data.labels == "class"
        assert (f"| [`{entry.name}`](#{entry.name}) |" in page) == shown, entry.name
        if shown and entry.system == "BigGAN":
            _, _, rest = page.partition(f"## {entry.name}\n")
            assert "| 0.5 |" in rest.partition("## ")[0]


def test_a_picture_is_of_what_is_shown_and_each_is_linked():
    page = (ROOT / "docs" / "zoo.md").read_text()
    for name in zoo.names():
        drawn = zoo.entry(name).weights and zoo.entry(name).shown
        assert f"(pictures/{name}.png)" * drawn in page, name
        assert drawn == (pages.PICTURES / f"{name}.png").exists(), name
    linked = "".join(path.read_text() for path in DOCUMENTS)
    for picture in pages.PICTURES.iterdir():
        assert f"pictures/{picture.name})" in linked, picture.name


def test_the_picture_at_the_door_says_what_its_card_says():
    """Of real data's features too, beside which a distance says something."""
    text = " ".join(README.read_text().split())
    shown = re.search(r"docs/pictures/([\w-]+)\.png", text)[1]
    metrics = zoo.card(shown)["metrics"]
    near, floor = (metrics[f"classifier_frechet{end}"] for end in ("", "_floor"))
    assert f"is {near['value']:.1f}, that of" in text
    assert f"training images {floor['value']:.1f}.*" in text
    assert f"{100 * metrics['caption_accuracy']['value']:.1f} ±" in text


def test_the_games_that_must_find_the_ring_do():
    """With every seed, and settings that are today's; of the others stands why not."""
    found = modes.PAGE.known()
    assert modes.REQUIRED == [
        "non-saturating", "minimax", "least squares", "hinge", "WGAN-GP", "SNGAN", "MMD"
    ]  # fmt: skip
    for title in modes.REQUIRED:
        runs = modes.of_seeds(found, "ring", title)
        assert len(runs) == 3
        assert all(modes.solved("ring", run) for run in runs), title
    page = modes.text(found)
    for title, game in modes.GAMES.items():
        ring, grid = (modes.of_seeds(found, name, title) for name in ("ring", "grid"))
        missed = any(run["covered"] < 8 or run["good"] < 0.9 for run in ring)
        if missed or not all(run["finite"] for run in [*ring, *grid]):
            assert game.remark and f"- {title}: {game.remark}." in page, title


def test_a_published_figure_has_its_binarisation_and_ours_is_the_card_s():
    binarise = {row.source: zoo.entry(row.entry).data.binarise for row in FIGURES}
    assert binarise == {
        "arXiv:1605.02226": "static",
        "arXiv:1502.03509": "static",
        "arXiv:2004.04795": "dynamic",
        "arXiv:1509.00519": "static",
        "doi:10.1145/1390156.1390266": "static",
    }
    known = published.PAGE.known()
    lines = published.text(known).splitlines()
    for row in FIGURES:
        (line,) = (line for line in lines if f"`{row.entry}`" in line)
        assert f"{row.published:.2f}" in line
        if zoo.entry(row.entry).weights:
            nll = zoo.card(row.entry)["metrics"]["nll"]
            # Of latents the card's bound is of 256 draws, and more come nearer.
            gain = known.get(published.more(row.entry), {"gain": [0]})["gain"][0]
            assert ("importance samples" in nll["estimator"]) == (gain > 0)
            assert f"{nll['value'] - gain:.2f} ± " in line
            estimated = nll["estimator"].startswith("estimate")
            assert ("≈" in line) == estimated
            assert ("≤" in line) == (nll["estimator"] != "exact" and not estimated)


def test_a_mixture_fits_codes_that_one_gaussian_does_not(monkeypatch):
    monkeypatch.setattr(published, "SAMPLES", 2000)
    rng = np.random.default_rng(0)
    codes = np.where(rng.random((500, 1)) < 0.5, -1, 1) + 0.1 * rng.normal(
        size=(500, 2)
    )
    between = [np.mean(np.abs(published.draws(codes, k)[:, 0]) < 0.5) for k in (1, 2)]
    assert between[0] > 0.3 and between[1] < 0.01


def test_a_training_begins_anew_each_time(monkeypatch):
    """With the weights, the averages and the noise of its seed, whatever was before."""
    for name, value in {"WIDTH": 4, "BATCH": 8, "AT_ONCE": 2}.items():
        monkeypatch.setattr(modes, name, value)
    training = modes.Training(modes.Game({"loss": "minimax"}, steps=4), "ring")
    ends = []
    for seed in (1, 2, 1):
        training.fit(seed, 4)
        ends.append(np.concatenate([w.ravel() for w in training.model.get_weights()]))
    assert np.array_equal(ends[0], ends[2])
    assert not np.array_equal(ends[0], ends[1])


def test_the_first_steps_of_a_game_are_watched(monkeypatch):
    """One that learns, and one whose rate is beyond all reason."""
    monkeypatch.setattr(stability, "SAMPLES", 20)
    monkeypatch.setattr(stability, "STEPS", 4)
    found = []
    for rate in (1e-3, 1e30):
        model = kg.GAN(
            kg.networks.mlp.decoder(4, (8, 8, 1), 8),
            kg.networks.mlp.encoder((8, 8, 1), 1, 8),
        )
        recipe = Recipe(model, keras.optimizers.SGD(rate), batch=32, epochs=1)
        found.append(stability.first_steps(recipe, Spec("digits"), seed=0))
    assert [row["finite"] for row in found] == [True, False]
    assert 1 <= found[0]["classes"] <= 10 and found[0]["deviation"] > 0
    stability.judge.cache_clear()


def rooms():
    """The packages and modules that stand directly in ours, and ours themselves."""
    for package in ("keras_gen", "zoo", "export"):
        yield package
        folder = importlib.util.find_spec(package).submodule_search_locations
        for module in pkgutil.iter_modules(folder, f"{package}."):
            if not module.name.endswith("__main__"):
                yield module.name


def modules(room):
    """All of a room; of a package of ours itself that alone."""
    found = importlib.import_module(room)
    yield found
    if "." in room and hasattr(found, "__path__"):
        for module in pkgutil.walk_packages(found.__path__, f"{room}."):
            if not module.name.endswith("__main__"):
                yield importlib.import_module(module.name)


# Examples that speak of the reader's own model or data, or that only show a call.
SKETCHES = {
    "keras_gen.callbacks.progress.Progress",
    "keras_gen.callbacks.pictures.SampleGrid",
    "keras_gen.training.checkpoint",
    "keras_gen.metrics.baselines.PixelHistogram",
    "keras_gen.metrics.frechet.PrincipalComponents",
    "keras_gen.metrics.kernel.distance",
    "keras_gen.metrics.latent.Usage",
    "keras_gen.contract.Contract.compile",
    "keras_gen.model.GenerativeModel.sample",
    "keras_gen.plots.examples.samples",
    "keras_gen.plots.latent.interpolations",
    "keras_gen.plots.training.losses",
    "keras_gen.training.strategies",
    "keras_gen.data.folder.survey",
    "zoo.hub.push",
    "export.check",
    "export.export",
}


def examples(room):
    """Every docstring with an example: under its dotted name."""
    return {
        found.name: found
        for module in modules(room)
        for found in doctest.DocTestFinder().find(module, globs=scope(module))
        if found.examples
    }


def scope(module):
    """What an example may take for granted: its module and the public names."""
    public = {name: getattr(kg, name) for name in kg.__all__}
    networks = {name: getattr(kg.networks, name) for name in kg.networks.__all__}
    here = {"np": np, "tf": tf, "keras": keras, "zoo": zoo, **vars(kg.likelihoods)}
    return public | networks | here | vars(module)


@pytest.mark.parametrize("room", rooms())
def test_examples_in_docstrings_run(room, tmp_path, monkeypatch):
    """Their few steps eagerly: that all systems' steps can be traced, replicas show."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(Contract.compile.__kwdefaults__, "run_eagerly", True)
    found, failed = examples(room), []
    inside = {name for name in SKETCHES if f"{name}.".startswith(f"{room}.")}
    assert set(found) >= (inside if "." in room else set())
    for name, example in found.items():
        if name in SKETCHES:
            for line in example.examples:
                compile(line.source, name, "single")
            continue
        runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
        result = runner.run(example)
        assert result.attempted > 0
        failed += [name] * bool(result.failed)
    assert not failed


def test_no_path_of_a_machine_is_in_the_project():
    files = subprocess.run(
        ["git", "ls-files", "*.py", "*.md", "*.cfg", "*.json", "*.ipynb", "Makefile"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    ).stdout.split()
    pattern = re.compile(r"/(home|root|work|Users)/\w")
    bad = [f for f in files if pattern.search((ROOT / f).read_text())]
    assert not [f for f in bad if f != "tests/test_docs.py"]
