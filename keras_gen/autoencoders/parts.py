"""A piece of a model that has settings and no weights."""

import inspect


class Part:
    """Saved by its constructor's arguments, which it keeps under their own names."""

    def get_config(self):
        names = list(inspect.signature(type(self).__init__).parameters)[1:]
        return {name: getattr(self, name) for name in names}

    @classmethod
    def from_config(cls, config):
        return cls(**config)
