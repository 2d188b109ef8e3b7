"""Pictures: the paths they follow, where each pixel lies, and what they refuse."""

import io
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from scipy.stats import norm

from keras_gen import plots
from keras_gen.errors import BadInput, KerasGenError, UnknownName
from keras_gen.signatures import Signature, Spec
from keras_gen.trial import Trial


class Toy:
    """Decodes a latent into an image whose pixels are the latent, and remembers it."""

    def __init__(self, size=4, law="normal"):
        self.size, self.law, self.seen = size, law, []

    def decode(self, z):
        self.seen.append(z)
        return {"image": norm.cdf(z).reshape(-1, 1, self.size, 1).repeat(2, 1)}

    def reconstruct(self, x):
        return {"image": 1 - x}

    def sample(self, n, seed=0):
        return np.random.default_rng(seed).random((n, 8, 8, 1))

    def signatures(self):
        z = Spec((self.size,), "latent", "z", law=self.law)
        return {"decode": Signature(self.decode, {"z": z}, {})}


def pixels(figure):
    return np.asarray(Image.open(io.BytesIO(plots.png(figure))).convert("L"))


# Paths


@pytest.mark.parametrize("path", [plots.linear, plots.spherical])
def test_a_path_begins_and_ends_where_it_should(path):
    a, b = np.random.default_rng(0).normal(size=(2, 16))
    z = path(a, b, 7)
    assert z.shape == (7, 16)
    np.testing.assert_allclose(z[[0, -1]], [a, b], atol=1e-12)


def test_the_spherical_path_keeps_the_norm_and_turns_evenly():
    a, b = np.random.default_rng(0).normal(size=(2, 16))
    b *= np.linalg.norm(a) / np.linalg.norm(b)
    z = plots.spherical(a, b, 9)
    norms = np.linalg.norm(z, axis=1)
    np.testing.assert_allclose(norms, norms[0], rtol=1e-12)
    turns = (z[1:] * z[:-1]).sum(1) / norms[0] ** 2
    np.testing.assert_allclose(turns, turns[0], rtol=1e-9)
    assert np.linalg.norm(plots.linear(a, b, 9)[4]) < 0.9 * norms[0]


def test_between_different_norms_the_spherical_path_goes_evenly():
    z = plots.spherical([1.0, 0.0], [0.0, 3.0], 5)
    np.testing.assert_allclose(np.linalg.norm(z, axis=1), [1, 1.5, 2, 2.5, 3])


def test_degenerate_ends_are_a_line_or_a_sentence():
    np.testing.assert_allclose(plots.spherical([1.0, 0], [2.0, 0], 3)[1], [1.5, 0])
    np.testing.assert_allclose(plots.spherical([0.0, 0], [2.0, 0], 3)[1], [1, 0])
    with pytest.raises(BadInput, match="linear"):
        plots.spherical([1.0, 0.0], [-1.0, 0.0], 3)


def test_a_traversal_moves_one_coordinate_and_no_other():
    z = plots.traverse([5.0, 6.0, 7.0], 1, [-1, 0, 1])
    np.testing.assert_array_equal(z, [[5, -1, 7], [5, 0, 7], [5, 1, 7]])


def test_quantiles_cut_the_law_into_equal_parts():
    np.testing.assert_allclose(norm.cdf(plots.quantiles(5)), [0.1, 0.3, 0.5, 0.7, 0.9])
    np.testing.assert_allclose(plots.quantiles(2, "uniform"), [0.25, 0.75])


# Grids and files


def test_a_grid_puts_each_image_in_its_place_with_white_gaps():
    images = np.arange(6).reshape(6, 1, 1, 1) * np.ones((1, 60, 50, 1)) / 10
    picture = plots.grid(images, columns=3)
    assert picture.shape == (2 * 62 + 2, 3 * 52 + 2) and picture.dtype == np.uint8
    np.testing.assert_array_equal(picture[2:62:59, 2], [0, 0])
    np.testing.assert_array_equal(picture[30, [27, 79, 131]], [0, 26, 51])
    np.testing.assert_array_equal(picture[90, [27, 79, 131]], [76, 102, 128])
    assert (picture[62:64] == 255).all() and (picture[:, 52:54] == 255).all()


def test_small_images_are_enlarged_to_sharp_squares_in_colour():
    images = np.random.default_rng(0).random((5, 8, 8, 3))
    picture = plots.grid(images)
    gap = 2 * 6
    assert picture.shape == (2 * (48 + gap) + gap, 3 * (48 + gap) + gap, 3)
    expected = np.rint(images[4] * 255)
    np.testing.assert_array_equal(picture[72:120:6, 72:120:6], expected)
    np.testing.assert_array_equal(picture[77:120:6, 77:120:6], expected)
    assert (picture[72:, 132:] == 255).all() and (picture[60:72] == 255).all()


@pytest.mark.parametrize(
    "images, words",
    [
        (np.zeros((8, 8, 1)), "shape"),
        (np.zeros((2, 8, 8, 2)), "shape"),
        (np.zeros((2, 8, 8, 1), np.uint8), "divide bytes by 255"),
        (np.full((2, 8, 8, 1), np.nan), "NaN"),
    ],
)
def test_what_is_no_image_is_refused(images, words):
    with pytest.raises(BadInput, match=words):
        plots.grid(images)


def test_a_figure_of_samples_is_the_grid_pixel_for_pixel(tmp_path):
    figure = plots.samples(Toy(), n=6, seed=3, columns=3, path=tmp_path / "a.png")
    grid = plots.grid(Toy().sample(6, 3), 3)
    np.testing.assert_array_equal(pixels(figure), grid)
    np.testing.assert_array_equal(pixels(grid), grid)
    assert [p.name for p in tmp_path.iterdir()] == ["a.png"]


def test_the_same_numbers_give_the_same_bytes():
    first, second = (plots.png(plots.traversals(Toy())) for _ in range(2))
    assert first == second
    assert b"matplotlib" not in first.lower()  # nor does its version matter


def test_nothing_touches_pyplot_or_waits_for_tensorflow():
    code = "import keras_gen.plots, sys; print([m for m in sys.modules if m in "
    code += "('matplotlib.pyplot', 'tensorflow')])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert out.stdout.strip() == "[]", out.stderr


def test_below_each_sample_is_the_training_example_nearest_to_it(monkeypatch):
    shown = {}
    monkeypatch.setattr(plots.examples, "_stacked", lambda rows, *_: shown.update(rows))
    train = np.random.default_rng(0).random((30, 4, 4, 1))
    order = np.random.default_rng(1).permutation(30)[:12]
    plots.neighbours(train[order] + 0.01, train)
    assert np.array_equal(shown["nearest in training set"], train[order])
    plots.neighbours(Toy(), np.random.default_rng(2).random((5, 8, 8, 1)), n=3, seed=4)
    assert np.array_equal(shown["sample"], Toy().sample(3, seed=4))
    with pytest.raises(BadInput, match="one shape"):
        plots.neighbours(train, train[:, :2])


# Points


def test_the_frame_of_a_scatter_depends_on_the_modes_alone():
    modes = np.array([[0.0, 0.0], [2.0, 0.0]])
    near, far = np.zeros((10, 2)), np.full((10, 2), 100.0)
    figures = [plots.scatter(x, modes, 0.1) for x in (near, far)]
    assert figures[0].axes[0].get_xlim() == figures[1].axes[0].get_xlim()
    assert "10 outside" in figures[1].texts[0].get_text()
    assert "outside" not in figures[0].texts[0].get_text()
    info = SimpleNamespace(modes=modes, std=0.1)
    assert plots.png(plots.samples(near, info=info)) == plots.png(figures[0])
    with pytest.raises(BadInput, match=r"\(n, 2\)"):
        plots.scatter(np.zeros((3, 3)))


# Inside a model


def test_each_row_of_traversals_moves_its_coordinate():
    model = Toy(size=3)
    figure = plots.traversals(model, steps=5)
    z = model.seen[-1].reshape(3, 5, 3)
    for k in range(3):
        np.testing.assert_allclose(z[k, :, k], [-3, -1.5, 0, 1.5, 3])
        assert np.delete(z[k], k, axis=1).any() == 0
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == ["z0", "z1", "z2"]
    uniform = Toy(size=3, law="uniform")
    plots.traversals(uniform, steps=3)
    np.testing.assert_allclose(uniform.seen[-1][:3, 0], [0, 0.5, 1])


def test_of_many_coordinates_those_are_shown_that_change_the_image():
    model, said = Toy(size=12), np.delete(np.arange(12), [1, 7])
    decode = model.decode
    model.decode = lambda z: decode(z * np.isin(np.arange(12), said))
    figure = plots.traversals(model, steps=3)
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == [f"z{k}" for k in said]


def test_the_manifold_has_z0_to_the_right_and_z1_upwards():
    model = Toy(size=2)
    plots.manifold(model, side=3)
    z, q = model.seen[0].reshape(3, 3, 2), norm.ppf([1 / 6, 1 / 2, 5 / 6])
    np.testing.assert_allclose(z[0, :, 0], q, atol=1e-6)
    np.testing.assert_allclose(z[:, 0, 1], q[::-1], atol=1e-6)
    with pytest.raises(BadInput, match="2 numbers"):
        plots.manifold(Toy(size=3))


def test_interpolations_decode_one_path_per_row():
    model = Toy()
    a, b = plots.latents(model, 2, seed=1), plots.latents(model, 2, seed=2)
    plots.interpolations(model, a, b, steps=4)
    np.testing.assert_allclose(
        model.seen[0][4:], plots.spherical(a[1], b[1], 4), atol=1e-6
    )
    with pytest.raises(UnknownName, match="spherical"):
        plots.interpolations(model, a, b, kind="sperical")


def test_reconstructions_stand_below_their_originals():
    x = np.linspace(0, 1, 5).reshape(5, 1, 1, 1) * np.ones((1, 48, 48, 1))
    (image,) = plots.reconstructions(Toy(), x, columns=3).axes[0].get_images()
    tiles = image.get_array()[26::50, 26::50, 0]
    expected = [[0, 64, 128], [255, 191, 128], [191, 255, 255], [64, 0, 255]]
    np.testing.assert_array_equal(tiles, expected)


def encoder(stddev):
    """A model whose codes are the examples themselves."""

    def encode(x):
        return {"mean": x, "stddev": np.full_like(x, stddev)}

    signature = Signature(encode, {}, {"mean": None, "stddev": None})
    return SimpleNamespace(signatures=lambda: {"encode": signature})


def test_the_posterior_shows_the_two_coordinates_that_vary_most():
    x = np.random.default_rng(0).normal(size=(30, 4)) * [1, 9, 0.1, 3]

    (axes,) = plots.posterior(encoder(1e-9), x, labels=np.arange(30) % 3).axes
    shown = axes.collections[0].get_offsets()
    np.testing.assert_allclose(shown, x[:, [1, 3]], atol=1e-6)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("z1", "z3")
    assert axes.get_xlim()[1] > np.abs(x).max()


def test_the_posterior_is_as_wide_as_its_draws():
    """Means alone would put a collapsed coordinate, which is the prior, on a point."""
    (axes,) = plots.posterior(encoder(1.0), np.zeros((3000, 2))).axes
    shown = axes.collections[0].get_offsets()
    np.testing.assert_allclose(np.cov(shown.T), np.eye(2), atol=0.1)


def test_collapsed_coordinates_are_pale_and_the_busiest_comes_first():
    x = np.random.default_rng(0).normal(size=(30, 3)) * [1, 0.01, 3]
    (axes,) = plots.activity(encoder(0.5), x).axes
    labels = [label.get_text() for label in axes.get_xticklabels()]
    assert labels == ["z2", "z0", "z1"]
    one, two, three = (bar.get_facecolor() for bar in axes.patches)
    assert one == two != three
    heights = [bar.get_height() for bar in axes.patches]
    assert heights == sorted(heights, reverse=True)
    assert axes.get_title().startswith("2 of 3 active")


def test_trials_stand_below_what_was_given_and_say_what_was_wanted():
    x = np.linspace(0, 1, 3).reshape(3, 1, 1, 1) * np.ones((1, 48, 48, 1))

    class Denoiser:
        sampler = None

        def trial(self, x, seed):
            return Trial(x * 0 + seed, 1 - x, x)

    figure = plots.overview(Denoiser(), x, n=2, seed=0)
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == ["given", "made", "wanted"]
    tiles = figure.axes[0].get_images()[0].get_array()[26::50, 26::50, 0]
    np.testing.assert_array_equal(tiles, [[0, 0], [255, 128], [0, 128]])
    with pytest.raises(KerasGenError, match="no method trial"):
        plots.trials(Toy(), x)


def test_a_model_that_cannot_is_told_what_is_missing():
    class Mute:
        def signatures(self):
            return {}

    with pytest.raises(KerasGenError, match="Mute has no method reconstruct"):
        plots.reconstructions(Mute(), np.zeros((1, 8, 8, 1)))
    with pytest.raises(KerasGenError, match=r"decode\(z\) or generate\(z\)"):
        plots.traversals(Mute())


# Games


def test_the_best_discriminator_is_the_share_of_the_data():
    x = np.linspace(-2, 3, 11)
    best = plots.best_discriminator(norm(1, 1).pdf(x), 3 * norm(0, 1).pdf(x))
    np.testing.assert_allclose(np.log(best / (1 - best)), x - 0.5 - np.log(3))
    assert list(plots.best_discriminator([0, 0, 2], [0, 1, 0])) == [0.5, 0, 1]


def test_a_discriminator_is_drawn_beside_the_best_one():
    """This one's logit is x - 1/2, the log ratio of N(1, 1) and N(0, 1)."""
    model = SimpleNamespace(discriminate=lambda x: {"score": x - 0.5})
    figure = plots.discriminator(model, norm(1, 1).pdf, norm(0, 1).pdf, -400, 400)
    best, mine = (line.get_xydata() for line in figure.axes[0].get_lines()[:2])
    middle = abs(best[:, 0]) < 20  # where the densities are above zero
    np.testing.assert_allclose(mine[middle], best[middle], atol=1e-6)
    assert mine[0, 1] == 0 and mine[-1, 1] == 1


# Training


def test_one_epoch_is_a_point_and_not_nothing():
    """What is drawn of one value, against what is drawn of an empty panel."""
    one = plots.losses({"loss": [1.0]})
    (line,) = one.axes[0].lines
    assert line.get_marker() == "o" and (line.get_xydata() == [[1, 1]]).all()
    (line,) = plots.losses({"loss": [1.0, 0.5]}).axes[0].lines
    assert line.get_marker() in ("", "None") and line.get_linestyle() == "-"


def test_a_notebook_shows_the_picture_itself():
    """By the method that it asks every object for; not `<Figure size ...>`."""
    x = np.random.default_rng(0).random((4, 8, 8, 1)).astype("float32")
    for figure in (plots.samples(x), plots.losses({"loss": [1.0, 2.0]})):
        shown = type(figure)._repr_png_(figure)
        assert Image.open(io.BytesIO(shown)).size == pixels(figure).shape[::-1]


def test_losses_pair_validation_with_training_and_count_epochs_from_one():
    logs = {"elbo": [1.0, 2.0], "val_elbo": [0.5, 1.0], "kl": [3.0, 4.0]}
    history = SimpleNamespace(history=logs, epoch=[4, 5])
    figure = plots.losses(history, {"elbo": {"histogram": 1.5}})
    elbo, kl = figure.axes
    train, validation, reference = elbo.get_lines()
    np.testing.assert_array_equal(train.get_xydata(), [[5, 1], [6, 2]])
    np.testing.assert_array_equal(validation.get_ydata(), [0.5, 1.0])
    assert list(reference.get_ydata()) == [1.5, 1.5]
    assert len(kl.get_lines()) == 1 and kl.get_legend() is None
    with pytest.raises(BadInput, match="empty"):
        plots.losses({})


def test_a_density_is_darkest_where_it_is_largest():
    class Bump:
        data_shape = (2,)

        def log_prob(self, x):
            return -((x - np.array([2, 1])) ** 2).sum(-1)

    class Hole(Bump):
        log_prob = None

        def energy(self, x):
            return -Bump.log_prob(self, x)

    for model in (Bump(), Hole()):
        (image,) = plots.density(model, reach=4, side=41).axes[0].images
        shown = np.asarray(image.get_array())
        row, column = np.unravel_index(shown.argmax(), shown.shape)
        assert (column * 0.2 - 4, 4 - row * 0.2) == pytest.approx((2, 1))
        assert image.get_extent() == [-4, 4, -4, 4]
        (image,) = plots.density(model, side=41, depth=8.0).axes[0].images
        shown = np.asarray(image.get_array())
        assert shown[15, 40] == pytest.approx(1 - 4 / 8)  # 2 beside the top
        assert shown.min() == 0
    Bump.data_shape = (3,)
    with pytest.raises(BadInput, match="of the plane"):
        plots.density(Bump())
