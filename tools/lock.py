"""Renew the lock files: every version with its hashes, for all platforms, without any index address."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent
OPTIONS = (
    "--universal", "--python-version", "3.11", "--generate-hashes", "--no-emit-index-url", "--no-header",
    "--no-annotate", "--quiet", "--upgrade",
)  # fmt: skip
SETS = (
    ("requirements/uv.in", "requirements/uv.txt", ()),
    ("pyproject.toml", "requirements/main.txt", ()),
    ("pyproject.toml", "requirements/dev.txt", ("--group", "dev")),
    ("pyproject.toml", "requirements/bench.txt", ("--group", "bench")),
)


def main() -> None:
    """Write all sets."""
    for source, target, extra in SETS:
        command = [".venv/bin/uv", "pip", "compile", *OPTIONS, *extra, source, "-o", target]
        subprocess.run(command, cwd=ROOT, check=True)
        print(f"{target} renewed")


if __name__ == "__main__":
    main()
