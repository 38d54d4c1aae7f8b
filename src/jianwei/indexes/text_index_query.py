"""Turns the tree of a query into a Tantivy query: what has to match, and what raises a listing in the order.

Two rules decide everything. *Whole*: a part under AND, OR and NOT, and a phrase, hits where its characters stand
together in one line. *Loose*: words side by side hit where some of them stand, and rank by BM25 of their words plus
half of the BM25 of their character pairs, which bridges different cutting and single misread characters. A few words
get more for standing all in one listing and most for standing together; a long title does without, so that Tantivy
can skip what cannot reach the first page (block-max WAND works on plain terms only).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from jianwei.indexes.text_index_long import telling_tokens
from jianwei.indexes.text_index_schema import (
    INNER_BREAK,
    SOUND_PAIRS,
    gram_phrase,
    gram_tokens,
    grams_field,
    words_field,
)
from jianwei.text.fold import fold_text
from jianwei.text.query_syntax import (
    MIN_FUZZY_CHARACTERS,
    And,
    Not,
    Or,
    Phrase,
    QueryField,
    QueryNode,
    Term,
    Words,
)
from jianwei.text.segment import cut_words, locate_words
from jianwei.text.sound import sound_pairs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import tantivy

FIELD_WEIGHTS: dict[QueryField, float] = {"title": 3.0, "spec": 1.2, "ocr": 1.0, "caption": 0.7, "sound": 1.0}
"""A title says what a listing is; a caption is a machine's guess. BM25 gives at most 2.2 for a word however often it is
repeated, so that one title of usual length stays above any amount of recognised text."""

_GRAM_WEIGHT = 0.5
"""The best of 0.25, 0.5, 1 and 2 for 57 product titles against the OCR text of 642 pictures, where it also beat words
alone and pairs alone. So few queries cannot tell neighbouring values apart."""

_ONE_OFF_WEIGHT = 0.2
"""Small enough that the right characters always outrank one wrong one."""

_COMMON_DOCUMENTS = 2000
"""A word of three characters or more in more documents than this is ranked without comparing character positions,
which would take milliseconds; the few documents that cut it differently come last."""

_CONTAINED_SCORE = 0.002
"""Above 0, and below what any word earns."""

_FEW_WORDS = 4
"""Up to here a query is a thought whose words belong together, above it is a title or a text."""

_CUTS_KEPT = 1024
"""Texts of queries whose words are remembered: one search compiles its query for each field, and once for all."""


@dataclass(frozen=True, slots=True)
class _CutTerm:
    """A term after folding. `wanted` are its words without overlap; single Chinese characters only if all are such."""

    term: Term
    folded: str
    wanted: tuple[str, ...]


class TextQueryCompiler:
    """Compiles query trees for one schema.

    `fields` are where parts without a field name are looked for; with `sound` alone all are looked for by their sound,
    beside others it does not count. `document_frequency` tells in how many documents
    a token of a field stands. Without `complete`, hits that would come after thousands of others may be left out.
    """

    def __init__(
        self,
        schema: tantivy.Schema,
        fields: Sequence[QueryField],
        document_frequency: Callable[[str, str], int],
        *,
        complete: bool,
    ) -> None:
        import tantivy

        self._engine = tantivy.Query
        self._occur = tantivy.Occur
        self._schema = schema
        self._fields = tuple(dict.fromkeys(field for field in fields if field != "sound"))
        self._by_sound = tuple(fields) == ("sound",)
        self._document_frequency = document_frequency
        self._complete = complete
        self._scored = True
        self.is_complete = True
        """False after `compile` where lowest-ranking hits were left out for speed."""
        self.is_skipping = False
        """True after `compile` where a part is a long text, of which Tantivy looks only at what may be best."""

    def compile(self, node: QueryNode) -> tantivy.Query:
        """Return the query of a whole tree; one that hits nothing where the tree has nothing to look for."""
        return self._node(self._whole_tree(node))

    def matching(self, node: QueryNode) -> tantivy.Query:
        """Return a query with the same hits and other scores: without what only raises hits that it has anyway."""
        self._scored = False
        try:
            return self.compile(node)
        finally:
            self._scored = True

    def parts(self, node: QueryNode) -> list[tantivy.Query]:
        """Return queries that together are the query of a whole tree: each hits alone, and their scores add up."""
        node = self._whole_tree(node)
        if isinstance(node, Words) and not any(isinstance(child, Not) for child in node.children):
            return self._parts_of_words(node)
        return [self._node(node)]

    def _whole_tree(self, node: QueryNode) -> QueryNode:
        if self._by_sound:
            node = _by_sound(node)
        return Words((node,)) if isinstance(node, Term) else node

    def _node(self, node: QueryNode) -> tantivy.Query:
        match node:
            case Term() | Phrase():
                return self._part(node)
            case Words():
                return self._words(node)
            case And(children):
                return self._all_of(children)
            case Or(children):
                return self._any([self._node(child) for child in children])
            case Not(child):
                return self._all_of((Not(child),))

    def _part(self, node: Term | Phrase) -> tantivy.Query:
        folded = fold_text(node.text)
        if node.field == "sound":
            return self._sounding([folded])
        if isinstance(node, Term) and node.fuzzy and len(folded) >= MIN_FUZZY_CHARACTERS:
            return self._one_off(node)
        return self._whole(folded, self._where(node.field))

    def _all_of(self, children: Iterable[QueryNode]) -> tantivy.Query:
        clauses = []
        for child in children:
            if isinstance(child, Not):
                clauses.append((self._occur.MustNot, self._node(child.child)))
            else:
                clauses.append((self._occur.Must, self._node(child)))
        if all(occur is self._occur.MustNot for occur, _ in clauses):
            clauses.append((self._occur.Must, self._engine.all_query()))
        return self._engine.boolean_query(clauses)

    def _words(self, node: Words) -> tantivy.Query:
        parts = self._parts_of_words(node)
        refused = [self._node(child.child) for child in node.children if isinstance(child, Not)]
        if not refused:
            return self._any(parts)
        wanted = self._any(parts) if parts else self._engine.all_query()
        clauses = [(self._occur.Must, wanted), *((self._occur.MustNot, query) for query in refused)]
        return self._engine.boolean_query(clauses)

    def _parts_of_words(self, node: Words) -> list[tantivy.Query]:
        terms = [self._cut(child) for child in node.children if isinstance(child, Term) and not child.fuzzy]
        heard = [term for term in terms if term.term.field == "sound"]
        terms = [term for term in terms if term.folded and term.term.field != "sound"]
        others = [child for child in node.children if not isinstance(child, Term | Not) or _is_fuzzy(child)]
        if sum(len(term.wanted) for term in terms) > _FEW_WORDS:
            parts = self._long_text(terms)
            self.is_skipping = True
        else:
            parts = self._few_words(terms)
        parts += [self._sounding([*term.wanted, term.folded]) for term in heard]
        return parts + [self._node(child) for child in others]

    def _cut(self, term: Term) -> _CutTerm:
        folded = fold_text(term.text)
        return _CutTerm(term, folded, _words_without_overlap(folded))

    def _few_words(self, terms: Sequence[_CutTerm]) -> list[tantivy.Query]:
        parts: list[tantivy.Query] = []
        every: list[tantivy.Query] = []
        for cut in terms:
            fields = self._where(cut.term.field)
            for word in cut.wanted or (cut.folded,):
                common = [field for field in fields if self._is_common(word, field)]
                found = self._whole_parts(word, [field for field in fields if field not in common])
                found += [self._common_word(word, field) for field in common]
                parts += found
                every.append(self._any(found))
            if cut.folded not in cut.wanted:
                parts += self._together(cut.folded, fields)
        if not self._scored and all(map(_is_met_inside, (word for cut in terms for word in cut.wanted or ("",)))):
            return every  # where the words stand together, or all of them stand, each of them does
        if len(every) > 1:
            parts.append(self._engine.boolean_query([(self._occur.Must, query) for query in every]))
        if len(terms) > 1 and len({cut.term.field for cut in terms}) == 1:
            joined = fold_text(" ".join(cut.term.text for cut in terms))
            parts += self._together(joined, self._where(terms[0].term.field))
        return parts

    def _long_text(self, terms: Sequence[_CutTerm]) -> list[tantivy.Query]:
        weights: dict[tuple[str, str], float] = {}
        for cut in terms:
            words, pairs = _words_and_pairs(cut.folded)
            for field in self._where(cut.term.field):
                weight = FIELD_WEIGHTS[field]
                weights.update(dict.fromkeys([(words_field(field), word) for word in words], weight))
                weights.update(dict.fromkeys([(grams_field(field), pair) for pair in pairs], weight * _GRAM_WEIGHT))
        return [
            self._term(name, token, weight) for name, token, weight in telling_tokens(weights, self._document_frequency)
        ]

    def _where(self, field: QueryField | None) -> tuple[QueryField, ...]:
        return self._fields if field is None else (field,)

    def _whole(self, folded: str, fields: Sequence[QueryField]) -> tantivy.Query:
        if not (len(folded) > 1 and folded.isascii() and folded.isalnum()):
            return self._any(self._whole_parts(folded, fields))
        # The word alone may be one that was joined over a sign: 3.5mm is also the word 35mm, but does not contain it.
        exact = []
        for field, contained in zip(fields, self._together(folded, fields), strict=True):
            word = self._term(words_field(field), folded, FIELD_WEIGHTS[field])
            exact.append(self._engine.boolean_query([(self._occur.Must, contained), (self._occur.Should, word)]))
        return self._any(exact)

    def _whole_parts(self, folded: str, fields: Sequence[QueryField]) -> list[tantivy.Query]:
        """Hit lines that contain `folded`; a single ASCII character only where it is a word of its own."""
        parts: list[tantivy.Query] = []
        if folded and (self._scored or not _is_part_of_lines(folded)):
            parts += [self._term(words_field(field), folded, FIELD_WEIGHTS[field]) for field in fields]
        if len(folded) > 1 or not folded.isascii():
            parts += self._together(folded, fields)
        return parts

    def _is_common(self, word: str, field: QueryField) -> bool:
        """True where a word has hits enough without those that only contain its characters, which are slow to tell."""
        return len(word) > 2 and self._document_frequency(words_field(field), word) > _COMMON_DOCUMENTS

    def _common_word(self, word: str, field: QueryField) -> tantivy.Query:
        """Rank by the word alone; hits that only contain its characters come last, and only when complete."""
        ranked = self._term(words_field(field), word, FIELD_WEIGHTS[field] * (1 + _GRAM_WEIGHT))
        if not self._complete:
            self.is_complete = False
            return ranked
        contained = self._placed(field, gram_phrase(word), 1.0)
        if not self._scored and _is_part_of_lines(word):
            return contained
        return self._engine.disjunction_max_query([ranked, self._engine.const_score_query(contained, _CONTAINED_SCORE)])

    def _together(self, folded: str, fields: Sequence[QueryField]) -> list[tantivy.Query]:
        placed = gram_phrase(folded)
        return [self._placed(field, placed, FIELD_WEIGHTS[field] * _GRAM_WEIGHT) for field in fields if placed]

    def _one_off(self, term: Term) -> tantivy.Query:
        """Hit lines that contain the term, or the term with one other character in any place."""
        folded = fold_text(term.text)
        fields = self._where(term.field)
        parts = self._whole_parts(folded, fields)
        for field in fields:
            weight = FIELD_WEIGHTS[field] * _ONE_OFF_WEIGHT
            for unknown in range(len(folded)):
                left, right = gram_phrase(folded[:unknown]), gram_phrase(folded[unknown + 1 :])
                shifted = [(place + 2 * (unknown + 1), token) for place, token in right]
                parts.append(self._placed(field, left + shifted, weight))
            if folded.isascii() and folded.isalnum():
                similar = self._engine.fuzzy_term_query(self._schema, words_field(field), folded)
                parts.append(self._engine.boost_query(similar, weight))
        return self._any(parts)

    def _sounding(self, texts: Iterable[str]) -> tantivy.Query:
        """Hit listings that hold what sounds like one of the texts; the more of them, the higher.

        Pairs of syllables are looked for without their places: that they stand apart is rare in so few words.
        """
        asked = dict.fromkeys(tuple(dict.fromkeys(sound_pairs(text))) for text in texts)
        return self._any(
            [
                self._engine.boolean_query([(self._occur.Must, self._term(SOUND_PAIRS, pair, 1.0)) for pair in pairs])
                for pairs in asked
                if pairs
            ]
        )

    def _placed(self, field: QueryField, placed: list[tuple[int, str]], weight: float) -> tantivy.Query:
        name = grams_field(field)
        if len(placed) == 1:
            return self._term(name, placed[0][1], weight)
        first = placed[0][0]
        phrase = self._engine.phrase_query(self._schema, name, [(place - first, token) for place, token in placed])
        return self._engine.boost_query(phrase, weight)

    def _term(self, name: str, token: str, weight: float) -> tantivy.Query:
        query = self._engine.term_query(self._schema, name, token, "freq")
        return query if weight == 1 else self._engine.boost_query(query, weight)

    def _any(self, parts: list[tantivy.Query]) -> tantivy.Query:
        if len(parts) == 1:
            return parts[0]
        return self._engine.boolean_query([(self._occur.Should, part) for part in parts])


@lru_cache(maxsize=_CUTS_KEPT)
def _words_without_overlap(folded: str) -> tuple[str, ...]:
    """Return the words of a text, each once; single Chinese characters only if all are such."""
    words: list[str] = []
    end = 0
    for word in locate_words(folded):
        if word.end > end:
            words.append(word.text)
            end = word.end
    telling = [word for word in words if len(word) > 1 or word.isascii()]
    return tuple(dict.fromkeys(telling or words))


@lru_cache(maxsize=_CUTS_KEPT)
def _words_and_pairs(folded: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return all words of a text but single Chinese characters, and its pairs of neighbouring characters."""
    words = tuple(word for word in cut_words(folded) if len(word) > 1 or word.isascii())
    return words, tuple(pair for pair in gram_tokens(folded)[1::2] if INNER_BREAK not in pair)


def _is_met_inside(word: str) -> bool:
    """Tell whether a word is found wherever its characters stand; one ASCII character only is as a word of its own."""
    return len(word) > 1 or not word.isascii()


def _is_part_of_lines(word: str) -> bool:
    """Tell whether a word that an index has is always a piece of a line: words of ASCII may be joined over signs."""
    return len(word) > 1 and not word.isascii() and word.isalnum()


def _is_fuzzy(node: QueryNode) -> bool:
    return isinstance(node, Term) and node.fuzzy


def _by_sound(node: QueryNode) -> QueryNode:
    """Return the query with all parts that name no field looked for by their sound."""
    match node:
        case Term(field=None) | Phrase(field=None):
            return Term(node.text, "sound") if isinstance(node, Term) else Phrase(node.text, "sound")
        case Words() | And() | Or():
            return type(node)(tuple(map(_by_sound, node.children)))
        case Not():
            return Not(_by_sound(node.child))
        case _:
            return node
