"""One translator between several kinds; what is asked for is told at every pixel."""

import numpy as np
import pytest
import tensorflow as tf

from keras_gen import StarGAN, metrics
from keras_gen.errors import BadInput
from keras_gen.networks import cyclegan, labelled, stargan
from keras_gen.translation.stargan import exchanged

SHAPE, CLASSES = (4, 4, 1), 3


def model(several=False, **options):
    network = cyclegan.generator((4, 4, 1 + CLASSES), 1, 8, 0, 0, told=True)
    return StarGAN(
        labelled.told(network, CLASSES, several),
        stargan.discriminator(SHAPE, CLASSES, 4, 1),
        **options,
    )


def images(n, seed=0):
    return tf.constant(np.random.default_rng(seed).random((n, *SHAPE), "float32"))


def of_classes(logits, kinds):
    """-log p of each class, on average."""
    logits = logits.numpy() - logits.numpy().max(-1, keepdims=True)
    logs = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    return -logs[np.arange(4), kinds.numpy()].mean()


def of_answers(logits, kinds):
    """-log p of all answers of each, on average: so many questions, each of two."""
    p = 1 / (1 + np.exp(-logits.numpy()))
    return -np.log(np.where(kinds.numpy() == 1, p, 1 - p)).sum(-1).mean()


def every(several):
    """All labels that there are."""
    return np.ndindex(*[2] * CLASSES) if several else range(CLASSES)


@pytest.mark.parametrize(
    "several, surprise, label, asked",
    [
        (False, of_classes, [0, 1, 2, 0], [1, 1, 0, 2]),
        (
            True,
            of_answers,
            [[0, 1, 1], [1, 0, 0], [1, 1, 1], [0, 0, 0]],
            [[0, 0, 0], [1, 0, 0], [0, 1, 1], [1, 1, 1]],
        ),
    ],
)
def test_both_losses_are_those_of_the_equation(several, surprise, label, asked):
    it = model(several, classification=0.5, cycle=7.0, doubt=0.3, penalty=None)
    x, label, asked = images(4), tf.constant(label), tf.constant(asked)
    made = it.generator([x, asked])
    (real, of_x), (fake, of_made) = it.discriminator(x), it.discriminator(made)

    d = np.mean(fake) - np.mean(real) + 0.5 * surprise(of_x, label)
    doubt = [surprise(of_made, tf.constant([k] * 4)) for k in every(several)]
    d += 0.3 * np.mean(doubt)
    assert float(it.discriminator_loss(x, label, asked)) == pytest.approx(d, abs=1e-5)
    cycle = np.abs(it.generator([made, label]) - x).mean((1, 2, 3))
    g = -np.mean(fake) + 0.5 * surprise(of_made, asked) + 7 * cycle.mean()
    loss, error = it.generator_loss(x, label, asked)
    assert float(loss) == pytest.approx(g, rel=1e-4)
    np.testing.assert_allclose(error, cycle, rtol=1e-4)


def test_a_spectral_critic_takes_steps_of_the_same_size_whatever_its_weights_are():
    """Each layer is divided by its norm; logits are of the whole image."""
    critic = stargan.spectral((8, 4, 1), CLASSES, 4, 2)
    x = tf.constant(np.random.default_rng(0).random((5, 8, 4, 1), "float32"))
    for _ in range(50):  # steps of the power iteration
        critic(x, training=True)
    before = [said.numpy() for said in critic(x)]
    kernels = [w for w in critic.trainable_weights if w.name == "kernel"]
    assert len(kernels) == 6
    for kernel in kernels:
        kernel.assign(7.0 * kernel)
    after = [said.numpy() for said in critic(x)]
    for one, other in zip(before, after, strict=True):
        np.testing.assert_allclose(other, one, atol=1e-4)
    assert [one.shape for one in before] == [(5, 2, 1, 1), (5, CLASSES)]
    with pytest.raises(BadInput, match=r"multiples of 4; received \(6, 4\)"):
        stargan.spectral((6, 4, 1), CLASSES, 4, 2)


def test_the_label_reaches_every_pixel():
    """Through all norms of an image, which take away what is the same everywhere."""
    shape = (8, 12, 1)
    network = cyclegan.generator((*shape[:2], 1 + CLASSES), 1, 8, 1, 1, told=True)
    told = labelled.told(network, CLASSES)
    x = tf.constant(np.random.default_rng(0).random((1, *shape), "float32"))
    answers = [told([x, tf.constant([k])]).numpy() for k in range(CLASSES)]
    for k in range(1, CLASSES):
        assert (np.abs(answers[k] - answers[0]) > 1e-6).all()
    switched = labelled.told(network, CLASSES, several=True)
    none, *each = [switched([x, tf.constant([flags])]).numpy() for flags in
                   ([0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1])]  # fmt: skip
    assert all((np.abs(answer - none) > 1e-6).all() for answer in each)


def test_a_trial_keeps_or_flips_each_attribute_and_goes_back_to_what_there_was():
    """What there was the critic says; whether it is there then, a judge of them all."""
    it, x = model(several=True), images(40).numpy()
    asked, there = it.asked(40, seed=3), np.int32(it.discriminator(x)[1] > 0)
    assert asked.shape == (40, CLASSES) and set(asked.ravel()) == {0, 1}
    trial = it.trial(x, seed=3)
    made = it.translate(x, label=asked)["image"]
    np.testing.assert_allclose(trial.made, made, atol=1e-6)
    back = it.translate(made, label=there)["image"]
    np.testing.assert_allclose(trial.back, back, atol=1e-6)

    class Judge:
        counts, about = {"a": 2, "b": 2, "c": 2}, {"name": "a judge"}

        def answered(self, y):
            found = np.zeros((len(y), CLASSES), int)
            found[:, 0] = 1  # whatever it sees
            return found

    found = metrics.evaluate(it, (x, there), (x, there), None, 3, classifier=Judge())
    said = [asked[:, 0], 1 - asked[:, 1], 1 - asked[:, 2]]
    assert found["label_accuracy"]["value"] == pytest.approx(np.mean(said))
    assert found["label_accuracy"]["estimator"] == "by a judge"
    own = metrics.evaluate(it, (x, there), (x, there), None, 3)
    assert own["label_accuracy_floor"]["value"] == 1


def test_the_published_networks_have_as_many_parameters():
    """Of five attributes, at 128x128."""
    assert stargan.generator((128, 128, 3 + 5), 3).count_params() == 8_430_528
    assert stargan.discriminator((128, 128, 3), 5).count_params() == 44_762_048


def test_what_is_asked_for_are_the_labels_of_the_batch_in_a_drawn_order():
    label = tf.constant([2, 0, 1, 1])
    order = tf.constant([0.9, 0.1, 0.5, 0.2])
    assert exchanged(label, order).numpy().tolist() == [0, 1, 1, 2]
    several = tf.constant([[1.0, 0], [0, 0], [1, 1], [0, 1]])
    told = exchanged(several, order).numpy().tolist()
    assert told == [[0, 0], [0, 1], [1, 1], [1, 0]]


def test_what_does_not_fit_is_refused_in_a_sentence():
    with pytest.raises(BadInput, match="takes an image and a label"):
        StarGAN(
            cyclegan.generator(SHAPE, 1, 2, 0, 1), stargan.discriminator(SHAPE, 3, 2, 1)
        )
    it = model()
    it.compile("sgd")
    with pytest.raises(BadInput, match="given labels, whole numbers from 0 to 2"):
        it.fit(images(4).numpy(), np.int32([0, 1, 2, 3]), verbose=0)
    network = labelled.told(cyclegan.generator((4, 4, 3), 1, 2, 0, 0), 2, several=True)
    with pytest.raises(BadInput, match=r"labels of shape \(2,\), .* gives 3 logits"):
        StarGAN(network, stargan.discriminator(SHAPE, CLASSES, 2, 1))
    it = model(several=True)
    it.compile("sgd")
    wanted = "given labels, 3 answers each, 0 or 1; received"
    for label, received in (
        (np.float32([[0, 1, 2]] * 4), "0.0 to 2.0"),
        (np.int32([0, 1, 0, 1]), r"int32 of shape \(4,\)"),
    ):
        with pytest.raises(BadInput, match=f"StarGAN is {wanted} {received}"):
            it.fit(images(4).numpy(), label, verbose=0)
        with pytest.raises(BadInput, match=f"translate is {wanted} {received}"):
            it.translate(images(4).numpy(), label=label)
    batches = tf.data.Dataset.from_tensors((images(4), np.float32([[0, 1, 1]] * 4)))
    odd = batches.concatenate(batches.map(lambda x, y: (x, 3 * y)))
    with pytest.raises(BadInput, match=r"each answer of a label is 0 or 1; .* 0 to 3"):
        it.fit(odd, verbose=0)
