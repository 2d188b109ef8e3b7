"""What is taken: values are what the annotations say, and it is said where they are."""

import os
import stat

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_gen as kg
from keras_gen.errors import BadInput, KerasGenError
from keras_gen.files import atomic, atomic_folder
from keras_gen.signatures import padded
from keras_gen.training.strategies import open_strategy
from tests.conftest import SMALL, tiny_data

mlp = kg.networks.mlp


def vae(**options):
    return kg.VAE(mlp.encoder((4, 4, 1), 4, 8), mlp.decoder(2, (4, 4, 1), 8), **options)


def gan(**options):
    return kg.GAN(
        mlp.generator(2, (4, 4, 1), 8), mlp.encoder((4, 4, 1), 1, 8), **options
    )


@pytest.mark.parametrize(
    "make, words",
    [
        (lambda: vae(beta=-1), "VAE: beta is a finite number from 0 on; received -1"),
        (lambda: vae(beta="1"), "received '1'"),
        (lambda: vae(free_bits=float("nan")), "received nan"),
        (lambda: vae(warm_up=2.5), "warm_up is a whole number"),
        (lambda: vae(name="a\0b"), "printable"),
        (lambda: vae(name="a" * 300), "100 printable"),
        (lambda: vae(dtype="float99"), "precision"),
        (lambda: gan(penalty="r1"), "penalty is a Penalty or None; received 'r1'"),
        (lambda: gan(average=1), r"average is a finite number in \[0, 1\)"),
        (lambda: gan(loss="hinges"), 'Did you mean "hinge"'),
        (lambda: gan(critic_steps=0), "critic_steps is a whole number"),
        (lambda: kg.penalties.R1(weight="ten"), "R1: weight"),
        (lambda: kg.schedules.Growth(-1, 5), "stable"),
        (lambda: kg.likelihoods.Categorical(1), "levels"),
        (lambda: kg.Codebook(8, 2, decay=1.5), "decay"),
        (lambda: mlp.encoder((4, -4, 1), 4), "data_shape is a tuple"),
        (lambda: mlp.encoder((4, 4, 1), 4, width=-8), "width"),
        (lambda: mlp.encoder((4, 4, 1)), "encoder needs outputs"),
        (lambda: mlp.encoder((4, 4, 1), 4, widht=8), 'Did you mean "width"'),
        (lambda: mlp.encoder((4, 4, 1), 4, activation="rleu"), "activation"),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused_where_it_is_given(make, words):
    with pytest.raises(KerasGenError, match=words):
        make()


def test_legal_values_of_other_types_are_taken():
    model = vae(beta=np.float32(0.5), warm_up=np.int64(3), name="mine")
    assert (model.beta, model.warm_up) == (0.5, 3)
    mlp.encoder([4, 4, 1], 4, activation=keras.activations.relu)


@pytest.mark.parametrize(
    "label", [2**40, 0.7, float("nan"), "a", [[1], [1, 2]], -1, None]
)
def test_labels_that_are_none_are_refused(label):
    with pytest.raises(KerasGenError, match="label"):
        SMALL["ConditionalVAE"]().sample(2, label=label)


def test_samples_are_asked_for_by_known_names_even_if_there_are_none():
    model = SMALL["ConditionalVAE"]()
    with pytest.raises(KerasGenError, match='Did you mean "label"'):
        model.sample(0, lable=1)
    assert model.sample(0, label=1).shape == (0, *model.data_shape)
    with pytest.raises(KerasGenError, match="seed"):
        model.sample(1, seed=2**80)
    with pytest.raises(KerasGenError, match="batch"):
        model.sample(1, batch=10**30)


@pytest.mark.parametrize("method", ["log_prob", "encode"])
def test_methods_look_at_what_they_are_given(method):
    model = SMALL["MADE" if method == "log_prob" else "VAE"]()
    call, x = getattr(model, method), tiny_data(model, 4)
    call(x)
    for bad in (x * 255, np.uint8(x * 255), np.where(x >= 0, np.nan, x), x[:, :2], "x"):
        with pytest.raises(KerasGenError):
            call(bad)
    with pytest.raises(KerasGenError):
        kg.metrics.negative_log_likelihood(model, x * np.nan)


def test_labels_of_a_method_are_labels():
    model = SMALL["ConditionalVAE"]()
    x = tiny_data(model, 2)
    model.encode(x, label=np.int32([0, 1]))
    with pytest.raises(KerasGenError, match="labels"):
        model.encode(x, label=np.int32([0, 99]))


def test_weights_in_a_dataset_are_not_ignored():
    model = vae()
    model.compile("adam")
    x = tiny_data(model, 4)
    data = tf.data.Dataset.from_tensor_slices((x, x[:, 0, 0, 0], x[:, 0, 0, 0])).batch(
        2
    )
    with pytest.raises(BadInput, match="sample_weight is not used"):
        model.fit(data, verbose=0)


@pytest.mark.parametrize("rate", [float("nan"), -1.0, float("inf")])
def test_a_rate_is_a_number_from_0_on(rate):
    with pytest.raises(BadInput, match="learning rate"):
        vae().compile(keras.optimizers.Adam(rate))
    with pytest.raises(BadInput, match="optimizer"):
        vae().compile("adamm")


def test_a_refused_prior_leaves_the_model_trainable():
    model = SMALL["VQVAE"]()
    with pytest.raises(BadInput, match="prior"):
        kg.VQPrior(model, SMALL["MADE"]())
    assert model.trainable and model.trainable_variables


def test_a_refused_group_leaves_no_trace(monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    with pytest.raises(KerasGenError):
        open_strategy("multiworker", "localhost:1,localhost:2", 5)
    assert "TF_CONFIG" not in os.environ


def test_files_have_the_permissions_that_the_user_wants(tmp_path):
    before = os.umask(0o077)
    try:
        with atomic(tmp_path / "file") as file:
            file.write_text("mine")
        with atomic_folder(tmp_path / "folder") as folder:
            (folder / "file").touch()
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "folder").stat().st_mode) == 0o700


def test_sizes_are_few_and_rows_are_kept():
    sizes = {len(padded(np.zeros((n, 2)), n, 24)) for n in range(1, 25)}
    assert sizes == {1, 2, 4, 8, 16, 24}
    assert (padded(np.arange(5), 5, 24) == [0, 1, 2, 3, 4, 4, 4, 4]).all()


def test_every_number_of_samples_has_the_same_first_ones_and_few_graphs(monkeypatch):
    """On a model that compiles in no time, though it needs no compiling."""
    model = SMALL["VAE"]()
    monkeypatch.setattr(model, "jit_sampling", True)
    many = model.sample(8, seed=3)
    for n in (5, 7, 3):
        same = many[:3]
        np.testing.assert_allclose(model.sample(n, seed=3)[:3], same, atol=1e-6)
    assert set(model._sample_function.known) == {8, 4}
