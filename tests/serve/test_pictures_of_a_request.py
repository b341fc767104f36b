"""Several pictures in a request: a broken one costs that one, and limits hold for all together."""

import base64
import io

import pytest
from PIL import Image
from refusals import refusal

TEXT = {"text": "i love paris"}
DARK, BRIGHT = "a man sings on stage", "skyline of the city"


@pytest.mark.parametrize("as_json", [False, True])
def test_several_pictures_of_which_one_is_broken(client, png, as_json):
    pictures = [png("black"), png("white"), b"no picture"]

    def post(*pictures):
        if as_json:
            encoded = [base64.b64encode(data).decode() for data in pictures]
            return client.post("/annotate", json={**TEXT, "draw": True, "picture": encoded})
        files = [("picture", data) for data in pictures]
        return client.post("/annotate", data={**TEXT, "draw": "true"}, files=files)

    answer = post(*pictures).json()
    assert [(c["picture"], c["text"]) for c in answer["alignments"]["captions"]] == [
        (0, DARK),
        (1, BRIGHT),
    ]
    assert [broken["picture"] for broken in answer["broken"]] == [2]
    assert "none of the formats" in answer["broken"][0]["detail"]
    assert answer["failed"] == [] and answer["image"]
    assert "picture 2, -0.10" in answer["drawn"]["alignments"]
    drawing = Image.open(io.BytesIO(base64.b64decode(answer["drawn"]["picture"].split(",")[1])))
    alone = Image.open(io.BytesIO(png()))
    assert drawing.height / drawing.width == pytest.approx(2 * alone.height / alone.width, rel=0.01)
    # a picture that is cut off is known as soon as it is decoded, and keeps its number
    cut = png("black", (300, 300))
    answer = post(cut[: len(cut) // 2], png("white")).json()
    assert [broken["picture"] for broken in answer["broken"]] == [0]
    assert [(c["picture"], c["text"]) for c in answer["alignments"]["captions"]] == [(1, BRIGHT)]
    refusal(post(b"no picture", b"none either"), 415)
    assert "more than 4" in refusal(post(*[png()] * 5), 422)
    # the limits are for all pictures together
    assert "together have 180000 pixels" in refusal(post(*[png("black", (300, 300))] * 2), 413)
    assert "together have more than" in refusal(post(*[b"x" * 40_000] * 3), 413)
