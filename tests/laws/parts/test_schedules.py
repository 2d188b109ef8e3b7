"""What changes with the generator's steps, and when."""

import numpy as np
import pytest

from keras_gen.errors import BadInput
from keras_gen.parts import schedules
from tests.conftest import mirrored_over
from tests.laws.parts.shared import toy


def test_critic_schedule_is_that_of_the_authors():
    schedule = schedules.CriticSchedule()
    steps = [0, 1, 24, 25, 499, 500, 501, 1000]
    assert [int(schedule(s)) for s in steps] == [100, 100, 100, 5, 5, 100, 5, 100]


@pytest.mark.parametrize("jit_compile", [False, True])
def test_scheduled_steps_are_taken_by_fit(jit_compile):
    schedule = schedules.CriticSchedule(2, many=5, until=2, every=4)
    model = toy(critic_steps=schedule)
    model.compile("sgd", jit_compile=jit_compile)
    model.fit(np.ones((48, 1), "float32"), batch_size=8, verbose=0)
    assert int(model.optimizers["generator"].iterations) == 6
    assert int(model.optimizers["discriminator"].iterations) == 5 + 5 + 2 + 2 + 5 + 2
    # Each step has drawn its own noise.
    assert int(model.noise_count.numpy()[0]) == 21 + 6


def test_a_schedule_under_replicas_is_refused_in_words():
    with mirrored_over(2).scope():
        model = toy(critic_steps=schedules.CriticSchedule())
        with pytest.raises(BadInput, match="replicas cannot meet"):
            model.compile("sgd")
