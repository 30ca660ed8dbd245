"""Replicate as a chat model, over its HTTP API.

Its own Python package rests on Pydantic 1, which Python 3.14 does not run, repeats no failed POST
and waits without an end; what is needed of it is two requests.
"""

import time
from collections.abc import Sequence
from typing import Any

import httpx
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import Field, SecretStr
from tenacity import (
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    wait_random_exponential,
)

_LONGEST_HELD = 60
"""Seconds for which Replicate holds a request open while it works on it."""
_POLL = 0.5
"""Seconds between two looks at a prediction that takes longer."""
_UNDER_WAY = ("starting", "processing")


class ReplicateError(Exception):
    """Replicate refused, or its model failed."""


class ReplicateChat(BaseChatModel):
    """A language model of Replicate's that takes a prompt and a system prompt.

    It knows neither tools nor JSON schemas: only the navigator `scored` can use it.
    """

    model_name: str
    """owner/name, or owner/name:version."""
    base_url: str
    api_key: SecretStr
    timeout: float
    """Seconds that a call may take."""
    max_retries: int
    temperature: float | None = None
    model_kwargs: dict[str, Any] = Field(default_factory=dict)
    """More inputs of the model, for example max_tokens; each has its own, see its page."""

    @property
    def _llm_type(self) -> str:
        return "replicate"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002 - the base's
        **kwargs: Any,
    ) -> ChatResult:
        if kwargs or stop:
            raise ValueError(f"Replicate takes no {', '.join(kwargs) or 'stop'}")
        done = self._predict(self._input(messages))
        output = done.get("output") or ""
        text = output if isinstance(output, str) else "".join(map(str, output))
        message = AIMessage(text, usage_metadata=_usage(done.get("metrics") or {}))
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _input(self, messages: Sequence[BaseMessage]) -> dict[str, Any]:
        rules = [message.text for message in messages if isinstance(message, SystemMessage)]
        said = [message for message in messages if not isinstance(message, SystemMessage)]
        given = {
            "system_prompt": "\n\n".join(rules),
            "prompt": said[0].text if len(said) == 1 else "\n\n".join(map(_labelled, said)),
            "temperature": self.temperature,
        }
        return {key: value for key, value in given.items() if value is not None} | self.model_kwargs

    def _predict(self, given: dict[str, Any]) -> dict[str, Any]:
        """The finished prediction. Raises ReplicateError, TimeoutError or httpx.HTTPError."""
        end = time.monotonic() + self.timeout
        name, _, version = self.model_name.partition(":")
        path = "/v1/predictions" if version else f"/v1/models/{name}/predictions"
        body = {"input": given} | ({"version": version} if version else {})
        held = max(1, min(_LONGEST_HELD, int(self.timeout)))
        with httpx.Client(
            base_url=self.base_url,
            headers={"Authorization": f"Bearer {self.api_key.get_secret_value()}"},
            timeout=self.timeout,
        ) as client:
            found = self._sent(client, "POST", path, body, {"Prefer": f"wait={held}"})
            while found["status"] in _UNDER_WAY:
                if time.monotonic() > end:
                    client.post(f"/v1/predictions/{found['id']}/cancel")
                    raise TimeoutError(f"no answer within {self.timeout:g} s")
                time.sleep(_POLL)
                found = self._sent(client, "GET", f"/v1/predictions/{found['id']}")
        if found["status"] != "succeeded":
            raise ReplicateError(f"{found['status']}: {found.get('error')}")
        return found

    def _sent(
        self,
        client: httpx.Client,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        again = Retrying(
            stop=stop_after_attempt(self.max_retries + 1),
            wait=wait_random_exponential(multiplier=0.5, max=8),
            retry=retry_if_exception(_may_pass),
            reraise=True,
        )
        for attempt in again:
            with attempt:
                reply = client.request(method, path, json=body, headers=headers)
                reply.raise_for_status()
        found: dict[str, Any] = reply.json()
        return found


def _may_pass(error: BaseException) -> bool:
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code == 429 or error.response.status_code >= 500
    return isinstance(error, httpx.TransportError)


def _labelled(message: BaseMessage) -> str:
    return f"{'User' if isinstance(message, HumanMessage) else 'Assistant'}: {message.text}"


def _usage(metrics: dict[str, Any]) -> UsageMetadata | None:
    """Tokens, where the model reports them: it bills by them or by the second."""
    read, written = metrics.get("input_token_count"), metrics.get("output_token_count")
    if read is None or written is None:
        return None
    return UsageMetadata(input_tokens=read, output_tokens=written, total_tokens=read + written)
