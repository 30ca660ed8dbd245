"""llama-cpp-python's server, run with the options of ours.

Options that the installed version has under another name are mapped; those that it no longer heeds
are reported when they were set.
"""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, NoReturn

from agent.llama.gguf import read_gguf
from agent.llama.server_options import ChosenOptions, ServerOptions
from tools.errors import SettingsError

EXTRA = "uv pip install --python .venv/bin/python '.[llama]' (8 minutes of compiling; make deps)"
_CACHE_TYPES = {True: 1, False: 0}
"""GGML_TYPE_F16 and GGML_TYPE_F32, which took the place of f16_kv."""
WITHOUT_EFFECT = {
    "mul_mat_q": "llama.cpp chooses its kernels when it is compiled",
    "lora_base": "llama.cpp applies an adapter to any quantized model",
}
"""Options that the installed server still takes and does nothing with."""
OF_THE_SHELL = ("config_file",)
"""Variables besides its options that the server reads, without any prefix."""


@dataclass(frozen=True)
class InstalledOptions:
    """What the installed server is started with."""

    values: Mapping[str, Any]
    notes: tuple[str, ...]
    """What was mapped, and what has no effect although somebody set it."""


def installed_names() -> set[str]:
    """The options that the installed server takes. Raises SettingsError where there is none."""
    try:
        from llama_cpp.server.settings import Settings
    except ImportError as error:
        raise SettingsError(
            f"llama-cpp-python's server is not installed ({error}); install it with: {EXTRA}"
        ) from None
    return set(Settings.model_fields)


def for_installed(chosen: ChosenOptions, names: set[str]) -> InstalledOptions:
    """The options under the names that the installed server has for them."""
    values: dict[str, Any] = {}
    notes: list[str] = []
    for name, value in chosen.options:
        given = _settled(name, value)
        default = ServerOptions.model_fields[name].default
        if name == "f16_kv" and name not in names and {"type_k", "type_v"} <= names:
            values |= dict.fromkeys(("type_k", "type_v"), _CACHE_TYPES[given])
            if given is not default:
                notes.append(f"f16_kv={given} is type_k and type_v in this version")
        elif name not in names:
            if value != default:
                notes.append(f"{name}={value!r} is not set: this version has no such option")
        else:
            if name in WITHOUT_EFFECT and value != default:
                notes.append(f"{name}={value!r} has no effect: {WITHOUT_EFFECT[name]}")
            if given is not None:
                values[name] = given
    return InstalledOptions(values, tuple(notes))


def differences(chosen: ChosenOptions) -> list[str]:
    """One line for each option that is not at its documented default: its value, from where."""
    lines = []
    for name, value in chosen.options:
        field = ServerOptions.model_fields[name]
        if field.is_required() or value == field.default:
            continue
        origin = chosen.origins[name]
        why = f": {chosen.reasons[name]}" if origin == "profile" else ""
        lines.append(f"{name} {value} ({origin}; documented {field.default}){why}")
    return lines


def command(installed: InstalledOptions) -> list[str]:
    """The command line of the server."""
    words = [sys.executable, "-m", "llama_cpp.server"]
    for name, value in installed.values.items():
        words.append(f"--{name}")
        words += map(str, value) if isinstance(value, list) else [str(value)]
    return words


def environment(names: set[str]) -> dict[str, str]:
    """The variables of the shell but those that the server would take for its options.

    It reads them without any prefix: a HOST or PORT of the machine would beat the command line.
    """
    hidden = {*names, *OF_THE_SHELL}
    return {name: value for name, value in os.environ.items() if name.lower() not in hidden}


def serve(chosen: ChosenOptions, say: Callable[[str], None]) -> NoReturn:
    """Become the server: this process is replaced, so that signals reach it and nothing else.

    Raises SettingsError when the server is not installed, or the file is no whole GGUF model.
    """
    names = installed_names()
    header = read_gguf(Path(chosen.options.model))
    installed = for_installed(chosen, names)
    for line in (*differences(chosen), *installed.notes):
        say(line)
    say(
        f"llama-cpp-python {version('llama-cpp-python')} serves {chosen.options.model}"
        f" ({header.architecture}) at http://{chosen.options.host}:{chosen.options.port}/v1"
    )
    sys.stdout.flush()
    sys.stderr.flush()
    words = command(installed)
    os.execve(words[0], words, environment(names))  # noqa: S606 - no shell is wanted


def _settled(name: str, value: Any) -> Any:
    """What `auto` means; None leaves it to the server."""
    if value != "auto":
        return value
    return _processors() if name in ("n_threads", "n_threads_batch") else None


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
