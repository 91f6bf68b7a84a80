"""Coverage-guided mutations of files: ``python fuzz_with_atheris.py NAME RUNS`` prints how many were accepted.

What is accepted is read again by a reader that shares no code with the engine, and must hold the values it started
from or, in a document, parse as strict text. Any other error than a refusal ends the run with a traceback.
"""

from __future__ import annotations

import atexit
import io
import json
import sys
import tempfile
import tomllib
from pathlib import Path

import atheris
import numpy as np

with atheris.instrument_imports(include=["parity_suite.contracts"]):
    from parity_suite.contracts import check_file, load_contract
    from parity_suite.contracts.sample import sample
    from parity_suite.contracts.sample_file import write_values

NAME, RUNS = sys.argv[1], int(sys.argv[2])
CONTRACT = load_contract(NAME)
FOLDER = Path(tempfile.mkdtemp())
SEEDS = [sample(CONTRACT, seed) for seed in range(8)]
COUNTED = {"tried": 0, "accepted": 0, "refused": 0}


def seed_files() -> list[bytes]:
    files = []
    for values in SEEDS:
        path = FOLDER / "seed"
        write_values(path, CONTRACT, values)
        files.append(path.read_bytes())
    return files


FILES = seed_files()
PATH = FOLDER / ("file.toml" if CONTRACT.container == "toml" else "file")


def one_input(data: bytes) -> None:
    provider = atheris.FuzzedDataProvider(data)
    number = provider.ConsumeIntInRange(0, len(FILES) - 1)
    content = bytearray(FILES[number])
    for _ in range(provider.ConsumeIntInRange(1, 4)):
        place = provider.ConsumeIntInRange(0, len(content))
        other = provider.ConsumeBytes(provider.ConsumeIntInRange(0, 12))
        if provider.ConsumeBool():
            content[place : place + len(other)] = other
        else:
            content[place : place + provider.ConsumeIntInRange(0, 12)] = other
    PATH.write_bytes(content)
    accepted = check_file(PATH, CONTRACT).ok
    COUNTED["tried"] += 1
    COUNTED["accepted" if accepted else "refused"] += 1
    if accepted:
        require_sound(bytes(content), SEEDS[number])


def require_sound(content: bytes, values: dict[str, np.ndarray]) -> None:
    if CONTRACT.container == "npz":
        with np.load(io.BytesIO(content), allow_pickle=False) as read:
            for name in values.keys() & set(read.files):
                np.testing.assert_array_equal(read[name], values[name])
    elif CONTRACT.container == "json":
        json.loads(content.decode("utf-8"), parse_constant=lambda name: 1 / 0)
    else:
        tomllib.loads(content.decode("utf-8"))


def corpus() -> Path:
    """Edits to start from: an empty one would be lengthened byte by byte, and change nothing for a long while."""
    folder = FOLDER / "corpus"
    folder.mkdir()
    rng = np.random.default_rng(2)
    for index in range(32):
        (folder / str(index)).write_bytes(rng.integers(0, 256, 256, np.uint8).tobytes())
    return folder


atexit.register(lambda: print(json.dumps(COUNTED), flush=True))
OPTIONS = [
    f"-atheris_runs={RUNS}",
    "-max_len=512",
    "-len_control=0",
    "-seed=1",
    "-verbosity=0",
    # The peak that libFuzzer reads is inherited from the process that started this one.
    "-rss_limit_mb=0",
    f"-artifact_prefix={FOLDER}/",
]
atheris.Setup([sys.argv[0], *OPTIONS, str(corpus())], one_input)
atheris.Fuzz()
