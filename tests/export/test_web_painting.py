"""What one paints on the page: chains hold it, pictures are made of it."""

import numpy as np
import pytest

from export import web
from keras_gen import FlowMatching
from keras_gen.networks import denoiser
from keras_gen.parts.solvers import DDIM
from keras_gen.vocabulary import Vocabulary
from tests.browser import until
from tests.conftest import SMALL
from tests.export.page import assert_drawn, draw

SIDE, SHAPE = 4, (4, 4, 1)
WORDS = Vocabulary(("a", "long", "short", "tie"), 5)
CHAINS = ("RBM", "GSN")
EXAMPLES = np.float32([np.eye(4), np.eye(4)[::-1]])[..., None] * np.float32(204 / 255)
KINDS = ("fair", "dark", "old")
FLAGS = ("smiling", "with_glasses", "hat")
FACES = np.float32(np.random.default_rng(1).integers(0, 256, (5, 8, 8, 1)) / 255)


def diffusion():
    network = denoiser.mlp((4, 4, 3), 8, 1, vocabulary=WORDS)
    network.set_weights([3 * w for w in network.get_weights()])  # it minds the caption
    return FlowMatching(
        network, vocabulary=WORDS, guidance=2.0, steps=4, average=0.0, solver=DDIM()
    )


@pytest.fixture(scope="module")
def models():
    names = ("Glow", *CHAINS, "StarGAN", "ContextEncoder", "Reenactment")
    names += ("StarGAN-attributes",)
    return {name: SMALL[name]() for name in names} | {"words": diffusion()}


@pytest.fixture(scope="module")
def site(runtime, models, tmp_path_factory):
    out = tmp_path_factory.mktemp("web") / "site"
    about = {"StarGAN": {"examples": EXAMPLES, "classes": KINDS}}
    about["StarGAN-attributes"] = {"examples": EXAMPLES, "classes": FLAGS}
    about["ContextEncoder"] = {"examples": EXAMPLES}
    about["Reenactment"] = {"examples": FACES}
    shown = [web.Exhibit(n, m, **about.get(n, {})) for n, m in models.items()]
    web.write(shown, out, runtime)
    return out


def close(found, expected, atol=1e-5):
    np.testing.assert_allclose(found, np.ravel(expected), atol=atol)


# Flows.


def test_a_flow_is_steered_by_its_latents_and_goes_from_one_to_another(page, models):
    page.open("Glow")
    flow, z = models["Glow"], draw("normal", (2, 16), 1)[:1]
    sliders = page["sliders"].find_elements("tag name", "input")
    assert len(sliders) == 16
    z[0, 5] = 2.5
    inputs, output = page.slide(sliders[5], 2.5)
    close(inputs["z"], z, 1e-6)
    assert_drawn(flow, output, z=z)
    inputs, output = page.slide(page["way"], 0.5)
    assert_drawn(flow, output, z=np.float32([inputs["z"]]))
    frames = np.reshape(page.run("return Array.from(window.kerasGen.film)"), (9, 16))
    close(frames[4], output)
    assert_drawn(flow, frames[8], z=draw("normal", (1, 16), 2))


# Chains.


def chain_noise(model, seed, i):
    """What the page gives the chain for its step `i`: its noise, and which of it."""
    n, inputs = model.steps, model.signatures()[model.sampler].inputs
    noise = {
        name: draw(inputs[name].law, (1, *inputs[name].shape), seed, place + 1000 * k)
        for place, name in enumerate(inputs)
        for k in [1 + i // n]
        if name != "start"
    }
    return {**noise, "step": np.int32([[i % n]])}


def walked(page):
    """(steps so far, the state) of the chain."""
    script = (
        "const w = window.kerasGen.walk; return w && [w.inputs.steps[0], [...w.output]]"
    )
    steps, state = page.run(script) or (0, [])
    assert not page.trouble()
    return steps, np.float32(state)


@pytest.mark.parametrize("name", CHAINS)
def test_a_chain_runs_while_one_watches_and_holds_what_is_painted(name, page, models):
    model = models[name]
    _, output = page.open(name)
    assert not page["latent"].is_displayed() and not page["between"].is_displayed()
    x, held = output.reshape(1, *SHAPE).copy(), np.zeros((1, *SHAPE), bool)
    page.brush("white")
    page.stroke("picture", SHAPE, (0, 0), (0, 2))
    x[0, 0, :3], held[0, 0, :3] = 1, True
    page["complete"].click()
    assert page["complete"].text == "Stop"
    until(lambda: walked(page)[0] >= model.steps + 2, "the chain walks on")
    assert "3 pixels held" in page["status"].text
    page["complete"].click()
    steps, state = walked(page)
    assert page["status"].text == f"stopped after step {steps}"
    states = [x]
    for i in range(steps):
        (after,) = model.sample_step(states[-1], **chain_noise(model, 1, i)).values()
        states.append(np.where(held, x, after))
    np.testing.assert_array_equal(state, np.ravel(states[-1]))
    assert len({s.tobytes() for s in states}) > 2
    # Stopped, it stays; and from there it goes on, holding what is painted meanwhile.
    page.run("return new Promise((done) => setTimeout(done, 250))")
    assert walked(page)[0] == steps
    page["complete"].click()
    until(lambda: walked(page)[0] > steps, "the chain goes on")
    page.brush("black")
    page.stroke("picture", SHAPE, (2, 1), (2, 1))
    now = walked(page)[0]
    until(lambda: walked(page)[0] > now + 3, "the chain goes on")
    _, state = walked(page)
    assert state[9] == 0 and state[:3].tolist() == [1, 1, 1]
    page.brush("erase")
    page.stroke("picture", SHAPE, (0, 0), (0, 2))
    until(lambda: "1 pixels held" in page["status"].text, "they are let go")
    page.press("new")  # stops it
    assert page["complete"].text == "Run the chain"


# Diffusion.


def told(model, caption):
    return {"caption": WORDS.asked([caption])}, np.float32([model.guidance])


def test_strokes_are_redrawn_at_a_strength_and_told_a_caption(page, models):
    """By the same numbers as in Keras; every word that is not known is named."""
    model, shape = models["words"], (4, 4, 3)
    page.open("words")
    page.fill("caption", "a long tye")
    assert page["unknown"].text == "The model does not know “tye” (near it: tie)."
    _, output = page.fill("caption", "a long tie")
    given, weight = told(model, "a long tie")
    assert page["unknown"].text == ""
    z = draw("normal", (1, *shape), 1)
    close(output, model.generate(z=z, **given)["image"], 1e-3)
    page.run("document.getElementById('colour').value = '#336699'")
    page.brush("colour")
    page.stroke("picture", shape, (1, 0), (1, 3))
    painted = output.reshape(1, *shape).copy()
    painted[0, 1] = np.float32([0x33, 0x66, 0x99]) / 255
    for strength in (0.5, 1.0):
        page.run(f"document.getElementById('strength').value = {strength}")
        seed = int(page["seed"].get_attribute("value")) + 1
        _, redrawn = page.press("redraw", "completion")
        how = {"known": np.zeros_like(painted), "strength": np.float32([strength])}
        z = draw("normal", (1, *shape), seed)
        expected = model.draw(z, x=painted, given=given, weight=weight, **how)
        close(redrawn, expected, 5e-3)  # times in thousandths
        unguided = model.draw(z, x=painted, given=given, **how)
        assert np.abs(unguided - expected).max() > 0.05


def test_erased_pixels_are_denoised_and_the_others_stay_bit_for_bit(page, models):
    shape = (4, 4, 3)
    _, output = page.open("words")
    page.stroke("picture", shape, (1, 1), (2, 2))
    assert page["status"].text == "row 3, column 3: erased"
    _, filled = page.press("complete", "completion")
    hole = np.zeros((4, 4, 3), bool)
    hole[[1, 2], [1, 2]] = True
    hole = hole.ravel()
    np.testing.assert_array_equal(filled[~hole], output[~hole])
    assert np.abs(filled - output)[hole].max() > 0.01


def test_denoising_tells_its_steps_and_stops(page):
    page.open("words")
    page.run(
        "const byId = (id) => document.getElementById(id); window.said = [];"
        "new MutationObserver(() => {"
        "  window.said.push(byId('status').textContent);"
        "  if (window.said.at(-1) === 'step 1 of 4') byId('redraw').click();"
        "}).observe(byId('status'), { childList: true });"
        "byId('strength').value = 1; byId('redraw').click();"
    )
    until(lambda: page["status"].text == "stopped", "it stops")
    said = page.run("return window.said")
    assert said == ["step 0 of 4", "step 1 of 4", "stopped"]
    assert page["redraw"].text == "Redraw it all"


# Pictures of pictures.


def test_a_drawing_is_translated_while_it_is_drawn(page, models):
    """With the colours of the examples, and as the kind that is chosen."""
    model, x = models["StarGAN"], EXAMPLES[:1].copy()
    _, output = page.open("StarGAN")
    assert_drawn(model, output, x=x, label=np.int32([0]))
    brushes = page["brushes"].find_elements("tag name", "input")
    assert [b.get_attribute("value") for b in brushes] == ["#000000", "#cccccc"]
    brushes[1].click()
    inputs, output = page.computed(
        after=lambda: page.stroke("source", SHAPE, (0, 1), (0, 1))
    )
    x[0, 0, 1] = np.float32(204 / 255)
    np.testing.assert_array_equal(inputs["x"], x.ravel())
    assert_drawn(model, output, x=x, label=np.int32([0]))
    options = page["class-label"].find_elements("tag name", "option")
    assert [option.text for option in options] == list(KINDS)
    _, output = page.computed(after=options[2].click)
    assert_drawn(model, output, x=x, label=np.int32([2]))
    inputs, _ = page.press("new")
    np.testing.assert_array_equal(inputs["x"], EXAMPLES[1].ravel())
    inputs, _ = page.press("all")
    assert not np.any(inputs["x"])  # the most frequent colour


def test_attributes_are_switched_each_by_itself(page, models):
    model, x = models["StarGAN-attributes"], EXAMPLES[:1]
    _, output = page.open("StarGAN-attributes")
    assert_drawn(model, output, x=x, label=np.int32([[0, 0, 0]]))
    switches = page["classes"].find_elements("tag name", "input")
    assert [s.accessible_name for s in switches] == ["smiling", "with glasses", "hat"]
    for k, label in ((1, [0, 1, 0]), (2, [0, 1, 1]), (1, [0, 0, 1])):
        inputs, output = page.computed(after=switches[k].click)
        assert inputs["label"].tolist() == label
        assert_drawn(model, output, x=x, label=np.int32([label]))


def test_what_is_erased_is_filled_and_the_rest_stays_bit_for_bit(page, models):
    _, output = page.open("ContextEncoder")
    np.testing.assert_array_equal(output, EXAMPLES[0].ravel())
    inputs, output = page.press("half")
    known = np.repeat([1, 0], 8)
    np.testing.assert_array_equal(inputs["known"], known)
    np.testing.assert_array_equal(output[:8], EXAMPLES[0].ravel()[:8])
    given = {"x": EXAMPLES[:1], "known": np.float32(known).reshape(1, *SHAPE)}
    assert_drawn(models["ContextEncoder"], output, **given)


def test_a_face_is_driven_by_the_one_where_the_slider_is(page, models):
    """By the second example at first; the actor is the one that is seen, or painted."""
    model = models["Reenactment"]
    _, output = page.open("Reenactment")
    assert_drawn(model, output, x=FACES[:1], driver=FACES[1:2])
    row = page["drivers"].size["width"] / len(FACES)
    middle = page["drive"].location["x"] + page["drive"].size["width"] / 2
    assert abs(middle - page["drivers"].location["x"] - 2.5 * row) < 2
    drawn = [output]
    for k in (4, 2):
        inputs, output = page.slide(page["drive"], k)
        np.testing.assert_array_equal(inputs["x"], FACES[0].ravel())
        np.testing.assert_array_equal(inputs["driver"], FACES[k].ravel())
        assert_drawn(model, output, x=FACES[:1], driver=FACES[k : k + 1])
        assert page["status"].text == f"driven by picture {k + 1} of 5"
        drawn.append(output)
    assert len({image.tobytes() for image in drawn}) == 3
    _, output = page.press("new")
    assert_drawn(model, output, x=FACES[1:2], driver=FACES[2:3])
    page.brush("white")
    x = FACES[1:2].copy()
    x[0, 0, 1] = 1
    _, output = page.computed(
        after=lambda: page.stroke("source", (8, 8), (0, 1), (0, 1))
    )
    assert_drawn(model, output, x=x, driver=FACES[2:3])
    page.open("StarGAN")
    assert not page["driver"].is_displayed() and not page["driving"].is_displayed()


def test_a_picture_of_ones_own_is_cut_to_size(page, tmp_path):
    from keras_gen import plots

    wide = np.zeros((8, 16), np.uint8)
    wide[:, 4:8] = 255  # of the middle, which is taken, the left half
    plots.save_image(tmp_path / "mine.png", wide)
    page.open("ContextEncoder")
    inputs, _ = page.computed(
        after=lambda: page["own"].send_keys(str(tmp_path / "mine.png"))
    )
    expected = np.zeros(SHAPE)
    expected[:, :2] = 1
    np.testing.assert_array_equal(inputs["x"], expected.ravel())
    assert page["status"].text == "mine.png"
    (tmp_path / "not.png").write_text("a letter")
    page["own"].send_keys(str(tmp_path / "not.png"))
    problem = until(page.trouble, "a sentence appears")
    assert "not.png is no picture that this browser can read" in problem


@pytest.mark.parametrize(
    "name", ["RBM", "words", "StarGAN-attributes", "ContextEncoder", "Reenactment"]
)
def test_painting_fits_a_phone_and_everything_has_a_name(name, page):
    page.resize(390, 844)
    page.open(name)
    width = "return [document.documentElement.scrollWidth, window.innerWidth]"
    assert page.run(width) == [390, 390]
    for thing in page.driver.find_elements("css selector", "button, input, canvas"):
        if thing.is_displayed():
            assert thing.accessible_name, thing.get_attribute("outerHTML")


def test_examples_of_another_shape_are_a_sentence(models, runtime, tmp_path):
    from keras_gen.errors import BadInput

    odd = web.Exhibit("odd", models["StarGAN"], examples=np.zeros((1, 5, 4, 1)))
    with pytest.raises(BadInput, match=r'examples of "odd" have the shape \(5, 4, 1\)'):
        web.write([odd], tmp_path / "out", runtime)
