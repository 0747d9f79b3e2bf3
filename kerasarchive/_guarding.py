"""An audit in front of every load: what is audited is a private copy, and Keras gets that copy and no other bytes.

This is the one place of the library, beside the probe that runs in a child process, from which Keras is imported, and only
when a model is loaded. An audit is no proof: see what the report says is not assessed.
"""

from __future__ import annotations

import os
import shlex
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from kerasarchive import _auditing
from kerasarchive._policy import Policy
from kerasarchive.errors import KavError
from kerasarchive.model.finding import SEVERITIES
from kerasarchive.model.report import Report, Subject

StrPath = str | os.PathLike[str]


class ModelRefused(KavError):  # noqa: N818 - it is no error of the program: the answer is no
    """The model was not loaded; `report` says all that was found."""

    def __init__(self, message: str, report: Report, *, location: str = "", hint: str = "") -> None:
        super().__init__(message, location=location, hint=hint)
        self.report = report


def load_model(path: StrPath, *, for_: str | None = None, policy: Policy | None = None, **options: Any) -> Any:
    """`keras.saving.load_model` after an audit; `options` are Keras's.

    The file or folder is copied to a private place first (which takes its size on the disk for that long), audited there
    and loaded from there, so that nobody can exchange it in between. With `for_` (a target such as ``keras==3.15.1``) a
    model of which kav foretells that the target does not load it is refused too. What `custom_objects` names is allowed.
    Raises ModelRefused.
    """
    import keras

    return _guarded(keras.saving.load_model, path, for_, policy or Policy(), options)


@contextmanager
def guard(policy: Policy | None = None) -> Iterator[None]:
    """While it lasts, `keras.models.load_model` and `keras.saving.load_model` audit first.

    A function that was imported by its name before is not reached, nor are ``tf.keras``, ``load_weights`` and
    ``model_from_json``. It counts for the whole process: enter it before other threads load models.
    """
    import keras

    original = keras.saving.load_model
    places = [place for place in (keras.saving, keras.models) if place.load_model is original]

    def guarded(filepath: StrPath, *args: Any, **options: Any) -> Any:
        names = ("custom_objects", "compile", "safe_mode")
        return _guarded(original, filepath, None, policy or Policy(), dict(zip(names, args, strict=False)) | options)

    for place in places:
        place.load_model = guarded
    try:
        yield
    finally:
        for place in places:
            place.load_model = original


def _guarded(load: Callable[..., Any], path: StrPath, for_: str | None, policy: Policy, options: dict[str, Any]) -> Any:
    if not isinstance(path, (str, os.PathLike)):
        msg = f"cannot audit a model given as {type(path).__name__}"
        raise KavError(msg, hint="give the path of a file or folder")
    with tempfile.TemporaryDirectory(prefix="kav-") as folder:
        copy = _copied(Path(path), Path(folder))
        allow = (*policy.allow, *_named(options.get("custom_objects") or {}))
        report = _auditing.report((copy,), replace(policy, allow=allow, for_=(*policy.for_, *([for_] if for_ else []))))
        for subject in report.subjects:
            _judge(subject, report, str(path), for_, policy)
        if report.subjects[0].path != str(copy) or report.exit_code != 0:
            msg = "it is not one model"
            raise ModelRefused(msg, report, location=str(path), hint="name one archive")
        return load(str(copy), **options)


def _copied(path: Path, folder: Path) -> Path:
    """The private copy. Links inside of a folder stay links, which the audit reports and does not follow."""
    target = folder / (path.name or "model")
    try:
        if path.is_dir():
            shutil.copytree(path, target, symlinks=True)
        else:
            with path.open("rb") as source, target.open("xb") as copy:
                shutil.copyfileobj(source, copy, 1 << 20)
    except (OSError, shutil.Error) as error:
        reason = getattr(error, "strerror", None) or "its content cannot be copied"
        msg = f"cannot be read: {reason}"
        raise KavError(msg, location=str(path), hint="check the path") from None
    return target


def _named(custom_objects: Iterable[str]) -> Iterator[str]:
    """Patterns of `--allow` for what the caller passes to Keras by name."""
    for name in custom_objects:
        yield from (name, f"*>{name}", f"*.{name}")


def _judge(subject: Subject, report: Report, path: str, for_: str | None, policy: Policy) -> None:
    command = f"kav audit {shlex.quote(path)}"
    if subject.skipped or subject.verdict == "failed":
        gap = next((f"{gap.what}: {gap.reason}" for gap in subject.skipped), "")
        what = gap or next((finding.message for finding in subject.findings), "it cannot be read")
        hint = f"`{command}` says more; loaded unseen, it could run any code or fill the memory"
        msg = f"was not loaded, because not all of it could be audited: {what}"
        raise ModelRefused(msg, report, location=path, hint=hint)
    grave = [finding for finding in subject.findings if finding.rank >= SEVERITIES.index(policy.fail_on)]
    if grave:
        first = grave[0]
        more = f" and {len(grave) - 1} more" if len(grave) > 1 else ""
        message = (
            f"was not loaded: {first.severity} {first.rule} {first.name}: {first.message} at {first.location}{more}"
        )
        hint = f"{first.remedy} `{command}` lists all, `kav explain {first.rule}` says what an attacker gains"
        raise ModelRefused(message, report, location=path, hint=hint.strip())
    for one in subject.compatibility:
        if one.loads == "no":
            why = next((reason.message for reason in one.because), "kav foretells that it fails")
            hint = f"`kav migrate {shlex.quote(path)} --to {one.target} -o NEW.keras`"
            msg = f"was not loaded: {one.target} does not load it: {why}"
            raise ModelRefused(msg, report, location=path, hint=hint)
