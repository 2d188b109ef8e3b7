"""What a trained model of diffusion is used for: drawing, editing, likelihood, export.

None of it is part of the training, and all of it goes through one loop (drawing.py).
"""

import functools
import inspect
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated

import numpy as np
import tensorflow as tf

from keras_gen import arguments
from keras_gen.arguments import Count, Share, Size, within
from keras_gen.checks import check_batch
from keras_gen.diffusion import likelihood
from keras_gen.diffusion.drawing import Drawing
from keras_gen.errors import BadInput
from keras_gen.model import GenerativeModel
from keras_gen.noise import draw
from keras_gen.parts.solvers import DDIM, Grid, Solver
from keras_gen.parts.steering import check_examples
from keras_gen.signatures import (
    Signature,
    Spec,
    caption_spec,
    data_spec,
    draw_inputs,
    embedding_spec,
    label_spec,
)

TIMES = 1000  # that the exported network is asked about
GUIDANCE = 10.0  # the largest
Guidance = Annotated[float, within("[0, 10]")]


class Using(GenerativeModel):
    """Base of `Diffusion`: the methods of a model that is trained."""

    renoised = False  # whether each step draws all its noise anew

    # Drawing.

    def draw(self, z, **how):
        """Examples out of noise: see drawing.py."""
        return Drawing(self, **how)(z)

    def call(self, z, **given):
        """What DDIM draws: of the noise z alone, whatever the solver is."""
        weight = None if self.guidance == 1 else self.guidance
        return self.draw(z, given=given, weight=weight, solver=DDIM())

    def generate(self, z, noise=None, **given):
        """The examples that this noise is denoised to."""
        weight = None if self.guidance == 1 else self.guidance
        return {self.data_name: self.draw(z, noise=noise, given=given, weight=weight)}

    def sample_loop(
        self, z, x, known, strength, steps, guidance=None, noise=None, **given
    ):
        """`edit` with all its numbers as tensors, one for each example."""
        drawn = self.draw(
            z,
            noise=noise,
            given=given,
            x=x,
            known=known,
            strength=strength,
            steps=steps,
            weight=guidance,
        )
        return {self.data_name: drawn}

    def denoise(self, x, step, **given):
        """What the network takes x for, at the time (step + 1) / 1000 of the path."""
        t = (tf.cast(step, "float32") + 1.0) / TIMES
        clean, _ = self.predict_both(x, self.column(self.noising.ratio(t)), given)
        return {self.data_name: (clean + 1.0) / 2.0 if self.is_image else clean}

    @arguments.checked
    def sample(
        self,
        n: arguments.CountFrom0,
        seed: arguments.AnySeed | None = None,
        batch: Count = 256,
        *,
        steps: Size | None = None,
        guidance: Guidance | None = None,
        solver: Solver | None = None,
        grid: Grid | None = None,
        steer: Callable | None = None,
        **conditions,
    ):
        """As `GenerativeModel.sample`; of the model's own choices others can be made.

        Args:
            n: how many.
            seed: any integer of 64 bits; None draws a new one.
            batch: how many are computed at once.
            steps, guidance, solver, grid: instead of the model's own.
            steer: a judge of what is made, from `steering`.
            **conditions: `label`, `caption` (a text) or `embedding`.

        Example:
            >>> model = DDPM.small()["plain"]()
            >>> model.sample(2, seed=1, steps=3).shape
            (2, 4, 4, 1)
        """
        check_examples(steer, n, batch)
        chosen = self.chosen(steps, guidance, solver, grid, steer)
        if all(getattr(self, key) == value for key, value in chosen.items()):
            return super().sample(n, seed, batch, **conditions)
        other = self.choosing(**chosen)
        return GenerativeModel.sample(other, n, seed, batch, **conditions)

    def chosen(
        self, steps=None, guidance=None, solver=None, grid=None, steer=None
    ) -> dict:
        """The model's choices, and others in their place."""
        given = {"steps": steps, "guidance": guidance, "solver": solver, "grid": grid}
        given["steer"] = steer
        return {
            key: getattr(self, key) if value is None else value
            for key, value in given.items()
        }

    def choosing(self, steer=None, **chosen):
        """This model, its weights its own, that makes other choices in drawing."""
        key = (steer, *chosen.values())
        if key not in self._others:
            config = {name: getattr(self, name) for name in arguments.own(type(self))}
            config |= {name: getattr(self, name) for name in self._given}
            network = self.averaged or self.network
            config |= {"network": network, "average": 0.0, **chosen}
            other = type(self)(**config)
            object.__setattr__(other, "steer", steer)  # a judge's weights are its own
            self._others[key] = other
        return self._others[key]

    def stages(self) -> list[dict]:
        """Where its steps begin, for a loop around `denoise` outside of this library.

        Returns:
            For each step the time that `denoise` is asked about, and alpha and sigma
            there.
        """
        n, path = float(self.steps), self.noising
        r = self.grid.at(path, tf.range(n), n)
        step = tf.clip_by_value(tf.round(path.time(r) * TIMES) - 1.0, 0.0, TIMES - 1.0)
        alpha, sigma = path.scales(path.ratio((step + 1.0) / TIMES))
        rows = zip(step.numpy(), alpha.numpy(), sigma.numpy(), strict=True)
        return [
            {"step": int(i), "alpha": float(a), "sigma": float(s)} for i, a, s in rows
        ]

    # Likelihood.

    def log_prob(
        self,
        x,
        condition=None,
        probes: arguments.CountFrom0 = 0,
        steps: Size = 32,
        seed: arguments.Seed = 0,
        **given,
    ):
        """log p(x) in nats, by the flow: see likelihood.py.

        Args:
            x: a batch of examples.
            condition: what is told of each, if anything; or by its name, **given.
            probes: to estimate the divergence by; 0 is exact, and slow for images.
            steps: of the flow, four passes each.
            seed: of the probes.
        """
        if condition is not None:
            given = {self.condition or "label": condition}
        return likelihood.log_prob(self, x, probes, steps, seed, given)

    @arguments.checked
    def bits_per_dim(
        self,
        x,
        levels: Size = 256,
        probes: arguments.CountFrom0 = 1,
        steps: Size = 32,
        seed: arguments.Seed = 0,
        **given,
    ):
        """Of images of so many levels, uniform noise on them: an upper bound."""
        return likelihood.bits_per_dim(self, x, levels, probes, steps, seed, given)

    @property
    def judged_by_samples(self):
        """Whether its cards have no likelihood, for that of images takes hours."""
        return self.is_image

    def edit(
        self,
        image,
        mask=None,
        strength: Share = 0.5,
        resample: Size = 1,
        seed: arguments.AnySeed = 0,
        steps: Size | None = None,
        guidance: Guidance | None = None,
        solver: Solver | None = None,
        grid: Grid | None = None,
        steer: Callable | None = None,
        **conditions,
    ):
        """Draw each image anew, from as much noise as `strength` says, or in a hole.

        Without a mask: a picture of strokes becomes one of the data at .6 or so, an
        image its variations. With one, only where it is 0 there is drawn, at strength
        1 out of nothing; other seeds are other completions. Pixels that are kept, and
        everything at strength 0, are those of `image`, bit for bit.

        Args:
            image: a batch of examples.
            mask: 1 where they stay, 0 where they are drawn; of an example's shape, or
                with one channel, or None.
            strength: where on the path to begin, in [0, 1]; 1 does not see the image.
            resample: how often each step is made, with as much noise put back in
                between, so that what is drawn and what is kept come to agree.
            seed: of the noise.
            steps, guidance, solver, grid, steer: as in `sample`.
            **conditions: as in `sample`.

        References: Meng et al., SDEdit (arXiv:2108.01073); Lugmayr et al., RePaint
        (arXiv:2201.09865), algorithm 1.
        Not here: a hole that is drawn is not told what its surroundings want; the
        solver's steps and the known pixels only meet.

        Example:
            >>> model = DDPM.small()["plain"]()
            >>> x = np.zeros((2, 4, 4, 1), "float32")
            >>> bool((model.edit(x, strength=0.0) == x).all())
            True
        """
        given = {"strength": strength, "resample": resample, "seed": seed}
        given |= {"steps": steps, "guidance": guidance, "solver": solver, "grid": grid}
        known = inspect.signature(type(self).edit).parameters
        arguments.look("edit", {n: known[n] for n in given}, (), given)
        x = np.asarray(image)
        check_batch(x, self.data_shape, f"{type(self).__name__}.edit")
        check_examples(steer, len(x), len(x))
        model = self.choosing(**self.chosen(steps, guidance, solver, grid, steer))
        inputs = model.edit_inputs(x, mask, strength, resample, seed, conditions)
        if resample not in model._editing:
            draw = functools.partial(model.draw, resample=resample)
            model._editing[resample] = tf.function(
                draw, autograph=False, reduce_retracing=True
            )
        return model._editing[resample](**inputs).numpy()

    def edit_inputs(self, x, mask, strength, resample, seed, conditions) -> dict:
        """What `draw` takes, for `edit`."""
        n = len(x)
        known = np.zeros_like(x) if mask is None else np.asarray(mask, "float32")
        shapes = {shape[i:] for shape in ((n, *self.data_shape),) for i in (0, 1)}
        shapes |= {(*shape[:-1], 1) for shape in shapes}
        if known.shape not in shapes:
            raise BadInput(
                f"the mask has the shape {known.shape}; give one value for each pixel "
                f"of an example of shape {self.data_shape}, for all {n} or for each."
            )
        inputs = draw_inputs(self.signatures()["generate"], n, seed, **conditions)
        given = {name: tf.constant(inputs.pop(name)) for name in self.condition_spec}
        count = self.noises(resample)
        if count:
            shape = (n, self.steps * count, *self.data_shape)
            inputs["noise"] = draw("normal", shape, seed + 1)
        if self.guidance != 1:
            inputs["weight"] = tf.fill((n,), self.guidance)
        return inputs | {
            "given": given,
            "x": tf.constant(x),
            "known": tf.constant(np.broadcast_to(known, x.shape)),
            "strength": tf.fill((n,), float(strength)),
        }

    def noises(self, resample: int = 1) -> int:
        """How many of the shape of an example a step takes."""
        again = 1 if resample > 1 else 0
        return resample * (int(self.solver.stochastic) + again)

    @property
    def condition_spec(self) -> dict:
        """{name: its `Spec`} of what the network is told, if anything."""
        if self.classes:
            label = label_spec(self.classes)
            return {"label": replace(label, nothing=self.classes)}
        if self.vocabulary:
            return {"caption": caption_spec(self.vocabulary)}
        if self.embedding:
            told = replace(embedding_spec(self.embedding), range=(0.0, 1.0))
            return {"embedding": replace(told, nothing=-1.0)}
        return {}

    def signatures(self):
        example = data_spec(self.data_shape, "what the noise is denoised to")
        # In a single pass, too, here and below: an error of what is nearly noise counts
        # 160 times.
        passes = max(2, self.steps * self.solver.passes)
        drawn = {self.data_name: replace(example, passes=passes)}
        z = Spec(self.data_shape, "latent", "noise at the start", law="normal")
        given, fresh = self.condition_spec, {}
        if self.solver.stochastic:
            meaning = "noise of each step"
            shape = (self.steps, *self.data_shape)
            fresh = {"noise": Spec(shape, "noise", meaning, law="normal")}
        noisy = Spec(
            self.data_shape, "noisy", "noisy example, on the path; data are in [-1, 1]"
        )
        step = Spec(
            (),
            "index",
            f"time, in {TIMES}ths of the path: 0 is near the data",
            dtype="int32",
            range=(0, TIMES - 1),
        )
        clean = Spec(self.data_shape, "noisy", "what it is taken for", passes=2)
        x = data_spec(self.data_shape, "example to begin with")
        mask = (*self.data_shape[:-1], 1)
        how = {
            "known": Spec(mask, "mask", "1 where it stays, 0 else", range=(0.0, 1.0)),
            "strength": Spec((), "setting", "1 begins at noise", range=(0.0, 1.0)),
            "steps": Spec(
                (), "index", "how many", dtype="int32", range=(1, self.steps)
            ),
        }
        if given and self.drop:
            meaning = f"weight of the {self.condition}; 1 is plain"
            how["guidance"] = Spec((), "setting", meaning, range=(0.0, GUIDANCE))
        said = {self.data_name: clean}
        return {
            "generate": Signature(self.generate, {"z": z, **fresh, **given}, drawn),
            "sample_loop": Signature(
                self.sample_loop, {"z": z, "x": x, **how, **fresh, **given}, drawn
            ),
            "denoise": Signature(
                self.denoise, {"x": noisy, "step": step, **given}, said
            ),
        }
