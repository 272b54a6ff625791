"""Processors and OpenCV's threads."""

import os

import cv2
import pytest

from mer.core.processors import one_opencv_thread, processors


def test_only_those_that_may_be_used(monkeypatch):
    monkeypatch.delenv("SLURM_CPUS_PER_TASK", raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 3, 5}, raising=False)
    assert processors() == 3
    assert processors(most=2) == 2
    assert processors(most=8) == 3


def test_in_a_job_only_those_that_it_asked_for(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 3, 5}, raising=False)
    for given, count in (("2", 2), ("8", 3), ("", 3)):
        monkeypatch.setenv("SLURM_CPUS_PER_TASK", given)
        assert processors() == count


def test_opencv_gets_its_threads_back():
    before = cv2.getNumThreads()
    with pytest.raises(RuntimeError), one_opencv_thread():
        assert cv2.getNumThreads() == 1
        raise RuntimeError
    assert cv2.getNumThreads() == before
