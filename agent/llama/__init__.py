"""A GGUF model in this process, through llama-cpp-python.

    LlamaChat   a LangChain chat model: turns in a queue, templates, constraints, stop texts
      Engine    tokens in, tokens out: one llama.cpp context, whose cache keeps several prompts
        Slots   which tokens that cache holds, and what to reuse of it for the next prompt

`load_llama` checks the file before llama.cpp sees it. llama_cpp is imported when a model is loaded.
"""

from agent.llama.abort import Abort
from agent.llama.chat import LlamaChat, llama_parameters
from agent.llama.loading import load_llama, load_tokenizer
from agent.llama.queue import telling_of_waits

__all__ = [
    "Abort",
    "LlamaChat",
    "llama_parameters",
    "load_llama",
    "load_tokenizer",
    "telling_of_waits",
]
