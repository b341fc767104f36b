"""The form of every refusal."""


def refusal(response, status):
    """Check a refusal, and return its one line."""
    assert response.status_code == status, response.text
    (detail,) = response.json().values()
    assert isinstance(detail, str)
    assert "\n" not in detail
    return detail
