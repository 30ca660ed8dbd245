"""Messages -> the text that a model was trained on.

A model's own template comes with its file. llama-cpp-python's handlers of the same names are not
used: those of Mistral and Gemma leave the system message out without a word.
"""

import ctypes
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby

from tools.errors import SettingsError

Message = Mapping[str, str]
"""A role (system, user or assistant) and its content."""
Template = Callable[[Sequence[Message]], str]
"""From messages to a prompt that ends where the assistant begins."""

_NAMES = {
    "llama-2": "llama2-sys-bos",
    "mistral-instruct": "mistral-v1",
    "llama-3": "llama3",
    "qwen": "chatml",
}
"""What llama-cpp-python calls the templates that llama.cpp has under another name."""


def template_of(
    metadata: Mapping[str, str], chat_format: str | None, *, begin: str, end: str
) -> Template:
    """The template of a GGUF file's metadata, or the one of a name.

    `begin` and `end` are the texts of its marks for the beginning and the end of a sequence.
    Raises SettingsError for an unknown name, and for a file that brings no template of its own.
    """
    if chat_format is not None:
        return _built_in(chat_format)
    own = metadata.get("tokenizer.chat_template")
    if own is None:
        raise SettingsError(
            "the model's file has no chat template (it may be a base model, not trained to"
            f" answer); name one with chat_format: {', '.join(chat_formats())}"
        )
    return _jinja(own, begin, end)


def chat_formats() -> list[str]:
    """Names of the templates that are built in."""
    from llama_cpp import llama_cpp as native

    room = (ctypes.c_char_p * 256)()
    count = native.llama_chat_builtin_templates(room, len(room))
    known = {name.decode() for name in room[:count] if name is not None}
    return sorted({*known, *_NAMES})


def in_turns(messages: Sequence[Message]) -> list[Message]:
    """Messages of the same role in a row become one: many templates refuse them."""
    return [
        {"role": role, "content": "\n\n".join(message["content"] for message in together)}
        for role, together in groupby(messages, key=lambda message: message["role"])
    ]


def without_system(messages: Sequence[Message]) -> list[Message]:
    """The system message becomes the beginning of the user's first one."""
    return in_turns([{**m, "role": "user"} if m["role"] == "system" else m for m in messages])


def _jinja(source: str, begin: str, end: str) -> Template:
    from llama_cpp.llama_chat_format import Jinja2ChatFormatter

    formatter = Jinja2ChatFormatter(template=source, bos_token=begin, eos_token=end)

    def render(messages: Sequence[Message]) -> str:
        turns = in_turns(messages)
        try:
            prompt: str = formatter(messages=turns).prompt
        except ValueError:  # the template's own refusal: Gemma's of a system message
            prompt = ""
        system = [turn["content"].strip() for turn in turns if turn["role"] == "system"]
        if prompt and all(text in prompt for text in system):
            return prompt
        return str(formatter(messages=without_system(turns)).prompt)

    return render


def _built_in(chat_format: str) -> Template:
    from llama_cpp import llama_cpp as native

    if chat_format not in chat_formats():
        raise SettingsError(f"chat_format={chat_format!r}; valid: {', '.join(chat_formats())}")
    name = _NAMES.get(chat_format, chat_format).encode()

    def render(messages: Sequence[Message]) -> str:
        turns = in_turns(messages)
        chat = (native.llama_chat_message * len(turns))(
            *((turn["role"].encode(), turn["content"].encode()) for turn in turns)
        )
        length = native.llama_chat_apply_template(name, chat, len(turns), True, None, 0)
        room = ctypes.create_string_buffer(length + 1)
        native.llama_chat_apply_template(name, chat, len(turns), True, room, length + 1)
        return room.raw[:length].decode()

    return render
