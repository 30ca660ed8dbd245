"""Settings -> chat models. Imports are lazy: only what is chosen is loaded."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from langchain_core.language_models import BaseChatModel
from pydantic import SecretStr, ValidationError

from agent.settings import Settings
from tools.errors import MissingExtra, SettingsError

PROVIDERS = {
    "openai": "OpenAI, or any server that speaks its protocol (set the base URL)",
    "azure": "a deployment of Azure OpenAI",
    "bedrock": "AWS Bedrock",
    "replicate": "Replicate",
    "llama_cpp": "a GGUF file, in this process",
}
"""The providers, and what each one is."""
EXTRAS = {"bedrock": ("langchain_aws", "bedrock"), "llama_cpp": ("llama_cpp", "llama")}
"""The module that a provider needs beyond what is always installed, and the extra that has it."""
OPENAI = "https://api.openai.com/v1"
"""Always named: left open, a variable of the shell could send her words elsewhere."""
_COMPANIES = {
    "openai": "OpenAI",
    "azure": "Microsoft Azure",
    "bedrock": "Amazon Web Services",
    "replicate": "Replicate",
}
_BOUGHT_FROM = "https://api.replicate.com"


@dataclass(frozen=True)
class ModelSpec:
    """One model of the settings: what to ask for, where, and with which key."""

    name: str
    """provider:name, as in the settings."""
    base_url: str | None
    api_key: SecretStr | None
    parameters: Mapping[str, Any]
    timeout: float
    """Seconds."""
    retries: int
    setting: str
    """The setting that names it: what its errors begin with."""

    @property
    def provider(self) -> str:
        """What stands before the colon."""
        return self.name.partition(":")[0]

    @property
    def model(self) -> str:
        """What the provider calls it."""
        return self.name.partition(":")[2]


@dataclass(frozen=True)
class NamedModel:
    """A chat model and what the settings call it."""

    name: str
    chat: BaseChatModel


def specs(settings: Settings) -> tuple[ModelSpec, ...]:
    """The models of the settings, the one that is asked first in front."""
    if not settings.model:
        return ()
    limits: dict[str, Any] = {
        "timeout": settings.model_timeout,
        "retries": settings.chosen_retries,
    }
    first = ModelSpec(
        settings.model,
        settings.model_base_url,
        settings.model_api_key,
        settings.model_parameters,
        setting="NODRIZA_MODEL",
        **limits,
    )
    if not settings.fallback_model:
        return (first,)
    url, key = settings.fallback_model_base_url, settings.fallback_model_api_key
    if url is None and first.provider == settings.fallback_model.partition(":")[0]:
        # Her words go where they went before, and a key to nobody but whom it is for.
        url, key = first.base_url, key or first.api_key
    second = ModelSpec(
        settings.fallback_model,
        url,
        key,
        settings.fallback_model_parameters,
        setting="NODRIZA_FALLBACK_MODEL",
        **limits,
    )
    return (first, second)


def destinations(settings: Settings) -> tuple[str, ...]:
    """The companies and machines that her words are sent to, this one left out."""
    found = {_destination(spec): None for spec in specs(settings)}
    return tuple(place for place in found if place)


def _destination(spec: ModelSpec) -> str | None:
    if spec.provider == "llama_cpp":
        return None
    if spec.base_url is None:
        return _COMPANIES.get(spec.provider, spec.provider)
    host = urlsplit(spec.base_url).hostname or spec.base_url
    return None if host in ("localhost", "127.0.0.1", "::1") else host


def make_models(settings: Settings) -> tuple[NamedModel, ...]:
    """The chat models of the settings, in the order in which they are asked.

    Raises SettingsError that names the missing key, the extra to install or the valid providers.
    """
    return tuple(NamedModel(spec.name, chat_model(spec)) for spec in specs(settings))


def make_model(settings: Settings) -> BaseChatModel | None:
    """The chat model that is asked first, or None when none is set. Raises as `make_models`."""
    return next((chat_model(spec) for spec in specs(settings)), None)


def chat_model(spec: ModelSpec) -> BaseChatModel:
    """The chat model that a spec asks for. Raises as `make_models`."""
    match spec.provider:
        case "openai":
            return _openai(spec)
        case "azure":
            return _azure(spec)
        case "bedrock":
            return _bedrock(spec)
        case "replicate":
            return _replicate(spec)
        case "llama_cpp":
            return _llama_cpp(spec)
        case _:
            raise SettingsError(
                f"{spec.setting}={spec.name!r}: unknown provider {spec.provider!r}; valid: "
                + ", ".join(f"{name} ({what})" for name, what in PROVIDERS.items())
            )


def _openai(spec: ModelSpec) -> BaseChatModel:
    from langchain_openai import ChatOpenAI

    if spec.base_url is None:
        _need_key(spec, "OpenAI's API")
    return _made(
        spec,
        ChatOpenAI,
        model=spec.model,
        base_url=spec.base_url or OPENAI,
        # A local server asks for no key, but the client insists on one.
        api_key=spec.api_key or SecretStr("none"),
        timeout=spec.timeout,
        max_retries=spec.retries,
    )


def _azure(spec: ModelSpec) -> BaseChatModel:
    from langchain_openai import AzureChatOpenAI

    _need_key(spec, "Azure OpenAI")
    if "api_version" not in spec.parameters:
        raise SettingsError(
            f"{spec.setting}_PARAMETERS lacks the version of Azure's API: for example"
            ' {"api_version": "2024-10-21"}'
        )
    return _made(
        spec,
        AzureChatOpenAI,
        azure_deployment=spec.model,
        model=spec.model,
        azure_endpoint=_need_url(spec, "the endpoint of your Azure resource"),
        api_key=spec.api_key,
        timeout=spec.timeout,
        max_retries=spec.retries,
    )


def _bedrock(spec: ModelSpec) -> BaseChatModel:
    langchain_aws = _module(spec)
    region = spec.parameters.get("region_name")
    if not region and spec.base_url is None:
        raise SettingsError(
            f'{spec.setting}_PARAMETERS lacks the AWS region: for example {{"region_name":'
            ' "eu-west-1"}'
        )
    # Without a key of its own, boto3 finds credentials where AWS's tools keep them.
    key = {"bedrock_api_key": spec.api_key} if spec.api_key else {}
    return _made(
        spec,
        langchain_aws.ChatBedrockConverse,
        model=spec.model,
        # Always named: LANGSMITH_GATEWAY in the shell would send her words there.
        base_url=spec.base_url or f"https://bedrock-runtime.{region}.amazonaws.com",
        timeout=max(1, round(spec.timeout)),
        max_retries=spec.retries,
        **key,
    )


def _replicate(spec: ModelSpec) -> BaseChatModel:
    from agent.models.replicate import ReplicateChat

    _need_key(spec, "Replicate")
    return _made(
        spec,
        ReplicateChat,
        model_name=spec.model,
        base_url=spec.base_url or _BOUGHT_FROM,
        api_key=spec.api_key,
        timeout=spec.timeout,
        max_retries=spec.retries,
    )


def _llama_cpp(spec: ModelSpec) -> BaseChatModel:
    _module(spec)
    from agent.llama import LlamaChat, llama_parameters, load_llama

    answering, loading = llama_parameters(spec.parameters)
    return _made(
        replace(spec, parameters=answering),
        LlamaChat,
        model_name=spec.model,
        llama=load_llama(spec.model, loading),
        timeout=spec.timeout,
    )


# What they share


def _made(spec: ModelSpec, kind: type[BaseChatModel], **ours: Any) -> BaseChatModel:
    """The model, with the operator's parameters over our defaults but not over its connection."""
    for name in spec.parameters:
        _check_parameter(spec, kind, name, ours)
    try:
        return kind(**{"temperature": 0, **spec.parameters, **ours})
    except ValidationError as error:
        # Its own text quotes the input, and a key may be part of that.
        told = "; ".join(": ".join(map(str, (*e["loc"], e["msg"]))) for e in error.errors())
        raise SettingsError(f"{spec.setting}={spec.name!r}: {told}") from None


def _check_parameter(
    spec: ModelSpec, kind: type[BaseChatModel], name: str, ours: Mapping[str, Any]
) -> None:
    fields = kind.model_fields
    aliases = {field.alias: key for key, field in fields.items() if field.alias}
    where = f"{spec.setting}_PARAMETERS: {name!r}"
    known = fields.get(aliases.get(name, name))
    if known is None:
        names = sorted({*fields, *aliases})
        close = difflib.get_close_matches(name, names, n=3) or names
        raise SettingsError(f"{where} is no parameter of {kind.__name__}; similar: {close}")
    if "SecretStr" in str(known.annotation):
        raise SettingsError(f"{where} is a secret: set {spec.setting}_API_KEY")
    if aliases.get(name, name) in {aliases.get(key, key) for key in ours}:
        raise SettingsError(f"{where} has a setting of its own: see .env.example")


def _need_key(spec: ModelSpec, owner: str) -> None:
    if spec.api_key is None:
        raise SettingsError(f"{spec.setting}_API_KEY is missing: {owner} needs a key")


def _need_url(spec: ModelSpec, what: str) -> str:
    if spec.base_url is None:
        raise SettingsError(f"{spec.setting}_BASE_URL is missing: {what}")
    return spec.base_url


def _module(spec: ModelSpec) -> ModuleType:
    """What only an extra installs. Raises SettingsError that names it."""
    import importlib

    module, extra = EXTRAS[spec.provider]
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingExtra(f"{spec.setting}={spec.name!r}", extra, error) from None
