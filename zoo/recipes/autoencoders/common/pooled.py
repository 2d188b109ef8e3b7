"""The network of classifiers of whole pictures."""


def pooled(shape, outputs, widths=(24, 48, 64), pools=3):
    """The first levels are pooled: the pixels' exact places do not tell the class."""
    from keras import Input, Model, layers

    from keras_gen.layers.dropout import Dropout  # here: declaring must cost nothing

    inputs = Input(shape, name="x")
    x = layers.Rescaling(2.0, -1.0)(inputs)
    for level, width in enumerate(widths):
        x = layers.Conv2D(width, 3, padding="same", activation="relu")(x)
        x = layers.MaxPooling2D(2)(x) if level < pools else x
    x = Dropout(0.3)(layers.Flatten()(x))
    # 64 features, as the others have.
    x = layers.Dense(64, activation="relu")(x)
    x = layers.Dense(outputs, dtype="float32")(x)
    return Model(inputs, x, name="classifier")
