"""What says where the flow ends: of data whose flow is known."""

import numpy as np
import pytest
import tensorflow as tf

import keras_gen as kg
from keras_gen.errors import BadInput
from keras_gen.networks import denoiser
from keras_gen.parts import paths, solvers, targets
from tests.laws.diffusion.shared import gaussian, network

MEAN, STD = 0.75, 0.5


def ends(model):
    """`model`, whose network says where the flow of N(MEAN, STD^2) ends."""

    def law(x, time):
        path, (low, high) = model.noising, model.noising.ends
        r = model.column(low + (high - low) * time)
        alpha, sigma = path.scales(r)
        x = x * tf.sqrt(tf.square(sigma) + tf.square(model.spread * alpha))
        wide = tf.sqrt(tf.square(alpha * STD) + tf.square(sigma))
        clean = MEAN + STD / wide * (x - alpha * MEAN)
        return model.target.of(path, r, clean, (x - alpha * clean) / sigma)

    model.network, model.averaged = network(law), None
    return model


# The path of its teachers: EDM's, and the straight one.
PATHS = {
    kg.EDM: {},
    kg.FlowMatching: {"noising": paths.Straight(), "target": targets.Velocity()},
}


def made(**options):
    return kg.ConsistencyModel(denoiser.mlp((2,), 4, 1), average=0.0, **options)


@pytest.mark.parametrize("of", PATHS)
@pytest.mark.parametrize("steps", [1, 2, 4])
def test_one_network_draws_the_data_in_any_number_of_steps(steps, of):
    x = ends(made(**PATHS[of])).sample(20000, seed=1, batch=20000, steps=steps)
    assert x.mean() == pytest.approx(MEAN, abs=0.02)
    assert x.std() == pytest.approx(STD, rel=0.02)


@pytest.mark.parametrize("of", PATHS)
def test_what_the_truth_says_of_neighbours_on_the_teacher_s_path_is_the_same(of):
    """Not of neighbours by the same noise, and not of another's network."""
    x = np.random.default_rng(0).normal(MEAN, STD, (512, 2)).astype("float32")
    z, u = (
        tf.random.stateless_normal((512, 2), (0, 1)),
        np.linspace(0, 1, 512, dtype="f"),
    )
    how = {**PATHS[of], "pieces": 100}
    teacher = gaussian(of(denoiser.mlp((2,), 4, 1), average=0.0), STD, MEAN)
    taught, alone = (ends(made(teacher=t, **how)) for t in (teacher, None))
    right = float(tf.reduce_mean(taught.errors(x, z, u)))
    assert right < 1e-3 < float(tf.reduce_mean(alone.errors(x, z, u)))
    other = made(teacher=teacher, **how)
    assert float(tf.reduce_mean(other.errors(x, z, u))) > 5 * right


def test_a_neighbour_is_the_next_of_karras_s_steps():
    model = made(pieces=18)
    path, grid = model.noising, solvers.Karras()
    r = grid.at(path, np.arange(18, dtype="f"), np.float32(19))
    below = grid.at(path, np.arange(1, 19, dtype="f"), np.float32(19))
    np.testing.assert_allclose(model.nearer(r), below, atol=1e-4)
    np.testing.assert_allclose(model.nearer(path.ends[0]), path.ends[0], atol=1e-5)


def test_a_teacher_on_another_path_is_refused():
    with pytest.raises(BadInput, match="teacher's path is Straight"):
        made(teacher=kg.FlowMatching(denoiser.mlp((2,), 4, 1)))
