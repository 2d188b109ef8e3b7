"""What one sees of a training: sample pictures, a progress display, mode collapse.

They work on one process only (the chief) when several train together.
"""

from keras_gen import lazy

__all__, __getattr__, __dir__ = lazy.attach(
    __name__,
    {
        "CollapseMonitor": "keras_gen.callbacks.collapse:CollapseMonitor",
        "FairGame": "keras_gen.callbacks.guards:FairGame",
        "FiniteLoss": "keras_gen.callbacks.guards:FiniteLoss",
        "OfPlayer": "keras_gen.callbacks.player:OfPlayer",
        "Progress": "keras_gen.callbacks.progress:Progress",
        "Rewind": "keras_gen.callbacks.rewind:Rewind",
        "SampleGrid": "keras_gen.callbacks.pictures:SampleGrid",
    },
)
