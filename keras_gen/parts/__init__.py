"""What a model is put together from, besides networks: settings with pure functions.

A loss, a penalty, a schedule, a corruption, a law of masks: each is a frozen dataclass
without weights. Its fields are all it is, so a saved model brings it back.
"""

import dataclasses

import keras

from keras_gen.arguments import checked_class


class Part:
    """Base of these dataclasses; declare one with `part`."""

    def get_config(self):
        return {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}

    @classmethod
    def from_config(cls, config):
        deserialize = keras.saving.deserialize_keras_object
        return cls(**{name: deserialize(value) for name, value in config.items()})


def part(cls):
    """Declare a `Part`: a frozen dataclass that Keras knows by name.

    Its fields are what their annotations say, or it is not made.
    """
    cls = checked_class(dataclasses.dataclass(frozen=True)(cls))
    return keras.saving.register_keras_serializable("keras_gen")(cls)
