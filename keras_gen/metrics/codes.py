"""How a model uses the integers that it encodes examples with.

    perplexity  exp of the entropy of how often each code occurs over all examples: as
                many equally likely codes would be as hard to guess
    codes_used  how many occur at all

A codebook of which few codes live says less than its size promises.
"""

import math

import numpy as np

from keras_gen.metrics.estimate import Estimate


def code_usage(model, x, batch: int = 512) -> dict[str, Estimate]:
    """Perplexity and number of the codes, or nothing if the model has none."""
    encode = getattr(model, "signatures", dict)().get("encode")
    spec = encode and encode.outputs.get("codes")
    if not spec or not spec.discrete:
        return {}
    parts = [encode.function(x=x[i : i + batch]) for i in range(0, len(x), batch)]
    codes = np.concatenate([np.ravel(part["codes"]) for part in parts])
    total = spec.range[1] + 1
    share = np.bincount(codes, minlength=total) / len(codes)
    used = share[share > 0]
    perplexity = math.exp(-(used * np.log(used)).sum())
    values = {"perplexity": perplexity, "codes_used": float(len(used))}
    return {k: Estimate(v, None, f"of {total}", len(x)) for k, v in values.items()}
