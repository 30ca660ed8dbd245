"""One llama.cpp context: tokens in, tokens out. Not for several threads at a time."""

import ctypes
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from llama_cpp import Llama
from llama_cpp import llama_cpp as native

from agent.llama.abort import Abort, length_at
from agent.llama.slots import Slots
from tools.errors import ModelUnavailable, SettingsError

_TESTED_AT_ONCE = 32
"""Continuations whose probability is computed in one pass; more take several."""
_LONGEST_PIECE = 256
"""Bytes of one token's text; the longest ones are rows of blanks."""
_IS_MARK = native.LLAMA_TOKEN_ATTR_CONTROL | native.LLAMA_TOKEN_ATTR_USER_DEFINED
_NO_ROOM, _ABORTED = 1, 2
"""What llama_decode returns besides success and failures."""


@dataclass(frozen=True)
class Sampling:
    """How a token is chosen among those that may follow."""

    temperature: float
    top_k: int
    top_p: float
    min_p: float
    repeat_penalty: float
    seed: int
    grammar: str | None = None
    """GBNF; its root is what may be said."""


class Engine:
    """A loaded model and the cache of the prompts that it has seen."""

    def __init__(
        self, path: Path, options: Mapping[str, Any], *, context: int, slots: int, cached: int
    ) -> None:
        """`options` are arguments of llama_cpp.Llama. `context` tokens are the most that a prompt
        and its answer have together; `cached` more are kept of other prompts, in `slots` slots.

        Raises SettingsError when llama.cpp cannot load the file.
        """
        self._stack = ExitStack()
        weakref.finalize(self, self._stack.close)
        self.context = context
        self._slots = Slots(slots)
        self._scratch = range(slots, slots + _TESTED_AT_ONCE)
        try:
            # It loads the model and reads the options; its own context is as small as can be,
            # because it keeps one prompt only.
            self.llama = Llama(str(path), **{**options, "n_ctx": 1})
        except (ValueError, RuntimeError, TypeError) as error:
            raise SettingsError(f"llama.cpp cannot load {str(path)!r}: {error}") from error
        self._stack.callback(self.llama.close)
        params = type(self.llama.context_params).from_buffer_copy(self.llama.context_params)
        params.n_ctx = context + cached
        params.n_batch = min(int(options.get("n_batch", 512)), context)
        params.n_ubatch = min(int(options.get("n_ubatch", 512)), params.n_batch)
        params.n_seq_max = slots + _TESTED_AT_ONCE
        params.kv_unified = True
        if "flash_attn" not in options:
            params.flash_attn_type = native.LLAMA_FLASH_ATTN_TYPE_AUTO
        self._batch_size = int(params.n_batch)
        self._context = native.llama_init_from_model(self.llama.model, params)
        if not self._context:
            self.close()
            raise SettingsError(
                f"llama.cpp has no memory for {params.n_ctx} tokens: lower n_ctx or cached_tokens"
            )
        self._stack.callback(native.llama_free, self._context)
        self._adapt(options)
        self._memory = native.llama_get_memory(self._context)
        self._vocabulary = native.llama_model_get_vocab(self.llama.model)
        self.vocabulary_size: int = native.llama_vocab_n_tokens(self._vocabulary)
        self._batch = native.llama_batch_init(self._batch_size, 0, 1)
        self._stack.callback(native.llama_batch_free, self._batch)
        self._is_set = native.ggml_abort_callback(length_at())

    def close(self) -> None:
        """Give the memory back."""
        self._stack.close()

    def tokens_of(self, text: str, *, special: bool = True) -> list[int]:
        """The tokens of a text, without one for its beginning. `special`: marks count as marks."""
        found: list[int] = self.llama.tokenize(text.encode(), add_bos=False, special=special)
        return found

    def text_of(self, token: int) -> bytes:
        """The text of a token; may be a part of a letter."""
        room = ctypes.create_string_buffer(_LONGEST_PIECE)
        length = native.llama_token_to_piece(
            self._vocabulary, token, room, _LONGEST_PIECE, 0, False
        )
        return room.raw[: max(0, length)]

    def mark(self, token: int) -> str:
        """The text of a token that stands for something, as templates write it; -1 has none."""
        if token < 0:
            return ""
        text: bytes = native.llama_vocab_get_text(self._vocabulary, token)
        return text.decode()

    @property
    def adds_beginning(self) -> bool:
        """Whether a prompt is to begin with the mark of a beginning."""
        return bool(native.llama_vocab_get_add_bos(self._vocabulary))

    def marks(self) -> list[str]:
        """The texts that a tokenizer would take for marks: of a turn, a role, an end."""
        attributes = map(self._attribute, range(self.vocabulary_size))
        marks = [self.mark(t) for t, a in enumerate(attributes) if a & _IS_MARK]
        return [mark for mark in marks if len(mark) > 1]

    def is_end(self, token: int) -> bool:
        """Whether a token ends an answer."""
        return bool(native.llama_vocab_is_eog(self._vocabulary, token))

    def read(self, prompt: Sequence[int], abort: Abort) -> tuple[int, int]:
        """Compute a prompt: the slot that holds it now, and how many tokens were there already.

        Raises ModelUnavailable when it is longer than the context, and when it is aborted.
        """
        if not 0 < len(prompt) < self.context:
            raise ModelUnavailable(
                f"the prompt has {len(prompt)} tokens; the model's context has room for"
                f" {self.context - 1} (n_ctx={self.context})"
            )
        reuse = self._slots.place(prompt)
        if reuse.slot != reuse.source:
            self._cut(reuse.slot, 0)
            native.llama_memory_seq_cp(self._memory, reuse.source, reuse.slot, 0, reuse.length)
        self._slots.take(reuse, prompt)
        length = self._cut(reuse.slot, reuse.length)
        self._compute(reuse.slot, prompt[length:], abort)
        return reuse.slot, length

    def answer(
        self, slot: int, sampling: Sampling, abort: Abort
    ) -> Iterator[tuple[int, "np.ndarray[Any, Any]"]]:
        """The tokens that follow what a slot holds, up to one that ends the answer or the
        context; with each, the logits that it was chosen from (valid until the next one).

        Raises ModelUnavailable when it is aborted.
        """
        chain = self._sampler(sampling)
        try:
            while len(self._slots[slot]) < self.context:
                logits = self._logits(-1)
                token: int = native.llama_sampler_sample(chain, self._context, -1)
                yield token, logits
                if self.is_end(token):
                    return
                self._compute(slot, [token], abort)
        finally:
            native.llama_sampler_free(chain)

    def log_probabilities(
        self, slot: int, continuations: Sequence[Sequence[int]], abort: Abort
    ) -> list[float]:
        """How probable each continuation of what a slot holds is: the natural logarithm.

        They share the slot's cells and are computed side by side in one pass, if they are 32 at
        most and have no more tokens than a batch. Raises ModelUnavailable when it is aborted.
        """
        first = log_softmax(self._logits(-1))
        found = [float(first[tokens[0]]) for tokens in continuations]
        longer = [index for index, tokens in enumerate(continuations) if len(tokens) > 1]
        for group in self._groups(longer, continuations):
            for index, gained in self._tested(slot, group, continuations, abort).items():
                found[index] += gained
        return found

    def reported(self, token: int, logits: "np.ndarray[Any, Any]", most: int) -> dict[str, Any]:
        """The probability of a token and the most probable ones, as OpenAI reports them."""
        logarithms = log_softmax(logits)
        best = np.argsort(-logarithms)[:most].tolist() if most else []
        entries = [
            {
                "token": self.text_of(one).decode("utf-8", "replace"),
                "logprob": float(logarithms[one]),
                "bytes": list(self.text_of(one)),
            }
            for one in (token, *best)
        ]
        return {**entries[0], "top_logprobs": entries[1:]}

    # Below: llama.cpp's C functions

    def _attribute(self, token: int) -> int:
        return int(native.llama_vocab_get_attr(self._vocabulary, token))

    def _tested(
        self, slot: int, group: Sequence[int], continuations: Sequence[Sequence[int]], abort: Abort
    ) -> dict[int, float]:
        """The logarithms for all tokens but the first."""
        start = len(self._slots[slot])
        entries = []
        for sequence, index in zip(self._scratch, group, strict=False):
            native.llama_memory_seq_cp(self._memory, slot, sequence, 0, start)
            tokens = continuations[index][:-1]
            entries += [(token, start + at, sequence, True) for at, token in enumerate(tokens)]
        try:
            self._decode(entries, slot, abort)
            row = 0
            gained = dict.fromkeys(group, 0.0)
            for index in group:
                for token in continuations[index][1:]:
                    gained[index] += float(log_softmax(self._logits(row))[token])
                    row += 1
            return gained
        finally:
            for sequence in self._scratch[: len(group)]:
                native.llama_memory_seq_rm(self._memory, sequence, -1, -1)

    def _groups(
        self, indices: Sequence[int], continuations: Sequence[Sequence[int]]
    ) -> Iterator[list[int]]:
        group: list[int] = []
        size = 0
        for index in indices:
            length = len(continuations[index]) - 1
            if group and (len(group) == _TESTED_AT_ONCE or size + length > self._batch_size):
                yield group
                group, size = [], 0
            group.append(index)
            size += length
        if group:
            yield group

    def _compute(self, slot: int, tokens: Sequence[int], abort: Abort) -> None:
        """Put tokens behind those of a slot; logits are there for the last one."""
        for start in range(0, len(tokens), self._batch_size):
            part = tokens[start : start + self._batch_size]
            behind = len(self._slots[slot])
            last = start + len(part) == len(tokens)
            entries = [
                (token, behind + at, slot, last and at == len(part) - 1)
                for at, token in enumerate(part)
            ]
            try:
                self._decode(entries, slot, abort)
            except ModelUnavailable:
                self._cut(slot, behind)
                raise
            self._slots.add(slot, part)

    def _decode(
        self, entries: Sequence[tuple[int, int, int, bool]], slot: int, abort: Abort
    ) -> None:
        """Compute tokens, each with its position, sequence, and whether its logits are wanted."""
        batch = self._batch
        batch.n_tokens = len(entries)
        for at, (token, position, sequence, wanted) in enumerate(entries):
            batch.token[at] = token
            batch.pos[at] = position
            batch.n_seq_id[at] = 1
            batch.seq_id[at][0] = sequence
            batch.logits[at] = wanted
        native.llama_set_abort_callback(self._context, self._is_set, abort.address)
        while (code := native.llama_decode(self._context, batch)) == _NO_ROOM:
            oldest = self._slots.oldest_but(slot)
            if oldest is None:
                raise ModelUnavailable(f"no room for {len(entries)} tokens in the model's cache")
            self._cut(oldest, 0)
        if code == _ABORTED or abort.is_set:
            raise ModelUnavailable("the call was abandoned")
        if code != 0:
            raise ModelUnavailable(f"llama.cpp failed with code {code}")

    def _cut(self, slot: int, length: int) -> int:
        """Keep so many tokens of a slot; none where the model cannot keep a part."""
        if not native.llama_memory_seq_rm(self._memory, slot, length, -1):
            native.llama_memory_seq_rm(self._memory, slot, -1, -1)
            length = 0
        del self._slots[slot][length:]
        return length

    def _logits(self, row: int) -> "np.ndarray[Any, Any]":
        pointer = native.llama_get_logits_ith(self._context, row)
        return np.ctypeslib.as_array(pointer, shape=(self.vocabulary_size,))

    def _sampler(self, sampling: Sampling) -> Any:
        chain = native.llama_sampler_chain_init(native.llama_sampler_chain_default_params())
        add = native.llama_sampler_chain_add
        if sampling.grammar is not None:
            grammar = native.llama_sampler_init_grammar(
                self._vocabulary, sampling.grammar.encode(), b"root"
            )
            if not grammar:
                native.llama_sampler_free(chain)
                raise ValueError(f"not a GBNF grammar: {sampling.grammar[:200]!r}")
            add(chain, grammar)
        if sampling.repeat_penalty != 1:
            size, latest = self.vocabulary_size, 64
            penalty = native.llama_sampler_init_penalties(
                size, latest, sampling.repeat_penalty, 0.0, 0.0
            )
            add(chain, penalty)
        if sampling.temperature <= 0:
            add(chain, native.llama_sampler_init_greedy())
            return chain
        add(chain, native.llama_sampler_init_top_k(sampling.top_k))
        add(chain, native.llama_sampler_init_top_p(sampling.top_p, 1))
        add(chain, native.llama_sampler_init_min_p(sampling.min_p, 1))
        add(chain, native.llama_sampler_init_temp(sampling.temperature))
        add(chain, native.llama_sampler_init_dist(sampling.seed))
        return chain

    def _adapt(self, options: Mapping[str, Any]) -> None:
        """Give this context the LoRA adapter that llama_cpp.Llama gave to its own."""
        if not options.get("lora_path"):
            return
        adapter = native.llama_adapter_lora_init(self.llama.model, options["lora_path"].encode())
        adapters = (native.llama_adapter_lora_p_ctypes * 1)(adapter)
        scales = (ctypes.c_float * 1)(options.get("lora_scale", 1.0))
        native.llama_set_adapters_lora(self._context, adapters, 1, scales)


def log_softmax(logits: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    """Natural logarithms of the probabilities of all tokens."""
    shifted = logits - logits.max()
    result: np.ndarray[Any, Any] = shifted - np.log(np.exp(shifted).sum())
    return result
