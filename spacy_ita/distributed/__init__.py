"""A corpus through a pipeline, in this process or on many machines."""

from .job import Engine, Job, Worker, run_locally
from .ray_data import RayEngine

__all__ = ["Engine", "Job", "RayEngine", "Worker", "run_locally"]
