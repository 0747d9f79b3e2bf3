"""What a library's own classes make of a config: the objects, their sublayers and variables, where these are stored.

Keras's layers are known by their configs (`layout.variables`). A library's are known by their code alone: which sublayers
there are and how wide depends on loops over arguments. So the code of their constructors and of `build`, which a release's
schema holds, is followed on the values that an archive stores, by a small interpreter that runs nothing and gives up
where it cannot tell.
"""

from kerasarchive.layout.replay.machine import Keras
from kerasarchive.layout.replay.replay import Replayed, replay
from kerasarchive.layout.replay.saved import Stored
from kerasarchive.layout.replay.source import PREFIX, Library, library_of
from kerasarchive.layout.replay.values import Raised

__all__ = ["PREFIX", "Keras", "Library", "Raised", "Replayed", "Stored", "library_of", "replay"]
