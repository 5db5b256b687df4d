"""Coverage-guided: `pip install atheris`, then `python -m tests.fuzz.with_atheris hj212 -runs=1000000`.

atheris is no dependency of the project: it is only needed here, and not on every platform to be had.
"""

import random
import sys

import atheris

with atheris.instrument_imports(include=["app.ingest"]):
    from tests.fuzz.mutate import corpus, mended
    from tests.fuzz.targets import TARGETS


def main() -> None:
    name = sys.argv[1]
    target, known = TARGETS[name], corpus(name)

    def once(data: bytes) -> None:
        target(data)
        if name == "hj212":
            # The guide cannot guess a CRC: the same bytes again with length and CRC put right.
            source = random.Random(len(data))
            target(b"".join(mended(source, b"##" + piece) for piece in data.split(b"##")))

    for data in known:
        once(data)
    atheris.Setup([sys.argv[0], *sys.argv[2:]], once)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
