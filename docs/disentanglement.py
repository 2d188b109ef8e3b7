"""Write docs/disentanglement.md: does a beta-VAE give each cause its own coordinate?

    python -m docs disentanglement

On `glyphs`, whose images have eight known causes, VAEs that differ in the weight beta
of the divergence alone; with beta = 1 it is the plain one:

    E_q[ log p(x | z) ]  -  beta KL( q(z | x) || p(z) )

Each is measured on the test set: mutual information gap, DCI, how many coordinates are
in use, and what it costs in likelihood. What was found is kept in
docs/disentanglement.json. All of it takes some five minutes on one core.
"""

import numpy as np

from docs.pages import PICTURES, Page

PICTURE = "traversals-beta-{beta}.png"
BETAS, SEEDS = (1, 2, 4, 8), (0, 1, 2)
LATENT, WIDTH, EPOCHS = 10, 256, 12
RUNS = {f"beta {beta}, seed {seed}": (beta, seed) for beta in BETAS for seed in SEEDS}
SHOWN = (1, 4)  # whose traversals are drawn

HEAD = """# What beta buys: a coordinate for each cause?

Made by `python -m docs disentanglement`; nothing here is written by hand.

VAEs of `glyphs` (static binarisation) with {latent} latents, two dense layers of
{width} units in each network and {epochs} epochs; beta is reached over the first three,
so that the codes say something before they cost that much. Mean ± standard deviation
over {seeds} seeds, on the test set. MIG and the three numbers of DCI, which are
disentanglement, completeness and informativeness (`keras_gen.metrics.disentanglement`),
are computed from the posterior means and all eight causes: class, font, weight, slant,
size, x, y and rotation. They lie in [0, 1] and 1 is best. ELBO, the true one, and
divergence are in nats; a coordinate is active if the images move its mean.

| beta | ELBO | divergence | active | MIG | disentangled | complete | informative |
|---:|---:|---:|---:|---:|---:|---:|---:|
"""

TAIL = """
Which coordinate tells most of each cause, in the model with seed 0 (the share of a
forest's work that it does for the cause):

| beta | class | font | weight | slant | size | x | y | rotation |
|---:|---:|---:|---:|---:|---:|---:|---:|---:|
"""

READING = """
How to read it: on these images beta buys little. Completeness rises: with the largest
beta one coordinate does more than half of the work for x, and one for y. But which of
36 characters it is, is no number for which a coordinate could stand; the gap between
the best and the second best coordinate, and how much each coordinate is about one cause
only, stay within their spread. The price is paid in full: the likelihood falls with
every step of beta, and at the largest one the whole code holds about as many nats as
the name of a character alone, log 36 = 3.6.
"""


def model(beta, steps: int):
    """One of the models; `steps` those of an epoch."""
    import keras_gen as kg
    from keras_gen.networks import mlp

    shape = (28, 28, 1)
    return kg.VAE(
        mlp.encoder(shape, 2 * LATENT, WIDTH),
        mlp.decoder(LATENT, shape, WIDTH),
        beta=float(beta),
        warm_up=3 * steps,
    )


def measure(title) -> dict:
    """Train one model, and measure it; of the first seed draw the traversals."""
    import keras

    from keras_gen import data, metrics, plots
    from keras_gen.metrics.disentanglement import dci, mutual_information_gap
    from keras_gen.metrics.latent import posteriors, usage

    beta, seed = RUNS[title]
    keras.utils.set_random_seed(seed)
    train = data.load("glyphs", batch=128, binarise="static", seed=seed)
    steps = int(train.cardinality())
    vae = model(beta, steps)
    rate = keras.optimizers.schedules.CosineDecay(2e-3, EPOCHS * steps)
    vae.compile(keras.optimizers.Adam(rate))
    vae.fit(train, epochs=EPOCHS, verbose=0)
    names = tuple(data.info("glyphs").factors)
    x, causes = data.arrays("glyphs", "test", binarise="static", labels=names)
    codes, report = posteriors(vae, x)[0], usage(vae, x)
    found = dci(codes, causes)
    if seed == 0 and beta in SHOWN:
        busy = np.argsort(-report.divergence)[:8]
        path = PICTURES / PICTURE.format(beta=beta)
        plots.traversals(vae, codes[0], busy, path=path)
    return {
        "elbo": metrics.evidence_lower_bound(vae, x).value,
        "divergence": float(report.divergence.sum()),
        "active": int(report.active.sum()),
        "mig": mutual_information_gap(codes, causes),
        "disentanglement": found.disentanglement,
        "completeness": found.completeness,
        "informativeness": found.informativeness,
        "best": {
            name: [int(column.argmax()), float(column.max())]
            for name, column in zip(causes, found.importances.T, strict=True)
        },
    }


def keys() -> dict:
    """What decides all results; another set-up is measured anew."""
    return dict.fromkeys(RUNS, f"{LATENT} latents, {WIDTH} units, {EPOCHS} epochs")


def text(found: dict) -> str:
    """The whole page."""
    settings = {"latent": LATENT, "width": WIDTH, "epochs": EPOCHS}
    lines = [HEAD.format(seeds=len(SEEDS), **settings).rstrip()]
    columns = {"elbo": 1, "divergence": 1, "active": 1, "mig": 3}
    columns |= {"disentanglement": 3, "completeness": 3, "informativeness": 3}
    for beta in BETAS:
        runs = [found[f"beta {beta}, seed {seed}"] for seed in SEEDS]
        cells = []
        for name, digits in columns.items():
            values = np.array([run[name] for run in runs])
            spread = values.std(ddof=1)
            cells.append(f"{values.mean():.{digits}f} ± {spread:.{digits}f}")
        lines.append(f"| {beta} | {' | '.join(cells)} |")
    lines.append(TAIL.rstrip())
    for beta in BETAS:
        best = found[f"beta {beta}, seed 0"]["best"]
        cells = [f"z{k} {share:.2f}" for k, share in best.values()]
        lines.append(f"| {beta} | {' | '.join(cells)} |")
    for beta in SHOWN:
        name = PICTURE.format(beta=beta)
        lines += ["", f"![Traversals with beta {beta}](pictures/{name})", ""]
        lines.append(
            f"*beta = {beta}: one test character, and what becomes of it when one "
            "coordinate of its code moves; the eight that say most, from the top.*"
        )
    return "\n".join([*lines, READING])


PAGE = Page("disentanglement", text, keys, measure)
