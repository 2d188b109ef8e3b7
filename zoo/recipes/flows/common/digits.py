"""What the flows of handwritten digits share."""

from keras_gen.data import Spec
from zoo.registry import Facts

FACTS = Facts((8, 8, 1), levels=17, classes=10)
TASKS = ("generate", "encode", "density")
GREY = {"tasks": TASKS, "data": Spec("digits")}
