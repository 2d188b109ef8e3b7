"""A character before clutter, and its mask."""

import numpy as np

from keras_gen.noise import draw
from keras_gen.parts.scenes import Clutter


def images(n, shape, seed=0):
    return np.random.default_rng(seed).random((n, *shape)).astype("float32")


def test_a_scene_is_a_function_of_noise_and_its_mask_of_the_character_alone():
    scene, x = Clutter(), images(40, (28, 28, 1)) ** 4
    noises = [
        draw("uniform", (40, *scene.noise_shape((28, 28, 1))), seed) for seed in (1, 2)
    ]
    (a, mask), (b, same) = (scene(x, noise) for noise in noises)
    again, _ = scene(x, noises[0])
    assert np.array_equal(a, again) and not np.array_equal(a, b)
    assert np.array_equal(mask, same)
    assert np.array_equal(mask, x[..., 0] > 0.5)
    assert a.numpy().min() >= 0 and a.numpy().max() <= 1


def test_the_character_covers_what_lies_behind_it():
    """Where x is 1 the ink is one number but for the grain, where it is 0 it is not."""
    scene = Clutter(strokes=4, grain=0.0)
    x = np.zeros((20, 28, 28, 1), "float32")
    x[:, 8:20, 8:20] = 1
    picture, _ = scene(x, draw("uniform", (20, *scene.noise_shape(x.shape[1:])), 0))
    inside = picture.numpy()[:, 8:20, 8:20].reshape(20, -1)
    assert np.ptp(inside, axis=1).max() < 1e-6
    assert inside.min() >= 0.6 and np.ptp(inside[:, 0]) > 0.2
    outside = np.where(x == 1, 0, picture).reshape(20, -1)
    assert outside.max(1).mean() > 0.6  # strokes as bright as ink
