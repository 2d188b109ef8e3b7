"""One file after the other: written, opened again, measured, and listed or refused.

A quantised file is made from the float file, which is written first (and taken away
again if nobody asked for it): its bytes are what "smaller" refers to.
"""

import contextlib
import dataclasses
import logging
import pathlib
import tempfile

from export import answers, benchmark, formats, graphs, quantize, verify
from export.manifest import Artefact, Manifest
from export.quantize import AUTO, FLOAT, MODES
from keras_gen.errors import ExportError
from keras_gen.files import sha256

log = logging.getLogger("export")


class Unfit(ExportError):
    """A mode that is wrong for some signatures of a file.

    Args:
        reasons: {signature: a sentence}; for the file as a whole, none.
    """

    def __init__(self, what, reasons=None):
        super().__init__(what)
        self.reasons = reasons or {}


class Missed(Unfit):
    """A quantised file that was written and does not keep its bounds."""


class Maker:
    """Makes the files of one model in one folder.

    Args:
        folder: where to.
        truth: what the model answers.
        description: what every file shall say about the model.
        batch: of the TFLite file, None for any.
        calibration: the examples that int8 needs.
    """

    def __init__(self, folder, truth, description, batch, calibration):
        self.folder = folder
        self.truth = truth
        self.batch = batch
        self.calibration = calibration
        self.description = description | {"quantisation": FLOAT}
        self.manifest = Manifest(**description)
        self._made = []  # pairs of an artefact and its mode
        self._operators = {}

    def write(self, format: str, modes: list[str]) -> None:
        """Write and verify all files of a format, in each of the modes."""
        for signatures in formats.get(format).files(self.truth.signatures):
            source = self._float(format, signatures)
            if FLOAT in modes:
                self._list(source, FLOAT, *self._verified(source))
            for mode in modes:
                if mode == AUTO:
                    self._smallest(source, FLOAT in modes)
                elif mode != FLOAT:
                    self._asked_for(source, mode)
            if not any(f.path == self._name(source) for f in self.manifest.files):
                source.path.unlink()

    def finish(self) -> Manifest:
        """Write what the files are known by: answers, and the manifest."""
        path = self.folder / answers.NAME
        answers.save(path, answers.collect(self.folder, self._made, self.truth))
        self.manifest.answers = {answers.NAME: sha256(path)}
        self.manifest.save(self.folder / "manifest.json")
        return self.manifest

    def outcomes(self, format: str) -> dict[tuple[str, ...], dict[str, dict | str]]:
        """{signatures of a file: {mode: what was measured, or why there is none}}."""
        found = {}
        for signatures in formats.get(format).files(self.truth.signatures):
            source = self._float(format, signatures)
            modes = [mode for mode in MODES if format in MODES[mode].formats]
            row = found[source.signatures] = {}
            for mode in modes:
                try:
                    artefact, _, errors, ratio = self._quantised(source, mode)
                    row[mode] = {"ratio": ratio, "errors": errors}
                    artefact.path.unlink()
                except ExportError as error:
                    row[mode] = str(error)
        return found

    def _float(self, format, signatures, folder=None):
        log.info("writing %s: %s", format, ", ".join(signatures))
        home = formats.get(format)
        described = self.description["signatures"]
        about = {"signatures": {name: described[name] for name in signatures}}
        return home.write(
            signatures,
            folder or self.folder,
            home.batch(self.batch),
            self.description | about,
        )

    def _verified(self, artefact):
        log.info("verifying %s", self._name(artefact))
        home = formats.get(artefact.format)
        used = verify.check_operators(artefact, home.operators(artefact))
        return used, verify.check_values(artefact, home.load(artefact), self.truth)

    def _quantised(self, source, mode):
        """(artefact, operators, errors, ratio), or an error and no file."""
        self._refuse(source, mode)
        log.info("quantising %s: %s", self._name(source), mode)
        home = formats.get(source.format)
        signatures = {name: self.truth.signatures[name] for name in source.signatures}
        artefact = home.quantise(source, mode, signatures, self.calibration)
        with self._no_file_if_it_fails(artefact):
            used = verify.check_operators(artefact, home.operators(artefact))
            if mode == "int8":
                self._rehearse(artefact)
            run = home.load(artefact)
            errors = verify.quality(artefact, run, self.truth, MODES[mode])
            before = source.path.stat().st_size
            ratio = artefact.path.stat().st_size / before
            wrong = quantize.misses(mode, errors, ratio, before)
            if wrong:
                what = f"{source.format} {mode}"
                each = {
                    name: "; ".join(quantize.misses(mode, {name: errors[name]}, 0, 0))
                    for name in errors
                }
                reasons = {name: f"{text}." for name, text in each.items() if text}
                raise Missed(f"{what}: {'; '.join(wrong)}.", reasons)
        return artefact, used, errors, ratio

    def _rehearse(self, artefact):
        """Run the file in a process of its own, which LiteRT may end.

        On some graphs of integers (of a ladder whose middle level is silent) it stops
        the whole program, where it should raise.
        """
        for name in artefact.signatures:
            inputs, _ = next(
                iter(self.truth.answers(name, artefact.batch, verify.QUALITY))
            )
            subject = benchmark.Subject(
                formats.get(artefact.format).runtime,
                str(artefact.path),
                self._name(artefact),
            )
            with benchmark.Worker(subject, name, 1, inputs) as worker:
                try:
                    worker.answer()
                except ExportError:
                    raise ExportError(
                        f'{artefact.format} int8: the runtime breaks down at "{name}" '
                        "of this file. Take weight_int8, dynamic or float16."
                    ) from None

    def _asked_for(self, source, mode):
        try:
            made = self._quantised(source, mode)
        except Missed as error:
            raise ExportError(f"{error} {self._advice(source, mode)}") from None
        self._list(made[0], mode, *made[1:])

    def _passing(self, source, modes, faults=None):
        """What `_quantised` gives for those modes that pass, by mode.

        `faults` takes the errors of the others that concern some signatures alone.
        """
        passing = {}
        for mode in modes:
            if source.format in MODES[mode].formats:
                try:
                    passing[mode] = self._quantised(source, mode)
                except ExportError as error:
                    log.info("not %s: %s", mode, error)
                    if faults is not None and isinstance(error, Unfit):
                        faults[mode] = error.reasons
        return passing

    def _advice(self, source, failed):
        passing = self._passing(source, [mode for mode in MODES if mode != failed])
        if not passing:
            return "No other mode passes either: export it without `quantize`."
        mode = min(passing, key=lambda mode: passing[mode][3])
        return f"{mode} would pass, with {passing[mode][3]:.2f} of the float bytes."

    def _smallest(self, source, keep):
        """The smallest file that passes; what does not pass stays as it is."""
        faults = {}
        best = self._best(source, MODES, faults)
        left = {}
        if best is None:
            best, left = self._best_part(source, faults)
        if best is None:
            if not keep:
                log.info("%s stays float: no mode is smaller", self._name(source))
                self._list(source, FLOAT, *self._verified(source))
            return
        self._list(*best)
        for name, reason in left.items():
            log.info('"%s" of %s stays float: %s', name, source.format, reason)
        if left and not keep:
            rest = {name: self.truth.signatures[name] for name in left}
            source = self._float(source.format, rest)
            self._list(source, FLOAT, *self._verified(source))

    def _best(self, source, modes, faults):
        """The smallest of those that pass, as `_list` takes it; no other file stays."""
        passing = self._passing(source, modes, faults)
        size = {mode: made[0].path.stat().st_size for mode, made in passing.items()}
        best = min(size, key=size.get, default=None)
        if best and size[best] >= source.path.stat().st_size:
            best = None
        for mode, made in passing.items():
            if mode != best:
                made[0].path.unlink()
        return best and (passing[best][0], best, *passing[best][1:])

    def _best_part(self, source, faults):
        """The same for a part of a file, the largest, and why the others are not in it.

        Returns:
            What `_list` takes and {signature: reason}, or None and nothing.
        """
        parts = {}
        for mode, reasons in faults.items():
            part = tuple(name for name in source.signatures if name not in reasons)
            if reasons and part:
                parts.setdefault(part, []).append(mode)
        for part in sorted(parts, key=len, reverse=True):
            with tempfile.TemporaryDirectory(dir=self.folder) as scratch:
                signatures = {name: self.truth.signatures[name] for name in part}
                scratch = pathlib.Path(scratch)
                some = self._float(source.format, signatures, scratch)
                best = self._best(some, parts[part], {})
                if best:
                    artefact, mode, *rest = best
                    path = artefact.path.rename(self.folder / artefact.path.name)
                    artefact = dataclasses.replace(artefact, path=path)
                    return (artefact, mode, *rest), faults[mode]
        return None, {}

    def _refuse(self, source, mode):
        reasons = {}
        for name in source.signatures:
            signature = self.truth.signatures[name]
            if name not in self._operators:
                graph = graphs.traced(name, signature).graph.as_graph_def()
                self._operators[name] = {node.op for node in graphs.nodes(graph)}
            reason = quantize.refusal(
                mode,
                formats.get(source.format),
                name,
                signature,
                self._operators[name],
                source.batch,
            )
            if reason:
                reasons[name] = reason
        if reasons:
            first = next(iter(reasons.values()))
            raise Unfit(f"{source.format} {mode} is refused: {first}", reasons)

    @contextlib.contextmanager
    def _no_file_if_it_fails(self, artefact: Artefact):
        try:
            yield
        except BaseException:
            artefact.path.unlink(missing_ok=True)
            raise

    def _list(self, artefact, mode, used, errors, ratio=None):
        self.manifest.add(artefact, self.folder, used, errors, mode, ratio)
        self._made.append((artefact, mode))

    def _name(self, artefact):
        return artefact.path.relative_to(self.folder).as_posix()
