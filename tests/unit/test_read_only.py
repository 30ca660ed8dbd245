"""Queries that only read are let through, whatever stands in their texts; no other one is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.errors import QueryRefused
from tools.read_only import check_only_reads

WORDS = st.sampled_from(["create", "Delete", "SET", "MERGE", "call", "drop", "load", "foreach"])
QUOTES = st.sampled_from(["'{}'", '"{}"', "`{}`", "/* {} */", "// {}\n"])


@given(WORDS, QUOTES)
def test_a_word_in_quotes_or_a_comment_does_nothing(word: str, quote: str) -> None:
    check_only_reads(f"MATCH (n) WHERE n.text <> 'x' {quote.format(word)} RETURN n.{word}s")


@given(WORDS, QUOTES, st.sampled_from([" ", "\n", "\t", "/**/"]))
def test_a_word_outside_of_them_is_refused(word: str, quote: str, space: str) -> None:
    with pytest.raises(QueryRefused):
        check_only_reads(f"MATCH (n) {quote.format('x')}{space}{word}{space}(n) RETURN n")


@pytest.mark.parametrize(
    ("cypher", "told"),
    [
        ("DELETE n", "begins with one of MATCH"),
        ("MATCH (n) SET n.x = 1", "SET is not allowed"),
        ("MATCH (n) WHERE n.text = 'it''s RETURN n", "is not closed"),
        ("MATCH (n) RETURN n; MATCH (m) RETURN m", "';'"),
        (r"MATCH (n) WHERE n.x = '\u0027' RETURN n", r"no \\u escapes"),
    ],
)
def test_the_model_is_told_what_to_mend(cypher: str, told: str) -> None:
    with pytest.raises(QueryRefused, match=told):
        check_only_reads(cypher)
