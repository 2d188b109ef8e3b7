"""The page runs: what it draws in Chromium is what the Keras models draw."""

import json
import logging
import os
import subprocess
import sys
import time
import urllib.request
from types import SimpleNamespace

import keras
import numpy as np
import pytest

import zoo
from export import runtimes, web
from export.__main__ import main
from export.command_line.looking import _inputs
from export.web.site import _card, _completes
from keras_gen.errors import BadFile, BadInput, ExportError, KerasGenError
from keras_gen.signatures import Signature, Spec
from tests.browser import until
from tests.conftest import SMALL
from tests.export.page import assert_drawn, draw
from tests.export.test_export import Model

POINTS, CLASSES, STEPS = NAMES = "gan-ring", "cvae-mnist", "made-digits"
LATENT, PIXELS = 16, 28 * 28  # of CLASSES


@pytest.fixture(scope="module")
def site(runtime, tmp_path_factory):
    out = tmp_path_factory.mktemp("web") / "site"
    assert main(["web", *NAMES, "--out", str(out)]) == 0
    return out


@pytest.fixture(scope="module")
def models():
    return {name: zoo.load(name) for name in NAMES}


def test_noise_follows_its_laws():
    u, z = draw("uniform", 100_000, 7), draw("normal", 100_000, 7)
    assert 0 <= u.min() < 1e-4 and 1 - 1e-4 < u.max() < 1
    assert np.abs(np.histogram(u, 20, (0, 1))[0] / 5000 - 1).max() < 0.06
    assert abs(z.mean()) < 0.01 and abs(z.std() - 1) < 0.01
    assert abs((z**4).mean() - 3) < 0.1
    for other in (draw("normal", 100_000, 8), draw("normal", 100_000, 7, 1)):
        assert abs(np.mean(z * other)) < 0.01
    assert abs(np.mean(z[1:] * z[:-1])) < 0.01


@pytest.mark.parametrize("seed", [7, 2**32 - 1])
def test_images_are_those_of_the_keras_model(seed, page, models):
    page.open(CLASSES)
    inputs, output = page.fill("seed", seed)
    z = draw("normal", (1, LATENT), seed)
    np.testing.assert_allclose(inputs["z"], z[0], atol=1e-6)
    assert_drawn(models[CLASSES], output, z=z, label=np.int32([0]))


def test_what_is_seen_is_what_was_computed(page):
    _, output = page.open(CLASSES)
    side, bytes = page.run(
        "const canvas = document.getElementById('picture'), side = canvas.width;"
        "const { data } = canvas.getContext('2d').getImageData(0, 0, side, side);"
        "return [side, Array.from(data)]"
    )
    pixel = side // 28
    squares = np.reshape(bytes, (28, pixel, 28, pixel, 4))[..., :3]
    assert np.ptp(squares, axis=(1, 3, 4)).max() == 0  # grey, and sharp
    seen = squares[:, 0, :, 0, 0].ravel()
    np.testing.assert_allclose(seen, np.clip(255 * output, 0, 255), atol=0.51)


def test_points_are_those_of_the_keras_model(page, models):
    inputs, output = page.open(POINTS)
    z = draw("normal", (500, 8), 1)
    assert_drawn(models[POINTS], output, z=z)
    inputs, output = page.slide(page["sliders"].find_element("tag name", "input"), 2.5)
    z[0, 0] = 2.5
    np.testing.assert_allclose(inputs["z"], z.ravel(), atol=1e-6)
    assert_drawn(models[POINTS], output, z=z)


def test_samples_of_a_causal_model_are_those_of_the_keras_model(page, models):
    _, output = page.open(STEPS)
    assert_drawn(models[STEPS], output, noise=draw("uniform", (1, 8, 8, 2), 1))
    assert not page["latent"].is_displayed() and not page["between"].is_displayed()


def test_a_new_sample_is_that_of_the_next_seed(page, models):
    page.open(CLASSES)
    _, output = page.press("new")
    assert page["seed"].get_attribute("value") == "2"
    z = draw("normal", (1, LATENT), 2)
    assert_drawn(models[CLASSES], output, z=z, label=np.int32([0]))
    shown = [float(o.text) for o in page["sliders"].find_elements("tag name", "output")]
    np.testing.assert_allclose(shown, z[0], atol=0.006)


def test_the_class_is_the_one_that_is_chosen(page, models):
    page.open(CLASSES)
    options = page["class-label"].find_elements("tag name", "option")
    assert [option.text for option in options] == [str(i) for i in range(10)]
    _, output = page.computed(after=options[7].click)
    z = draw("normal", (1, LATENT), 1)
    assert_drawn(models[CLASSES], output, z=z, label=np.int32([7]))


def test_each_slider_moves_its_coordinate_and_the_way_back_is_a_click(page, models):
    _, start = page.open(CLASSES)
    sliders = page["sliders"].find_elements("tag name", "input")
    assert len(sliders) == LATENT
    z = draw("normal", (1, LATENT), 1)
    for i, value in ((2, -1.5), (7, 3)):
        z[0, i] = value
        inputs, output = page.slide(sliders[i], value)
        np.testing.assert_allclose(inputs["z"], z[0], atol=1e-6)
        assert_drawn(models[CLASSES], output, z=z, label=np.int32([0]))
    np.testing.assert_allclose(page.press("reset")[1], start)


def test_the_way_between_two_samples_is_an_arc(page, models):
    _, start = page.open(CLASSES)
    a, b = (draw("normal", (2, LATENT), seed)[0] for seed in (1, 2))
    film = page.run("return Array.from(window.kerasGen.film)")
    frames = np.reshape(film, (9, PIXELS))
    np.testing.assert_allclose(frames[0], start, atol=1e-5)
    inputs, middle = page.slide(page["way"], 0.5)
    angle = np.arccos(a @ b / np.linalg.norm(a) / np.linalg.norm(b))
    z = (a + b) * np.sin(angle / 2) / np.sin(angle)
    np.testing.assert_allclose(inputs["z"], z, atol=1e-5)
    np.testing.assert_allclose(frames[4], middle, atol=1e-5)
    _, end = page.slide(page["way"], 1)
    np.testing.assert_allclose(frames[8], end, atol=1e-5)
    assert_drawn(models[CLASSES], end, z=b[None], label=np.int32([0]))
    inputs, _ = page.fill("other", 3)
    np.testing.assert_allclose(inputs["z"], draw("normal", LATENT, 3), atol=1e-6)
    assert page.press("another")[1].shape == (PIXELS,)
    assert page["other"].get_attribute("value") == "4"


def test_erased_pixels_are_drawn_and_the_others_stay(page, models):
    """By the mouse and by a button; as `complete` does, with the next seed's noise."""
    from selenium.webdriver import ActionChains

    _, given = page.open(STEPS)
    page["half"].click()
    (brush,) = page.driver.find_elements("css selector", "[value=white]")
    brush.click()
    side = page["picture"].size["width"] / 8
    at = ActionChains(page.driver).move_to_element_with_offset
    at(page["picture"], -3.5 * side, -3.5 * side).click_and_hold().move_by_offset(
        2 * side, 0
    ).release().perform()
    _, output = page.press("complete", "completion")
    known = np.arange(64).reshape(1, 8, 8, 1) < 32
    x = np.reshape(given, (1, 8, 8, 1)).copy()
    x[0, 0, :3] = 1
    painted = page.run("return window.kerasGen.completion.given")
    np.testing.assert_allclose(painted, np.ravel(x * known))
    noise = draw("uniform", (1, 8, 8, 2), 2)
    expected = models[STEPS].complete(x, known, noise)["image"]
    np.testing.assert_allclose(output, np.ravel(expected), atol=1e-5)
    assert np.abs(output - given)[32:].max() > 0.1
    assert page["seed"].get_attribute("value") == "2"
    assert "completed with seed 2" in page["status"].text
    _, again = page.press("complete", "completion")
    np.testing.assert_allclose(again[:32], output[:32])
    assert np.abs(again - output)[32:].max() > 0.1


def test_a_completion_can_be_stopped(page):
    page.open(STEPS)
    page["all"].click()
    assert page["status"].text == "64 pixels erased"
    page.run(
        "const button = document.getElementById('complete'); button.click();"
        "setTimeout(() => button.click(), 0)"
    )
    until(lambda: page["status"].text == "stopped", "the completion stops")
    assert page["complete"].text == "Complete"
    page.press("new")


def test_keys_alone_are_enough(page):
    """Tab reaches every control, arrows move sliders and paint, return chooses."""
    from selenium.webdriver.common.keys import Keys

    _, start = page.open(CLASSES)
    send = page.driver.switch_to.active_element.send_keys  # the title has the focus
    reached = []
    for _ in range(10 + LATENT):
        send(Keys.TAB)
        element = page.driver.switch_to.active_element
        send = element.send_keys
        reached.append(element.get_attribute("id") or element.get_attribute("data-key"))
    controls = [
        "seed",
        "class-label",
        "new",
        *["z"] * LATENT,
        "reset",
        "way",
        "other",
        "another",
    ]
    assert reached[: len(controls)] == controls
    slider = page["sliders"].find_element("tag name", "input")
    _, moved = page.computed(after=lambda: slider.send_keys(Keys.ARROW_RIGHT))
    assert np.abs(moved - start).max() > 0
    page.open(STEPS)
    page["picture"].send_keys(Keys.ARROW_DOWN, Keys.ARROW_RIGHT, " ")
    assert page["status"].text == "row 2, column 2: erased"
    assert page["picture"].get_attribute("role") == "application"
    page.computed("completion", lambda: page["complete"].send_keys(Keys.RETURN))
    known = np.array(page.run("return Array.from(window.kerasGen.completion.known)"))
    assert np.flatnonzero(known == 0).tolist() == [9]


@pytest.mark.parametrize("name", ["", *NAMES])
def test_nothing_sticks_out_of_a_phone_and_everything_has_a_name(name, page):
    page.resize(360, 740)
    if name:
        page.open(name)
    else:
        page.driver.get(page.address)
        links = "#gallery a"
        find = page.driver.find_elements
        until(lambda: len(find("css selector", links)) == 3, "the gallery is shown")
        until(
            lambda: page.run(
                "return [...document.images].every((i) => i.naturalWidth > 50)"
            ),
            "previews",
        )
    width = "return [document.documentElement.scrollWidth, window.innerWidth]"
    assert page.run(width) == [360, 360]
    long = "document.querySelectorAll('#card th, #card td, #card dd').forEach("
    page.run(long + "(cell) => { cell.textContent = 'm'.repeat(80); })")
    assert page.run(width) == [360, 360]
    things = "button, input, select, canvas, a, img"
    for thing in page.driver.find_elements("css selector", things):
        if thing.is_displayed():
            assert thing.accessible_name, thing.get_attribute("outerHTML")


def test_a_long_card_fits_a_phone(page, site, models):
    """That of dcgan-small-glyphs: sixteen measures, each with how it was taken."""
    listing = site / "models.json"
    before = listing.read_text()
    about = json.loads(before)
    (shown,) = (model for model in about["models"] if model["name"] == CLASSES)
    shown["card"] = _card(zoo.card("dcgan-small-glyphs"), models[CLASSES])
    assert len(shown["card"]["metrics"]) >= 16
    page.resize(390, 844)
    listing.write_text(json.dumps(about))
    try:
        page.open(CLASSES)
    finally:
        listing.write_text(before)
        later = time.time() + 2  # in the same second it would be the same to a browser
        os.utime(listing, (later, later))
    assert "bins apart floor" in page["card"].text
    size = "const e = document.documentElement; return [e.scrollWidth, e.scrollHeight]"
    width, height = page.run(size)
    assert width == 390
    assert height < 4 * 844  # 4,800 when each measure had three narrow columns


def test_card_and_speed_are_told(page):
    page.open(CLASSES)
    card = page["card"].text
    for word in ("ConditionalVAE", "CC BY-SA 3.0", "nll", "kB", "off the Keras model"):
        assert word in card
    assert zoo.card(CLASSES)["weights"]["sha256"] in card
    assert " ms (median of 1)" in page["speed"].text


def test_back_and_forth_between_models(page):
    page.open(CLASSES)
    page["back"].click()
    until(lambda: page["gallery"].is_displayed(), "the gallery is back")
    link = page.driver.find_element("css selector", f"a[href='#{POINTS}']")
    page.computed(after=link.click)
    assert page["title"].text == POINTS
    assert page["classes"].find_elements("tag name", "select") == []
    assert page.driver.title == POINTS


def test_a_model_that_cannot_be_fetched_is_a_sentence(page, browser):
    page.driver.get(page.address + "?broken")
    page.run(
        "const old = Worker.prototype.postMessage;"
        "Worker.prototype.postMessage = function (m) {"
        "  old.call(this, { ...m, url: m.url && 'models/none.onnx' }); };"
        f"location.hash = '#{POINTS}'"
    )
    problem = until(page.trouble, "a sentence appears")
    assert "models/none.onnx cannot be fetched (404)" in problem
    browser.get_log("browser")  # where Chromium may have remarked on it


# The folder, its server, and what is refused.


def test_the_folder_is_whole_and_says_whose_the_runtime_is(site):
    assert {path.name for path in site.iterdir()} == {
        *("index.html", "style.css", "models", "models.json", "runtime"),
        *(path.name for path in web.PAGE.glob("*.js")),
    }
    licence = (site / "runtime" / "LICENSE.txt").read_text()
    assert f"{runtimes.PACKAGE} {runtimes.VERSION}" in licence
    found = json.loads((site / "models.json").read_text())
    assert [model["name"] for model in found["models"]] == list(NAMES)
    for model in found["models"]:
        for file in model["files"].values():
            assert (site / file["path"]).stat().st_size == file["bytes"]


def test_serve_answers_on_loopback_with_the_types_that_browsers_want(site):
    command = [sys.executable, "-m", "export", "serve", str(site), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            url = process.stdout.readline().strip()
            assert url.startswith("http://127.0.0.1:")
            for path, kind in (
                ("runtime/ort.wasm.bundle.min.mjs", "text/javascript"),
                ("runtime/ort-wasm-simd-threaded.wasm", "application/wasm"),
                ("app.js", "text/javascript"),
            ):
                with urllib.request.urlopen(url + path) as answer:
                    assert answer.headers["Content-Type"] == kind
        finally:
            process.terminate()


def test_serve_refuses_what_is_no_page_and_a_port_that_is_taken(site, tmp_path):
    with pytest.raises(BadFile, match=r"has no models\.json"):
        web.server(tmp_path)
    with web.server(site, 0) as server:
        taken = server.server_port
        with pytest.raises(KerasGenError, match=f"cannot listen on port {taken}"):
            web.server(site, taken)
    with pytest.raises(KerasGenError, match="cannot listen on port 70000"):
        web.server(site, 70000)


@pytest.mark.parametrize(
    "name, sentence",
    [
        (
            "Segmenter",
            r"Segmenter draws nothing .* no images of images \(translate\)",
        ),
        ("CLIP", r"CLIP draws nothing .* no images of images \("),
    ],
)
def test_models_that_draw_nothing_are_refused(name, sentence, tmp_path):
    with pytest.raises(BadInput, match=sentence):
        web.write([web.Exhibit(name, SMALL[name]())], tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name, completes",
    [("PixelVAE", True), ("VQPrior", False), ("ConditionalVAE", False)],
)
def test_completion_is_offered_where_the_step_draws_pixels(name, completes):
    """That of a VQ-VAE's prior draws codes."""
    assert _completes(SMALL[name]()) == completes


def test_what_the_page_cannot_feed_or_draw_is_refused():
    z, words = Spec((4,), "latent", "", law="normal"), Spec((9,), "index", "a caption")
    image, five = Spec((8, 8, 1), "image", ""), Spec((5,), "point", "")
    for inputs, output, sentence in (
        ({"z": z, "words": words}, image, r'told "words" \(a caption\)'),
        ({"z": z}, five, r"examples of shape \(5,\)"),
    ):
        model = Model(generate=Signature(None, inputs, {"out": output}))
        model.sampler = "generate"
        with pytest.raises(BadInput, match=sentence):
            web.check_exhibit(web.Exhibit("odd", model))


def test_one_begins_with_what_a_translator_is_shown_of_its_test_images():
    """With an empty picture where the data are not here."""

    def of(inputs):
        return SimpleNamespace(name="it", data=SimpleNamespace(inputs=inputs))

    def shown(split, model):
        return {("test", "Pix2Pix"): x}[split, type(model).__name__]

    def absent(split, model):
        raise BadFile("they are not here")

    x, model, log = np.random.rand(9, 4, 4, 1), SMALL["Pix2Pix"](), logging.getLogger()
    np.testing.assert_array_equal(_inputs(of(shown), model, log), x[:8])
    assert _inputs(of(absent), model, log) is None
    assert _inputs(SimpleNamespace(name="it", data=None), model, log) is None


def test_without_npm_a_folder_does(runtime, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(runtimes.shutil, "which", lambda name: None)
    with pytest.raises(ExportError, match=r"npm is not installed.* --runtime"):
        runtimes.folder()
    assert runtimes.folder(runtime) == runtime
    with pytest.raises(BadFile, match=r"has no ort\.wasm\.bundle"):
        runtimes.folder(tmp_path)
    for name in runtimes.FILES:
        (tmp_path / name).write_bytes(b"another version")
    with pytest.raises(BadFile, match=r"is not that of onnxruntime-web 1\.30\.0"):
        runtimes.folder(tmp_path)


def test_npm_without_a_network_is_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    npm = tmp_path / "npm"
    npm.write_text("#!/bin/sh\necho 'npm error network is unreachable' >&2\nexit 1\n")
    npm.chmod(0o755)
    monkeypatch.setattr(runtimes.shutil, "which", lambda name: str(npm))
    with pytest.raises(ExportError, match=r"\(network is unreachable\): connect"):
        runtimes.folder()
    assert not (tmp_path / "cache").exists() or not [*(tmp_path / "cache").rglob("*.*")]


def test_a_model_of_ones_own_is_shown_without_a_card(runtime, tmp_path):
    """InfoGAN's label is a category that nobody has named."""
    keras.utils.set_random_seed(0)
    exhibit = web.Exhibit("mine", SMALL["InfoGAN"]())
    web.write([exhibit], tmp_path / "out")
    (facts,) = json.loads((tmp_path / "out" / "models.json").read_text())["models"]
    assert facts["classes"] == {"category": ["0", "1", "2"]}
    assert facts["card"]["system"] == "InfoGAN"
