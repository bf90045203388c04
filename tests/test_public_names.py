"""What users may import from the packages; a change here is a change of the public API."""

from __future__ import annotations

import subprocess
import sys

import xnat_sdk
from xnat_runtime import errors
from xnat_runtime.reserved import OBJECT_NAMES, STRUCTURE_NAMES


def test_the_package_exports_these_names():
    raised = [name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Exception)]
    other = ["Duration", "Listing", "UnknownTypeWarning", "XnatSession", "__version__", "connect"]
    assert sorted(xnat_sdk.__all__) == sorted([*raised, *other])
    for name in xnat_sdk.__all__:
        assert getattr(xnat_sdk, name) is not None
    assert set(xnat_sdk.__all__) <= set(dir(xnat_sdk))


def test_every_model_can_be_imported_by_name():
    script = "import xnat_sdk.models as m; print(all(getattr(m, name) for name in m.__all__), len(m.__all__) > 190)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True"]


def test_a_misspelt_name_says_so():
    script = "from xnat_sdk.models import SubjektData"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert "cannot import name 'SubjektData' from 'xnat_sdk.models'" in done.stderr


def test_names_that_objects_have_beside_their_fields():
    assert sorted(OBJECT_NAMES) == [
        "create_resource", "delete", "download", "download_dir", "edit", "external_uri", "parent", "read_dicom",
        "refresh", "rename", "session", "upload", "upload_data", "uri", "xsi_type",
    ]  # fmt: skip
    assert sorted(STRUCTURE_NAMES) == ["xsi_type"]
