"""Recipe of the Diagonal BiLSTM."""

import keras_gen as kg
from zoo.recipes.autoregressive.common import digits
from zoo.registry import Recipe, entry


@entry(
    "diagonal-bilstm-digits",
    system="DiagonalBiLSTM",
    paper="arXiv:1601.06759",
    title="PixelRNN (Diagonal BiLSTM) of handwritten digits, 17 grey levels",
    **digits.GREY,
)
def diagonal_bilstm_digits(facts=digits.FACTS) -> Recipe:
    network = kg.networks.pixelrnn.diagonal_bilstm
    # One layer sees everything. After 36 epochs it was still learning.
    return digits.causal(
        kg.DiagonalBiLSTM, network, facts, width=32, depth=1, rate=3e-3
    )
