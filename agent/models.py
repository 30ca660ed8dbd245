"""Settings -> chat model. Imports are lazy: only what is chosen is loaded."""

from langchain_core.language_models import BaseChatModel
from pydantic import SecretStr

from agent.settings import Settings
from tools.errors import SettingsError


def make_model(settings: Settings) -> BaseChatModel | None:
    """The chat model of the settings, or None when none is set.

    Raises SettingsError that names the missing key or the valid providers.
    """
    if not settings.model:
        return None
    provider, _, name = settings.model.partition(":")
    match provider:
        case "openai":
            return _openai(settings, name)
        case "llama_cpp":
            return _llama_cpp(settings, name)
        case _:
            raise SettingsError(
                f"NODRIZA_MODEL={settings.model!r}: unknown provider {provider!r}; valid: openai"
                " (any OpenAI-compatible server with NODRIZA_MODEL_BASE_URL), llama_cpp"
            )


def _openai(settings: Settings, name: str) -> BaseChatModel:
    from langchain_openai import ChatOpenAI

    key = settings.model_api_key
    if key is None and settings.model_base_url is None:
        raise SettingsError("NODRIZA_MODEL_API_KEY is missing: OpenAI's API needs a key")
    return ChatOpenAI(
        model=name,
        base_url=settings.model_base_url,
        # A local server asks for no key, but the client insists on one.
        api_key=key or SecretStr("none"),
        temperature=0,
        timeout=settings.model_timeout,
        # The navigator `scored` goes on without an answer: retries would only keep her waiting.
        max_retries=0 if settings.chosen_navigator == "scored" else 2,
    )


def _llama_cpp(settings: Settings, name: str) -> BaseChatModel:
    from agent.llama import LlamaChat, load_llama

    return LlamaChat(model_name=name, llama=load_llama(name, {}), timeout=settings.model_timeout)
