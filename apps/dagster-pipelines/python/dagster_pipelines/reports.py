"""Where the demo's reports are written."""

import os

import dagster as dg


class ReportFolder(dg.ConfigurableResource):
    # Relative paths start at $DAGSTER_HOME.
    folder: str = "reports"

    def write(self, name: str, text: str) -> str:
        """Writes one report and returns its path."""
        folder = os.path.join(os.environ.get("DAGSTER_HOME", "."), self.folder)
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, name)
        with open(path, "w") as file:
            file.write(text)
        return path
