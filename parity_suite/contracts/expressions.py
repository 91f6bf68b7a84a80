"""Sizes and shapes as text, such as ``gridsize**2`` and ``(B C) N N 1``: parsed as Python's own expressions, never run.

Axes are parted by spaces outside brackets. An expression has whole numbers, names, brackets and ``+ - * // **``; two
operands beside each other are a product, as einops has it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_TOKEN: Final = re.compile(r"\s*(?:(?P<number>\d+)|(?P<name>[A-Za-z_@][A-Za-z0-9_.@]*)|(?P<sign>\*\*|//|[-+*()]))")
#: Longer text, and deeper brackets, are no shape that anyone wrote by hand.
_MOST_TEXT: Final = 200
#: More than any axis has elements; a greater number is not computed.
_LARGEST: Final = 2**63


class PatternError(ValueError):
    """Text that is no shape or size."""


@dataclass(frozen=True)
class Expression:
    """A whole number, a name (``sign`` and operands empty), or two expressions and a sign between them."""

    text: str
    number: int | None = None
    name: str = ""
    sign: str = ""
    operands: tuple[Expression, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Every name in it, once, in order."""
        if self.name:
            return (self.name,)
        return tuple(dict.fromkeys(name for operand in self.operands for name in operand.names))

    def value(self, known: Mapping[str, int]) -> int | None:
        """Its value, or None where a name is not known or the result is no size."""
        if self.number is not None:
            return self.number
        if self.name:
            return known.get(self.name)
        left, right = (operand.value(known) for operand in self.operands)
        return None if left is None or right is None else _computed(self.sign, left, right)


@lru_cache(maxsize=1024)
def parse_pattern(text: str) -> tuple[Expression, ...]:
    """The axes of a shape; PatternError where one is none."""
    return tuple(parse_expression(axis) for axis in _axes(text))


@lru_cache(maxsize=1024)
def parse_expression(text: str) -> Expression:
    """A size; PatternError naming what cannot be understood."""
    if len(text) > _MOST_TEXT:
        raise PatternError(f"{len(text)} characters, at most {_MOST_TEXT} are read")
    tokens = _tokens(text)
    # A name of a contract may have a dot or an @ in it, which mean something else in Python.
    names = {f"n{place}": token for place, token in enumerate(dict.fromkeys(filter(_is_name, tokens)))}
    stand_ins = {name: stand_in for stand_in, name in names.items()}
    source = " ".join(stand_ins.get(token, token) for token in _with_products(tokens))
    try:
        return _expression(ast.parse(source, mode="eval").body, names, text)
    except SyntaxError as error:
        raise PatternError(f"{error.msg} in {text!r}") from None


def layout(pattern: str) -> str:
    """One symbolic shape as text, such as ``(M, N, N)``."""
    axes = _axes(pattern)
    return f"({', '.join(axes)}{',' if len(axes) == 1 else ''})"


def _axes(text: str) -> list[str]:
    axes, depth = [""], 0
    for character in text.strip():
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character.isspace() and depth == 0:
            axes.append("")
        else:
            axes[-1] += character
    return [axis for axis in axes if axis]


def _computed(sign: str, left: int, right: int) -> int | None:
    if sign == "**" and not 0 <= right <= 63:
        return None
    if sign == "//" and right == 0:
        return None
    result = _OPERATIONS[sign](left, right)
    return result if abs(result) < _LARGEST else None


_OPERATIONS: Final[Mapping[str, Callable[[int, int], int]]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "//": lambda left, right: left // right,
    "**": lambda left, right: int(left**right),
}


def _expression(node: ast.expr, names: Mapping[str, str], text: str) -> Expression:
    match node:
        case ast.Constant(value=int(number)):
            return Expression(str(number), number=number)
        case ast.Name(id=stand_in):
            return Expression(names[stand_in], name=names[stand_in])
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _SIGNS:
            operands = (_expression(left, names, text), _expression(right, names, text))
            return Expression(text, sign=_SIGNS[type(operator)], operands=operands)
    raise PatternError(f"{text!r} is not a size")


_SIGNS: Final[Mapping[type[ast.operator], str]] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.FloorDiv: "//",
    ast.Pow: "**",
}


def _with_products(tokens: Sequence[str]) -> Iterator[str]:
    """The tokens with a sign between operands that stand beside each other."""
    before = ""
    for token in tokens:
        if _ends_operand(before) and (token == "(" or _is_operand(token)):
            yield "*"
        yield str(int(token)) if token.isdigit() else token
        before = token


def _ends_operand(token: str) -> bool:
    return token == ")" or _is_operand(token)


def _is_operand(token: str) -> bool:
    return token.isdigit() or _is_name(token)


def _is_name(token: str) -> bool:
    return bool(token) and (token[0].isalpha() or token[0] in "_@")


def _tokens(text: str) -> list[str]:
    tokens, place = [], 0
    while place < len(text.rstrip()):
        match = _TOKEN.match(text, place)
        if match is None:
            raise PatternError(f"{text[place:].strip()[0]!r} in {text!r}")
        tokens.append(match.group().strip())
        place = match.end()
    return tokens
