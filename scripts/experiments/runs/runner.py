"""Train and measure runs, several at once; skip what was measured already."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from tqdm import tqdm
from wasabi import msg

from spacy_ita.report import results
from spacy_ita.report.predictions import append_predictions

from ..rows.datasets import FINAL
from .measure import measure
from .plan import Run

VERSIONS = {
    name: version(name) for name in ("spacy_ita", "spacy", "torch", "transformers", "thinc")
}
SHOWN = 25
"""How many lines of a failed training's output are shown."""

Train = Callable[[Path, Path, Run], None]


class TrainingError(RuntimeError):
    """A training that failed, with the end of its output."""


def train(config: Path, output: Path, run: Run) -> None:
    """Train in a new process, on one thread, from where an earlier one was killed.

    Raises TrainingError if it fails.
    """
    command = [sys.executable, "-m", "spacy", "ita", "train", config, "--output", output]
    threads = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    room = {"ONEDNN_PRIMITIVE_CACHE_CAPACITY": str(run.encoder.programs)}
    done = subprocess.run(
        [str(part) for part in (*command, "--gpu-id", run.gpu_id)],
        env={**os.environ, **room, **threads},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise TrainingError("\n".join(done.stdout.splitlines()[-SHOWN:]))


@dataclass
class Runner:
    """Trains and measures runs.

    Args:
        models: Folder to train in.
        experiments: Folder of results and predictions.
        keep: Whether to keep the models.
        train: Trains a run by its config's file into a folder.
    """

    models: Path
    experiments: Path
    keep: bool = False
    train: Train = train

    @property
    def results(self) -> Path:
        """The file of results."""
        return self.experiments / "results.jsonl"

    def pending(self, runs: Sequence[Run]) -> list[Run]:
        """List the runs that have no results."""
        done = {line["config_hash"] for line in results.read(self.results)}
        return [run for run in runs if run.hash not in done]

    def run(self, run: Run) -> dict[str, float]:
        """Train, measure and record a run; returns F1 of each view."""
        start = time.time()
        folder = self.models / f"{run.name}-{run.hash}"
        folder.mkdir(parents=True, exist_ok=True)
        config = run.scheduled()
        config.to_disk(folder / "config.cfg")
        self.train(folder / "config.cfg", folder, run)
        record = {
            "settings": dict(run.settings),
            "recipe": run.recipe,
            "config_hash": run.hash,
            "versions": VERSIONS,
            "epochs": config["training"]["max_epochs"],
        }
        lines = []
        for model, file, split in run.data.measured:
            measured = measure(run, folder / model, file)
            part = [re.sub(r"\W+", "-", split)] if file == FINAL else []
            name = "-".join([run.name, run.hash, *part])
            append_predictions(self.results, name, measured.predictions, run.data.redistributable)
            about = {
                "approach": run.approach.name,
                "data": run.data.name,
                "encoder": run.encoder.name,
                "seed": run.seed,
                "split": split,
            }
            took = {"predictions": name, "seconds": round(time.time() - start, 1)}
            lines += [
                {**about, "view": view, **scores, **record, **took}
                for view, scores in measured.scores.items()
            ]
        results.append(self.results, lines)
        if not self.keep:
            shutil.rmtree(folder)
        return {f"{line['split']} {line['view']}": line["f"] for line in lines}

    def run_all(self, runs: Sequence[Run], jobs: int) -> list[Run]:
        """Run the pending runs, `jobs` at once; returns those that failed."""
        pending, failed = self.pending(runs), []
        msg.info(f"{len(runs) - len(pending)} of {len(runs)} runs are done already")
        with ThreadPoolExecutor(jobs) as pool, tqdm(total=len(pending), unit="run") as bar:
            futures = {pool.submit(self.run, run): run for run in pending}
            try:
                for future in as_completed(futures):
                    run = futures[future]
                    bar.update()
                    try:
                        scores = future.result()
                    # of whatever kind: the other runs go on
                    except Exception as error:
                        failed.append(run)
                        bar.write(f"{run.name} failed: {type(error).__name__}: {error}")
                    else:
                        shown = ", ".join(f"{view} {100 * f:.2f}" for view, f in scores.items())
                        bar.write(f"{run.name}: {shown}")
            finally:
                # Ctrl-C: what has not begun is left for another time
                pool.shutdown(cancel_futures=True)
        return failed
