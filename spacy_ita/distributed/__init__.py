"""A corpus through a pipeline, in this process or on many machines."""

from .batch_annotator import BatchAnnotator
from .job import Engine, Job, Worker, run_locally
from .ray_data import RayEngine

__all__ = ["BatchAnnotator", "Engine", "Job", "RayEngine", "Worker", "run_locally"]
