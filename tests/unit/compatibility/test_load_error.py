import re
import time

import pytest

from kerasarchive.compatibility.load_error import load_errors, recognise


@pytest.mark.parametrize("error", load_errors(), ids=lambda error: error.pattern[:40])
def test_every_error_recognises_its_example(error):
    re.compile(error.pattern)
    assert error in [found for found, _ in recognise(error.example)]
    assert error.cause.endswith((".", ")"))
    assert error.fix


def test_the_last_error_of_a_traceback_comes_first():
    text = """
    OSError: Unable to synchronously open file (file signature not found)
    During handling of the above exception, another exception occurred:
      File "x.py", line 1, in <module>
    ValueError: Unknown layer: 'TFOpLambda'. Please
      ensure you are using a `keras.utils.custom_object_scope`
    """
    found = [error.pattern for error, _ in recognise(text)]
    assert "TFOpLambda" in found[0]
    assert "file signature" in found[1]


def test_line_breaks_do_not_hide_an_error():
    assert recognise("ValueError: No model config found\n in the file at x.h5.")


def test_nothing_is_guessed():
    assert recognise("ValueError: something else") == ()
    assert recognise("") == ()


@pytest.mark.parametrize("error", load_errors(), ids=lambda error: error.pattern[:40])
def test_long_texts_are_bounded(error):
    half = error.example[: len(error.example) // 2 + 1]
    start = time.perf_counter()
    recognise((half + " ") * (200_000 // len(half)))
    assert time.perf_counter() - start < 5


def test_a_general_answer_gives_way_to_a_special_one():
    general = "TypeError: Error when deserializing class 'GRU' using config={'name': 'gru'}."
    assert [error.general for error, _ in recognise(general)] == [True]
    special = f"{general}\nException encountered: Unrecognized keyword arguments passed to GRU: {{'time_major': False}}"
    assert [error.general for error, _ in recognise(special)] == [False]


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("Could not locate function 'softmax_v2'. Make sure custom classes are decorated", "TensorFlow itself"),
        ("Could not locate function 'my_act'. Make sure custom classes are decorated", "function of your own"),
        ("Could not locate class 'CosineDecay'. Make sure custom classes are decorated", "learning-rate schedule"),
        ("Could not locate class 'Attend'. Make sure custom classes are decorated", "class of your own"),
        ("ValueError: Unknown layer: 'GetItem'. Please ensure", "keras.ops"),
        ("ValueError: Unknown layer: 'CuDNNGRU'. Please ensure", "CuDNN"),
    ],
)
def test_the_likeliest_cause_comes_first(text, cause):
    assert cause in recognise(text)[0][0].cause
