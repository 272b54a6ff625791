"""Numbers as they are printed."""

from mer.core.rounded import rounded


def test_zero_has_no_minus():
    assert f"{rounded(-0.004):+.2f}" == "+0.00" and f"{rounded(-0.006):+.2f}" == "-0.01"
    assert rounded(0.126) == 0.13 and rounded(0.126, 1) == 0.1
