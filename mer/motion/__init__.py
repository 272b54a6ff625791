"""Motion between two frames: optical flow, strain, dynamic image, units and warping."""
