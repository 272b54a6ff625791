"""The parts of the views, used as a person does: by mouse, by keyboard; without JupyterLab, so fast."""
