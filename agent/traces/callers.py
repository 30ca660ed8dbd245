"""Who called has a trace of its own: the turn becomes a part of it (W3C Trace Context)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

HEADER = "traceparent"


@contextmanager
def as_part_of(headers: Mapping[str, str]) -> Iterator[None]:
    """What is begun in this block belongs to the caller's trace, if the headers name one.

    A header that is not valid is left alone, as the standard wants.
    """
    if HEADER not in headers:
        yield
        return
    from opentelemetry import context
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    carrier = {name: headers[name] for name in (HEADER, "tracestate") if name in headers}
    token = context.attach(TraceContextTextMapPropagator().extract(carrier))
    try:
        yield
    finally:
        context.detach(token)
