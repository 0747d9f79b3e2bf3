"""Do the weights that a plan lays down match what the built-in layers of the target will ask for?

Keras 3 raises, or skips the optimizer, where they do not. So the plan is refused here, with the place, before
anything is written.
"""

from __future__ import annotations

from collections.abc import Iterator

from kerasarchive.layout.account import Account, accounts
from kerasarchive.layout.lay import places
from kerasarchive.model.objects import Object
from kerasarchive.model.report import Refusal

_ADVICE = "load it in the release that wrote it and save it again, or report the file"


def missing_and_extra(root: Object, *, major: int = 3) -> Iterator[Refusal]:
    """A refusal for every built-in layer whose stored variables are not those that it creates in `major`."""
    if not any(state.variables for _, state in places(root)):
        return
    for account in accounts(root, major=major):
        if account.missing or account.surplus:
            yield Refusal(account.layer.at, f"{account.layer.title}: {_said(account)}", _ADVICE)


def _said(account: Account) -> str:
    said = []
    if account.missing:
        said.append(f"the archive lacks {', '.join(sorted(account.missing)[:4])}, which the layer asks for")
    if account.surplus:
        said.append(f"the archive holds {', '.join(sorted(account.surplus)[:4])}, which the layer does not take")
    return "; ".join(said)
