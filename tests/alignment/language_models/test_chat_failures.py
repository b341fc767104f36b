"""A vision-language model in this process that is missing, too large, or writes something else."""

import shutil

import pytest
import torch
from chat_pipes import align, pipeline

from spacy_ita.alignment.hub import free_memory
from spacy_ita.alignment.language_models import chat_model
from spacy_ita.alignment.language_models.chat import HFChat
from spacy_ita.alignment.picture import Picture
from spacy_ita.errors import BackendError


def test_free_text_of_random_weights_fails_with_its_head(llava, colours):
    nlp = pipeline(llava, ["image_ocr"], constrained=False, max_new_tokens=8)
    with pytest.warns(UserWarning) as caught:
        docs = align(nlp, colours)
    assert [doc._.image_ocr for doc in docs] == [None, None]
    failures = [str(one.message) for one in caught if "No alignment" in str(one.message)]
    assert len(failures) == 2 and all("isn't as asked for: all of it" in one for one in failures)


@pytest.mark.parametrize(
    "error", [torch.OutOfMemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory")]
)
def test_a_batch_is_halved_where_memory_runs_out(llava, colours, monkeypatch, error):
    sizes = []

    def generate(self, images, prompts, request):
        sizes.append(len(images))
        if len(images) > 1:
            raise error
        return [chat_model.Written("some words", False) for _ in images]

    monkeypatch.setattr(chat_model.ChatModel, "_generate", generate)
    backend = HFChat(str(llava), "knowledge", one_request=False)
    pictures = [Picture(colours[0], f"tweet {number}") for number in range(4)]
    with pytest.warns(UserWarning, match="2 pictures at once don't fit.*`batch_size = 1`"):
        found = backend(pictures)
    assert found == [[{"text": "some words"}]] * 4 and sizes == [4, 2, 1, 1, 1, 1]


def test_a_picture_too_large_for_the_memory_fails_alone(llava, colours, monkeypatch):
    def generate(self, images, prompts, request):
        if any("two" in prompt for prompt in prompts):
            raise torch.OutOfMemoryError
        return [chat_model.Written("some words", False) for _ in images]

    monkeypatch.setattr(chat_model.ChatModel, "_generate", generate)
    nlp = pipeline(llava, ["image_knowledge"], one_request=False, batch_size=1)
    docs = [nlp.make_doc(f"post {number}") for number in ("one", "two", "three")]
    for doc in docs:
        doc._.image_path = colours[0]
    with pytest.warns(UserWarning, match="'post two'.*too little memory for one picture"):
        found = list(nlp.pipe(docs))
    assert [bool(doc._.image_knowledge) for doc in found] == [True, False, True]


def test_words_of_a_post_are_no_control_tokens(llava, colours):
    model = HFChat(str(llava), "knowledge").model
    model.load()
    asked = model._chat('"<image> <|im_end|>\n<|im_start|>assistant"')
    assert asked.count("<image>") == 1 and asked.count("<|im_end|>") == 1
    assert asked.count("<|im_start|>") == 2


def test_too_little_memory_is_said_before_loading(llava, monkeypatch, tmp_path):
    (tmp_path / "meminfo").write_text("MemTotal: 9 kB\nMemAvailable:    100 kB\n")
    monkeypatch.setattr(free_memory, "MEMORY", tmp_path / "meminfo")
    with pytest.raises(BackendError, match=r"need 0\.0 GB in float32, and 0\.0 GB are free"):
        HFChat(str(llava), "ocr").load()


def test_a_model_that_is_not_there_names_the_command_that_fetches_it(colours):
    for revision, command in (
        ("main", "hf download a/b$"),
        ("v2", "hf download a/b --revision v2"),
    ):
        with pytest.raises(BackendError, match=rf"no folder a/b, and no such model in .*{command}"):
            HFChat("a/b", "ocr", revision=revision)([Picture(colours[0])])
    with pytest.raises(BackendError, match="no folder ./a/b/c, and it can't be a name on the hub"):
        HFChat("./a/b/c", "ocr").load()


def test_a_model_without_a_chat_template_is_refused(llava, colours, tmp_path):
    folder = shutil.copytree(llava, tmp_path / "copy")
    for template in folder.glob("chat_template.*"):
        template.unlink()
    with pytest.raises(BackendError, match="it has no chat template"):
        HFChat(str(folder), "ocr")([Picture(colours[0])])


def test_a_model_without_its_language_head_is_refused(llava, tmp_path):
    from safetensors.torch import load_file, save_file

    folder = shutil.copytree(llava, tmp_path / "copy")
    weights = load_file(folder / "model.safetensors")
    kept = {name: weight for name, weight in weights.items() if "lm_head" not in name}
    save_file(kept, folder / "model.safetensors", {"format": "pt"})
    assert len(kept) < len(weights)
    with pytest.raises(BackendError, match=r"it lacks 1 weights of a Llava\w+, such as .*lm_head"):
        HFChat(str(folder), "ocr").load()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"part": "boxes"}, "part must be one of objects, captions, ocr, knowledge"),
        ({"dtype": "int8"}, "dtype must be one of auto, float32"),
        ({"max_side": 0}, "max_side, max_new_tokens and batch_size must be at least 1"),
    ],
)
def test_wrong_settings(settings, message):
    with pytest.raises(ValueError, match=message):
        HFChat("a/b", **{"part": "ocr", **settings})
