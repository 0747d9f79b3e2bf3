"""What `isinstance` is said to give for what is not the library's own."""

import pytest

from kerasarchive.layout.replay.python import is_instance
from kerasarchive.layout.replay.values import Named


@pytest.mark.parametrize(
    ("value", "kind", "told"),
    [
        (Named("numpy.exp"), "numpy.ufunc", None),
        (Named("keras.ops.exp"), "types.FunctionType", None),
        ("exp", "numpy.ufunc", False),
        (Named("numpy.exp"), "collections.abc.Callable", True),
        (Named("numpy.exp"), "builtins.str", False),
    ],
)
def test_what_only_the_installed_package_knows_is_not_told(value, kind, told):
    assert is_instance(value, Named(kind)) is told
