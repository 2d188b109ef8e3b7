"""What to do about an operator that a format does not have.

The converters name an operator of TensorFlow; the reader of the message wrote a layer
or a formula. Each line has been met on a real model.
"""

import re

REMEDIES = {
    "Lgamma|Digamma|Betainc|Igamma": "Log-factorials belong in a table; densities that "
    "need lgamma stay in training code.",
    "Erf|Erfc|Erfinv|Ndtri": "Use tanh-GELU or a logistic in place of the Gaussian "
    "integral.",
    "TensorList": "Give recurrent layers unroll=True, or fix the batch size.",
    "ResizeBicubic|ScaleAndTranslate": "Resize with nearest or bilinear, without "
    "antialias.",
    "MatrixTriangularSolve|MatrixInverse|Qr|Svd": "Compute the inverse once, in NumPy, "
    "and multiply by it.",
    "LowerBound|UpperBound": "Count comparisons instead of searchsorted.",
    "TensorScatterUpdate|TensorStridedSliceUpdate|XlaDynamicUpdateSlice": "Replace the "
    "assignment to a slice by a one-hot mask or a concatenation.",
    "Random|Multinomial": "Take the noise as an input of the signature.",
    "Bessel|Polygamma|Zeta|SelfAdjoint|Cholesky|Complex|FFT|BitwiseAnd": "Express "
    "it by elementary functions, or compute it beforehand.",
}


def known(operator: str) -> bool:
    """Whether the operator is one that has made trouble."""
    return any(name in operator for names in REMEDIES for name in names.split("|"))


def remedy(operators, batch: int | None = None) -> str:
    """What to do about `operators`, in a sentence or two."""
    advice = [
        text
        for names, text in REMEDIES.items()
        if any(name in op for name in names.split("|") for op in operators)
    ]
    if any("Conv" in op for op in operators) and batch is None:
        advice.append(
            "A convolution lost its static shape: upsample with "
            "keras.ops.image.resize, or fix the batch size."
        )
    return " ".join(
        advice
        or [
            "Write it with plain operations (arithmetic, exp, log, softplus, matmul, "
            "conv, gather), or leave this signature out."
        ]
    )


def missing(title: str, name: str, operators) -> str:
    """A sentence: the format of this title has no such operators, and what to do."""
    text = f'{title} has no operator for {", ".join(operators)} in "{name}". '
    return text + remedy(operators)


def sentence(error) -> str:
    """The first informative line of a tool's error, ended like a sentence."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if lines and lines[0] == "in user code:":  # from autograph: frames come first
        lines = [line for line in lines if re.match(r"\w+(Error|Exception): ", line)]
    line = lines[0] if lines else type(error).__name__
    return line if line.endswith((".", "!")) else f"{line}."
