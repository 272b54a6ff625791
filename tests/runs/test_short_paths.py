from mer.runs.short_paths import short_paths


def test_paths_are_short_wherever_the_kernel_stands(project, monkeypatch):
    for place in (project.folder, project.folder / "notebooks"):
        monkeypatch.chdir(place)
        assert short_paths(project.outputs / "demo" / "train") == "outputs/demo/train"
        assert short_paths(project.folder / "figures") == "figures"
        assert short_paths(f"{project.outputs}/a of {project.outputs}/b") == "outputs/a of outputs/b"
        assert short_paths("/elsewhere/x") == "/elsewhere/x"


def test_outputs_elsewhere_begin_with_their_name(project, monkeypatch, tmp_path):
    monkeypatch.setenv("MER_OUTPUTS", str(tmp_path / "results"))
    assert short_paths(tmp_path / "results" / "s" / "a") == "results/s/a"
