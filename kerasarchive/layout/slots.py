"""Whether an optimizer's stored variables can be those of a model: numbers of its own, and slots shaped as the weights.

Every optimizer keeps, after its step counter and learning rate, one or more slots for each trainable variable; they lie
slot after slot (``m m m v v v``) or variable after variable (``m v m v m v``). Sources: ``build`` of the optimizers of
Keras 2.12 to 3.15.
"""

from __future__ import annotations

from collections.abc import Sequence

from kerasarchive.layout.shapes import Shape

OTHERS = frozenset({"adafactor", "muon", "lossscaleoptimizer", "lossscaleoptimizerv3", "multioptimizer"})
"""Optimizers, in lower case, whose slots are shaped otherwise."""

MOST_SLOTS = 4


def misfit(stored: Sequence[Shape], weights: Sequence[Shape | None], numbers: int) -> int | None:
    """The index of the first stored variable that is no slot of `weights` where one belongs; None if all fit.

    `numbers` is how many scalars (steps, learning rate, the product of Nadam's momenta) there are. Only a single
    misfit is told, where everything else fits: anything else may be an order that is not known here.
    """
    if not weights or any(shape is None or None in shape for shape in weights) or not stored:
        return None
    best: tuple[int, int] | None = None
    for expected in _orders(len(stored), list(weights), numbers):
        wrong = [index for index, (found, want) in enumerate(zip(stored, expected, strict=True)) if found != want]
        if not wrong:
            return None
        if best is None or len(wrong) < best[0]:
            best = (len(wrong), wrong[0])
    return best[1] if best is not None and best[0] == 1 else None


def _orders(count: int, weights: list[Shape | None], numbers: int) -> list[list[Shape | None]]:
    """Every list of `count` shapes that an optimizer of these weights could have."""
    slots, rest = divmod(count - numbers, len(weights))
    if rest or not 0 <= slots <= MOST_SLOTS:
        return []
    head: list[Shape | None] = [()] * numbers
    by_slot = [shape for _ in range(slots) for shape in weights]
    by_variable = [shape for shape in weights for _ in range(slots)]
    bodies = [by_slot, by_variable]
    if slots > 1:
        # Two to a variable, then another slot for all (Adam's amsgrad, an average of the weights).
        pairs = [shape for shape in weights for _ in range(slots - 1)]
        bodies += [pairs + weights, weights + pairs]
    # Keras 3.10 moved one number, the product of Nadam's momenta, to the end.
    return [head + body for body in bodies] + [head[1:] + body + head[:1] for body in bodies if numbers > 1]
