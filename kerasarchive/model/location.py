"""One notation for every place in an archive, so that a finding, a change and a refusal can be looked up alike."""

from __future__ import annotations

from dataclasses import dataclass, replace


def _escape(part: str | int) -> str:
    return str(part).replace("~", "~0").replace("/", "~1")


def _unescape(part: str) -> str | int:
    text = part.replace("~1", "/").replace("~0", "~")
    return int(text) if text.isdigit() else text


@dataclass(frozen=True, slots=True)
class Location:
    """A place: ``config.json#/config/layers/3/config/units`` or ``model.weights.h5!layers/dense_1/vars/0``.

    `member` is the archive's member (or an HDF5 attribute, written ``@model_config``; empty for a bare JSON file).
    After ``#`` stands a JSON pointer (RFC 6901), after ``!`` a path inside HDF5. Neither: the member as a whole.
    """

    member: str = ""
    mark: str = ""
    parts: tuple[str | int, ...] = ()

    def __truediv__(self, part: str | int) -> Location:
        """The place `part` below this one."""
        return replace(self, mark=self.mark or "#", parts=(*self.parts, part))

    def at(self, *parts: str | int) -> Location:
        """The place reached by all `parts` below this one."""
        return replace(self, mark=self.mark or "#", parts=(*self.parts, *parts))

    @property
    def parent(self) -> Location:
        """One step up."""
        return replace(self, parts=self.parts[:-1])

    def __str__(self) -> str:
        if self.mark == "!":
            return f"{self.member}!{'/'.join(str(part) for part in self.parts)}"
        if self.mark == "#":
            return f"{self.member}#{''.join('/' + _escape(part) for part in self.parts)}"
        return self.member

    @classmethod
    def parse(cls, text: str) -> Location:
        """The Location that `str` wrote. A JSON pointer's digits become list indices."""
        for mark in "#!":
            if mark in text:
                member, _, rest = text.partition(mark)
                if mark == "!":
                    return cls(member, mark, tuple(rest.split("/")) if rest else ())
                return cls(member, mark, tuple(_unescape(part) for part in rest.split("/")[1:]))
        return cls(text)


def in_json(member: str, *parts: str | int) -> Location:
    """A place in the JSON of `member`."""
    return Location(member, "#", parts)


def in_hdf5(member: str, path: str = "") -> Location:
    """A place in the HDF5 file `member`."""
    return Location(member, "!", tuple(path.strip("/").split("/")) if path.strip("/") else ())
