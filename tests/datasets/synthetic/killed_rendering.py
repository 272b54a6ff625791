"""What `tests.killed` builds, and kills: a small database and the example, rendered into the cache.

The heads, of which each takes a second, are made once, before the processes that are killed part from this one; all
else is rendered and written in them.
"""

from dataclasses import replace
from functools import cache

import cv2

from mer.core.files import digest
from mer.datasets.synthetic import build, example
from mer.datasets.synthetic.clip import subject_head
from mer.datasets.synthetic.plan import plan
from tests.damage import contents
from tests.datasets.synthetic.test_kept_damaged import TINY

#: Two people, so that two threads render them.
CONFIG = replace(TINY, subjects=2)

cv2.setNumThreads(1)  # threads of its own would be missing in the processes that part from this one
_person = cache(lambda config, look, number: subject_head(config, _clips[config, look, number]))


def _head(config, clip):
    return _person(config, clip.look, clip.subject_index)


build.subject_head = example.subject_head = _head
example.CONFIG = replace(example.CONFIG, size=64, tempo=0.05)
_clips = {(each, clip.look, clip.subject_index): clip for each in (CONFIG, example.CONFIG) for clip in plan(each)}
for each in plan(CONFIG):
    _head(CONFIG, each)
_head(example.CONFIG, next(clip for clip in plan(example.CONFIG) if clip.label == "surprise"))


def render(folder):
    """Both, in words that tell every byte."""
    database, clip = build.build_synthetic(CONFIG, n_jobs=2), example.example_clip()
    folders = database.root, clip.frames.parents[1]
    return "\n".join(f"{name} {digest(data)}" for each in folders for name, data in sorted(contents(each).items()))
