"""A network's file against that of the same network written by PyTorch.

    python benchmarks/exported.py [--rounds 30] [--write]

Ours is what `export` writes for ONNX, theirs what PyTorch's exporter makes of the same
network with the same weights (`twins.py`); before anything is timed both must compute
the same. Both run in ONNX Runtime, one example at a time, on one thread and on two, in
turn; beside them our file for LiteRT. Without PyTorch it says so and does nothing.

`--write` keeps what was found for docs/speed.md.
"""

import argparse
import pathlib
import sys
import tempfile
import time
import warnings
from dataclasses import dataclass

import keras
import numpy as np
import onnxruntime
import peers
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

import export
import keras_gen as kg
from keras_gen.signatures import Signature, Spec, draw_inputs, label_spec

LIBRARIES = ("PyTorch", "torch"), ("ONNX Runtime", "onnxruntime")
CALLS = 10  # of a turn, of which the first does not count


@dataclass
class Subject:
    """A network, and what each of its inputs is.

    Args:
        make: builds the network.
        inputs: what an input holds: "normal", "uniform", or a number of classes.
    """

    make: callable
    inputs: tuple

    def network(self):
        keras.utils.set_random_seed(0)
        return self.make()

    def specs(self, network) -> dict:
        """Of each input, by its name."""
        found = {}
        for tensor, law in zip(network.inputs, self.inputs, strict=True):
            shape, name = tuple(tensor.shape[1:]), tensor.name
            found[name] = (
                label_spec(law)
                if isinstance(law, int)
                else Spec(shape, "noise", name, law=law)
            )
        return found


def subjects():
    nets, colour, grey = kg.networks, (64, 64, 3), (28, 28, 1)
    return {
        "generator of dcgan-fashion": Subject(
            lambda: nets.dcgan.generator(64, grey, 40), ("normal",)
        ),
        "U-Net of flow-matching-fashion": Subject(
            lambda: nets.denoiser.unet(grey, (48, 72), classes=10),
            ("normal", "uniform", 10),
        ),
        "generator of CycleGAN, 64x64": Subject(
            lambda: nets.cyclegan.generator(colour, 3, 16, blocks=3), ("uniform",)
        ),
        "U-Net of pix2pix, 64x64": Subject(
            lambda: nets.pix2pix.generator(colour, 3, 32, 5, dropout=0.0), ("uniform",)
        ),
    }


class Network:
    """A network alone, as something to export."""

    def __init__(self, network, specs):
        def run(**given):
            values = [given[tensor.name] for tensor in network.inputs]
            made = network(values if len(values) > 1 else values[0], training=False)
            return {"made": made}

        shape = tuple(network.outputs[0].shape[1:])
        outputs = {"made": Spec(shape, "noise", "what the network makes")}
        self.known = {"run": Signature(run, specs, outputs)}

    def signatures(self):
        return self.known


def written(subject, folder):
    """Paths: our file and theirs for ONNX Runtime, ours for LiteRT; and the inputs."""
    import torch
    from twins import Twin, mirrored

    network = subject.network()
    model = Network(network, subject.specs(network))
    drawn = draw_inputs(model.known["run"], 1, 0)
    given = {name: np.asarray(value) for name, value in drawn.items()}
    made = export.export(model, folder / "ours", ("onnx", "tflite"), tflite_batch=1)
    paths = {file.format: folder / "ours" / file.path for file in made.files}
    theirs = folder / "theirs.onnx"
    mirrors = {name: mirrored(value) for name, value in given.items()}
    names = [tensor.name for tensor in network.inputs]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the exporter's own ways
        torch.onnx.export(
            Twin(network).eval(),
            tuple(mirrors[name] for name in names),
            theirs,
            input_names=names,
            output_names=["made"],
            dynamo=False,
            opset_version=18,
        )
    mirrors = {name: value.numpy() for name, value in mirrors.items()}
    return {
        "ours": (paths["onnx"], given),
        "PyTorch's": (theirs, mirrors),
        "ours, LiteRT": (paths["tflite"], given),
    }


def opened(path, given, threads):
    """A call of the file, on so many threads, and what it gives."""
    if path.suffix == ".onnx":
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        run = onnxruntime.InferenceSession(path, options).run
        return lambda: run(None, given)[0]
    run = Interpreter(str(path), num_threads=threads).get_signature_runner("run")
    return lambda: run(**given)["made"]


def race(subject, threads, rounds) -> dict:
    """Median milliseconds of a call, by file, and ours / theirs with its quartiles."""
    with tempfile.TemporaryDirectory() as folder:
        files = written(subject, pathlib.Path(folder))
        found = {}
        for count in threads:
            calls = {name: opened(*file, count) for name, file in files.items()}
            ours, theirs, _ = (call() for call in calls.values())
            if theirs.ndim == 4:
                theirs = theirs.transpose(0, 2, 3, 1)[:, ::-1, ::-1]
            np.testing.assert_allclose(ours, theirs, atol=1e-4)
            times = {name: [] for name in calls}
            for _ in range(rounds):
                for name, call in calls.items():
                    call()
                    start = time.perf_counter()
                    for _ in range(CALLS - 1):
                        call()
                    times[name].append((time.perf_counter() - start) / (CALLS - 1))
            ratios = np.divide(times["ours"], times["PyTorch's"])
            low, middle, high = np.percentile(ratios, [25, 50, 75])
            found[str(count)] = {
                "ms": {name: 1000 * float(np.median(t)) for name, t in times.items()},
                "middle": float(middle),
                "quartiles": [float(low), float(high)],
            }
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument(
        "--write", action="store_true", help="keep it for docs/speed.md"
    )
    options = parser.parse_args()
    if peers.torch_or_none() is None:
        return 0
    tf.get_logger().setLevel("ERROR")
    for name, subject in subjects().items():
        found = race(subject, (1, 2), options.rounds)
        print(name, found, flush=True)
        if options.write:
            peers.keep(name, {"kind": "exported", "threads": found}, *LIBRARIES)
    return 0


if __name__ == "__main__":
    sys.exit(main())
