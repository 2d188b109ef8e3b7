"""How a model is trained: on which processors, in which numbers, without loss."""
