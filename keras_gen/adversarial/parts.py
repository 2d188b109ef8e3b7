"""What losses, penalties, constraints and schedules have in common: a configuration.

Each is a frozen dataclass of numbers with pure functions. Its fields are all it is, so
a saved model brings it back.
"""

import dataclasses

import keras


class Part:
    """Base of the frozen dataclasses that a game is put together from."""

    def get_config(self):
        return {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}

    @classmethod
    def from_config(cls, config):
        deserialize = keras.saving.deserialize_keras_object
        return cls(**{name: deserialize(value) for name, value in config.items()})


def part(cls):
    """Declare a `Part`: a frozen dataclass that Keras knows by name."""
    cls = dataclasses.dataclass(frozen=True)(cls)
    return keras.saving.register_keras_serializable("keras_gen")(cls)
