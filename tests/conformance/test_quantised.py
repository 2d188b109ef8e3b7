"""Every kind of graph, in every quantisation mode: within its bounds, or a reason why.

What becomes of the bits depends on the operators of a graph, not on the game that
trained it, and of operators there are few kinds.
"""

import pytest

from export import manifest, quantize, verify
from export.making import Maker
from tests.conftest import SMALL, tiny_data

KINDS = {
    "dense": "VAE",
    "convolutions down and up": "Segmenter",
    "transposed convolutions and batch normalisation": "GAN-convolutional",
    "an embedding, normalisation that is told, spectral norms": "BigGAN",
    "one step of masked dense layers": "MADE-levels",
    "one step of masked convolutions": "GatedPixelCNN",
    "one step on grids of several sizes": "PixelCNNPP",
    "one step of a recurrence": "DiagonalBiLSTM",
    "codes": "VQVAE",
}


# The released weights of every entry are measured by `make docs`, and another test
# sees that its table is whole.
@pytest.mark.parametrize("name", KINDS.values(), ids=KINDS)
def test_every_mode_keeps_its_bounds_or_says_why_not(name, tmp_path):
    model = SMALL[name]()
    signatures = model.signatures()
    sampler = "sample_step" if "sample_step" in signatures else model.sampler
    sampler = sampler or next(iter(signatures))
    chosen = {sampler: signatures[sampler]}
    data = tiny_data(model, 16)
    data = data.repeat(8, axis=0)
    truth = verify.Reference(chosen, data)
    maker = Maker(
        tmp_path, truth, manifest.describe(chosen), 1, quantize.Calibration(data)
    )
    for format in ("tflite", "onnx"):
        ((_, row),) = maker.outcomes(format).items()
        assert set(row) == {
            mode for mode, facts in quantize.MODES.items() if format in facts.formats
        }
        for mode, outcome in row.items():
            if isinstance(outcome, str):
                assert outcome.endswith(".") and mode in outcome
            else:
                assert outcome["errors"][sampler]
        outputs = signatures[sampler].outputs.values()
        if all(spec.kind == "image" and not spec.discrete for spec in outputs):
            assert isinstance(row["float16"], dict), row["float16"]
