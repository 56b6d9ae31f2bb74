"""An amount in parts that sum to it."""

from collections.abc import Sequence


def spread(whole_minor: int, weights: Sequence[int], names: Sequence[str]) -> list[int]:
    """The amount in proportion to the weights, by largest remainder; equal remainders go by name.

    So each part is within a minor unit of its exact share, and does not depend on the order of the others. Weights are
    not negative, and their sum is at least the amount; all parts are 0 where the amount is.
    """
    total = sum(weights)
    if whole_minor == 0 or total == 0:
        return [0] * len(weights)
    parts = [whole_minor * weight // total for weight in weights]
    rest = whole_minor - sum(parts)
    if rest:
        by_rest = sorted(range(len(weights)), key=lambda n: (-(whole_minor * weights[n] % total), names[n], n))
        for n in by_rest[:rest]:
            parts[n] += 1
    return parts
