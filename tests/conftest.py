import os

import pytest
import tidemill


@pytest.fixture(scope="session", autouse=True)
def built() -> None:
    for program in (tidemill.TIDEMILL, tidemill.LOCATION):
        if not os.access(program, os.X_OK):
            pytest.exit(f"{program} is not there: run `make build` first", returncode=2)
