"""What "try your own" says: scores with their spread, how the apex was found, what a prediction rests on."""

import html
from typing import TYPE_CHECKING

import numpy as np

from mer.figures.style import class_palette

if TYPE_CHECKING:
    from mer.evaluation.own_clip import OwnExplanation
    from mer.training.predict import ClipPrediction

_SMALL = "font-size:12px;line-height:1.4"


def scores_html(found: "ClipPrediction") -> str:
    """A captioned table: class, bar with the range over the models, mean, range in numbers; the best class first."""
    palette = class_palette(found.models.classes)
    many = found.pair.models > 1
    rows = []
    for name, score in sorted(found.pair.scores.items(), key=lambda item: -item[1]):
        low, high = found.pair.spread[name]
        line = (
            f'<div style="position:absolute;left:{100 * low:.1f}%;width:{max(0.8, 100 * (high - low)):.1f}%;top:5px;'
            'height:3px;background:#222;outline:1px solid #fff"></div>'
        )
        bar = (
            '<div style="position:relative;height:13px;background:var(--jp-layout-color2,#eee)">'
            f'<div style="width:{100 * score:.1f}%;height:13px;background:{palette[name]}"></div>{line * many}</div>'
        )
        span = f"{low:.2f} to {high:.2f}" if many else "one model"
        rows.append(
            f'<tr><th scope="row" style="text-align:left;padding:2px 10px 2px 0">{html.escape(name)}</th>'
            f'<td aria-hidden="true" style="width:170px">{bar}</td><td style="padding:0 10px"><b>{score:.2f}</b></td>'
            f"<td>{span}</td></tr>"
        )
    heads = "".join(
        f'<th scope="col" style="text-align:left;font-weight:400;padding:0 {pad}px">{head}</th>'
        for head, pad in (("class", 0), ("", 0), ("score", 10), ("models from, to", 0))
    )
    caption = (
        f'<caption style="text-align:left;font-weight:600">Class scores: {html.escape(found.pair.predicted)}</caption>'
    )
    return (
        f'<table style="border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums">{caption}'
        f"<thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def found_html(found: "ClipPrediction", caveats: list[str]) -> str:
    """Who was asked, how the apex was found, and what a reader must beware of."""
    from mer.training.predict import APEX_WORDS

    facts = found.models.facts
    rule = f", epoch rule {facts.epoch_rule}" if facts.epoch_rule else ""
    data = f", trained on {facts.database}" if facts.database else ""
    said = (
        f"Mean over {found.pair.models} fold models{data}{rule}; {found.pair.agreeing} of them put "
        f"{found.pair.predicted} first. Black line in a bar: lowest to highest model. Apex: frame {found.apex}, "
        f"{APEX_WORDS[found.apex_source]}."
    )
    beware = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in caveats)
    listed = f'<ul style="margin:4px 0 0;padding-left:18px">{beware}</ul>' if caveats else ""
    return f'<div style="{_SMALL};max-width:470px"><p style="margin:4px 0">{html.escape(said)}</p>{listed}</div>'


def explanation_html(explanation: "OwnExplanation") -> str:
    """Which class, by which models, against which baseline, with the convergence delta."""
    from mer.evaluation.own_clip import BASELINE

    found = explanation.attribution
    words = f"Explained: {explanation.target}, by {explanation.models} models. "
    if found is not None:
        gain = float(found.logit[0] - found.baseline_logit[0])
        words += (
            f"Integrated gradients, mean over the models: they add up to the gain of the logit, {gain:+.2f} (baseline: "
            f"{BASELINE}), but for the convergence delta {float(found.delta[0]):+.4f} (largest of a single model: "
            f"{explanation.delta:.4f}). Orange speaks for the class, purple against it. "
        )
    words += "Occlusion: fall of the class's probability when the box moves as little as in the onset."
    return f'<p style="{_SMALL};max-width:720px;margin:4px 0">{html.escape(words)}</p>'


def regions_html(explanation: "OwnExplanation") -> str:
    """The nine boxes with their mean loss of probability as bars, the largest first."""
    from mer.face.regions import REGION_MEANINGS
    from mer.widgets.bars import bars_html

    values = {f"{name} {REGION_MEANINGS[name]}": loss for name, loss in explanation.regions.items()}
    largest = max(0.05, float(np.abs(list(values.values())).max()))
    note = "Positive: the box speaks for the class. Boxes overlap; losses do not add up. L and R: image left and right."
    return bars_html(
        values, title="Occlusion: probability lost when a box is held still", largest=largest, digits=3, note=note
    )
