"""Sizes and shapes as text, such as ``gridsize**2`` and ``(B C) N N 1``: parsed by a grammar of their own, never run.

pattern    := axis*                            axes are parted by spaces outside brackets
expression := term (("+" | "-") term)*
term       := power (("*" | "//" | nothing) power)*      einops's juxtaposition is a product
power      := atom ("**" power)?
atom       := whole number | name | "(" expression ")"
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
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
    reader = _Reader(text)
    found = reader.expression()
    if reader.token:
        raise PatternError(f"{reader.token!r} in {text!r}")
    return found


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


class _Reader:
    """Recursive descent over the tokens of one expression."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens: Iterator[str] = iter(_tokens(text))
        self.token = ""
        self._advance()

    def _advance(self) -> str:
        taken, self.token = self.token, next(self._tokens, "")
        return taken

    def expression(self) -> Expression:
        found = self._term()
        while self.token in ("+", "-"):
            sign = self._advance()
            found = self._joined(sign, found, self._term())
        return found

    def _term(self) -> Expression:
        found = self._power()
        while self.token and self.token not in ("+", "-", ")", "**"):
            sign = self._advance() if self.token in ("*", "//") else "*"
            found = self._joined(sign, found, self._power())
        return found

    def _power(self) -> Expression:
        base = self._atom()
        if self.token != "**":
            return base
        self._advance()
        return self._joined("**", base, self._power())

    def _atom(self) -> Expression:
        token = self._advance()
        if token == "(":
            inner = self.expression()
            if self._advance() != ")":
                raise PatternError(f"a bracket is not closed in {self._text!r}")
            return inner
        if token.isdigit():
            return Expression(token, number=int(token))
        if not token or not (token[0].isalpha() or token[0] in "_@"):
            raise PatternError(f"{token!r} in {self._text!r}" if token else f"something is missing in {self._text!r}")
        return Expression(token, name=token)

    def _joined(self, sign: str, left: Expression, right: Expression) -> Expression:
        return Expression(self._text, sign=sign, operands=(left, right))


def _tokens(text: str) -> list[str]:
    tokens, place = [], 0
    while place < len(text.rstrip()):
        match = _TOKEN.match(text, place)
        if match is None:
            raise PatternError(f"{text[place:].strip()[0]!r} in {text!r}")
        tokens.append(match.group().strip())
        place = match.end()
    return tokens
