"""An encoder that initialises a classifier."""

import keras
import numpy as np

from keras_gen.networks.classifier import classifier
from tests.laws.autoencoders.shared import SHAPE, images


def normalised():
    """An encoder with batch normalisation that has seen data."""
    inputs = keras.Input(SHAPE)
    x = keras.layers.Dense(7)(keras.layers.Flatten()(inputs))
    x = keras.layers.BatchNormalization(momentum=0.5)(x)
    encoder = keras.Model(inputs, keras.layers.Dense(4)(x))
    for _ in range(3):
        encoder(images(16), training=True)
    return encoder


def fitted(model):
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(0.5), loss)
    model.fit(images(16, seed=2), np.arange(16) % 3, batch_size=8, verbose=0)


def state(network):
    return [w.numpy() for w in network.weights]


def same(before, after):
    return all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


def test_the_classifier_starts_from_a_copy_and_leaves_the_encoder_alone():
    encoder = normalised()
    before = state(encoder)
    model = classifier(encoder, 3)
    copy = model.layers[1]
    assert same(state(copy), before)
    assert model(images(2)).shape == (2, 3)
    fitted(model)
    assert not same(state(copy), before)
    assert same(state(encoder), before)


def test_a_frozen_encoder_keeps_its_weights_and_its_statistics():
    encoder = normalised()
    before = state(encoder)
    model = classifier(encoder, 3, frozen=True)
    copy = model.layers[1]
    assert not copy.trainable_weights and len(model.trainable_weights) == 2
    x = images(5, seed=3)
    assert np.array_equal(copy(x, training=True), copy(x, training=False))
    fitted(model)
    assert same(state(copy), before)
    assert encoder.trainable
