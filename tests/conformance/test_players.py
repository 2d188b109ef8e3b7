"""Each player's optimizer moves its own weights, all of them, and nobody else's."""

import numpy as np
import pytest

from tests.conftest import SMALL, compiled, tiny_batches


def moved(networks, step) -> dict[str, dict[str, bool]]:
    """Of each network's weights, whether the step changes them."""
    before = {
        player: [v.numpy() for v in network.trainable_variables]
        for player, network in networks.items()
    }
    step()
    return {
        player: {
            v.path: bool((v.numpy() != old).any())
            for v, old in zip(network.trainable_variables, before[player], strict=True)
        }
        for player, network in networks.items()
    }


@pytest.mark.parametrize("name", SMALL)
def test_descend_moves_the_player_alone(name):
    model = compiled(name)
    data = next(iter(tiny_batches(model, 8, 8)))
    train_step = model.train_step
    if getattr(model, "constraint", None):
        model.constraint(model.discriminator)  # as it is from the first step on
    for chosen in model.players():
        # The step as it is, with the descent of every other player left out.
        descend = type(model).descend

        def only(player, loss, chosen=chosen, descend=descend):
            return descend(model, player, loss) if player == chosen else loss()

        model.descend = only
        for player, changes in moved(model.players(), lambda: train_step(data)).items():
            if player == chosen:
                stuck = [path for path, change in changes.items() if not change]
                assert not stuck, f"{player}'s own optimizer does not move {stuck}"
            else:
                assert not any(changes.values()), f"{chosen}'s optimizer moves {player}"


@pytest.mark.parametrize("name", SMALL)
def test_every_player_takes_a_step_for_each_of_fit(name):
    model = compiled(name, "sgd", run_eagerly=True)
    model.fit(tiny_batches(model, 24, 8), verbose=0)
    k = getattr(model, "critic_steps", 1)
    turns = sum(int(k(step)) if callable(k) else k for step in range(3))
    for player, optimizer in model.optimizers.items():
        assert int(optimizer.iterations) == (turns if player == "discriminator" else 3)


@pytest.mark.parametrize("name", SMALL)
def test_test_step_changes_nothing_and_repeats_itself(name):
    model = compiled(name, "sgd", run_eagerly=True)
    data = tiny_batches(model, 20, 8)
    before = [v.numpy() for v in model.trainable_variables]
    counts = model.noise_count.numpy()
    first = model.evaluate(data, verbose=0, return_dict=True)
    second = model.evaluate(data, verbose=0, return_dict=True)
    assert first == second
    assert set(first) == {"loss", *model.reports}
    assert model.noise_count.numpy()[0] == counts[0]
    assert all(
        np.array_equal(v.numpy(), old)
        for v, old in zip(model.trainable_variables, before, strict=True)
    )
