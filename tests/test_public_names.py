"""What users may import from the packages; a change here is a change of the public API."""

from __future__ import annotations

import subprocess
import sys

import xnat_sdk
from xnat_runtime import errors
from xnat_runtime.reserved import EXPERIMENT_NAMES, OBJECT_NAMES, RESOURCE_NAMES, STRUCTURE_NAMES


def test_the_package_exports_these_names():
    raised = [name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Exception)]
    other = [
        "AliasToken",
        "CredentialProvider",
        "CustomForm",
        "CustomVariableDef",
        "DicomBoxImportRequest",
        "DicomDumpRow",
        "DirectArchiveSession",
        "Duration",
        "FilterFunctions",
        "Listing",
        "MappedFunctionFailed",
        "MappingLevel",
        "NEVER",
        "Pace",
        "Patience",
        "PrearchiveFile",
        "PrearchiveResource",
        "PrearchiveScan",
        "PrearchiveSession",
        "Preview",
        "PreviewSlice",
        "Query",
        "Request",
        "Response",
        "RetryPolicy",
        "ServerInfo",
        "Timeouts",
        "UnknownTypeWarning",
        "Version",
        "XnatSession",
        "__version__",
        "connect",
        "open_offline",
    ]
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
        "access_level", "access_requests", "accessibility", "activate", "add_user", "anonymization", "copy_to",
        "create_assessor", "create_resource", "custom_fields", "custom_variables", "data", "data_dir", "delete",
        "dicom_dump", "dicomweb", "download", "download_dir", "edit", "events", "expected_data_dir", "external_uri",
        "groups", "iter_dicom", "map", "mirror", "parent", "plan_copy", "prearchive_routing", "preview",
        "quarantine", "query", "read_dicom", "refresh", "refresh_catalog", "remove_access", "remove_user", "rename",
        "roi_collections", "saved_searches", "session", "set_access", "set_accessibility", "share", "unshare", "upload",
        "upload_data", "upload_dir", "uri", "users", "variable_definitions", "workflows", "xsi_type", "xsync",
    ]  # fmt: skip
    assert sorted(EXPERIMENT_NAMES) == ["status", "subject"]
    assert sorted(RESOURCE_NAMES) == ["id"]
    assert sorted(STRUCTURE_NAMES) == ["xsi_type"]


def test_exceptions_have_the_names_of_xnatpy():
    script = "import xnat_sdk as xnat, sys; print('xnat_runtime.errors' in sys.modules, xnat.exceptions.XNATAuthError)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split(maxsplit=1) == ["False", f"{errors.AuthenticationError}\n"]
    assert [name for name in xnat_sdk.exceptions.__all__ if not hasattr(xnat_sdk.exceptions, name)] == []
    assert xnat_sdk.exceptions.XNATObjectAlreadyExistsError is errors.ConflictError


def test_classes_have_the_spellings_of_the_schemas_elements():
    from xnat_sdk import models

    assert models.MRSessionData is models.MrSessionData
    assert models.PETMRSessionData is models.PetmrSessionData
    assert {"MRScanData", "MrScanData", "CTSessionData"} <= set(models.__all__) & set(dir(models))


def test_transfers_have_these_names():
    import xnat_sdk.transfers as found

    assert sorted(found.__all__) == [
        "ChangedFile", "CopyChoice", "CopyConflict", "CopyConflictError", "CopyPlan", "CopyReport", "FailedFile",
        "ImportReport", "Layout", "Limits", "Manifest", "ManifestFile", "ManifestItem", "MirrorReport", "MovedFile",
        "OmittedFile", "SeriesCount", "TransferOptions", "TransferReport", "UNLIMITED", "VerifyReport", "WorkItem",
        "local_path", "parse_shard", "read_manifest", "run_shard", "shard", "verify", "write_worklist",
    ]  # fmt: skip
    assert all(hasattr(found, name) for name in found.__all__)


def test_progress_has_these_names():
    from xnat_sdk import progress

    assert sorted(progress.__all__) == [
        "Advanced",
        "Finished",
        "Observer",
        "Outcome",
        "Retried",
        "Started",
        "Tally",
        "TransferEvent",
        "rich_bars",
        "tqdm_bars",
    ]


def test_notebooks_have_these_names():
    from xnat_sdk import notebook

    assert sorted(notebook.__all__) == ["Shown", "show"]
