"""Settings of Tesseract that are refused, with what they should be."""

import pytest

from spacy_ita.alignment.ocr.tesseract import Tesseract


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"inks": ["pink"]}, "inks must be some of any, light, dark"),
        ({"inks": []}, "inks must be some of"),
        ({"binarise": "no"}, "binarise must be one of otsu, adaptive, sauvola"),
        ({"scripts": {"Greek": "ell"}}, "scripts are for languages = 'auto'"),
        ({"workers": 0}, "workers must be at least 1"),
        ({"psm": -1}, "psm must be a whole number from 0 to 13, not -1"),
        ({"psm": 14}, "psm must be a whole number from 0 to 13, not 14"),
        ({"oem": 4}, "oem must be a whole number from 0 to 3, not 4"),
        ({"psm": 0}, "psm = 0 reads no text: it only detects the script"),
        ({"psm": 2}, "psm = 2 reads no text: it only detects the layout"),
        ({"languages": ""}, "languages must be names of models joined by '\\+'.* not ''"),
        ({"languages": "eng+"}, "languages must be names of models joined by"),
        ({"timeout": -1.0}, "timeout must be from 0, .*, not -1.0"),
        ({"timeout": float("inf")}, "timeout must be from 0, .* to 1,000,000 seconds, not inf"),
        ({"timeout": float("nan")}, "timeout must be from 0"),
    ],
)
def test_wrong_settings(settings, message):
    with pytest.raises(ValueError, match=message):
        Tesseract(**settings)
