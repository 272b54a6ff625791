from mer.figures.curve_words import curve_axis, curve_name, curve_unit, curves_explained
from mer.models.dgm_loss import TERMS


def test_every_term_of_the_loss_has_words():
    for name in ("classification", "total", "gradient_ratio", *TERMS):
        assert curve_unit(name) != "value" and "_" not in curve_name(name)
    assert curve_axis("classification") == "classification loss (cross-entropy, nats)"
    assert all(curve_name(name) in curves_explained(TERMS).lower() for name in TERMS)


def test_a_curve_that_is_not_known_keeps_its_name():
    assert curve_name("learning_rate") == "learning rate" and curve_unit("learning_rate") == "value"
    assert curve_axis("learning_rate") == "learning rate"
    assert curves_explained(["learning_rate", "classification"]) == ""
    assert curves_explained(["curvature"]) == "Curvature: mean second difference of the displacement."
