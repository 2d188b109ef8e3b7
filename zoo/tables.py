"""Measures as people read them: with their errors, and no more digits than that."""

from keras_gen.plain import PlainTable as Table


def headline(metrics: dict) -> str:
    """The one measure that a table has room for, with its standard error.

    Of generated pictures it is the one that judges what they show, in the features of
    a classifier, where the card has it.

    Example:
        >>> headline({
        ...     "bits_per_dim": {
        ...         "value": 1.894, "stderr": 0.013, "estimator": "upper bound, ...",
        ...     },
        ...     "histogram_bits_per_dim": {"value": 2.427, "stderr": 0.012},
        ... })
        '<= 1.894 ± 0.013 bits/dim (histogram 2.427)'
        >>> headline({"iou": {"value": 0.8438, "stderr": None}})
        'IoU 0.844'
    """
    value = {name: metric["value"] for name, metric in metrics.items()}
    if "modes_covered" in value:
        good = percent(metrics["share_good"])
        return f"{value['modes_covered']:.0f} modes, {good} good"
    if "bits_per_dim" in value:
        histogram = value["histogram_bits_per_dim"]
        bits = _with_error(metrics["bits_per_dim"], 3)
        return f"{bits} bits/dim (histogram {histogram:.3f})"
    if "frechet" in value:
        judged = "classifier_frechet" in value
        name = "classifier_frechet" if judged else "frechet"
        shown = f"Frechet {'' if judged else 'of pixels '}{value[name]:.2f} "
        shown += f"(real {value[f'{name}_floor']:.2f})"
        for name, what in (
            ("label_accuracy", "as asked"),
            ("caption_accuracy", "as asked"),
            ("accuracy", "told apart"),
            ("purity", "sorted by class"),
        ):
            if name in value:
                shown += f", {percent(metrics[name])} {what}"
        return shown
    if "asked_frechet" in value:
        shown = f"Frechet of pixels {value['asked_frechet']:.2f} "
        shown += f"(real {value['asked_frechet_floor']:.2f})"
        if "taken" in value:
            shown += f", {percent(metrics['taken'])} taken for it"
        return shown
    if "psnr" in value:
        rival = f"{metrics['baseline_psnr']['estimator']} {value['baseline_psnr']:.1f}"
        return f"PSNR {_with_error(metrics['psnr'], 1)} dB ({rival})"
    if "iou" in value:
        shown = f"IoU {_with_error(metrics['iou'], 3)}"
        if "baseline_iou" in value:  # of two kinds a threshold would do
            shown += f" (threshold {value['baseline_iou']:.2f})"
        return shown
    name = next(iter(value))
    return f"{name} {_with_error(metrics[name], 3)}"


def _with_error(metric: dict, digits: int, times: float = 1) -> str:
    """A value, "<=" before it where it is only bounded, "~" where log Z is estimated.

    The estimator says so. It has more digits where its error would be shown as 0.
    """
    how = metric.get("estimator", "").split(",")[0]
    sign = {"upper bound": "<= ", "estimate": "~ "}.get(how, "")
    value, error = times * metric["value"], times * (metric["stderr"] or 0)
    while error and round(error, digits) == 0:
        digits += 1
    return f"{sign}{value:.{digits}f}" + f" ± {error:.{digits}f}" * bool(error)


def percent(metric: dict) -> str:
    """A share with its error."""
    return f"{_with_error(metric, 1, 100)}%"


def measures(metrics: dict, claimed: dict | None = None) -> Table:
    """A table of measures with their uncertainty and estimator, beside a card's."""
    table = Table("measure", box=None, pad_edge=False)
    for heading in (*(["card"] if claimed else []), "value", "± s.e.", "n"):
        table.add_column(heading, justify="right")
    table.add_column("how")
    for name, m in metrics.items():
        said = (claimed or {}).get(name)  # not of a measure that is new
        card = [_digits(said and said["value"])] if claimed else []
        values = (_digits(m["value"]), _digits(m["stderr"]), f"{m['n']:,}")
        table.add_row(name, *card, *values, m["estimator"])
    return table


def _digits(value) -> str:
    """Four places, or the first two digits of what has none there."""
    if value is None:
        return ""
    return f"{value:.4f}" if value == 0 or abs(value) >= 1e-3 else f"{value:.1e}"
