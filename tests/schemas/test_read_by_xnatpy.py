"""The schemas are read by the converter of xnatpy, which builds its classes from what a server sends."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = """
import importlib.util, io, logging, os, sys
logging.Logger.verbose = logging.Logger.debug
from xnat import StringLoader
from xnat.convert_xsd import SchemaParser
parser = SchemaParser(logging.getLogger("schemas"))
for path in sys.argv[1:]:
    parser.parse_schema_file(path)
code = io.StringIO()
parser.write(code)
loader = StringLoader(code.getvalue())
module = importlib.util.module_from_spec(importlib.util.spec_from_loader("xnat.generated.model", loader))
loader.exec_module(module)
named = [one for one in parser.class_list.values() if one.name and not (one.base_class or "").startswith("xs:")]
print("missing", [one.name for one in named if not hasattr(module, one.writer.python_name)])
print(module.SubjectData.label)
"""


def peers_python() -> Path:
    default = Path(__file__).parents[2] / ".venv-peers"
    return Path(os.environ.get("XNAT_PEERS") or default) / "xnatpy" / "bin" / "python"


@pytest.mark.parametrize("backwards", [False, True])
def test_xnatpy_builds_every_class_whatever_the_order_of_the_files(backwards: bool, schemas: Path) -> None:
    python = peers_python()
    if not python.is_file():
        pytest.skip("no environment with xnatpy: XNAT_PEERS names the folder that holds it")
    files = sorted((str(path) for path in schemas.rglob("*.xsd")), reverse=backwards)
    done = subprocess.run([python, "-c", SCRIPT, *files], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["missing []", "<SearchField xnat:subjectData/label>"]
