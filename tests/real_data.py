"""Where tests find public material of the composite database that is not part of the project."""

import os
from pathlib import Path

import pytest

#: ``$MER_REAL_DATA``, else a folder beside the project. Tests that need it skip where it is absent.
REAL_DATA = Path(os.environ.get("MER_REAL_DATA", Path(__file__).resolve().parents[2] / "shared" / "data" / "megc2019"))
FLOW_MAPS = REAL_DATA / "flow_28x28" / "STSNet_whole_norm_u_v_os"


def needs(path: Path) -> pytest.MarkDecorator:
    """Skip a test, with the reason, where ``path`` of the public material is absent."""
    return pytest.mark.skipif(
        not path.exists(),
        reason=f"{path} is absent; set MER_REAL_DATA to a folder with {path.name} to run this test on real clips",
    )
