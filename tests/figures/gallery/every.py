"""All figures of the gallery by name, each a function that draws it in the style in force."""

from tests.figures.gallery import clips, data, studies, training

FIGURES = dict(sorted((clips.FIGURES | data.FIGURES | studies.FIGURES | training.FIGURES).items()))
