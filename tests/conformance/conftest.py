"""What the tests of all systems share."""

import pytest

from keras_gen.autoregressive.multi_scale_pixelcnn import MultiScalePixelCNN
from keras_gen.autoregressive.pixelcnn import PixelCNN


@pytest.fixture(autouse=True)
def interpreted(monkeypatch):
    """XLA takes seconds to compile a loop that is drawn from once."""
    for system in (PixelCNN, MultiScalePixelCNN):
        monkeypatch.setattr(system, "jit_sampling", False)
