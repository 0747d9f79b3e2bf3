"""What BayesFlow's networks and approximators compute: ``real.py --call`` this, with ``--module .../oracles.py``.

`oracles.py` lies beside or above the archives and defines ``oracles(model, facts)`` and the custom objects of its cases;
`meta.json` beside it holds the facts by release and case.
"""

import json
from pathlib import Path
from typing import Any

import oracles

FACTS = json.loads(Path(oracles.__file__).with_name("meta.json").read_text())


def outputs(model: Any, archive: str) -> dict[str, Any]:
    """Arrays by name; what cannot be computed is missing."""
    path = Path(archive)
    found, failed = oracles.oracles(model, FACTS[path.parent.name][path.stem])
    if failed and not found:
        raise RuntimeError(str(failed))
    return dict(found)
