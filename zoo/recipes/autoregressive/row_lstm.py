"""Recipe of the Row LSTM."""

import keras_gen as kg
from zoo.recipes.autoregressive.common import digits
from zoo.registry import Recipe, entry


@entry(
    "row-lstm-digits",
    system="RowLSTM",
    paper="arXiv:1601.06759",
    title="PixelRNN (Row LSTM) of handwritten digits, 17 grey levels",
    **digits.GREY,
)
def row_lstm_digits(facts=digits.FACTS) -> Recipe:
    network = kg.networks.pixelrnn.row_lstm
    # The second layer sees further to the left, and no wider triangle.
    return digits.causal(kg.RowLSTM, network, facts, depth=2, rate=3e-3, epochs=80)
