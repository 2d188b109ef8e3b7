"""A small encoder of captions: from the numbers of words to a vector.

    features of a word  =  convolution of three embeddings: its own and its neighbours'
    vector              =  dense( the strongest of each feature )

so that "short hair" and "red hair" are said by a caption wherever they stand, and a
caption that says nothing has a vector of its own.

Not here: attention from the places of an image to words, which long sentences need.
"""

import keras
from keras import layers

from keras_gen.arguments import Size, checked
from keras_gen.layers.words import Strongest
from keras_gen.vocabulary import Vocabulary


def table(rows: int, width: int):
    """A vector of each thing that can be told, as loud as the time that it is added to.

    They are ten times as large as Keras draws them: of those what a caption says was
    heard half as well by a denoiser that had been trained as long.
    """
    return layers.Embedding(
        rows, width, embeddings_initializer=keras.initializers.RandomNormal(stddev=0.3)
    )


def said(caption, vocabulary: Vocabulary, width: int):
    """The vector of an input of captions, within another network."""
    x = table(len(vocabulary.words) + 1, width)(caption)
    x = layers.Conv1D(2 * width, 3, padding="same")(x)
    return layers.Dense(width)(Strongest()([x, caption]))


@checked
def encoder(vocabulary: Vocabulary, outputs: Size, width: Size = 64) -> keras.Model:
    """From captions to vectors of `outputs` numbers.

    Example:
        >>> from keras_gen import Vocabulary
        >>> encoder(Vocabulary(("a", "face"), 5), 8).output_shape
        (None, 8)
    """
    caption = keras.Input((vocabulary.length,), dtype="int32", name="caption")
    x = layers.Activation("relu")(said(caption, vocabulary, width))
    x = layers.Dense(outputs, dtype="float32")(x)
    return keras.Model(caption, x, name="text_encoder")
