"""Images of another size."""

from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate


def resized(images: Tensor, side: int) -> Tensor:
    """Square images of another side; a reduced one is averaged, so that fine noise does not become coarse noise."""
    if images.shape[-2:] == (side, side):
        return images
    if images.shape[-1] % side == 0 and images.shape[-1] == images.shape[-2]:
        return avg_pool2d(images, images.shape[-1] // side)
    return interpolate(images, (side, side), mode="bilinear", align_corners=False, antialias=images.shape[-1] > side)
