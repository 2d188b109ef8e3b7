"""What a model answers comes in one form, whichever model it is."""

import numpy as np
import pytest
import tensorflow as tf

from keras_gen.noise import draw
from tests.conftest import PLAIN, SMALL, tiny_data, tiny_examples


@pytest.mark.parametrize("name", PLAIN)
def test_what_is_drawn_is_an_array_what_is_named_a_dict_and_all_else_a_tensor(name):
    """Given arrays, as people have them; the convention is told in the base class."""
    model = SMALL[name]()
    if model.sampler is not None:
        made = model.sample(2, seed=0)
        assert isinstance(made, np.ndarray) and made.dtype == "float32"
    for method, signature in model.signatures().items():
        if not hasattr(model, method):
            continue
        inputs = {
            n: np.asarray(draw(s.law, (2, *s.shape), (0, 1)))
            if s.law
            else np.zeros((2, *s.shape), s.dtype)
            for n, s in signature.inputs.items()
        }
        given = getattr(model, method)(**inputs)
        if method in ("log_prob", "energy"):
            assert tf.is_tensor(given) and given.shape == (2,)
            continue
        assert list(given) == list(signature.outputs)
        for output, spec in signature.outputs.items():
            assert tf.is_tensor(given[output])
            assert given[output].shape == (2, *spec.shape)
    x = tiny_data(model, 2)
    if hasattr(model, "log_likelihood") and model.condition is None:
        assert tf.is_tensor(model.log_likelihood(x, 3))


@pytest.mark.parametrize("name", PLAIN)
def test_what_is_predicted_is_what_the_model_gives_when_it_is_called(name):
    """Whatever that takes beside the first: nothing, what `fit` tells it, its own."""
    model = SMALL[name]()
    model.compile("sgd", run_eagerly=True)
    x = np.random.default_rng(0).random((3, *model.called_with[1])).astype("float32")
    own = {"known": (x[..., :1] > 0.5).astype("float32"), "driver": x[::-1]}
    told = tiny_examples(model, 3)[1] if model.condition else None
    if model.vocabulary is not None:
        told = model.vocabulary.numbers(told).numpy()
    beside = [own.get(name, told) for name in model.called_beside]
    given = dict(zip(model.called_beside, beside, strict=True))
    found = model.predict((x, *beside) if beside else x, verbose=0)
    np.testing.assert_allclose(found, model(x, **given), rtol=1e-5, atol=1e-5)
