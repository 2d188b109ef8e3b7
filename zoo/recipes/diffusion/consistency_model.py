"""Recipes of consistency models: students of trained ones."""

import keras_gen as kg
from zoo.rates import decaying
from zoo.recipes.diffusion.flow_matching import FACES
from zoo.registry import Recipe, entry


@entry(
    "few-step-faces",
    system="ConsistencyModel",
    paper="arXiv:2303.01469",
    title="Consistency model of faces in pixel art, taught by flow-faces, 32x32",
    tasks=("generate",),
    data=FACES,
    precision="float12",
)
def few_step_faces() -> Recipe:
    from zoo.loading import load

    teacher = load("flow-faces")  # with its guidance, so that the student needs none
    network = kg.networks.denoiser.unet(
        (*FACES.size, 3), (48, 72), vocabulary=teacher.vocabulary
    )
    network.set_weights(teacher.network.get_weights())
    return Recipe(
        model=kg.ConsistencyModel(
            network,
            teacher=teacher,
            vocabulary=teacher.vocabulary,
            noising=teacher.noising,
            target=teacher.target,
            steps=4,  # at most; in one it is nearest to the data (docs/diffusion.md)
            average=0.998,
        ),
        optimizer=decaying(5e-4),
        batch=64,
        epochs=4,  # 1,248 steps, each of four passes of the teacher
    )
