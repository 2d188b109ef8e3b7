"""A stranger's process: TensorFlow reads a SavedModel, our packages do not exist.

Run by `running` as a script in isolated mode. Requests, pickled, come on
standard input: ((number, folder), signature, inputs). Answers go to what was standard
output, so that nothing TensorFlow prints can get between: (outputs, problem).
It ends when its input ends, that is with the process that asks.
"""

import os
import pickle
import sys


class Hidden:
    """An importer that knows nothing of the packages a user would not have."""

    def __init__(self, packages):
        self.packages = packages

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.packages:
            raise ModuleNotFoundError(f"No module named {name!r} (hidden)", name=name)


def main():
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"  # the reference runs on the CPU, too
    sys.meta_path.insert(0, Hidden({"keras_gen", "zoo", "export"}))
    import tensorflow as tf

    sys.meta_path.insert(0, Hidden({"keras", "tf_keras", "tensorflow_probability"}))
    current = model = None
    while True:
        try:
            opening, signature, inputs = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        try:
            if opening != current:
                current, model = opening, tf.saved_model.load(opening[1])
            inputs = {key: tf.constant(value) for key, value in inputs.items()}
            outputs = model.signatures[signature](**inputs)
            answer = {key: value.numpy() for key, value in outputs.items()}, None
        except Exception as error:
            answer = None, f"{type(error).__name__}: {error}"
        pickle.dump(answer, answers)
        answers.flush()


if __name__ == "__main__":
    main()
