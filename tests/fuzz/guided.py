"""Runs inside atheris: `with_atheris` starts it, `python -m tests.fuzz.guided json|hj212 DIRECTORY OPTION…`.

What reaches new code is kept in the directory and changed further: by libFuzzer, and by the mutations of `mutate`,
which know words of both formats and put length and CRC right again, since no guide guesses a CRC.
"""

import random
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["app.ingest.decode", "app.ingest.hj212"]):
    from tests.fuzz.mutate import corpus, mutated
    from tests.fuzz.targets import TARGETS


def main() -> None:
    """Never returns: libFuzzer ends the process, with 0 unless an input failed, which it keeps in a file."""
    name, kept, *options = sys.argv[1:]
    target, known = TARGETS[name], corpus(name)
    for number, data in enumerate(known):
        (Path(kept) / f"known-{number}").write_bytes(data)

    def once(data: bytes) -> None:
        target(data)

    def change(data: bytes, longest: int, seed: int) -> bytes:
        source = random.Random(seed)
        if source.random() < 0.5:
            return bytes(atheris.Mutate(data, longest))
        return mutated(source, [bytes(data), bytes(data), source.choice(known)])[:longest]

    atheris.Setup([sys.argv[0], *options, kept], once, custom_mutator=change)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
