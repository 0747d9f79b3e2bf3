"""The part of a library's source that decides which sublayers and variables its objects get, for `layout.replay`.

Everything that a constructor, `from_config` or `build` may lead to stays, told by the names that are used: a method stays if
anything that stays mentions its name. Docstrings, comments and annotations go.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from kerasarchive.schema.builder.source import Module, Source

ROOTS = frozenset({"__init__", "from_config", "build", "build_from_config", "compute_output_shape", "load_own_variables"})
"""What Keras itself calls when it loads an archive."""

PREFIX = "code."
EVERYTHING = ast.arguments([], [], ast.arg("args"), [], [], ast.arg("kwargs"), [])


@dataclass(slots=True)
class _Piece:
    """Something with a name in a module: a function, a class, a method, a constant or an import."""

    module: str
    name: str
    node: ast.stmt
    parent: _Piece | None = None
    uses: frozenset[str] = frozenset()
    inside: list[_Piece] = field(default_factory=list)


def code_of(source: Source, package: str, without: Iterable[str] = ()) -> dict[str, dict[str, str]]:
    """The definitions that hold the code: ``code.<path of the module>`` -> its text.

    `without` are names of functions, and full names of modules, that have their time after loading: that they are
    mentioned on the way does not make them part of it.
    """
    left = frozenset(without)
    modules = {
        name: module
        for name, module in source.modules.items()
        if (name == package or name.startswith(f"{package}.")) and not any(f"{name}.".startswith(f"{each}.") for each in left)
    }
    pieces = [piece for module in modules.values() for piece in _pieces(module)]
    for piece in pieces:
        if piece.name in left and isinstance(piece.node, ast.FunctionDef):
            # That it is there stays.
            piece.node.body = [ast.Expr(ast.Constant(Ellipsis))]
            piece.node.args = EVERYTHING
            piece.node.decorator_list = [each for each in piece.node.decorator_list if isinstance(each, ast.Name)]
            piece.uses = frozenset()
    kept = _kept(pieces)
    found: dict[str, dict[str, str]] = {}
    for name, module in modules.items():
        text = _text(module, kept)
        if text:
            path = name.replace(".", "/") + ("/__init__.py" if module.is_package else ".py")
            found[f"{PREFIX}{path}"] = {"const": text}
    return dict(sorted(found.items()))


def _pieces(module: Module) -> Iterator[_Piece]:
    for statement in _flat(module.tree.body):
        if isinstance(statement, ast.ImportFrom):
            renamed = [each for each in statement.names if each.asname]
            yield from (_Piece(module.name, str(each.asname), statement, uses=frozenset({each.name})) for each in renamed)
        for name in _names(statement):
            piece = _Piece(module.name, name, statement, uses=_uses(statement))
            if isinstance(statement, ast.ClassDef):
                piece.uses = frozenset().union(*map(_identifiers, [*statement.bases, *statement.decorator_list]))
                for inner in statement.body:
                    piece.inside += [_Piece(module.name, each, inner, piece, _uses(inner)) for each in _names(inner)]
            yield piece
            yield from piece.inside


def _flat(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        if isinstance(statement, (ast.If, ast.Try, ast.Match)):
            blocks = [case.body for case in statement.cases] if isinstance(statement, ast.Match) else [statement.body]
            if isinstance(statement, ast.If):
                blocks.append(statement.orelse)
            if isinstance(statement, ast.Try):
                blocks += [handler.body for handler in statement.handlers]
            for block in blocks:
                yield from _flat(block)
        else:
            yield statement


def _names(statement: ast.stmt) -> list[str]:
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
        return [statement.name]
    if isinstance(statement, ast.Assign):
        return [node.id for target in statement.targets for node in ast.walk(target) if isinstance(node, ast.Name)]
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        return [statement.target.id]
    return []


def _uses(statement: ast.stmt) -> frozenset[str]:
    return _identifiers(_bare(statement))


def _identifiers(node: ast.AST) -> frozenset[str]:
    found: set[str] = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name):
            found.add(inner.id)
        elif isinstance(inner, ast.Attribute):
            found.add(inner.attr)
        elif isinstance(inner, ast.alias):
            found.add(inner.name.rpartition(".")[2])
    return frozenset(found)


def _kept(pieces: list[_Piece]) -> set[int]:
    """The identities of the nodes that stay."""
    wanted = set(ROOTS)
    kept: set[int] = set()
    changed = True
    while changed:
        changed = False
        for piece in pieces:
            if id(piece.node) in kept and not isinstance(piece.node, ast.ImportFrom):
                continue
            inner = piece.parent is not None and id(piece.parent.node) in kept and _comes_along(piece)
            if piece.name in wanted or inner or _is_object(piece) or _is_registered(piece, wanted):
                changed = changed or not piece.uses <= wanted or id(piece.node) not in kept
                kept.add(id(piece.node))
                wanted |= piece.uses
    return kept


def _comes_along(piece: _Piece) -> bool:
    """Whether a class never goes without it: Keras looks at every property for sublayers."""
    decorators = piece.node.decorator_list if isinstance(piece.node, ast.FunctionDef) else []
    return piece.name == "__call__" or any(ast.unparse(each).endswith("property") for each in decorators)


def _is_object(piece: _Piece) -> bool:
    """Whether it is a class that archives may hold: registered by a decorator."""
    decorators = piece.node.decorator_list if isinstance(piece.node, ast.ClassDef) and piece.parent is None else []
    return any(word in ast.unparse(each) for each in decorators for word in ("serializable", "export"))


def _is_registered(piece: _Piece, wanted: set[str]) -> bool:
    """Whether it is a function that goes by no name of its own: ``@find_network.register``."""
    decorators = piece.node.decorator_list if isinstance(piece.node, ast.FunctionDef) else []
    names = [_identifiers(each) for each in decorators]
    return any("register" in each and wanted & (each - {"register"}) for each in names)


def _text(module: Module, kept: set[int]) -> str:
    body = _reduced(module.tree.body, kept, top=True)
    used = frozenset().union(*(_identifiers(statement) for statement in body if not _is_import(statement)))
    body = [each for each in (_imported(s, used, module) for s in body) if each is not None]
    return ast.unparse(ast.Module(body, [])) if body else ""


def _is_import(statement: ast.stmt) -> bool:
    return isinstance(statement, (ast.Import, ast.ImportFrom))


def _imported(statement: ast.stmt, used: frozenset[str], module: Module) -> ast.stmt | None:
    """An import without the names that nobody uses; a package's stay, for others to import from it."""
    if not isinstance(statement, (ast.Import, ast.ImportFrom)) or module.is_package:
        return statement
    names = [each for each in statement.names if (each.asname or each.name).partition(".")[0] in used or each.name == "*"]
    if not names:
        return None
    if isinstance(statement, ast.Import):
        return ast.Import(names)
    return ast.ImportFrom(statement.module, names, statement.level)


def _reduced(body: list[ast.stmt], kept: set[int], *, top: bool) -> list[ast.stmt]:
    found: list[ast.stmt] = []
    for statement in body:
        if _is_import(statement):
            found.append(statement)
        elif isinstance(statement, (ast.If, ast.Try, ast.Match)):
            inner = _reduced(list(_flat([statement])), kept, top=top)
            found += inner
        elif isinstance(statement, ast.ClassDef):
            if id(statement) in kept:
                inside = _reduced(statement.body, kept, top=False) or [ast.Pass()]
                found.append(ast.ClassDef(statement.name, statement.bases, [], inside, statement.decorator_list))
        elif id(statement) in kept:
            found.append(_bare(statement))
    return found


class _Bare(ast.NodeTransformer):
    """Without docstrings, and without annotations but those of functions that are registered by them."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        body = node.body
        if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant) and isinstance(body[0].value.value, str):
            body = body[1:] or [ast.Pass()]
        registered = any("register" in ast.unparse(each) for each in node.decorator_list)
        spec = node.args if registered else _unannotated(node.args)
        inner = [self.visit(statement) for statement in body]
        return ast.FunctionDef(node.name, spec, inner, node.decorator_list, None, lineno=0)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value is None:
            return ast.Pass()
        return ast.Assign([node.target], node.value, lineno=0)


def _unannotated(spec: ast.arguments) -> ast.arguments:
    def plain(argument: ast.arg) -> ast.arg:
        return ast.arg(argument.arg)

    return ast.arguments(
        [plain(each) for each in spec.posonlyargs],
        [plain(each) for each in spec.args],
        plain(spec.vararg) if spec.vararg else None,
        [plain(each) for each in spec.kwonlyargs],
        spec.kw_defaults,
        plain(spec.kwarg) if spec.kwarg else None,
        spec.defaults,
    )


def _bare(statement: ast.stmt) -> ast.stmt:
    made = _Bare().visit(copy.deepcopy(statement))
    assert isinstance(made, ast.stmt)
    return made
