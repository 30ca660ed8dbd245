"""The prompts that Llama-2, Mistral, Llama-3, Gemma and Qwen were trained on; no rule gets lost."""

from typing import Any

import pytest

from agent.llama.templates import chat_formats, in_turns, template_of
from tools.errors import SettingsError

formats: Any = pytest.importorskip(
    "llama_cpp.llama_chat_format", reason="no llama-cpp-python: make deps builds it"
)

TALK = [
    {"role": "system", "content": "RULES"},
    {"role": "user", "content": "one"},
    {"role": "assistant", "content": "two"},
    {"role": "user", "content": "three"},
]
LLAMA_2 = (
    "{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}"
    "{% set system_message = messages[0]['content'] %}{% else %}"
    "{% set loop_messages = messages %}{% set system_message = false %}{% endif %}"
    "{% for message in loop_messages %}"
    "{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate user/assistant/user/...') }}{% endif %}"
    "{% if loop.index0 == 0 and system_message != false %}{% set content = "
    "'<<SYS>>\\n' + system_message + '\\n<</SYS>>\\n\\n' + message['content'] %}"
    "{% else %}{% set content = message['content'] %}{% endif %}"
    "{% if message['role'] == 'user' %}"
    "{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}"
    "{% elif message['role'] == 'assistant' %}"
    "{{ ' '  + content.strip() + ' ' + eos_token }}{% endif %}{% endfor %}"
)
GEMMA = (
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}"
    "{{ raise_exception('System role not supported') }}{% endif %}{% for message in messages %}"
    "{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate user/assistant/user/...') }}{% endif %}"
    "{% if (message['role'] == 'assistant') %}{% set role = 'model' %}"
    "{% else %}{% set role = message['role'] %}{% endif %}"
    "{{ '<start_of_turn>' + role + '\\n' + message['content'] | trim + '<end_of_turn>\\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{'<start_of_turn>model\\n'}}{% endif %}"
)
CHATML = (
    "<|im_start|>system\nRULES<|im_end|>\n<|im_start|>user\none<|im_end|>\n"
    "<|im_start|>assistant\ntwo<|im_end|>\n<|im_start|>user\nthree<|im_end|>\n"
    "<|im_start|>assistant\n"
)
LLAMA_3 = (
    "<|start_header_id|>system<|end_header_id|>\n\nRULES<|eot_id|>"
    "<|start_header_id|>user<|end_header_id|>\n\none<|eot_id|>"
    "<|start_header_id|>assistant<|end_header_id|>\n\ntwo<|eot_id|>"
    "<|start_header_id|>user<|end_header_id|>\n\nthree<|eot_id|>"
    "<|start_header_id|>assistant<|end_header_id|>\n\n"
)
GEMMA_SAYS = (
    "<start_of_turn>user\nRULES\n\none<end_of_turn>\n<start_of_turn>model\ntwo<end_of_turn>\n"
    "<start_of_turn>user\nthree<end_of_turn>\n<start_of_turn>model\n"
)


@pytest.mark.parametrize(
    ("chat_format", "prompt"),
    [
        (
            "llama-2",
            "[INST] <<SYS>>\nRULES\n<</SYS>>\n\none [/INST]two</s><s>[INST] three [/INST]",
        ),
        ("mistral-instruct", " [INST] RULES\n\none [/INST] two</s> [INST] three [/INST]"),
        ("llama-3", LLAMA_3),
        ("gemma", GEMMA_SAYS),
        ("qwen", CHATML),
    ],
)
def test_a_template_by_its_name(chat_format: str, prompt: str) -> None:
    assert template_of({}, chat_format, begin="<s>", end="</s>")(TALK) == prompt


@pytest.mark.parametrize(
    ("source", "prompt"),
    [
        (
            LLAMA_2,
            "<s>[INST] <<SYS>>\nRULES\n<</SYS>>\n\none [/INST] two </s><s>[INST] three [/INST]",
        ),
        (
            formats.MISTRAL_INSTRUCT_CHAT_TEMPLATE,
            "<s>[INST] RULES\n\none [/INST]two</s> [INST] three [/INST]",
        ),
        (formats.LLAMA3_INSTRUCT_CHAT_TEMPLATE, f"<s>{LLAMA_3}"),
        (GEMMA, f"<s>{GEMMA_SAYS}"),
        (formats.CHATML_CHAT_TEMPLATE, CHATML),
    ],
    ids=["llama-2", "mistral", "llama-3", "gemma", "qwen"],
)
def test_the_template_that_a_file_brings(source: str, prompt: str) -> None:
    template = template_of({"tokenizer.chat_template": source}, None, begin="<s>", end="</s>")
    assert template(TALK) == prompt


def test_messages_of_one_role_in_a_row_become_one() -> None:
    told = [{"role": "user", "content": "a"}, {"role": "user", "content": "b"}]
    assert in_turns(told) == [{"role": "user", "content": "a\n\nb"}]
    template = template_of({"tokenizer.chat_template": GEMMA}, None, begin="", end="")
    assert template(told).startswith("<start_of_turn>user\na\n\nb<end_of_turn>")


def test_an_unknown_name_and_a_file_without_a_template_are_told() -> None:
    with pytest.raises(SettingsError, match=r"chat_format='llama-9'; valid: .*llama-2.*qwen"):
        template_of({}, "llama-9", begin="", end="")
    with pytest.raises(SettingsError, match=r"no chat template .*name one with chat_format"):
        template_of({}, None, begin="", end="")
    assert {"llama-2", "mistral-instruct", "llama-3", "gemma", "qwen"} <= set(chat_formats())
