"""What a system reads in a first message, against what the case's author found in it."""

from rapidfuzz.distance import LCSseq

from evaluation.study.measure.judged import Judged
from evaluation.study.measure.scores import Missing, Part
from evaluation.texts.summaries import f1, places_of, ranges_of, word_places
from tools.words import folded_words

_LISTED = 3


def summary_f1(talk: Judged) -> Part | Missing:
    """Overlap of the words that were kept with those of the author's pieces, by their places."""
    summary, gold = talk.attempt.reading.summary, talk.case.summary_gold
    if summary is None:
        return Missing("no_summary")
    if not gold:
        return Missing("no_summary_gold")
    text = talk.case.first_message
    right = word_places(text, places_of(text, gold))
    return Part(f1(word_places(text, ranges_of(summary)), right))


def rouge_l(talk: Judged) -> Part | Missing:
    """F1 of the longest common subsequence of words, without accents and in lower case.

    Lin 2004, "ROUGE: a package for automatic evaluation of summaries". The package rouge-score
    has had no release since 2022 and its words are of ASCII letters only, which takes Spanish
    ones apart; the subsequence is rapidfuzz's.
    """
    summary, gold = talk.attempt.reading.summary, talk.case.summary_gold
    if summary is None:
        return Missing("no_summary")
    if not gold:
        return Missing("no_summary_gold")
    kept = folded_words(" ".join(span.text for span in summary))
    right = folded_words(" ".join(gold))
    if not right:
        return Missing("no_summary_gold")
    return Part(2 * LCSseq.similarity(kept, right) / (len(kept) + len(right)))


def topic_f1(talk: Judged) -> Part | Missing:
    """Micro-F1 over topics: twice those rightly named above, all named and all wanted below."""
    named, wanted = talk.attempt.reading.topics, set(talk.case.topics_gold)
    if named is None:
        return Missing("no_topics")
    if not wanted:
        return Missing("no_topics_gold")
    return Part(2 * len(wanted & set(named)), len(wanted) + len(set(named)))


def precision_at_3(talk: Judged) -> Part | Missing:
    """Of the first three questions listed, the share that an expert would still ask.

    Nothing listed where an expert would ask is 0; nothing listed where none would is left out.
    """
    listed, wanted = talk.attempt.reading.open_questions, talk.case.relevant_questions
    if listed is None:
        return Missing("no_questions_listed")
    if wanted is None:
        return Missing("no_questions_gold")
    if not listed:
        return Part(0.0) if wanted else Missing("nothing_to_list")
    first = listed[:_LISTED]
    return Part(len({*first} & {*wanted}) / len(first))
