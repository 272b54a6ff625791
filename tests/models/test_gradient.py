import torch

from mer.models.gradient import scale_gradient


def test_forward_is_unchanged_and_backward_is_scaled_exactly():
    x = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
    assert torch.equal(scale_gradient(x, 1e-6), x)
    weights = torch.randn(4, 3, dtype=torch.float64)
    (scale_gradient(x, 1e-6) * weights).sum().backward()
    assert torch.allclose(x.grad, 1e-6 * weights, rtol=1e-12, atol=0)


def test_scaled_gradient_is_the_finite_difference_times_the_scale():
    def loss(x):
        return scale_gradient(x, 0.25).sin().sum()

    x = torch.tensor([0.3, 1.1], dtype=torch.float64, requires_grad=True)
    loss(x).backward()
    step = 1e-6
    for i in range(2):
        moved = x.detach().clone()
        moved[i] += step
        slope = (loss(moved) - loss(x.detach())) / step
        assert abs(float(x.grad[i]) - 0.25 * float(slope)) < 1e-6
