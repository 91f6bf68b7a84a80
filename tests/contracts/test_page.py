"""Pages of made-up contracts that say all that one can, as in `pages_in_words.md`, read before it was kept."""

from __future__ import annotations

from pathlib import Path

from parity_suite.contracts.load import load_contract, parse_contract
from parity_suite.contracts.page import contract_page

WORDS = Path(__file__).with_name("pages_in_words.md")

SCAN = """
name = "scan"
version = 3
container = "mapping"
closed = true
doc = "A scan | with a bar."
[roles]
writer = "who writes"
reader = "who reads"
[dims.M]
doc = "patterns"
min = 1
[dims.N]
doc = "sides,\\n  in pixels"
one_of = [4, 8]
[dims.G]
doc = "no more than four"
min = 1
max = 4
[dims.C]
doc = "as many as fit"
equals = "G**2"
[fields.kind]
doc = "which it is"
units = "1"
dtypes = ["str"]
shapes = [""]
one_of = ["near", "far"]
default = "far"
required = false
[fields.label]
doc = "what it is called"
units = "1"
dtypes = ["str"]
shapes = [""]
pattern = "[a-z]+"
examples = ["siemens", "star"]
[fields.waves]
doc = "the waves"
units = "1"
dtypes = ["complex64", "complex128"]
shapes = ["N N", "G N N"]
aliases = ["wave", "old_waves"]
rules = ["finite", "not_all_zero"]
[fields.counts]
doc = "what was counted"
units = "photon"
dtypes = ["float64"]
shapes = ["M C"]
min = 0
max = 2.5
required_when = { kind = ["near", "far"], label = ["siemens"] }
required = false
[fields.spare]
doc = "left out by some"
units = "1"
dtypes = ["bool"]
shapes = ["M"]
required = false
written = true
[[relations]]
rule = "whole_counts"
doc = "what is counted is whole"
array = "counts"
when = { kind = ["near"] }
[[relations]]
rule = "needs"
doc = "spare is of the counts"
field = "spare"
fields = ["counts", "label"]
"""
LIST = """
name = "list"
version = 1
container = "json"
doc = "A list."
[dims.T]
doc = "entries"
[fields."rows[].value"]
doc = "a value, if there is one"
units = "1"
dtypes = ["float64"]
shapes = ["T"]
nullable = true
[fields."rows[].number"]
doc = "a number"
units = "1"
dtypes = ["int64"]
shapes = ["T"]
"""
FOLDER = """
name = "folder"
version = 1
container = "folder"
doc = "Two files."
[files."manifest.json"]
doc = "what it is"
contract = "manifest"
[files."*.txt"]
doc = "any words"
required = false
"""


def test_pages_of_all_that_a_contract_can_say() -> None:
    pages = [contract_page(parse_contract(text.encode(), "made up")) for text in (SCAN, LIST, FOLDER)]
    assert "\n".join(pages) == WORDS.read_text("utf-8")


def test_the_example_of_a_file_says_how_to_have_it() -> None:
    assert "## Example\n\nWhat `parity contracts sample` writes:\n\n| name |" in contract_page(load_contract("counts"))
