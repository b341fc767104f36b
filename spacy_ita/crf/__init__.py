"""BIOES tags and the linear-chain CRF over them."""

from .chain import LinearChain
from .divergence import sequence_kl, token_kl
from .host_copy import HostCopy
from .marginals import Marginals
from .module import LinearChainCRF
from .paths import BestPaths
from .recursions import Messages, recursions
from .tags import MISSING, Entity, TagScheme, boundaries_of

__all__ = [
    "MISSING",
    "BestPaths",
    "Entity",
    "HostCopy",
    "LinearChain",
    "LinearChainCRF",
    "Marginals",
    "Messages",
    "TagScheme",
    "boundaries_of",
    "recursions",
    "sequence_kl",
    "token_kl",
]
