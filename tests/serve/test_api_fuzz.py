"""Whatever the OpenAPI document allows, and what it doesn't: never an error of the server."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
]
POSITIVE, NEGATIVE = GenerationMode.POSITIVE, GenerationMode.NEGATIVE


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "method", "mode"),
    [
        ("/health", "GET", POSITIVE),
        ("/annotate", "POST", POSITIVE),
        ("/annotate", "POST", NEGATIVE),
    ],
)
def test_fuzzed(app, path, method, mode):
    operation = schemathesis.openapi.from_asgi("/openapi.json", app)[path][method]
    statuses = set()

    @settings(
        max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    @given(operation.as_strategy(generation_mode=mode))
    def fuzz(case):
        statuses.add(case.call_and_validate(checks=CHECKS).status_code)

    fuzz()
    assert 200 in statuses or mode is NEGATIVE
    assert not [status for status in statuses if status >= 500]
