"""Drawing, guiding and editing are what they say, on a network that knows the truth."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_gen as kg
from keras_gen.errors import BadInput, UnknownName
from keras_gen.layers.time_table import TimeTable
from keras_gen.networks import denoiser
from keras_gen.parts import solvers, targets
from keras_gen.parts.paths import PATHS
from keras_gen.signatures import draw_inputs
from tests.conftest import SMALL, tiny_data, tiny_examples
from tests.laws.diffusion import shared
from tests.laws.diffusion.shared import gaussian, network

MEAN, STD = 0.75, 0.5


def truth(kind="FlowMatching", **options):
    """Of points that are N(MEAN, STD^2)."""
    model = getattr(kg, kind)(denoiser.mlp((2,), 4, 1), average=0.0, **options)
    return gaussian(model, STD, MEAN)


def told(guidance=1.0):
    """Says x + label, and counts how often it is asked."""
    asked = []

    def law(x, label):
        asked.append(x.shape[0])
        return x + tf.cast(label, "float32")[:, None]

    x, time = keras.Input((2,), name="x"), keras.Input((), name="time")
    label = keras.Input((), dtype="int32", name="label")
    inner = network(law)
    inner = inner.layers[-1]
    model = kg.FlowMatching(
        keras.Model([x, time, label], inner([x, label])),
        classes=3,
        average=0.0,
        guidance=guidance,
        steps=4,
        solver=solvers.DDIM(),
    )
    return model, asked


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("target", ["noise", "v", "velocity"])
def test_what_is_drawn_has_the_law_of_the_data(path, target):
    """Whatever the path and the target, if the network knows the truth."""
    model = truth(
        noising=PATHS[path](),
        target=targets.TARGETS[target](),
        solver=solvers.DPMSolver2M(),
        grid=solvers.EvenRatio(),
        steps=60,
    )
    made = model.sample(4000, seed=1, batch=4000)
    assert made.mean() == pytest.approx(MEAN, abs=0.03)
    assert made.std() == pytest.approx(STD, rel=0.03)


def test_all_of_ddim_s_steps_at_eta_1_are_ddpm_s():
    """Law 39, on the same noise; and one step alone gives the estimate of x_0."""
    model = truth("DDPM", steps=50)
    noise = model.sample(3, seed=1)
    np.testing.assert_allclose(
        model.sample(3, seed=1, solver=solvers.DDIM(1.0)), noise, atol=1e-5
    )
    z = tf.random.normal((3, 2))
    once = model.draw(z, steps=1, solver=solvers.DDIM())
    clean, _ = model.predict_both(z, tf.fill((3, 1), model.noising.ends[1]))
    np.testing.assert_allclose(once, clean, atol=1e-5)


def test_ddim_forward_and_back_gives_the_noise_back():
    """Law 38: it is deterministic, and up to the steps invertible."""
    model = truth(steps=400, solver=solvers.DDIM(), grid=solvers.EvenRatio())
    z = tf.random.stateless_normal((8, 2), (0, 1))
    x = model.generate(z)["point"]
    ratios = tf.linspace(*model.noising.ends, 401)[1:]
    r = tf.fill((8, 1), model.noising.ends[0])
    for there in ratios:
        clean, eps = model.predict_both(x, r)
        r = tf.fill((8, 1), there)
        x = model.noised(clean, eps, r)
    np.testing.assert_allclose(x, z, atol=0.05)


def test_kept_pixels_are_bit_identical_and_others_are_drawn():
    model = SMALL["DDPM"]()
    x = tiny_data(model, 3)
    mask = (np.random.default_rng(0).random((4, 4, 1)) < 0.5).astype("float32")
    one, other = (model.edit(x, mask, 1.0, seed=s, resample=2) for s in (1, 2))
    kept = np.broadcast_to(mask > 0.5, x.shape)
    assert np.array_equal(one[kept], x[kept])
    assert np.array_equal(other[kept], x[kept])
    assert (one[~kept] != other[~kept]).any()
    assert np.array_equal(model.edit(x, strength=0.0), x)


def test_the_strength_says_how_much_of_the_guide_is_left():
    """Law 40: at 1 nothing, and in between the closed form's mean, monotone."""
    model = truth(steps=200, grid=solvers.EvenTime())
    guide = np.full((4, 2), 3.0, "float32")
    strengths = (0.0, 0.25, 0.5, 0.75, 1.0)
    means = [
        float(model.edit(np.repeat(guide, 500, 0), strength=s, seed=1).mean())
        for s in strengths
    ]
    assert means == sorted(means, reverse=True)
    assert means[0] == 3.0
    for s, mean in zip(strengths[1:-1], means[1:-1], strict=True):
        alpha, sigma = 1 - s, s  # where the guide begins, straight
        scale = STD / np.sqrt((alpha * STD) ** 2 + sigma**2)
        wanted = MEAN + scale * alpha * (3.0 - MEAN)
        assert mean == pytest.approx(wanted, abs=0.05)
    far = model.edit(guide - 5.0, strength=1.0, seed=1)
    assert np.array_equal(far, model.edit(guide, strength=1.0, seed=1))


def test_each_example_of_a_batch_has_its_own_strength_mask_and_steps():
    model = truth(steps=8)
    z, x = (tf.random.stateless_normal((3, 2), (0, i)) for i in (1, 2))
    known = tf.constant([[0.0], [1.0], [0.0]])
    strength, steps = tf.constant([1.0, 1.0, 0.5]), tf.constant([8, 3, 4])
    whole = model.sample_loop(z, x, known, strength, steps)["point"]
    for i in range(3):
        one = slice(i, i + 1)
        alone = model.sample_loop(
            z[one], x[one], known[one], strength[one], steps[one]
        )["point"]
        np.testing.assert_allclose(whole[one], alone, atol=1e-6)
    np.testing.assert_allclose(whole[0], model.generate(z)["point"][0], atol=1e-6)


def test_guidance_is_u_plus_w_times_c_minus_u_in_one_pass():
    model, asked = told()
    x, r = tf.ones((2, 2)), tf.zeros((2, 1))
    label = tf.constant([0, 2])
    asked.clear()
    weight = tf.constant([[1.0], [2.5]])
    guided = model.predict_both(x, r, {"label": label}, weight)
    assert asked == [4]
    # The network says scale x + label, of nobody scale x + 3: it is linear in labels.
    said = tf.constant([[0.0], [3.0 + 2.5 * (2.0 - 3.0)]])
    wanted = model.output(x, r, {"label": tf.zeros(2, "int32")}) + said
    found = model.target.of(model.noising, r, *guided)
    np.testing.assert_allclose(found, wanted, atol=1e-5)
    plain = model.predict_both(x, r, {"label": label})
    np.testing.assert_allclose(guided[0][:1], plain[0][:1], atol=1e-6)


def test_a_share_of_the_labels_is_not_told_in_training():
    model, _ = told()
    model.compile("sgd", run_eagerly=True)
    seen = []
    output = model.output

    def watched(x, r, given=None, *rest):
        seen.extend(given["label"].numpy())
        return output(x, r, given, *rest)

    model.output = watched
    x = np.zeros((2000, 2), "float32")
    model.fit(x, np.zeros(2000, "int32"), batch_size=500, verbose=0)
    assert np.mean(np.array(seen) == 3) == pytest.approx(model.drop, abs=0.03)
    assert set(seen) == {0, 3}


@pytest.mark.parametrize("name", ["FlowMatching-captioned", "FlowMatching-shown"])
def test_what_is_told_changes_what_is_said_and_nothing_is_told_by_default(name):
    model = SMALL[name]()
    told = tiny_examples(model, 4)[1]
    if model.vocabulary:
        told = model.vocabulary.numbers(told)
    x, r = tf.random.normal((4, *model.data_shape)), model.column(tf.zeros(4))
    given = {model.condition: tf.convert_to_tensor(told)}
    silent = {model.condition: model.nothing(given[model.condition])}
    said, unsaid = (model.output(x, r, each).numpy() for each in (given, silent))
    assert (said != unsaid).reshape(4, -1).any(-1).all()
    weight = model.column(tf.fill((4,), 3.0))
    guided = model.target.of(model.noising, r, *model._solved(x, r, given, weight))
    np.testing.assert_allclose(guided, unsaid + 3.0 * (said - unsaid), atol=1e-4)
    default = model.sample(4, seed=1, guidance=1.0)
    explicit = model.sample(4, seed=1, guidance=1.0, **{model.condition: told})
    assert (default != explicit).any()
    noise = draw_inputs(model.signatures()["generate"], 4, 1)
    assert (noise[model.condition] == silent[model.condition].numpy()).all()


def test_an_image_that_is_told_is_seen_where_it_is():
    """Each pixel of it moves what is said of the place that it covers."""
    network = denoiser.unet((4, 4, 1), (4,), patch=1, embedding=(2, 2, 1))
    beside = next(la for la in network.layers if "concatenate" in la.name)
    grown = keras.Model(network.inputs, beside.output)
    y = np.arange(4, dtype="f").reshape(1, 2, 2, 1) / 4
    x, time = np.zeros((1, 4, 4, 1), "f"), np.zeros(1, "f")
    seen = grown([x, time, y]).numpy()
    np.testing.assert_allclose(
        seen[0, ..., 1], np.kron(2 * y[0, ..., 0] - 1, [[1, 1]] * 2)
    )
    assert (seen[0, ..., 2] == 1).all()
    assert (grown([x, time, 0 * y - 1]).numpy() == 0).all()


def test_words_and_near_ones():
    words = kg.Vocabulary.of(["A face, with a beard.", "long hair"])
    assert words.words == ("a", "beard", "face", "hair", "long", "with")
    text = ["Long  BEARD!", "", "a face"]
    wanted = [[5, 2, 0, 0, 0], [0] * 5, [1, 3, 0, 0, 0]]
    assert words.numbers(text).numpy().tolist() == wanted
    assert words.asked(text).tolist() == wanted
    assert words.numbers(["a beerd face"]).numpy().tolist() == [[1, 0, 3, 0, 0]]
    model = SMALL["FlowMatching-captioned"]()
    with pytest.raises(UnknownName, match=r'none that is "shirt" \(near it: short\)'):
        model.sample(2, caption="a shirt")
    with pytest.raises(BadInput, match="5 words at most"):
        model.sample(2, caption="a a a a a a")
    with pytest.raises(BadInput, match="is told captions, a text for each"):
        model.fit(tiny_data(model, 4))
    model.compile("sgd")
    told = np.array(["a tie", "a long tie", "a lnog tie", "a tie"])
    with pytest.raises(UnknownName, match=r'none that is "lnog" \(near it: long\)'):
        model.fit(tiny_data(model, 4), told)


def mixture_judge(path, weight):
    """log p(its part is the first | x_r) of the mixture, where it is known."""

    def judge(noisy, clean, r):
        alpha, sigma = path.scales(r)
        variance = tf.square(alpha * shared.STD) + tf.square(sigma)
        apart = noisy[:, None] - alpha[..., None] * shared.MEANS
        square = tf.reduce_sum(tf.square(apart), -1)
        log = np.log(shared.SHARES) - 0.5 * square / variance
        return weight * tf.nn.log_softmax(log)[:, 0]

    return judge


def test_a_judge_s_gradient_is_added_to_the_score():
    """Of a mixture: at weight 1 it is the score of the part that is wanted."""
    model = kg.FlowMatching(denoiser.mlp((2,), 4, 1), average=0.0, steps=40)

    def law(x, time):
        path, (low, high) = model.noising, model.noising.ends
        r = model.column(low + (high - low) * time)
        alpha, sigma = path.scales(r)
        x = x * tf.sqrt(tf.square(sigma) + tf.square(alpha))
        variance = tf.square(alpha * shared.STD) + tf.square(sigma)
        apart = x[:, None] - alpha[..., None] * shared.MEANS
        square = tf.reduce_sum(tf.square(apart), -1)
        share = tf.nn.softmax(np.log(shared.SHARES) - 0.5 * square / variance)
        gain = alpha[..., None] * shared.STD**2 / variance[..., None]
        clean = tf.reduce_sum(share[..., None] * (shared.MEANS + gain * apart), 1)
        return model.target.of(path, r, clean, (x - alpha * clean) / sigma)

    model.network = network(law)
    chosen = model.chosen(steer=mixture_judge(model.noising, 1.0))
    guided = model.choosing(**chosen)
    x = tf.random.stateless_normal((16, 2), (0, 1))
    for t in (0.1, 0.5, 0.9):
        variance = ((1 - t) * shared.STD) ** 2 + t**2
        wanted = ((1 - t) * shared.MEANS[0] - x) / variance
        np.testing.assert_allclose(guided.score(x, t), wanted, atol=2e-3 / t)
    made = model.sample(2000, seed=1, steer=chosen["steer"])
    np.testing.assert_allclose(made.mean(0), shared.MEANS[0], atol=0.05)
    np.testing.assert_allclose(made.std(0), shared.STD, atol=0.05)


def test_a_classifier_s_judgement_goes_through_the_estimate():
    model = SMALL["FlowMatching"]()
    classifier = kg.Classifier(kg.networks.mlp.encoder((2,), 3, 8, 1, "tanh"))
    judge = kg.steering.to_class(classifier, 2, weight=3.0)
    guided = model.choosing(**model.chosen(steer=judge))
    x, r = tf.random.stateless_normal((4, 2), (0, 1)), tf.zeros((4, 1))
    with tf.GradientTape() as tape:
        tape.watch(x)
        logits = classifier.logits(model.predict_both(x, r)[0])
        wanted = 3.0 * tf.nn.log_softmax(logits)[:, 2]
    slope = tape.gradient(wanted, x)
    _, plain = model.predict_both(x, r)
    _, eps = guided.predict_both(x, r)
    sigma = model.noising.scales(r)[1]
    np.testing.assert_allclose(eps, plain - sigma * slope, atol=1e-5)
    assert np.abs(slope).max() > 1e-3


def test_times_are_spread_evenly_and_the_loss_is_the_weighted_error():
    model = truth("DDPM")
    u = np.sort(model.times(100, True).numpy())
    assert (np.floor(u * 100).astype(int) == np.arange(100)).all()
    x, z = (tf.random.stateless_normal((5, 2), (0, i)) for i in (1, 2))
    r = model.noising.ratio(u[:5])[:, None]
    _, eps = model.predict_both(model.noised(x, z, r), r)
    wanted = tf.reduce_mean((eps - z) ** 2, -1)  # of the noise, all times alike
    np.testing.assert_allclose(model.errors(x, z, u[:5]), wanted, rtol=1e-4)


def test_the_table_is_that_of_sines_and_cosines():
    time = np.array([0.0, 0.123, 0.5, 1.0], "float32")
    angles = time[:, None] * np.geomspace(1, 1000, 8)
    wanted = np.concatenate([np.sin(angles), np.cos(angles)], -1)
    np.testing.assert_allclose(TimeTable(16)(time), wanted, atol=2e-5)
    between = TimeTable(16)(np.float32([0.1234]))  # 1e-3 / 1000 apart: by chords
    angles = 0.1234 * np.geomspace(1, 1000, 8)
    np.testing.assert_allclose(between[0, :8], np.sin(angles), atol=0.15)


def test_files_of_one_step_are_held_to_the_bound_of_a_loop():
    """What is nearly noise is divided by the little that is left of the data."""
    from export import formats

    model = kg.FlowMatching(denoiser.unet((8, 8, 1), (4,)), steps=1)
    signatures, tflite = model.signatures(), formats.get("tflite")
    for name in ("generate", "sample_loop", "denoise"):
        bound = tflite.bound(signatures[name].outputs["image"])
        assert bound["bound"] == formats.base.LOOPS[0], name


def test_drawing_compiles():
    model = SMALL["DDPM-told"]()
    z, label = tf.random.normal((2, 4, 4, 1)), tf.constant([0, 1])
    noise = tf.random.normal((2, 3, 4, 4, 1))
    plain = model.generate(z, noise, label=label)["image"]
    compiled = tf.function(model.generate, autograph=False, jit_compile=True)
    compiled = compiled(z, noise, label=label)["image"]
    np.testing.assert_allclose(compiled, plain, atol=1e-3)


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda m, x: m.score(x, 1.5), r"time of the path lies in \[0, 1\]"),
        (lambda m, x: m.edit(x, strength=1.5), "edit: strength is"),
        (lambda m, x: m.edit(x, resample=0), "edit: resample is"),
        (lambda m, x: m.edit(x, x[:, :1]), r"mask has the shape \(2, 1, 4, 1\)"),
        (lambda m, x: m.edit(x[:, :2]), "was built for examples of shape"),
        (lambda m, x: m.sample(2, steps=0), "sample: steps is"),
        (lambda m, x: m.sample(2, guidance=2.0), "it needs classes, a vocabulary"),
        (lambda m, x: m.sample(2, solver="heun"), "sample: solver is"),
        (lambda m, x: kg.DDPM(kg.networks.mlp.encoder((2,), 2)), "takes a noisy"),
    ],
)
def test_what_cannot_be_meant_gets_a_sentence(call, words):
    model = SMALL["DDPM"]()
    with pytest.raises(BadInput, match=words):
        call(model, tiny_data(model, 2))
