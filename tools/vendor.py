"""Brings the foreign parts of the web front end into ``app/web/static/vendor/``, so that operators need no node.

``python tools/vendor.py`` fetches the packages that ``vendor.json`` pins, refuses any whose sha512 differs, copies the
listed files and writes the sha256 of every result back. ``python tools/vendor.py --check`` compares the committed
files with those sums and needs neither network nor node.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "app" / "web" / "static" / "vendor"
MANIFEST = ROOT / "tools" / "vendor.json"

FONT_FACE = re.compile(r"@font-face\s*\{[^}]*\}")
FONT_FILE = re.compile(r"url\(\./files/([^)]+\.woff2)\)")


class VendorError(Exception):
    """A package or file is not what ``vendor.json`` says."""


def fetch(name: str, version: str, integrity: str, folder: Path) -> Path:
    """Give the unpacked package, after its archive matched the pinned sha512."""
    packed = subprocess.run(
        ["npm", "pack", f"{name}@{version}", "--json", "--pack-destination", str(folder)],
        check=True,
        capture_output=True,
        text=True,
    )
    archive = folder / str(json.loads(packed.stdout)[0]["filename"])
    found = "sha512-" + base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if found != integrity:
        raise VendorError(f"{name}@{version}: the archive has {found}, vendor.json says {integrity}")
    unpacked = folder / archive.stem
    with tarfile.open(archive) as tar:
        tar.extractall(unpacked, filter="data")
    return unpacked / "package"


def font_faces(stylesheets: list[str], available: set[str]) -> str:
    """Reduce the package's stylesheets to the faces whose woff2 file is vendored, and name only that file."""
    faces = []
    for face in (match[0] for text in stylesheets for match in FONT_FACE.finditer(text)):
        file = FONT_FILE.search(face)
        if file and file[1] in available:
            faces.append(re.sub(r"src:[^;]*;", f'src: url("{file[1]}") format("woff2");', face))
    if len(faces) != len(available):
        raise VendorError(f"{len(available)} font files but {len(faces)} faces for them")
    return "\n".join(faces) + "\n"


def blocks(css: str) -> Iterator[tuple[str, str]]:
    """Split a stylesheet into (prelude, body) at its outermost braces; statements such as ``@charset`` have no body."""
    depth = start = opened = 0
    quote = ""
    for position, sign in enumerate(css):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "\"'":
            quote = sign
        elif sign == "{":
            opened = position if depth == 0 else opened
            depth += 1
        elif sign == "}":
            depth -= 1
            if depth == 0:
                yield css[start:opened], css[opened + 1 : position]
                start = position + 1
        elif sign == ";" and depth == 0:
            yield css[start : position + 1], ""
            start = position + 1


def selectors(prelude: str) -> list[str]:
    """Split a selector list at its outer commas, so that ``:is(a, b)`` stays whole."""
    parts, depth = [""], 0
    for sign in prelude:
        depth += (sign in "([") - (sign in ")]")
        if sign == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return parts


def without(css: str, dropped: re.Pattern[str]) -> str:
    """Remove the rules of classes nobody uses here: two thirds of KERN are utilities for a grid we do not have."""
    kept = []
    for prelude, body in blocks(css):
        if prelude.endswith(";"):
            kept.append(prelude)
        elif prelude.lstrip().startswith("@media"):
            inner = without(body, dropped)
            kept.append(f"{prelude}{{{inner}}}" if inner else "")
        else:
            wanted = [selector for selector in selectors(prelude) if not dropped.search(selector)]
            kept.append(f"{','.join(wanted)}{{{body}}}" if wanted else "")
    return "".join(kept)


def build_kern(settings: dict[str, Any], version: str) -> None:
    """Trim KERN's stylesheet and mirror it; KERN itself is written for left-to-right only."""
    source = TARGET / settings["source"]
    mirrored = TARGET / settings["right_to_left"]
    dropped = re.compile(rf"\.kern-(?:{'|'.join(settings['dropped_classes'])})(?![a-z])")
    note = f"/* KERN UX {version}, EUPL-1.2, see LICENSE.md; changed: unused grid and utility classes removed{{}} */\n"
    charset = '@charset "UTF-8";'
    css = without(source.read_text(encoding="utf-8"), dropped).removeprefix(charset)
    if foreign := re.search(r"url\((?!\"data:)[^)]*\)|@import", css):
        raise VendorError(f"kern.css would load {foreign[0]}")
    source.write_text(f"{charset}\n{note.format('')}{css}\n", encoding="utf-8")
    subprocess.run(["npx", "--yes", f"rtlcss@{settings['rtlcss']}", str(source), str(mirrored)], check=True)
    mirrored.write_text(
        mirrored.read_text(encoding="utf-8").replace(
            note.format(""), note.format(f"; mirrored with rtlcss {settings['rtlcss']}")
        ),
        encoding="utf-8",
    )


def sums() -> dict[str, str]:
    """Give the sha256 of every vendored file by its path."""
    return {
        path.relative_to(TARGET).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(TARGET.rglob("*"))
        if path.is_file()
    }


def vendor(manifest: dict[str, Any]) -> None:
    """Fetch, copy and build everything, then record the sums."""
    for path in TARGET.rglob("*"):
        if path.is_file():
            path.unlink()
    sheets: list[str] = []
    versions: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        for package in manifest["packages"]:
            unpacked = fetch(package["name"], package["version"], package["integrity"], Path(folder))
            versions[package["name"]] = package["version"]
            for origin, target in package["files"].items():
                (TARGET / target).parent.mkdir(parents=True, exist_ok=True)
                (TARGET / target).write_bytes((unpacked / origin).read_bytes())
            if package["name"] == "@fontsource/fira-sans":
                sheets = [(unpacked / name).read_text(encoding="utf-8") for name in manifest["fonts"]["stylesheets"]]
    faces = TARGET / manifest["fonts"]["target"]
    faces.write_text(font_faces(sheets, {path.name for path in faces.parent.glob("*.woff2")}), encoding="utf-8")
    build_kern(manifest["kern"], versions["@kern-ux/native"])
    manifest["results"] = sums()
    MANIFEST.write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def check(manifest: dict[str, Any]) -> list[str]:
    """List what differs between the committed files and the recorded sums."""
    recorded, found = manifest["results"], sums()
    return (
        [f"missing: {path}" for path in recorded.keys() - found.keys()]
        + [f"not recorded: {path}" for path in found.keys() - recorded.keys()]
        + [f"changed: {path}" for path in recorded.keys() & found.keys() if recorded[path] != found[path]]
    )


def main() -> int:
    """Vendor or check, as the command line says."""
    parser = argparse.ArgumentParser(description="Vendor the front end's foreign files, or check them.")
    parser.add_argument("--check", action="store_true", help="compare the files with the recorded sums, offline")
    manifest = json.loads(MANIFEST.read_text(encoding="utf-8"))
    if parser.parse_args().check:
        differences = sorted(check(manifest))
        print("\n".join(differences) or f"{len(manifest['results'])} vendored files are as recorded")
        return 1 if differences else 0
    try:
        vendor(manifest)
    except VendorError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"vendored {len(manifest['results'])} files")
    return 0


if __name__ == "__main__":
    sys.exit(main())
