"""``xnat-codegen generate`` over the stock schemas against what xmlschema takes to load the same files."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path

from measure import Peers, Run, run_in_turn, walls
from table import Bar, Result, compare

SCHEMAS = Path(__file__).resolve().parent.parent / "schemas"
FLOOR, WHOLE, AGAIN = "xmlschema loads the files", "generate, everything", "generate, nothing changed"
LOAD = """
import sys, pathlib, xmlschema
files = sorted(pathlib.Path(sys.argv[1]).glob("*/*.xsd"))
first = xmlschema.XMLSchema10(str(files[0]), validation="lax", build=False)
for file in files[1:]:
    first.add_schema(str(file))
first.build()
"""
WRITTEN = """
import json, pathlib, shutil, sys
from xnat_codegen.cli import main
out = pathlib.Path(sys.argv[1])
if sys.argv[2] == "fresh":
    shutil.rmtree(out / "xnat_sdk", ignore_errors=True)
before = {path: path.stat().st_mtime_ns for path in out.rglob("*.py")}
status = main(["generate", "--out", str(out)])
after = {path: path.stat().st_mtime_ns for path in out.rglob("*.py")}
print(json.dumps({"written": sum(before.get(path) != stamp for path, stamp in after.items())}))
sys.exit(status)
"""


def measure(folder: Path) -> dict[str, list[Run]]:
    """Return the runs: loading, generating into an empty folder, and once more over the result."""
    return run_in_turn(
        {
            FLOOR: [sys.executable, "-c", LOAD, str(SCHEMAS)],
            WHOLE: [sys.executable, "-c", WRITTEN, str(folder), "fresh"],
            AGAIN: [sys.executable, "-c", WRITTEN, str(folder), "again"],
        }
    )


def run(_peers: Peers) -> Result:
    """Return the times, and the bars on their ratio and on what a second run writes."""
    folder = Path(tempfile.mkdtemp(prefix="xnat-codegen-bench-"))
    try:
        found = measure(folder)
    finally:
        shutil.rmtree(folder)
    seconds = walls(found)
    notes = {name: f"{found[name][-1].report['written']:.0f} files written" for name in (WHOLE, AGAIN)}
    bars = [
        Bar("generate over loading with xmlschema, whole processes", seconds[WHOLE] / seconds[FLOOR], 10.0),
        Bar("files written by a second run", found[AGAIN][-1].report["written"], 0),
    ]
    return Result(compare("generate the package, formatting included", seconds, FLOOR, "s", notes), bars)


if __name__ == "__main__":
    result = run("")
    print(json.dumps([bar._asdict() for bar in result.bars], indent=2))
    for row in result.rows:
        print(f"{row.contender:<28} {row.value:.3f} s  {row.ratio:.2f}x  {row.note}")
    sys.exit(not all(bar.met for bar in result.bars))
