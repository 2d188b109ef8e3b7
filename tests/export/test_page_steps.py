"""The page's own loop of denoising makes the steps that the model makes."""

import json
import shutil
import subprocess

import numpy as np
import pytest
import tensorflow as tf

import keras_gen as kg
from export.web.site import PAGE
from keras_gen.networks import denoiser
from keras_gen.noise import draw
from keras_gen.parts.solvers import DDIM, EvenRatio
from tests.laws.diffusion.shared import gaussian

# What the network says is a line in x, for data that are Gaussian.
SCRIPT = """
import { readFileSync } from "node:fs";
import { denoise } from "./denoising.mjs";
const { model, lines, z, ways } = JSON.parse(readFileSync(0));
const ask = async (x, step) => x.map((v) => lines[step][0] + lines[step][1] * v);
const made = [];
for (const way of ways) {
  let last = null;
  for await (last of denoise(model, ask, () => z, way));
  made.push(last);
}
console.log(JSON.stringify(made));
"""
SHAPE = (2, 2, 1)


@pytest.fixture(scope="module")
def node():
    return shutil.which("node") or pytest.skip("no node, which runs the page's script")


def test_steps_of_the_page_are_those_of_ddim(node, tmp_path):
    """From noise, from a picture with noise on it, and in a hole."""
    model = kg.EDM(denoiser.mlp(SHAPE, 4, 1), steps=20, grid=EvenRatio(), average=0.0)
    model = gaussian(model, 0.4, 0.2)
    z, x = (draw(law, (1, *SHAPE), 1) for law in ("normal", "uniform"))
    known = np.array([1, 0, 1, 0], "float32").reshape(1, *SHAPE)
    lines, at = {}, [tf.fill((1, *SHAPE), v) for v in (0.0, 1.0)]
    for stage in model.stages():
        step = tf.constant([stage["step"]])
        low, high = (float(model.denoise(v, step)["image"][0, 0, 0, 0]) for v in at)
        lines[stage["step"]] = [low, high - low]
    numbers = [np.ravel(v).tolist() for v in (z, x, known)]
    asked = {
        "model": {"stages": model.stages(), "spread": 0.5, "renoised": False},
        "lines": lines,
        "z": numbers[0],
        "ways": [
            {},
            {"given": numbers[1], "strength": 0.5},
            {"given": numbers[1], "known": numbers[2]},
        ],
    }
    (tmp_path / "script.mjs").write_text(SCRIPT)
    shutil.copy(PAGE / "denoising.js", tmp_path / "denoising.mjs")
    command = [node, tmp_path / "script.mjs"]
    run = subprocess.run(
        command, input=json.dumps(asked), capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    found = np.reshape(json.loads(run.stdout), (3, 1, *SHAPE))
    nothing, half, one = np.zeros_like(known), [0.5], [1.0]
    wanted = [
        model.draw(z, solver=DDIM()),
        model.draw(z, x=x, known=nothing, strength=half, solver=DDIM()),
        model.draw(z, x=x, known=known, strength=one, solver=DDIM()),
    ]
    for mine, theirs in zip(found, wanted, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=5e-3)  # times in thousandths
    assert np.abs(found[0] - found[1]).max() > 0.05
