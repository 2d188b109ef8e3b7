"""Latents that are found, and directions that are put together."""

import keras
import numpy as np
import pytest

from keras_gen import latent
from keras_gen.adversarial.gan import GAN
from keras_gen.errors import BadInput, KerasGenError
from keras_gen.networks import mlp
from keras_gen.noise import draw
from keras_gen.signatures import Signature, Spec
from tests.conftest import difference

SEARCH = {"steps": 150, "restarts": 4, "draws": 256}


def game(generator):
    return GAN(generator, mlp.encoder(generator.output_shape[1:], 1, 2))


@pytest.fixture(scope="module")
def model():
    """Images that differ: with its first weights a generator makes all but one."""
    generator, rng = mlp.generator(3, (4, 4, 1), 16), np.random.default_rng(0)
    generator.set_weights([rng.normal(0, 0.7, w.shape) for w in generator.weights])
    return game(generator)


@pytest.fixture(scope="module")
def found(model):
    x = model.sample(6, seed=1)
    return x, latent.invert(model, x, prior=0.0, **SEARCH)


def test_what_it_made_itself_is_found(model, found):
    """Nearer than the best of as many random latents as the search has looked at."""
    x, inversion = found
    assert (inversion.error < 1e-4 * x.var(0).mean()).all()
    looked = SEARCH["draws"] + SEARCH["steps"] * SEARCH["restarts"]
    drawn = model.sample(looked, seed=2)
    squares = ((x[:, None] - drawn[None]) ** 2).mean((2, 3, 4))
    assert (inversion.error < 0.1 * squares.min(1)).all()


def test_the_image_is_the_generator_s_and_the_error_its_distance(model, found):
    x, inversion = found
    made = model.generate(inversion.z)["image"]
    assert difference(made, inversion.image) < 1e-6
    errors = ((x - inversion.image) ** 2).mean((1, 2, 3))
    np.testing.assert_allclose(inversion.error, errors, atol=1e-8)


def test_each_image_is_searched_on_its_own(model, found):
    """Neither its neighbours nor the size of the batch say where it ends."""
    x, inversion = found
    alone = latent.invert(model, x[3:5], prior=0.0, batch=3, **SEARCH)
    assert difference(alone.image, inversion.image[3:5]) < 1e-3
    assert (alone.error < 1e-4 * x.var(0).mean()).all()


@pytest.mark.parametrize("prior", [0.02, 0.5])
def test_of_a_linear_generator_it_is_the_most_probable_latent(prior):
    """Ridge regression: |x - W'z|^2 / D + prior |z|^2 / d has its least value there."""
    generator = keras.Sequential([keras.Input((2,)), keras.layers.Dense(5)])
    rng = np.random.default_rng(1)
    w, b = rng.normal(size=(2, 5)), rng.normal(size=5)
    generator.layers[0].set_weights([w, b])
    x = rng.normal(size=(7, 5)).astype("float32")
    z = latent.invert(game(generator), x, steps=300, restarts=1, prior=prior).z
    ridge = w @ w.T / 5 + prior / 2 * np.eye(2)
    np.testing.assert_allclose(z, (x - b) @ w.T / 5 @ np.linalg.inv(ridge), atol=2e-3)


def test_more_beginnings_are_never_worse(model, found):
    x, inversion = found
    one = latent.invert(model, x, prior=0.0, **(SEARCH | {"restarts": 1}))
    assert (inversion.error <= one.error + 1e-7).all()
    assert len(inversion.z) == len(one.z) == len(x)


def test_a_direction_is_one_cause_s_where_the_others_are_balanced():
    """Codes that are sums of two causes and their own noise: the rest cancels."""
    v = np.array([[1.0, 2.0, 0.0], [0.0, -1.0, 3.0]])
    first, second = (c.ravel() for c in np.indices((2, 2)).repeat(500, 2))
    noise = np.asarray(draw("normal", (len(first), 3), 1))
    codes = np.outer(first, v[0]) + np.outer(second, v[1]) + 0.1 * noise
    np.testing.assert_allclose(latent.attribute(codes, first), v[0], atol=0.03)
    np.testing.assert_allclose(latent.attribute(codes, second == 0), -v[1], atol=0.03)


@pytest.mark.parametrize("present", [[True, True], [False, False], [True]])
def test_a_direction_has_two_sides(present):
    with pytest.raises(BadInput, match="some with and some without"):
        latent.attribute(np.eye(2), present)


def test_what_cannot_be_searched_is_refused_in_words(model):
    with pytest.raises(BadInput, match=r"restarts is a whole number.*received 0"):
        latent.invert(model, model.sample(1, seed=0), restarts=0)

    class Uniform:
        def decode(self, z):
            return {"image": z}

        def signatures(self):
            z = Spec((3,), "latent", "z", law="uniform")
            return {"decode": Signature(self.decode, {"z": z}, {})}

    with pytest.raises(BadInput, match="model's is uniform"):
        latent.invert(Uniform(), np.zeros((1, 3)))
    with pytest.raises(KerasGenError, match=r"decode\(z\) or generate\(z\)"):
        latent.decoder(type("Mute", (), {"signatures": lambda self: {}})())
