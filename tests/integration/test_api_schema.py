"""The API does what its OpenAPI description says, tried by schemathesis over the real server.

Requests are generated from the description with a fixed seed. Each has a valid key and, where
there is a conversation in its path, one that exists: without them only refusals would be tried.
"""

from collections.abc import Iterator
from typing import Any, cast

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi.checks import allow_header_conformance, negative_data_rejection

from tests.integration.api_house import ApiServer, Caller
from ui.api.app import PREFIX, create_api
from ui.api.parts import Parts

NOTHING = cast(Parts, None)
"""To describe the API, nothing that it stands on is needed."""
schema = schemathesis.openapi.from_dict(create_api(NOTHING).openapi())


@pytest.fixture(scope="module")
def admin(api: ApiServer) -> Iterator[Caller]:
    with api.caller("schemathesis", "admin") as caller:
        yield caller


def test_what_was_tried_is_what_is_served(admin: Caller) -> None:
    served = admin.get("/openapi.json").json()
    assert served.pop("servers") == [{"url": PREFIX}]
    assert served == schema.raw_schema


@schema.parametrize()
@settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_described(
    case: schemathesis.Case[Any], api: ApiServer, admin: Caller
) -> None:
    # What is wrong in a path or in headers alone is put right here, and must then be accepted.
    components = case.meta.components if case.meta else {}
    wrong = {where for where, made in components.items() if made.mode.is_negative}
    mended = wrong <= {ParameterLocation.PATH, ParameterLocation.HEADER}
    if "conversation" in case.path_parameters:
        case.path_parameters["conversation"] = admin.opened()
    case.call_and_validate(
        base_url=api.url + PREFIX,
        headers={"Authorization": admin.headers["authorization"]},
        # Starlette's Allow names the methods of the first route of a path only.
        excluded_checks=[allow_header_conformance, *([negative_data_rejection] if mended else [])],
    )
