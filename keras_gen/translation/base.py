"""What translators share: two players, one task, and the error of what is made."""

from keras_gen.model import GenerativeModel


class Translator(GenerativeModel):
    """Base of the games whose generator answers for an error, too.

    A subclass has both networks and says, in `task`, what its losses are about; its
    last report is the error of each image, which `generator_loss` gives beside its own.
    """

    sampler = None

    def players(self):
        return {"generator": self.generator, "discriminator": self.discriminator}

    def task(self, data, training) -> tuple:
        """Of a batch: the arguments of both losses."""
        raise NotImplementedError

    def train_step(self, data):
        task = self.task(data, training=True)
        d = self.descend("discriminator", lambda: self.discriminator_loss(*task, True))
        g, error = self.descend("generator", lambda: self.generator_loss(*task, True))
        return self._report(d, g, error)

    def test_step(self, data):
        task = self.task(data, training=False)
        return self._report(self.discriminator_loss(*task), *self.generator_loss(*task))

    def _report(self, d, g, error):
        losses = {"discriminator_loss": d, "generator_loss": g}
        return self.report(loss=d + g, **losses, **{self.reports[-1]: error})
