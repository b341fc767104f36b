"""Settings of a training, by the encoder's size and the number of examples."""

from dataclasses import dataclass, replace
from math import ceil

from .options import Options, Size

FEW = 1000
"""Number of examples below which a small encoder takes the settings chosen on the demo."""

BATCHES_AN_EPOCH = 50
LEAST_BATCH = 4
LEAST_STEPS = 250
"""Steps of the demo. With fewer, the new head hasn't learnt its labels."""


@dataclass(frozen=True)
class Training:
    """Settings of a training.

    Args:
        epochs: Passes over the corpus.
        batch: Documents a batch.
        rate: Highest learning rate of the encoder.
        head: Factors of that rate for the linear layer and for the CRF.
        warmup: Percentage of the steps in which the rate rises.
        dropout: As in [training].
        averages: Whether the weights are averaged.
        mixed_precision: Whether the encoder computes in half precision where that is faster.
        max_context: Most subwords of a context; None for as many as fit.
        examples: Number of training examples.
    """

    epochs: int
    batch: int
    rate: float
    head: tuple[float, float]
    warmup: int = 5
    dropout: float = 0.1
    averages: bool = False
    mixed_precision: bool = True
    max_context: int | None = None
    examples: int = 0

    @property
    def epoch_steps(self) -> int:
        """Steps of an epoch."""
        return ceil(self.examples / self.batch)

    @property
    def steps(self) -> int:
        """Steps of the whole training."""
        return self.epochs * self.epoch_steps

    @property
    def warmup_steps(self) -> int:
        """Steps in which the learning rate rises; at least one, as the schedule divides by it."""
        return max(-(-self.steps * self.warmup // 100), 1)

    @property
    def eval_frequency(self) -> int:
        """Steps between evaluations: once an epoch.

        Steps count from 0, so that the last evaluation falls within the last few steps.
        """
        return max((self.steps - 1) // self.epochs, 1)

    def over(self, examples: int) -> "Training":
        """Fit the training to a corpus: few examples need smaller batches and more epochs."""
        batch = self.batch
        while batch > LEAST_BATCH and examples < batch * BATCHES_AN_EPOCH:
            batch = max(batch // 2, LEAST_BATCH)
        epochs = max(self.epochs, ceil(LEAST_STEPS / ceil(examples / batch)))
        return replace(self, batch=batch, epochs=epochs, examples=examples)


MINI = Training(5, 16, 2e-4, (25.0, 25.0), averages=True, max_context=96)
"""For encoders like MiniLM. Chosen on a part of the training tweets of Twitter-17."""

MINI_FEW = Training(5, 8, 1.5e-4, (50.0, 50.0), warmup=10, mixed_precision=False, max_context=64)
"""For encoders like MiniLM and a few hundred examples. Chosen on the demo's development split."""

BASE = Training(4, 32, 8e-5, (40.0, 40.0), averages=True)
"""For base-size encoders. Measured with MPNet and no pictures on Twitter-17."""

BASE_ACCURATE = Training(10, 16, 5e-5, (1.0, 1000.0), warmup=10, dropout=0.0)
"""For base-size encoders. The authors publish no settings for BERT: learning rate and batch are
usual ones for NER, the rest is as for XLM-R."""

LARGE_ACCURATE = Training(10, 4, 5e-6, (1.0, 10000.0), warmup=0, dropout=0.0)
"""For large encoders. The settings of the authors' code for XLM-R-large."""

TRAININGS = {
    ("mini", Size.SMALL): MINI,
    ("mini", Size.ACCURATE): replace(MINI, epochs=10),
    ("base", Size.SMALL): BASE,
    ("base", Size.ACCURATE): BASE_ACCURATE,
    ("large", Size.SMALL): replace(LARGE_ACCURATE, epochs=5),
    ("large", Size.ACCURATE): LARGE_ACCURATE,
}


def training_of(options: Options) -> Training:
    """Choose the settings for an encoder, a size and a number of examples."""
    scale = scale_of(options.encoder_name)
    training = TRAININGS[scale, options.size]
    if training is MINI and options.examples < FEW:
        training = MINI_FEW
    return training.over(options.examples)


def scale_of(encoder: str) -> str:
    """Tell how large an encoder is: "mini", "base" or "large".

    Read from its configuration where this machine has that, else from its name.
    """
    from transformers import AutoConfig

    try:
        width = AutoConfig.from_pretrained(encoder, local_files_only=True).hidden_size
    except (OSError, ValueError, AttributeError):
        name = encoder.lower()
        if "large" in name:
            return "large"
        return "mini" if any(word in name for word in ("mini", "small", "tiny")) else "base"
    if width > 768:
        return "large"
    return "base" if width > 512 else "mini"
