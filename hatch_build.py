"""Build hook that puts schemas and templates into the wheel, and only there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ShippedDataHook(BuildHookInterface[Any]):  # Any: hatchling's configuration type plays no part here
    """Adds the data folders to standard wheels.

    hatchling would copy a plain ``force-include`` into editable installs as well, where the copy goes stale with the
    first edit of a schema; an editable install reads the checkout's own folders.
    """

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # Any: hatchling's own signature
        """Register the data folders with the build, unless it is an editable one."""
        if version == "editable":
            return
        schemas = Path(self.root, "schemas")
        included: dict[str, str] = build_data["force_include"]
        included[str(Path(self.root, "templates"))] = "xnat_codegen/_data/templates"
        included[str(schemas)] = "xnat_codegen/_data/schemas"
        # hatchling maps each source to one target, so the second copy names the folder's entries instead of the folder.
        for entry in sorted(schemas.iterdir()):
            included[str(entry)] = f"xnat_emulator/_data/schemas/{entry.name}"
