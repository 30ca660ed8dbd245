"""A CTS graph ("Conversational Tree Search") as a tree with one topic.

**Informations.** There every information leads on: to the next one, to a question, or to one that
asks whether there is anything else. Here an answer ends the way, and other places can be offered
with it. So an information *ends* (an answer, with what comes next under `see_also`) when the
matter has come to its end: when what comes next is the graph's first node, or a closing question,
which leads back up to a question that lies on every way to it, or on to a closing question. Any
other is on the way to something, and is *read out before* it (`fitting`), so that walking on is
never cut short: in front of the next question, of the next input, or of the informations up to the
end. An information before a logic node ends too, and offers what the logic node can lead to: a
logic node is never shown, and has no text to put it in front of.

**Variables.** Numbers and yes/no stay variables, with an input that logic nodes call. Our facts
hold no texts: a comparison of texts becomes a question with the compared values and one option for
all others, in the words of the input that asks for the text; the input itself is passed over.
A logic node without DEFAULT takes its last way when the value is not known.

**Questions** of a node, in which users ask for it, make it an entry point. Those that are only
offered are entry points as well, without examples: what is offered needs a title.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from tools.components import reached
from tools.formats.foreign.cts_closing import closing_questions
from tools.formats.foreign.cts_graph import CtsGraph, CtsNode, Way, read_cts_graph
from tools.formats.foreign.cts_variables import condition_of, variable_id, variables_of
from tools.formats.foreign.fitting import (
    MORE,
    ForeignNode,
    ForeignOption,
    Names,
    fitted,
    slug,
    title_from,
    without_read_out,
)
from tools.formats.foreign.located_json import LocatedJson
from tools.formats.foreign.mapped import Imported
from tools.formats.foreign.markup import plain_text
from tools.formats.problems import invalid, validated

_LANGUAGE = "de"
_OTHERS = MORE[_LANGUAGE]
_TOPIC = "start"
_PARAPHRASES = TypeAdapter(dict[str, list[str]])


def read_cts(path: Path, answers: Path | None = None) -> Imported:
    """Read a graph. Nodes keep their ids; the further parts of a split question end in -2, -3.

    `answers` is a file of the data set with other ways to give an answer, by the answer in lower
    case: they become examples of options. Raises TreeError with every problem, each with its line.
    """
    graph = read_cts_graph(path)
    return _Import(graph, _read_paraphrases(answers) if answers else {}, path).run()


def _read_paraphrases(path: Path) -> dict[str, list[str]]:
    file = LocatedJson(path)
    found = file.part((), file.content, _PARAPHRASES)
    if found is None or file.problems:
        raise invalid(str(path), file.problems)
    return {answer.strip(): ways for answer, ways in found.items()}


class _Import:
    def __init__(self, graph: CtsGraph, paraphrases: dict[str, list[str]], path: Path) -> None:
        self._graph = graph
        self._paraphrases = paraphrases
        self._path = path
        self._names = Names()
        self._first = self._onward(graph.first)
        self._ways = {
            node.id: [self._onward(way.to) for way in node.ways] for node in graph.nodes.values()
        }
        questions = [node.id for node in graph.nodes.values() if node.kind == "userResponseNode"]
        self._ends_at = {self._first, *closing_questions(questions, self._ways, self._first)}
        self._asked: dict[str, list[str]] = {}
        """In which words users ask for a node, or for one that is passed over before it."""
        for node in graph.nodes.values():
            self._asked.setdefault(self._onward(node.id), []).extend(node.questions)

    def run(self) -> Imported:
        shown = [self._foreign(node) for node in self._graph.nodes.values() if self._is_shown(node)]
        content = fitted(shown, self._names, _OTHERS)
        self._entitle(content, {key for node in shown for key in node.see_also})
        content += [*self._logic(), *self._called_inputs()]
        led_to = {self._names.of(key) for key in reached([self._first], self._ways)}
        content = without_read_out(content, [self._names.of(self._first)], led_to)
        tree = validated(
            {
                "id": slug(self._path.stem),
                "title": self._path.stem,
                "language": _LANGUAGE,
                "licence": "unknown",
                "variables": variables_of(self._graph),
                "topics": [self._topic()],
                "nodes": content,
                "topic_of": {node["id"]: _TOPIC for node in content},
            },
            {(): self._path.name},
            name=str(self._path),
        )
        return Imported(tree, self._left_out())

    # What a node becomes

    def _is_passed(self, node: CtsNode) -> bool:
        """Whether nothing is shown for it: it asks for a text, or only starts."""
        asks_for_text = node.kind == "userInputNode" and not self._is_fact(node)
        return node.kind == "startNode" or asks_for_text

    def _is_logic(self, node: CtsNode) -> bool:
        return node.kind == "logicNode" and self._is_fact(node)

    def _is_fact(self, node: CtsNode) -> bool:
        return self._graph.values[str(node.variable)] != "text"

    def _is_shown(self, node: CtsNode) -> bool:
        return not self._is_passed(node) and not self._is_logic(node)

    def _onward(self, key: str) -> str:
        """The node itself, or the first one after it that is not passed over."""
        passed: set[str] = set()
        while self._is_passed(node := self._graph.nodes[key]):
            if key in passed:
                circle = f"only inputs of texts lead to one another: {', '.join(sorted(passed))}"
                raise invalid(str(self._path), [circle])
            passed.add(key)
            key = node.ways[0].to
        return key

    def _foreign(self, node: CtsNode) -> ForeignNode:
        if node.kind == "logicNode":
            return self._question_of_texts(node)
        text = _text(node)
        foreign = ForeignNode(
            key=node.id,
            text=text,
            options=[self._option(way) for way in node.ways],
            variable=node.variable and variable_id(node.variable),
            entry=self._entry(node, text),
        )
        if len(node.ways) == 1 and not node.variable:
            [after] = self._ways[node.id]
            if self._is_logic(self._graph.nodes[after]) or after in self._ends_at:
                foreign.options = []
                foreign.see_also = self._shown_after(after)
        return foreign

    def _option(self, way: Way, label: str | None = None) -> ForeignOption:
        examples = self._paraphrases.get(way.label.strip().lower(), [])
        return ForeignOption(label or way.label, self._onward(way.to), examples)

    def _question_of_texts(self, node: CtsNode) -> ForeignNode:
        def label(way: Way) -> str:
            compared = way.comparison
            if compared is None or compared.operator == "!=":
                return _OTHERS
            return compared.value.capitalize() if compared.value.isupper() else compared.value

        options = [self._option(way, label(way)) for way in node.ways]
        options.sort(key=lambda option: option.label == _OTHERS)
        text = self._asking(str(node.variable))
        return ForeignNode(key=node.id, text=text, options=options, entry=self._entry(node, text))

    def _asking(self, variable: str) -> str:
        """The words of the first input that sets the variable, or else its name."""
        for node in self._graph.nodes.values():
            if node.kind == "userInputNode" and node.variable == variable:
                return _text(node)
        return variable

    def _shown_after(self, key: str) -> list[str]:
        """The node, or the nodes that are shown after it if it is a logic node."""
        todo, shown, seen = [key], [], {key}
        while todo:
            name = todo.pop(0)
            if self._is_logic(self._graph.nodes[name]):
                further = [way for way in dict.fromkeys(self._ways[name]) if way not in seen]
                todo += further
                seen.update(further)
            else:
                shown.append(name)
        return shown

    # What makes it findable

    def _entry(self, node: CtsNode, text: str) -> dict[str, Any] | None:
        asked = self._asked.get(node.id)
        if not asked or node.id == self._first:
            return None
        return {"title": asked[0], "description": _description(text), "examples": asked}

    def _entitle(self, content: Iterable[dict[str, Any]], offered: Iterable[str]) -> None:
        """Give those that are offered, and have no title, an entry with one."""
        untitled = {self._names.of(key) for key in offered if key != self._first}
        for node in content:
            if node["id"] in untitled and "title" not in node and not node["entry"]:
                text = node["text"]
                node["entry"] = {"title": title_from(text), "description": _description(text)}

    def _topic(self) -> dict[str, Any]:
        text = _text(self._graph.nodes[self._first])
        return {
            "id": _TOPIC,
            "title": title_from(text),
            "summary": _description(text),
            "starts_at": self._names.of(self._first),
            "examples": self._asked.get(self._first, []),
        }

    # Variables

    def _logic(self) -> Iterator[dict[str, Any]]:
        for node in filter(self._is_logic, self._graph.nodes.values()):
            default = [way for way in node.ways if way.comparison is None]
            yield {
                "id": self._names.of(node.id),
                "kind": "logic",
                "branches": [
                    {"when": condition_of(node, way), "to": self._names.of(self._onward(way.to))}
                    for way in node.ways
                    if way.comparison
                ],
                "else": self._names.of(self._onward((default or node.ways)[-1].to)),
            }

    def _called_inputs(self) -> Iterator[dict[str, Any]]:
        logic = filter(self._is_logic, self._graph.nodes.values())
        for name in dict.fromkeys(str(node.variable) for node in logic):
            yield {
                "id": self._names.of(f"variable {name}", name),
                "kind": "input",
                "variable": variable_id(name),
                "text": self._asking(name),
            }

    # What stays behind

    def _left_out(self) -> dict[str, int]:
        nodes = self._graph.nodes.values()
        compared = {node.variable for node in nodes if node.kind == "logicNode"}
        lost = Counter(
            f"input of the text {node.variable}, which "
            + (
                "is asked for where it is compared"
                if node.variable in compared
                else "nothing compares"
            )
            for node in nodes
            if self._is_passed(node) and node.variable
        )
        lost["{{…}}, left as it stands in a text"] = sum(
            "{{" in node.text for node in nodes if self._is_shown(node) and node.kind == "infoNode"
        )
        lost["question that leads to a logic node, which is never shown"] = sum(
            len(self._asked.get(node.id, ())) for node in nodes if self._is_logic(node)
        )
        lost["answer to a question that has only this one"] = sum(
            len(node.ways) == 1 for node in nodes if node.kind == "userResponseNode"
        )
        lost["tag of a node"] = sum(len(node.tags) for node in nodes)
        labels = {way.label.strip().lower() for node in nodes for way in node.ways}
        lost["answer with other ways to give it, which is no option"] = len(
            self._paraphrases.keys() - labels
        )
        return {what: times for what, times in lost.items() if times}


def _text(node: CtsNode) -> str:
    return plain_text(node.markup) or node.text


def _description(text: str) -> str:
    return title_from(text, 200)
