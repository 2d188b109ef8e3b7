"""Write docs/latent.md: walks, directions and searches in the latent space of glyphs,
and the sums of faces.

    python -m docs latent

It takes some four minutes on one core, and draws the page's pictures.
"""

import functools

import numpy as np

import zoo
from docs.pages import PICTURES, Page, weights

VAE, GAN, NAMER = "vae-small-glyphs", "progressive-gan-glyphs", "classifier-glyphs"
WALKS, ASKED, SEARCHED = 2000, 1000, 100  # pairs, images per question, inversions
STRENGTHS = {VAE: (1.0, 1.5), GAN: (1.0, 2.0, 3.0)}
SEARCH = {"steps": 150, "restarts": 2, "seed": 1}
FACES, ATTRIBUTES = ("vae-faces", "glow-faces"), "classifier-faces"
CASES, FEW = 100, (1, 10, 100)  # sums of faces, and how many a group's mean is of
WOMAN = {"hair_length": 2, "beard": 0, "moustache": 0}  # long: what factors say of it
MAN = {"hair_length": 1, "beard": 1}
SUMS = {"smiling": "smiling woman - neutral woman + neutral man",
        "glasses": "woman with glasses - woman without + man without"}  # fmt: skip
CHANGES = {  # what is added: multiples of the directions (bold, oblique)
    "nothing": (0, 0),
    "bold": (1, 0),
    "oblique": (0, 1),
    "bold and oblique": (1, 1),
}

HEAD = """# In the latent space

Made by `python -m docs latent`; nothing here is written by hand.

Walks (`keras_gen.plots`), directions and inversion (`keras_gen.latent`) on `glyphs`,
whose causes are known: `{vae}` has an encoder, `{gan}` has none.
Whether a made image is bold or oblique is judged by a classifier of these four kinds
that was trained for this page, and is right of {judge:.1%} of the test images; which
character it shows, by `{named_by}`, right of {namer:.1%}.

## Walks

Halfway between {walks:,} pairs of latents of `{gan}`. A straight path leaves the
sphere near which standard normal latents lie. Frechet distance of the features of
`{named_by}` to those of the {test:,} test images; as many training images:
{floor:.2f}.

| latents | mean norm | Frechet distance |
|---|---:|---:|
"""

WALK_TAIL = """
![walks](pictures/latent-walks.png)

## Directions

*Bold* is the mean of the latents of bold characters less that of regular ones, and so
is *oblique*. Both are added to latents of characters that are regular and upright: of
`{vae}` the codes of test images, and the directions are those of the training
images; of `{gan}` random latents that the judge calls so, and the directions are
those of other random latents, named by the judge. In per cent: weight as asked, slant
as asked, both, and still the same character.

| model | added | times | weight | slant | both | character |
|---|---|---:|---:|---:|---:|---:|
"""

DIRECTIONS_TAIL = """
![directions](pictures/latent-directions.png)

## bold - regular + oblique

The same with three images only: of each of the 36 characters (sans serif, one size, in
the middle) the code of the bold one, less that of the regular one, plus that of the
oblique one. The bold oblique one that should come out can be rendered: the mean squared
error is that of the pixels, and beside it that of the wanted image's own code, the best
that could be hoped for. `{vae}` finds codes by its encoder and sees black and white
images, `{gan}` finds them by inversion.

| model | weight | slant | both | character | error | error of its own code |
|---|---:|---:|---:|---:|---:|---:|
"""

ARITHMETIC_TAIL = """
![arithmetic](pictures/latent-arithmetic.png)
"""

INVERSION = """
## Inversion

`latent.invert` with {restarts} beginnings and {steps} steps for each of {n} images.
Mean squared error of the pixels, mean over the images: of the nearest of as many
random draws as the search looks at images ({looks:,}), of the search, and of the
encoder's code. The test images' mean image has {scale:.3f}.

| model | images | best draw | found | encoder |
|---|---|---:|---:|---:|
"""


SUMMED = """
## smiling woman - neutral woman + neutral man

The sums of the DCGAN paper, of drawn faces: `{vae}` finds the codes of test images by
its encoder, `{flow}` by its flow, whose codes hold all there is. A *woman* is here a
face with long hair and no beard, a *man* one with short hair and a beard, as far as the
factors of these drawings know of them. In each of {cases} cases the first two faces are
drawn anew, or so many of each kind, whose codes are averaged; the third is one man.
`{judge}`, right of {right:.1%} of the test images, looks at what comes out, in per
cent: the attribute that was asked for is there; the other {others} are those of the
man. *Himself* is his own code with nothing added. A sum is made as long as that: of
three codes it is longer than any that images have, and of one in a hundred of those the
flow's way back is no number.

A sum changes no more than a code holds. Of the test images' own reconstructions by
`{vae}` the judge finds glasses right in {glasses:.0%}, and smiles in {smiling:.0%}: a
mouth is two pixels high, and a squared error hardly counts it.

| model | sum | faces of a kind | as asked | others kept |
|---|---|---:|---:|---:|
"""

SUMMED_TAIL = """
![faces](pictures/latent-faces.png)
"""


@functools.cache
def judge():
    """A classifier: 0, 1 for regular, bold, and 2 more where it is oblique."""
    import keras

    import keras_gen as kg

    keras.utils.set_random_seed(0)
    x, y = glyphs("train")
    model = kg.Classifier(kg.networks.conv.encoder((28, 28, 1), 4, 16))
    steps = 4 * len(x) // 64
    rate = keras.optimizers.schedules.CosineDecay(2e-3, steps)
    model.compile(keras.optimizers.Adam(rate))
    model.fit(x, kinds(y).astype("int32"), batch_size=64, epochs=4, verbose=0)
    return model


@functools.cache
def glyphs(split):
    """Images and their causes."""
    from keras_gen.data import arrays

    return arrays("glyphs", split, labels=("class", "weight", "slant"))


def kinds(y):
    return y["weight"] + 2 * y["slant"]


def inked(x):
    """Black and white, as the VAE sees them."""
    return (x > 0.5).astype("float32")


def made(name, z):
    from keras_gen.latent import decoder, output

    function, _ = decoder(zoo.load(name))
    return np.concatenate(
        [output(function, z[i : i + 512]) for i in range(0, len(z), 512)]
    )


def codes(x, name=VAE):
    x, encode = inked(x) if name == VAE else x, zoo.load(name).encode
    parts = [encode(x[i : i + 512]) for i in range(0, len(x), 512)]
    return np.concatenate([next(iter(part.values())) for part in parts])


def right(images, kind, character):
    """Shares: weight, slant, both as asked; and the character."""
    said = judge().said(images)
    weight, slant = said % 2 == kind % 2, said // 2 == kind // 2
    same = zoo.load(NAMER).said(images) == character
    return [
        round(float(hit.mean()), 4) for hit in (weight, slant, weight & slant, same)
    ]


def judges():
    """How often the judges are right of test images, and how many those are."""
    x, y = glyphs("test")
    weights = float((judge().said(x) == kinds(y)).mean())
    names = float((zoo.load(NAMER).said(x) == y["class"]).mean())
    return {"judge": weights, "namer": names, "test": len(x)}


def walks():
    """Halfway along both paths, and random latents: norm and Frechet distance."""
    from keras_gen import plots
    from keras_gen.metrics import frechet

    model, namer = zoo.load(GAN), zoo.load(NAMER)
    z = plots.latents(model, 2 * WALKS, seed=1)
    pairs = list(zip(z[:WALKS], z[WALKS:], strict=True))
    middles = {
        "random": z[:WALKS],
        "halfway, linear": np.stack([plots.linear(a, b, 3)[1] for a, b in pairs]),
        "halfway, spherical": np.stack([plots.spherical(a, b, 3)[1] for a, b in pairs]),
    }

    (train, _), (test, _) = glyphs("train"), glyphs("test")
    seen = namer.features(test)
    picked = np.random.default_rng(0).choice(len(train), WALKS, replace=False)
    floor = frechet.distance(namer.features(train[picked]), seen)
    rows = {
        name: [
            float(np.linalg.norm(z, axis=1).mean()),
            frechet.distance(namer.features(made(GAN, z)), seen),
        ]
        for name, z in middles.items()
    }
    shown = [
        walk(*pair, 9) for pair in pairs[:3] for walk in (plots.linear, plots.spherical)
    ]
    picture = plots.pixels.table(
        made(GAN, np.concatenate(shown)), ["linear", "spherical"] * 3
    )
    plots.save_image(PICTURES / "latent-walks.png", picture)
    return {"floor": floor, "rows": rows}


def plain_latents():
    """Model -> latents of regular upright characters, their names, two directions."""
    from keras_gen import plots
    from keras_gen.latent import attribute

    (x, y), (tx, ty) = glyphs("train"), glyphs("test")
    z, plain = codes(x), kinds(ty) == 0
    found = {
        VAE: (
            codes(tx[plain][:ASKED]),
            ty["class"][plain][:ASKED],
            [attribute(z, y[cause] == 1) for cause in ("weight", "slant")],
        )
    }
    z = plots.latents(zoo.load(GAN), 12 * ASKED, seed=2)
    images = made(GAN, z)
    said, character = judge().said(images), zoo.load(NAMER).said(images)
    first = slice(None, 6 * ASKED)
    bold, oblique = said % 2 == 1, said // 2 == 1
    v = [attribute(z[first], hit[first]) for hit in (bold, oblique)]
    plain = np.flatnonzero(said == 0)
    plain = plain[plain >= 6 * ASKED][:ASKED]
    return found | {GAN: (z[plain], character[plain], v)}


def directions():
    """Model, what is added, times -> what the images then are."""
    from keras_gen import plots

    rows, tiles, labels = [], [], []
    for name, (z, character, v) in plain_latents().items():
        for change, (bold, oblique) in CHANGES.items():
            for times in STRENGTHS[name] if bold or oblique else (1.0,):
                images = made(name, z + times * (bold * v[0] + oblique * v[1]))
                shares = right(images, np.int64(bold + 2 * oblique), character)
                rows.append([name, change, times, len(z), *shares])
            tiles.append(images[:: len(images) // 12][:12])
            labels.append(name if change == "nothing" else f"+ {change}")
    picture = plots.pixels.table(np.concatenate(tiles), labels)
    plots.save_image(PICTURES / "latent-directions.png", picture)
    return {"rows": rows}


def arithmetic():
    """bold - regular + oblique, of rendered characters, and what should come out."""
    from keras_gen import plots
    from keras_gen.data.glyphs import render
    from keras_gen.latent import invert

    middle = {"font": 0, "size": 17.0, "x": 0.0, "y": 0.0, "rotation": 0.0}
    x = np.stack(
        [
            render(**middle, weight=w, slant=s, **{"class": k})
            for w, s in ((1, 0), (0, 0), (0, 1), (1, 1))
            for k in range(36)
        ]
    ).astype("float32") / np.float32(255)
    rows, tiles, labels = {}, [], []
    for name in (VAE, GAN):
        given = inked(x) if name == VAE else x
        z = codes(x) if name == VAE else invert(zoo.load(GAN), x, **SEARCH).z
        bold, regular, oblique, wanted = z.reshape(4, 36, -1)
        images, best = made(name, bold - regular + oblique), made(name, wanted)
        shares = right(images, np.int64(3), np.arange(36))
        errors = [float(np.mean((i - given[-36:]) ** 2)) for i in (images, best)]
        rows[name] = [*shares, *errors]
        picked = np.arange(10, 22)
        parts = [*given.reshape(4, 36, 28, 28, 1), images]
        tiles += [part[picked] for part in parts]
        labels += ["bold", "- regular", "+ oblique", "wanted", name]
    picture = plots.pixels.table(np.concatenate(tiles), labels)
    plots.save_image(PICTURES / "latent-arithmetic.png", picture)
    return rows


def inversion():
    """Errors of the best draw, the search and the encoder."""
    from keras_gen.latent import invert
    from keras_gen.plots import latents

    test = glyphs("test")[0]
    test = test[np.linspace(0, len(test) - 1, SEARCHED).round().astype(int)]
    rows = []
    for name in (VAE, GAN):
        model = zoo.load(name)
        sets = {"its own": model.sample(SEARCHED, seed=3)}
        sets["test"] = inked(test) if name == VAE else test
        drawn = made(name, latents(model, looks(), seed=4)).reshape(looks(), -1)
        for title, x in sets.items():
            flat = x.reshape(SEARCHED, -1)
            squares = (drawn**2).sum(1) - 2 * flat @ drawn.T
            nearest = drawn[squares.argmin(1)]
            errors = [np.mean((nearest - flat) ** 2)]
            errors.append(invert(model, x, **SEARCH).error.mean())
            if name == VAE:
                errors.append(np.mean((made(VAE, codes(x)) - x) ** 2))
            rows.append([name, title, *map(float, errors)])
    scale = float(np.mean((test - glyphs("train")[0].mean(0)) ** 2))
    return {"scale": scale, "rows": rows}


def faces():
    """Codes added up: the attribute that was asked for, and those of the third face."""
    from keras_gen import plots
    from keras_gen.data import arrays

    namer = zoo.load(ATTRIBUTES)
    names = list(namer.attributes)
    form = {"size": (32, 32), "labels": tuple(names)}
    x, true = arrays("faces/avataaars", "test", **form)
    said = namer.answers(x)
    right = float(np.mean([said[n] == true[n] for n in names]))
    again = namer.answers(made(FACES[0], codes(x, FACES[0])))
    held = {name: float((again[name] == true[name]).mean()) for name in SUMS}
    rows, tiles, labels = [], [], []
    for model in FACES:
        z, rng = codes(x, model), np.random.default_rng(0)
        for name, title in SUMS.items():
            man, summed = sums(z, true, name, rng)
            for few, codes_of in summed.items():
                images = made(model, codes_of)
                answers = namer.answers(images)
                others = [answers[n] == true[n][man] for n in names if n != name]
                asked = float(np.mean(answers[name] == 1))
                rows.append([model, title, few, asked, float(np.mean(others))])
            tiles += [x[man[:12]], made(model, z[man[:12]]), images[:12]]
            labels += ["man", f"{model}'s code", f"+ {name}"]
    picture = plots.pixels.table(np.concatenate(tiles), labels)
    plots.save_image(PICTURES / "latent-faces.png", picture)
    return {"rows": rows, "right": right, "others": len(names) - 1, "held": held}


def sums(z, true, name, rng):
    """Men without what is asked for; {of how many faces: their codes and what adds}."""
    having, lacking, third = (
        np.flatnonzero(
            np.all([true[k] == v for k, v in (kind | {name: has}).items()], axis=0)
        )
        for kind, has in ((WOMAN, 1), (WOMAN, 0), (MAN, 0))
    )
    man = rng.choice(third, CASES, replace=False)
    summed = {"himself": z[man]}
    for few in FEW:
        means = [
            np.stack([z[rng.choice(group, few)].mean(0) for _ in range(CASES)])
            for group in (having, lacking)
        ]
        total = means[0] - means[1] + z[man]
        length = np.linalg.norm(z[man], axis=1) / np.linalg.norm(total, axis=1)
        summed[few] = total * length[:, None]
    return man, summed


def looks():
    """How many images a search looks at: its draws, and its steps."""
    return 1024 + SEARCH["steps"] * SEARCH["restarts"]


def measure(title) -> dict:
    return PARTS[title]()


PARTS = {
    part.__name__: part
    for part in (judges, walks, directions, arithmetic, faces, inversion)
}
NEEDS = {"judges": [NAMER], "walks": [GAN, NAMER], "inversion": [VAE, GAN],
         "faces": [*FACES, ATTRIBUTES]}  # fmt: skip


def keys() -> dict[str, str]:
    """The weights that each part depends on."""
    needs = {title: NEEDS.get(title, [VAE, GAN, NAMER]) for title in PARTS}
    return {title: " ".join(map(weights, names)) for title, names in needs.items()}


def text(found) -> str:
    names = {"vae": VAE, "gan": GAN, "named_by": NAMER}
    walked, searched = found["walks"], found["inversion"]
    head = HEAD.format(
        **names,
        **found["judges"],
        walks=WALKS,
        floor=walked["floor"],
    )
    rows = [f"| {k} | {n:.2f} | {d:.2f} |" for k, (n, d) in walked["rows"].items()]
    directed = [
        f"| `{name}` | {change} | {times:g} | {per_cent(shares)} |"
        for name, change, times, _, *shares in found["directions"]["rows"]
    ]
    summed = [
        f"| `{name}` | {per_cent(row[:4])} | {row[4]:.4f} | {row[5]:.4f} |"
        for name, row in found["arithmetic"].items()
    ]
    errors = [
        f"| `{name}` | {title} | {' | '.join(f'{e:.2g}' for e in row)} |"
        + " - |" * (3 - len(row))
        for name, title, *row in searched["rows"]
    ]
    inverted = INVERSION.format(
        n=SEARCHED, scale=searched["scale"], looks=looks(), **SEARCH
    )
    added = [
        f"| `{model}` | {title} | {few} | {per_cent(shares)} |"
        for model, title, few, *shares in found["faces"]["rows"]
    ]
    of_faces = SUMMED.format(
        vae=FACES[0], flow=FACES[1], judge=ATTRIBUTES, cases=CASES,
        right=found["faces"]["right"], others=found["faces"]["others"],
        **found["faces"]["held"],
    )  # fmt: skip
    parts = [head, *rows, WALK_TAIL.format(**names), *directed]
    parts += [DIRECTIONS_TAIL.format(**names), *summed, ARITHMETIC_TAIL]
    parts += [of_faces, *added, SUMMED_TAIL, inverted, *errors]
    return (
        "\n".join(part.strip("\n") if part[0] == "|" else part[:-1] for part in parts)
        + "\n"
    )


def per_cent(shares) -> str:
    return " | ".join(f"{100 * share:.0f}" for share in shares)


PAGE = Page("latent", text, keys, measure)
