"""Dense co-attention: both modalities attend to themselves and to each other, in a stack."""

from torch import Tensor, nn

from .cross_modal import CrossModalLayer


class CoAttentionLayer(nn.Module):
    """One layer: self-attention of each modality, then guided attention both ways at once."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.words, self.objects, self.words_by_objects, self.objects_by_words = (
            CrossModalLayer(width, heads, dropout) for _ in range(4)
        )

    def forward(
        self, words: Tensor, word_mask: Tensor, objects: Tensor, object_mask: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return the words, (B, T, H), and the objects, (B, R, H), after one exchange."""
        words = self.words(words, words, word_mask)
        objects = self.objects(objects, objects, object_mask)
        return (
            self.words_by_objects(words, objects, object_mask),
            self.objects_by_words(objects, words, word_mask),
        )


class CoAttention(nn.Module):
    """A stack of co-attention layers.

    Sources: OCSGA (Wu et al., 2020), with the self-attention and guided-attention units of Yu et
    al. (2019), "Deep modular co-attention networks for visual question answering".

    Args:
        width: Width H of words and objects.
        heads: Number of attention heads.
        layers: Number of layers.
        dropout: Dropout in each layer.
    """

    def __init__(self, width: int, heads: int, layers: int, dropout: float) -> None:
        super().__init__()
        self.layers = nn.ModuleList(CoAttentionLayer(width, heads, dropout) for _ in range(layers))

    def forward(
        self, words: Tensor, word_mask: Tensor, objects: Tensor, object_mask: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return the words, (B, T, H), and the objects, (B, R, H).

        Args:
            words: Vectors of the words, (B, T, H).
            word_mask: Which words there are, (B, T) bool.
            objects: Vectors of the objects, (B, R, H).
            object_mask: Which objects there are, (B, R) bool.
        """
        for layer in self.layers:
            words, objects = layer(words, word_mask, objects, object_mask)
        return words, objects
