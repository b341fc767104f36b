"""Training in Python alone: no config, no corpus file."""

import spacy
from spacy.training import Example

from spacy_ita.training.optimizer import create_adamw


def test_a_few_updates_learn_what_the_picture_tells(bert_folder):
    nlp = spacy.blank("en")
    encoder = {"@architectures": "spacy_ita.ContextEncoder.v1", "name": str(bert_folder)}
    model = {"@architectures": "spacy_ita.CRFTagger.v1", "encoder": encoder}
    # the linear layer and the CRF are new: they learn faster than the encoder
    rates = {"linear": 25.0, "crf": 25.0}
    nlp.add_pipe("crf_ner", config={"model": model, "learn_rates": rates})

    examples = []
    for caption, label in (("a man sings on stage", "PER"), ("skyline of the city", "LOC")) * 4:
        doc = nlp.make_doc("visit jordan tonight")
        doc._.image_captions = [{"text": caption, "score": 0.0}]
        examples.append(Example.from_dict(doc, {"entities": [(6, 12, label)]}))

    nlp.initialize(lambda: examples)
    optimizer = create_adamw(2e-4)
    for _ in range(60):
        nlp.update(examples, sgd=optimizer)
    assert nlp.evaluate(examples)["ents_f_image"] == 1.0
