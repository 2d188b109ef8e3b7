"""An encoder that was trained without labels, as the beginning of a classifier.

What an autoencoder has learned about images it learned from all of them; a classifier
that begins where its encoder ended needs fewer labels, if the encoder tells the classes
apart better than the pixels do. `docs/pretraining.md` has the experiment, with a case
where it does and one where it does not, and `python -m docs pretraining` runs it.

Reference: Vincent et al., Stacked Denoising Autoencoders (JMLR 11, 2010).
"""

import keras

from keras_gen.arguments import Size, checked


@checked
def classifier(
    encoder: keras.Model, classes: Size, frozen: bool = False
) -> keras.Model:
    """A copy of the encoder with one more layer, which gives the logits of the classes.

    The copy shares nothing with the original: training one does not move the other.

    Args:
        encoder: from examples to vectors: an autoencoder's, or the part of one up to
            some layer, `keras.Model(encoder.input, encoder.layers[-2].output)`.
        classes: how many.
        frozen: train the new layer only; normalisations then keep their statistics.

    Example:
        >>> model = classifier(deep.encoder((8, 8, 1), 16), 10, frozen=True)
        >>> len(model.trainable_weights)
        2
    """
    copy = keras.models.clone_model(encoder)
    copy.set_weights(encoder.get_weights())
    copy.trainable = not frozen
    inputs = keras.Input(encoder.input_shape[1:], name="x")
    logits = keras.layers.Dense(classes, dtype="float32", name="logits")(copy(inputs))
    return keras.Model(inputs, logits, name="classifier")
