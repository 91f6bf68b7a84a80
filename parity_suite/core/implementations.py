"""What a backend's class declares beside its stages: other implementations of them, and methods that do whole chains.

::

    class Mine:
        implementations = {"grouped": "extract", "layers": ("extract", "reassemble")}
        fused = {"illuminate_diffract": ("illuminate", "diffract")}

        def extract_grouped(self, object, positions, size): ...
        def illuminate_diffract(self, patches, probe): ...

What is called ``extract_grouped`` stands in the place of ``extract`` where ``grouped`` is asked, and so does whatever
else of the class ends in its name, such as ``capabilities_grouped``. Where a keyword of the class chooses how it does a
stage, an implementation of that is an instance made with its name, and has no method of its own::

    class Mine:
        implementations = {"coarse": "translate", "compiled": "translate"}
        chosen_by = {"translate": "way"}
        per_shape = ("compiled",)

        def __init__(self, *, device="cpu", precision="float32", way="exact"): ...

All are plain literals, so that they can be read where the class cannot be imported.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass, field, fields
from functools import cache, wraps
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from parity_suite.core.fused import JOINT

#: What stands in an id for an implementation.
_NAME: Final = re.compile(r"[a-z0-9_]+")
#: What each declaration has by its names, and by one of them.
_HELD: Final = {
    "implementations": ("stages", "the names of its stages"),
    "fused": ("stages", "the names of its stages"),
    "chosen_by": ("keywords", "a keyword"),
}
#: Where the class of an implementation holds the names of its methods by their stages, and what it is made with.
_METHODS: Final = "methods_of_implementation"
_KEYWORDS: Final = "keywords_of_implementation"
#: Modules that a class is followed through, each of which imports it from the next.
_HOPS: Final = 8


@dataclass(frozen=True)
class Declared:
    """Stages by the name of an implementation, and chains by the name of a method."""

    implementations: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fused: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: by stage the keyword of the class that chooses one of its implementations
    chosen_by: Mapping[str, str] = field(default_factory=dict)
    #: those that are made anew for each shape of an array, by tracing or compiling
    per_shape: tuple[str, ...] = ()

    @staticmethod
    def of(given: Mapping[str, Any]) -> Declared:
        """Of attributes by name; what is not of its form is left out, which :func:`require_implementations` refuses."""
        implementations, fused = (dict(_pairs(given.get(what, {}))) for what in ("implementations", "fused"))
        keywords = {stage: one for stage, (one, *more) in _pairs(given.get("chosen_by", {})) if not more}
        return Declared(implementations, fused, keywords, _stages("per_shape", given.get("per_shape", ())))

    def chosen(self, stage: str) -> tuple[str, ...]:
        """The implementations of a stage that its keyword chooses, beside the default one."""
        every = self.implementations.items() if stage in self.chosen_by else ()
        return tuple(name for name, stages in every if stage in stages)

    def stage_of(self, method: str) -> str:
        """The stage that a method does: itself, unless it is declared to do another one or a chain."""
        if method in self.fused:
            return JOINT.join(self.fused[method])
        every = ((stage, name) for name, stages in self.implementations.items() for stage in stages)
        return next((stage for stage, name in every if method == f"{stage}_{name}"), method)


def _pairs(given: object) -> list[tuple[str, tuple[str, ...]]]:
    every = given.items() if isinstance(given, Mapping) else ()
    return [(name, stages) for name, said in every if (stages := _stages(name, said))]


def _stages(name: object, said: object) -> tuple[str, ...]:
    """One stage may stand for itself; none where they are something else."""
    listed = (said,) if isinstance(said, str) else said
    if not (isinstance(name, str) and _NAME.fullmatch(name) and isinstance(listed, tuple | list)):
        return ()
    return tuple(listed) if all(isinstance(one, str) for one in listed) else ()


def declared_by(cls: type[Any]) -> Declared:
    """What a class declares, or one that it is derived from."""
    return Declared.of({one.name: getattr(cls, one.name) for one in fields(Declared) if hasattr(cls, one.name)})


def declared_in_source(module: str, member: str) -> Declared:
    """What the source of a class declares, without importing its module; nothing where it cannot be found."""
    _, cls = _class_in_source(module, member)
    return Declared.of(dict(_literals(cls)) if cls else {})


def place_in_source(module: str, member: str, stage: str, folders: Sequence[Path] = ()) -> tuple[str, int]:
    """The file and line in which a class, or one of its implementations, begins a stage, by its source alone; empty and
    0 where it does not define it there. The module is looked for in ``folders`` first.
    """
    outer, _, name = member.partition(".")
    file, cls = _class_in_source(module, outer, folders)
    if cls is None:
        return "", 0
    lines = {one.name: one.lineno for one in cls.body if isinstance(one, ast.FunctionDef)}
    lines |= {ast.unparse(one.targets[0]): one.lineno for one in cls.body if isinstance(one, ast.Assign)}
    chains = {JOINT.join(parts): method for method, parts in Declared.of(dict(_literals(cls))).fused.items()}
    methods = (f"{stage}_{name}", chains.get(stage, stage))
    return next(((file, lines[one]) for one in methods if one in lines), ("", 0))


def _class_in_source(module: str, member: str, folders: Sequence[Path] = ()) -> tuple[str, ast.ClassDef | None]:
    """The file and source of a class that a module defines, or imports from another one by its whole name, without
    importing either; none where it cannot be found.
    """
    try:
        file, source = _source_of(module, folders)
        body = ast.parse(source).body
    except (ImportError, OSError, SyntaxError, ValueError, AttributeError):
        return "", None
    for one in body:
        if isinstance(one, ast.ClassDef) and one.name == member:
            return file, one
        if isinstance(one, ast.ImportFrom) and one.module not in (None, module) and not one.level:
            names = [name.name for name in one.names if (name.asname or name.name) == member]
            if names and len(folders) < _HOPS:
                # By its path: to find a module otherwise, the packages that it is in are imported.
                return _class_in_source(str(one.module), names[0], [_root(file, module), *folders])
    return file, None


def _root(file: str, module: str) -> Path:
    """The folder below which a module's file is found by its name."""
    parts = module.count(".") + (Path(file).name == "__init__.py")
    return Path(file).parents[parts]


def _source_of(module: str, folders: Sequence[Path]) -> tuple[str, str]:
    """The file and text of a module, by its path below a folder, where no package on the way is imported, else as
    Python finds it.
    """
    below = Path(*module.split("."))
    for path in (folder / one for folder in folders for one in (below.with_suffix(".py"), below / "__init__.py")):
        if path.is_file():
            return str(path), path.read_text("utf-8")
    found = find_spec(module)
    if found is None or found.loader is None:
        return "", ""
    if found.origin and Path(found.origin).suffix == ".py" and Path(found.origin).is_file():
        # A loader that rewrites what it loads, as pytest's does, may have no source to give.
        return found.origin, Path(found.origin).read_text("utf-8")
    return found.origin or "", found.loader.get_source(module) or ""  # type: ignore[attr-defined]


def _literals(cls: ast.ClassDef) -> list[tuple[str, Any]]:
    found = []
    for one in (one for one in cls.body if isinstance(one, ast.Assign | ast.AnnAssign)):
        targets = one.targets if isinstance(one, ast.Assign) else [one.target]
        for target in targets:
            with suppress(ValueError, TypeError):
                found.append((ast.unparse(target), ast.literal_eval(one.value)))  # type: ignore[arg-type]
    return found


def with_chains(cls: type[Any]) -> type[Any]:
    """The class, whose methods that do whole chains are also called as the stages that they are."""
    for method, parts in declared_by(cls).fused.items():
        if JOINT.join(parts) not in vars(cls) and hasattr(cls, method):
            setattr(cls, JOINT.join(parts), inspect.getattr_static(cls, method))
    return cls


@cache
def implementation(cls: type[Any], name: str) -> type[Any]:
    """The class as it is where an implementation is asked: a class of its own, since it may be able to do another part
    of what is asked, by other conventions. ``AttributeError`` where it declares none of this name.
    """
    stages = declared_by(cls).implementations.get(name)
    if stages is None:
        raise AttributeError(f"{cls.__name__} has no implementation {name!r}")
    ending, within, keywords = f"_{name}", ContextVar("within", default=False), declared_by(cls).chosen_by
    ours = [one for one in dir(cls) if one.endswith(ending) and one[0] != "_"]
    members = {one.removesuffix(ending): _in_place(cls, one, one.removesuffix(ending), within) for one in ours}
    members |= {"__module__": cls.__module__, "implementation": name}
    members[_METHODS] = {stage: f"{stage}{ending}" for stage in stages if stage not in keywords}
    members[_KEYWORDS] = {keywords[stage]: name for stage in stages if stage in keywords}
    return type(f"{cls.__name__}.{name}", (cls,), members)


def _in_place(cls: type[Any], own: str, name: str, within: ContextVar[bool]) -> Any:
    """A member in the place of the default one. Within a method, ``self`` has the default ones: an implementation may
    begin with what they give.
    """
    member, default = inspect.getattr_static(cls, own), getattr(cls, name, None)
    if not inspect.isfunction(member):
        return member

    @wraps(member)
    def asked(self: Any, *arguments: Any, **inputs: Any) -> Any:
        if within.get() and default is not None:
            return default(self, *arguments, **inputs)
        token = within.set(True)
        try:
            return member(self, *arguments, **inputs)
        finally:
            within.reset(token)

    return asked


def method_of(cls: type[Any], stage: str) -> str:
    """The name that a class's author gave to the method of a stage; that of the stage in a copy where it is another."""
    chains: dict[str, str] = {JOINT.join(parts): method for method, parts in declared_by(cls).fused.items()}
    methods: Mapping[str, str] = vars(cls).get(_METHODS, {})
    name = methods.get(stage) or chains.get(stage, stage)
    same = JOINT not in stage or inspect.getattr_static(cls, stage, None) is inspect.getattr_static(cls, name, None)
    return name if same else stage


def implements(cls: type[Any]) -> bool:
    """Whether a class is one of the implementations of another one."""
    return _METHODS in vars(cls)


def keywords_of(cls: type[Any]) -> Mapping[str, str]:
    """What an implementation is made with beside what the default one is."""
    found: Mapping[str, str] = getattr(cls, _KEYWORDS, {})
    return found


def why_missing(cls: type[Any], name: str = "") -> str:
    """Why this machine cannot run an implementation of a class, or the one that a class is; empty where it can."""
    said = getattr(cls, "missing_implementation", None)
    asked = name or (cls.implementation if hasattr(cls, _METHODS) else "")
    return str(said(asked)) if asked and callable(said) else ""


def require_implementations(cls: type[Any], require_stage: Callable[[str], object]) -> None:
    """``ValueError`` or ``TypeError`` where what a class declares is not what it must be; ``require_stage`` raises a
    ``ValueError`` of what is not the name of a stage, or of stages that are no chain.
    """
    for what in ("implementations", "fused", "chosen_by"):
        given, known = getattr(cls, what, {}), getattr(declared_by(cls), what)
        if not isinstance(given, Mapping):
            raise TypeError(f"{what} is {type(given).__name__}, and not a mapping from names to {_HELD[what][0]}")
        for name in given:
            if name not in known:
                raise ValueError(f"{what}: {name!r} is not a name of a-z 0-9 _ with {_HELD[what][1]}")
    _require_choices(cls, require_stage)
    for name, stages in declared_by(cls).implementations.items():
        for stage in stages:
            require_stage(stage)
            if stage not in declared_by(cls).chosen_by:
                _require_method(cls, f"{stage}_{name}", f"implementations: {name} of {stage}")
    for method, stages in declared_by(cls).fused.items():
        if len(stages) < 2:
            raise ValueError(f"fused: {method} replaces one stage and no chain: that is an implementation of it")
        require_stage(JOINT.join(stages))
        _require_method(cls, method, f"fused: {' and '.join(stages)}")


def _require_choices(cls: type[Any], require_stage: Callable[[str], object]) -> None:
    """The same of the keywords that choose, and of what is made for each shape."""
    given, declared = getattr(cls, "per_shape", ()), declared_by(cls)
    for name in (given,) if isinstance(given, str) else given:
        # The default one may have a name, by which it is chosen too.
        if name not in declared.implementations and not declared.chosen_by:
            raise ValueError(f"per_shape: {cls.__name__} has no implementation {name!r}")
    for stage, keyword in declared.chosen_by.items():
        require_stage(stage)
        if not _takes(cls, keyword):
            raise ValueError(f"chosen_by: {cls.__name__} takes no {keyword}, which is to choose how it does {stage}")


def _takes(cls: type[Any], keyword: str) -> bool:
    """Whether a class is made with a keyword, as far as it can be looked into."""
    try:
        known = inspect.signature(cls).parameters.values()
    except (TypeError, ValueError):
        return True
    return any(one.kind is one.VAR_KEYWORD or one.name == keyword for one in known)


def _require_method(cls: type[Any], method: str, what: str) -> None:
    if not callable(getattr(cls, method, None)):
        raise ValueError(f"{what} is a method {method}, which {cls.__name__} does not define")
