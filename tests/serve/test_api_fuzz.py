"""Requests that the OpenAPI document allows, or not, never cause an internal error."""

import pytest
from hypothesis import HealthCheck, given, settings


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "method", "mode"),
    [
        ("/health", "GET", "positive"),
        ("/annotate", "POST", "positive"),
        ("/annotate", "POST", "negative"),
    ],
)
def test_fuzzed(app, path, method, mode):
    # they take longer to import than the other tests take to run
    import schemathesis
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        response_schema_conformance,
        status_code_conformance,
    )

    checks = [
        not_a_server_error,
        content_type_conformance,
        response_schema_conformance,
        status_code_conformance,
    ]
    operation = schemathesis.openapi.from_asgi("/openapi.json", app)[path][method]
    statuses = set()

    @settings(
        max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    @given(operation.as_strategy(generation_mode=schemathesis.GenerationMode(mode)))
    def fuzz(case):
        statuses.add(case.call_and_validate(checks=checks).status_code)

    fuzz()
    assert 200 in statuses or mode == "negative"
    assert not [status for status in statuses if status >= 500]
