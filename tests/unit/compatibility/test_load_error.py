import re

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


def test_long_texts_are_bounded():
    recognise("got an unexpected keyword argument " * 100_000)
