"""F1 in each precision."""

import pytest
import torch


@pytest.mark.slow
def test_a_pipeline_computes_in_another_precision_and_then_as_before(six_layers, make_corpus):
    from benchmarks.parts.tagger import untrained
    from benchmarks.precisions import computing_in, encoder_shims

    nlp, _ = untrained(str(six_layers), make_corpus(4, 8), mixed_precision=False)
    (shim,) = encoder_shims(nlp)

    def dtype() -> torch.dtype:
        return next(shim.begin(is_train=False).parameters()).dtype

    with computing_in(nlp, torch.float16, holds_weights=True):
        assert dtype() == torch.float16
    with pytest.raises(OSError), computing_in(nlp, torch.float16, holds_weights=False):
        assert dtype() == torch.float32
        assert shim._half == torch.float16
        raise OSError("a pipeline fails")
    assert shim._half is None
    assert dtype() == torch.float32
