"""The commands that ask a run about a clip, in a folder that has both."""

import pytest
from click.testing import CliRunner

from mer.cli.main import main


@pytest.fixture
def asking(tmp_path, monkeypatch):
    """``asking(command)``: the command in a folder with a run ``run`` and a clip ``clip``, whose face is found.

    ``first`` is the number of the clip's first image.
    """
    from tests.own_clip import detector, write_clip, write_run  # brings torch, which most commands do without

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MER_PROGRESS", "0")
    for module in ("mer.face.landmarks", "mer.training.predict"):  # where it is made, and where it was imported to
        monkeypatch.setattr(f"{module}.make_detector", lambda name: detector())
    write_run(tmp_path / "run")

    def begin(command, first=1):
        write_clip(tmp_path / "clip", first)
        return lambda *arguments: CliRunner().invoke(main, [command, "--run", "run", *arguments])

    return begin
