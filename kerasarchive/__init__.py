"""Static inspection, validation, audit and migration of Keras model archives.

The functions are those of the command line; each returns a `Report`. Nothing is imported before it is asked for.
"""

from __future__ import annotations

from kerasarchive._version import __version__

TYPE_CHECKING = False  # `typing` alone takes as long to import as Python to start
if TYPE_CHECKING:
    from kerasarchive._guarding import ModelRefused, guard, load_model
    from kerasarchive._policy import Policy
    from kerasarchive.api import (
        audit,
        build_schema,
        diff,
        diff_schemas,
        draft_migration,
        explain,
        inspect,
        list_migrations,
        migrate,
        releases,
        show_migration,
        show_schema,
        validate,
        verify,
    )
    from kerasarchive.errors import KavError
    from kerasarchive.model.report import Report

__all__ = [
    "KavError",
    "ModelRefused",
    "Policy",
    "Report",
    "__version__",
    "audit",
    "build_schema",
    "diff",
    "diff_schemas",
    "draft_migration",
    "explain",
    "guard",
    "inspect",
    "list_migrations",
    "load_model",
    "migrate",
    "releases",
    "show_migration",
    "show_schema",
    "validate",
    "verify",
]

_ELSEWHERE = {
    "KavError": "kerasarchive.errors",
    "ModelRefused": "kerasarchive._guarding",
    "Policy": "kerasarchive._policy",
    "Report": "kerasarchive.model.report",
    "guard": "kerasarchive._guarding",
    "load_model": "kerasarchive._guarding",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    from importlib import import_module

    return getattr(import_module(_ELSEWHERE.get(name, "kerasarchive.api")), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
