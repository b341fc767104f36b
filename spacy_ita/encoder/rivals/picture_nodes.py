"""What fusions see of pictures: the patches of each, or the objects in it."""

from collections.abc import Iterator
from typing import Any

import torch
from PIL import Image
from thinc.api import Model
from torch.nn.utils.rnn import pad_sequence

from ...alignment.picture import Picture
from ...extensions.alignments import Box
from ..encoded_words import EncodedWords
from ..pictures.vision_model import features_of
from ..subwords.reader import View
from .fused import Nodes


def patches(model: Model[Any, Any], views: list[View], is_train: bool) -> Nodes:
    """Find the features of each picture's patches, those of the frozen vision model."""
    vision = model.get_ref("vision")
    rows = [row for row, view in enumerate(views) if view.context.picture]
    if not rows:
        return Nodes.none(model, len(views), vision.get_dim("nO"))
    features = vision.predict([views[row].context.picture for row in rows])
    counts = torch.full((len(rows),), features.shape[1], device=features.device)
    return Nodes.placed(len(views), rows, EncodedWords(features, counts))


def objects(most: int, model: Model[Any, Any], views: list[View], is_train: bool) -> Nodes:
    """Find the whole picture and its best objects, a mean vector of the vision model for each.

    Args:
        most: Most objects of a picture.
        model: The encoder.
        views: The views.
        is_train: Whether it is in training, which changes nothing.
    """
    vision = model.get_ref("vision")
    rows = [row for row, view in enumerate(views) if view.context.picture]
    if not rows:
        return Nodes.none(model, len(views), vision.get_dim("nO"))
    found = [
        [*crops(Picture(view.context.picture).image, view.context.boxes[:most])]
        for view in (views[row] for row in rows)
    ]
    images = [image for of_picture in found for image in of_picture]
    counts = [len(of_picture) for of_picture in found]
    means = features_of(vision, images).mean(1)
    nodes = pad_sequence(list(means.split(counts)), batch_first=True)
    lengths = torch.tensor(counts, device=nodes.device)
    return Nodes.placed(len(views), rows, EncodedWords(nodes, lengths))


def crops(image: Image.Image, boxes: list[Box]) -> Iterator[Image.Image]:
    """Yield a picture, and the part of it in each box that holds at least a pixel."""
    yield image
    whole = (0, 0, image.width, image.height)
    for box in boxes:
        left, top = (max(int(side), edge) for side, edge in zip(box, whole[:2], strict=False))
        right, bottom = (
            min(round(side), edge) for side, edge in zip(box[2:], whole[2:], strict=True)
        )
        if left < right and top < bottom:
            yield image.crop((left, top, right, bottom))
