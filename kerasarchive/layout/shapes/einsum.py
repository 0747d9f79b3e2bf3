"""Kernel, bias and output shape of an EinsumDense, from its equation, as Keras derives them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kerasarchive.layout.shapes.setting import Shape

PLAIN = re.compile(r"([a-zA-Z]{1,52}),([a-zA-Z]{1,52})->([a-zA-Z]{1,52})")
LEFT = re.compile(r"0([a-zA-Z]{1,52}),([a-zA-Z]{1,52})->0([a-zA-Z]{1,52})")
RIGHT = re.compile(r"([a-zA-Z]{2,52})0,([a-zA-Z]{1,52})->([a-zA-Z]{1,52})0")


@dataclass(frozen=True, slots=True)
class Projection:
    """What follows from an equation; `reduced` are the kernel's axes that are summed over."""

    kernel: Shape
    bias: Shape | None
    output: Shape
    reduced: tuple[int, ...]


def analyze(equation: str, bias_axes: str | None, input_shape: Shape | None, partial: Shape) -> Projection | None:
    """The shapes of an EinsumDense; None where the equation is not one that Keras takes.

    `partial` is the config's ``output_shape``: without the batch. `input_shape` None leaves its dimensions unknown.
    """
    text = equation.replace("...", "0") if len(equation) < 200 else ""
    match, left = PLAIN.match(text), False
    if match is None:
        match, left = LEFT.match(text), True
    if match is None:
        match, left = RIGHT.match(text), False
    if match is None:
        return None
    inputs, kernel, outputs = match.groups()
    shape = input_shape if input_shape is not None else (None,) * (len(inputs) + left)
    elided = len(shape) - len(inputs)
    if elided < 0 or not shape:
        return None
    output = [shape[0], *partial]
    if elided > 0 and left:
        output[1:1] = shape[1:elided]
    elif elided > 0:
        output.extend(shape[len(shape) - elided :])
    of_input = {letter: shape[i + elided if left else i] for i, letter in enumerate(inputs)}
    if any(i + (elided if left else 0) >= len(output) for i in range(len(outputs))):
        return None
    of_output = {letter: output[i + (elided if left else 0)] for i, letter in enumerate(outputs)}
    for letter in outputs:
        if of_output[letter] is None:
            of_output[letter] = of_input.get(letter)
    if not all(letter in of_output or letter in of_input for letter in kernel):
        return None
    return Projection(
        kernel=tuple(of_output.get(letter, of_input.get(letter)) for letter in kernel),
        bias=_bias(outputs, of_output, bias_axes, 0 if left else elided),
        output=tuple(output),
        reduced=tuple(i for i, letter in enumerate(kernel) if letter not in of_output),
    )


def _bias(outputs: str, sizes: dict[str, int | None], bias_axes: str | None, elided: int) -> Shape | None:
    """One size for each output axis from the first biased one on; 1 where it is not biased."""
    if not bias_axes or not all(letter in sizes for letter in bias_axes):
        return None
    first = min(outputs.find(letter) for letter in bias_axes)
    return tuple(sizes[letter] if letter in bias_axes else 1 for letter in outputs[first:]) + (1,) * elided
