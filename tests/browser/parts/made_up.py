"""What the parts are shown with."""

import cv2
import numpy as np
import pandas as pd

MARKS = {"onset": 11, "apex": 20, "offset": 31}


def image_file(grey, suffix=".png", size=(40, 60)):
    return cv2.imencode(suffix, np.full((*size, 3), grey, np.uint8))[1].tobytes()


def clips(rows):
    names = [f"EP{row:02d}" for row in range(rows)]
    odd = np.arange(rows) % 2 == 1
    probability = np.where(np.arange(rows) % 5 == 0, np.nan, np.linspace(1, 0, rows))
    label = np.where(odd, "surprise", "negative")
    return pd.DataFrame({"clip": names, "label": label, "right": odd, "probability": probability})
