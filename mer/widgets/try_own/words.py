"""What "try your own" says: scores with their spread, how the apex was found, what a prediction rests on."""

import html
from typing import TYPE_CHECKING

import numpy as np

from mer.figures.style import class_palette
from mer.figures.style_book import AGAINST, FOR
from mer.widgets.names import database_words
from mer.widgets.try_own.spread_table import Spread, spread_table

if TYPE_CHECKING:
    from mer.evaluation.own_clip import OwnExplanation
    from mer.training.predict import ClipPrediction

_SMALL = "font-size:12px;line-height:1.4"


def scores_html(found: "ClipPrediction") -> str:
    """A captioned table: class, bar with the range over the models, mean, range in numbers; the best class first."""
    palette, many = class_palette(found.models.classes), found.pair.models > 1
    rows = [
        Spread(name, score, found.pair.spread[name] if many else None, palette[name])
        for name, score in sorted(found.pair.scores.items(), key=lambda item: -item[1])
    ]
    title = f"Class scores of {found.clip.name}: {found.pair.predicted}"
    return spread_table(rows, title=title, heads=("class", "score"))


def found_html(found: "ClipPrediction", caveats: list[str]) -> str:
    """Who was asked, how the apex was found, and what a reader must beware of."""
    from mer.evaluation.own_clip import models_words, vote_words

    facts = found.models.facts
    rule = f", epoch rule {facts.epoch_rule}" if facts.epoch_rule else ""
    data = f", trained on {database_words(facts.database)}" if facts.database else ""
    said = f"{models_words(found.pair.models).capitalize()}{data}{rule}"
    if votes := vote_words(found):
        said += f"; {votes}. Line in a bar: lowest to highest model"
    said += f". Apex: {found.apex_words}."
    beware = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in caveats)
    listed = f'<ul style="margin:4px 0 0;padding-left:18px">{beware}</ul>' if caveats else ""
    return f'<div style="{_SMALL};max-width:470px"><p style="margin:4px 0">{html.escape(said)}</p>{listed}</div>'


def explanation_html(explanation: "OwnExplanation") -> str:
    """Which class, by which models, against which baseline, with the convergence delta."""
    from mer.evaluation.own_clip import BASELINE, models_words

    found, whose = explanation.attribution, models_words(explanation.models)
    words = f"Explained: {explanation.target}, {whose}. "
    if found is not None:
        largest = f" (largest of a single model: {explanation.delta:.4f})" * (explanation.models > 1)
        mean = "mean " * (explanation.models > 1)
        gain = float(found.log_odds[0] - found.baseline_log_odds[0])
        words += (
            f"Integrated gradients, {whose}: they add up to the gain of the {mean}log-odds, log p / (1 - p), "
            f"{gain:+.2f} (baseline: {BASELINE}), but for the convergence delta "
            f"{float(found.delta[0]):+.4f}{largest}. Without motion the class has the probability "
            f"{float(found.baseline_probability[0]):.2f}: none is for a face at rest. Orange speaks for "
            "the class, purple against it. "
        )
    words += "Occlusion: fall of the class's log-odds when the box moves only as the head does."
    return f'<p style="{_SMALL};max-width:720px;margin:4px 0">{html.escape(words)}</p>'


def regions_html(explanation: "OwnExplanation") -> str:
    """The nine boxes with their mean loss of log-odds and its range over the models, the largest first."""
    from mer.evaluation.own_clip import OCCLUSION_CAVEAT
    from mer.face.regions import REGION_MEANINGS

    many = explanation.models > 1
    rows = [
        Spread(
            f"{name}\n{REGION_MEANINGS[name]}",
            loss,
            explanation.spread[name] if many else None,
            AGAINST if loss < 0 else FOR,
        )
        for name, loss in explanation.regions.items()
    ]
    table = spread_table(
        rows,
        title=f"Occlusion: log-odds of {explanation.target} lost when a box is held still",
        heads=("box", "loss"),
        largest=float(np.abs(explanation.losses).max()),
        signed=True,
    )
    note = (
        f"{OCCLUSION_CAVEAT} Positive: the box speaks for the class. Boxes overlap; losses do not add up. L and R: "
        "image left and right."
    )
    return f'{table}<p style="{_SMALL};max-width:620px;margin:4px 0">{html.escape(note)}</p>'


def motion_html(found: "ClipPrediction") -> str:
    """What the two motions of the view are, and why one is so much larger than the other."""
    from mer.evaluation.own_clip import motion_words

    said = "".join(f'<p style="margin:2px 0">{html.escape(words)}</p>' for words in motion_words(found))
    return f'<div style="{_SMALL};max-width:640px">{said}</div>'
