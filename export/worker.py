"""One file in one runtime, in a process of its own, for `export.benchmark`.

    python worker.py RUNTIME PATH SIGNATURE THREADS

The inputs come pickled on standard input; the answer is the seconds that loading and
the first call took. After that, each number n that comes in is answered by the seconds
that n calls took, one by one, and a 0 by the peak memory in bytes, which is the end.
Answers go to what was standard output, so that nothing a runtime prints gets between.
"""

import os
import pickle
import sys
import time


def tensorflow(threads):
    tf = _tensorflow(threads)

    def load(path, signature):
        function = tf.saved_model.load(path).signatures[signature]
        return function, tf.constant

    return load


def keras(threads):
    """The model of the zoo, called as one calls it in Python."""
    tf = _tensorflow(threads)
    import zoo

    def load(name, signature):
        return zoo.load(name).signatures()[signature].function, tf.constant

    return load


def litert(threads):
    from ai_edge_litert.interpreter import Interpreter

    def load(path, signature):
        interpreter = Interpreter(model_path=path, num_threads=threads)
        return interpreter.get_signature_runner(signature), lambda value: value

    return load


def onnxruntime(threads):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3

    def load(path, signature):
        session = onnxruntime.InferenceSession(
            path, options, providers=["CPUExecutionProvider"]
        )
        return lambda **inputs: session.run(None, inputs), lambda value: value

    return load


def _tensorflow(threads):
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    return tf


def peak_memory() -> int:
    """The most that this process has held; what its parent held does not count."""
    try:
        with open("/proc/self/status") as status:
            (line,) = (line for line in status if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        import resource

        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def main(runtime, path, signature, threads):
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)

    def answer(value):
        pickle.dump(value, answers)
        answers.flush()

    def timed(function, *args, **kwargs):
        start = time.perf_counter()
        result = function(*args, **kwargs)
        return time.perf_counter() - start, result

    load = globals()[runtime](int(threads))  # imports: not the file's fault
    inputs = pickle.load(sys.stdin.buffer)
    loading, (function, convert) = timed(load, path, signature)
    inputs = {key: convert(value) for key, value in inputs.items()}
    answer({"load": loading, "first": timed(function, **inputs)[0]})
    while count := pickle.load(sys.stdin.buffer):
        answer([timed(function, **inputs)[0] for _ in range(count)])
    answer(peak_memory())


if __name__ == "__main__":
    sys.path.pop(0)  # or `import onnx` would find ours
    main(*sys.argv[1:])
