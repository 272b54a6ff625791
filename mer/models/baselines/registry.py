"""The baseline networks by name: what they are called, what they see, and how one is made from a seed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from mer.core.errors import InputError, nearest
from mer.models.baselines import capsule
from mer.models.baselines.base import BaselineNetwork
from mer.models.baselines.capsule import CapsuleConfig, CapsuleNet
from mer.models.baselines.flow_resnet import FlowResNet, FlowResNetConfig
from mer.models.baselines.off_apexnet import OFFApexNet, OFFApexNetConfig
from mer.models.baselines.rcn import RCNA, RCNConfig
from mer.models.baselines.sssnet import SSSNet, SSSNetConfig

Architecture = OFFApexNetConfig | SSSNetConfig | RCNConfig | FlowResNetConfig | CapsuleConfig

#: Channels of flow inputs, and what stands for "the apex frame instead".
FLOW, FLOW_AND_STRAIN, APEX = ("u", "v"), ("u", "v", "strain"), ("red", "green", "blue")


@dataclass(frozen=True)
class Baseline:
    """A baseline network.

    Attributes:
        title: what it is called in tables.
        sizes: its configuration's class; the defaults are the published sizes.
        network: makes one from a configuration, the number of classes and that of channels.
        channels: what it sees.
    """

    title: str
    sizes: type
    network: Callable[[Any, int, int], BaselineNetwork]
    channels: tuple[str, ...]

    @property
    def sees_flow(self) -> bool:
        """Whether it sees flow, not the apex frame."""
        return self.channels != APEX


BASELINES = {
    "off-apexnet": Baseline("OFF-ApexNet", OFFApexNetConfig, OFFApexNet, FLOW),
    "sssnet": Baseline("SSSNet", SSSNetConfig, SSSNet, FLOW_AND_STRAIN),
    "rcn-a": Baseline("RCN-A", RCNConfig, RCNA, FLOW_AND_STRAIN),
    "flow-resnet": Baseline("ResNet on flow", FlowResNetConfig, FlowResNet, FLOW_AND_STRAIN),
    "capsulenet": Baseline(capsule.TITLE, CapsuleConfig, CapsuleNet, APEX),
}


def baseline_name(architecture: Architecture) -> str:
    """Name of the network that these sizes are of."""
    return next(name for name, baseline in BASELINES.items() if isinstance(architecture, baseline.sizes))


def find_baseline(name: str) -> Baseline:
    """The network called ``name``.

    Raises:
        InputError: there is no such network.
    """
    if name not in BASELINES:
        raise InputError(f"Unknown network {name!r}. {nearest(name, BASELINES)}")
    return BASELINES[name]


def new_baseline(architecture: Architecture, classes: int, seed: int) -> BaselineNetwork:
    """A network with initial weights drawn from ``seed`` alone; torch's global stream stays."""
    baseline = BASELINES[baseline_name(architecture)]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed % 2**32)
        network = baseline.network(architecture, classes, len(baseline.channels))
    # Channels beside each other in memory, not places: on a CPU the layers are faster then, most of all pooling.
    return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
