"""What spoils an image, as a function of its noise."""

import numpy as np
import pytest

from keras_gen.errors import BadInput
from keras_gen.noise import draw
from keras_gen.parts.corruption import GaussianNoise, Masking, SaltAndPepper


def test_corruptions_have_the_laws_they_say():
    x = np.full((400, 10, 10, 1), 0.5, "float32")
    spoilt = Masking(0.3)(x, draw("uniform", x.shape, 0)).numpy()
    assert set(np.unique(spoilt)) == {0.0, 0.5}
    assert (spoilt == 0).mean() == pytest.approx(0.3, abs=0.01)
    spoilt = SaltAndPepper(0.3)(x, draw("uniform", x.shape, 0)).numpy()
    shares = [(spoilt == v).mean() for v in (0.0, 0.5, 1.0)]
    np.testing.assert_allclose(shares, [0.15, 0.7, 0.15], atol=0.01)
    noise = draw("normal", x.shape, 0).numpy()
    np.testing.assert_allclose(GaussianNoise(2.0)(x, noise), x + 2 * noise, rtol=1e-6)
    for kind, value in ((GaussianNoise, 0.0), (Masking, 0.0), (SaltAndPepper, 1.0)):
        with pytest.raises(BadInput):
            kind(value)
