"""Turns the tree of a query into a Tantivy query: what has to match, and what raises a listing in the order.

Two rules decide everything. *Whole*: a part under AND, OR and NOT, and a phrase, hits where its characters stand
together in one line. *Loose*: words side by side hit where some of them stand, and rank by BM25 of their words plus
half of the BM25 of their character pairs, which bridges different cutting and single misread characters. A few words
get more for standing all in one listing and most for standing together; a long title does without: of so many terms
nothing holds all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from jianwei.indexes.text.long import telling_sounds, telling_tokens
from jianwei.indexes.text.schema import (
    SOUND_PAIRS,
    gram_phrase,
    gram_tokens,
    grams_field,
    words_field,
)
from jianwei.indexes.text.terms import (
    CutTerm,
    by_sound,
    is_fuzzy,
    is_heard_term,
    is_met_inside,
    is_part_of_lines,
    is_plain_term,
    words_and_pairs,
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

CONTAINED_SCORE = 0.002
"""Above 0, and below what any word earns."""

_RARER = 4
"""How many times rarer a pair has to be than all that a phrase compares anyway, to be looked for first."""

_FEW_WORDS = 4
"""Up to here a query is a thought whose words belong together, above it is a title or a text."""


@dataclass(frozen=True, slots=True)
class _FewWords:
    """What a few words ask for: `found` by word and field, `every` word in any field, and `together` as phrases."""

    found: list[tantivy.Query]
    every: list[tantivy.Query]
    together: list[tantivy.Query]


class Turns(NamedTuple):
    """Queries to be asked one after the other; where `first_hits_all`, the first hits whatever any of them does."""

    queries: list[tantivy.Query]
    first_hits_all: bool


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

    def compile(self, node: QueryNode) -> tantivy.Query:
        """Return the query of a whole tree; one that hits nothing where the tree has nothing to look for."""
        return self._node(self._whole_tree(node))

    def matching(self, node: QueryNode) -> tantivy.Query:
        """Return a query with the same hits and other scores: without what only raises hits that it has anyway."""
        return self._unscored(self._whole_tree(node))

    def parts(self, node: QueryNode) -> list[tantivy.Query]:
        """Return queries that together are the query of a whole tree: each hits alone, and their scores add up."""
        node = self._whole_tree(node)
        if isinstance(node, Words) and not any(isinstance(child, Not) for child in node.children):
            return self._parts_of_words(node)
        return [self._node(node)]

    def in_turns(self, node: QueryNode) -> Turns:
        """Return queries whose hits together are those of `compile`, each as high as the highest of them says.

        In one query, each word is read again for what holds all words, and slower: only a union of nothing but terms
        goes through its documents in one loop. So of two and more words, the first query is such a union. The second
        gives what holds all words, whose score is that of its words twice, and more where they stand together. Where
        they may stand together and not all count as words, the third one gives what holds them so.
        """
        terms = self.few_terms(node)
        if not terms:
            return Turns([self.compile(node)], self.is_complete)
        few = self._few_words(terms)
        if len(few.every) < 2:
            return Turns([self._any(few.found + few.together)], self.is_complete)
        hits_all = self.is_complete and all(is_met_inside(word) for cut in terms for word in cut.words)
        whole = self._engine.boost_query(self._all(few.every), 2.0)
        if not few.together:
            return Turns([self._any(few.found), whole], hits_all)
        must, should = self._occur.Must, self._occur.Should
        together = self._any(few.together)
        queries = [self._any(few.found), self._engine.boolean_query([(must, whole), (should, together)])]
        if not hits_all or (len(terms) > 1 and any(cut.folded not in cut.wanted for cut in terms)):
            for part in few.found:
                together = self._engine.boolean_query([(must, together), (should, part)])
            queries.append(together)
        return Turns(queries, hits_all)

    def heard(self, node: QueryNode) -> list[tuple[str, ...]]:
        """Return pairs of syllables: a query of nothing but words by their sound hits where all of one of these are.

        For each of these whose pairs are all heard, a hit earns what its pairs earn. Empty for another query.
        """
        tree = self._whole_tree(node)
        if not isinstance(tree, Words) or not all(map(is_heard_term, tree.children)):
            return []
        cuts = [CutTerm.of(child) for child in tree.children if isinstance(child, Term)]
        return [pairs for cut in cuts for pairs in self._heard_in([*cut.wanted, cut.folded])]

    def signs(self, node: QueryNode) -> list[str]:
        """Return the beginnings, of one or two characters, of which every hit of a few words holds one; else none."""
        return list(dict.fromkeys(word[:2] for cut in self.few_terms(node) for word in cut.words))

    def telling(self, node: QueryNode) -> list[tuple[str, str, float]]:
        """Return (index field, token, weight) of what is looked for of a long text of plain words; else none."""
        terms = self._plain_terms(self._whole_tree(node))
        return self._telling(terms) if sum(len(cut.wanted) for cut in terms) > _FEW_WORDS else []

    def of_tokens(self, tokens: Iterable[tuple[str, str, float]]) -> list[tantivy.Query]:
        """Return queries that together hit what has any of some tokens; each hits alone, and their scores add up."""
        return [self._term(*token) for token in tokens]

    def few_terms(self, node: QueryNode) -> list[CutTerm]:
        """Return the terms of a query of nothing but a few words, looked for as they are written; else none."""
        terms = self._plain_terms(self._whole_tree(node))
        return terms if sum(len(cut.wanted) for cut in terms) <= _FEW_WORDS else []

    def _plain_terms(self, tree: QueryNode) -> list[CutTerm]:
        """Return the terms of a query of nothing but words, looked for as they are written; else none."""
        if not isinstance(tree, Words) or not all(map(is_plain_term, tree.children)):
            return []
        cuts = [CutTerm.of(child) for child in tree.children if isinstance(child, Term)]
        return [cut for cut in cuts if cut.folded]

    def _whole_tree(self, node: QueryNode) -> QueryNode:
        if self._by_sound:
            node = by_sound(node)
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

    def _unscored(self, node: QueryNode) -> tantivy.Query:
        """Return a query with the hits of a node without what only raises them, as for what must not match."""
        scored, self._scored = self._scored, False
        try:
            return self._node(node)
        finally:
            self._scored = scored

    def _part(self, node: Term | Phrase) -> tantivy.Query:
        folded = fold_text(node.text)
        if node.field == "sound":
            return self._sounding([folded])
        if isinstance(node, Term) and node.fuzzy and len(folded) >= MIN_FUZZY_CHARACTERS:
            return self._one_off(node)
        return self._whole(folded, self.where(node.field))

    def _all_of(self, children: Iterable[QueryNode]) -> tantivy.Query:
        clauses = []
        for child in children:
            if isinstance(child, Not):
                clauses.append((self._occur.MustNot, self._unscored(child.child)))
            else:
                clauses.append((self._occur.Must, self._node(child)))
        if all(occur is self._occur.MustNot for occur, _ in clauses):
            clauses.append((self._occur.Must, self._engine.all_query()))
        return self._engine.boolean_query(clauses)

    def _words(self, node: Words) -> tantivy.Query:
        parts = self._parts_of_words(node)
        refused = [self._unscored(child.child) for child in node.children if isinstance(child, Not)]
        if not refused:
            return self._any(parts)
        wanted = self._any(parts) if parts else self._engine.all_query()
        clauses = [(self._occur.Must, wanted), *((self._occur.MustNot, query) for query in refused)]
        return self._engine.boolean_query(clauses)

    def _parts_of_words(self, node: Words) -> list[tantivy.Query]:
        terms = [CutTerm.of(child) for child in node.children if isinstance(child, Term) and not child.fuzzy]
        heard = [term for term in terms if term.term.field == "sound"]
        terms = [term for term in terms if term.folded and term.term.field != "sound"]
        others = [child for child in node.children if not isinstance(child, Term | Not) or is_fuzzy(child)]
        if sum(len(term.wanted) for term in terms) > _FEW_WORDS:
            parts = self.of_tokens(self._telling(terms))
        else:
            parts = self._parts_of_few(terms)
        parts += [self._sounding([*term.wanted, term.folded]) for term in heard]
        return parts + [self._node(child) for child in others]

    def _few_words(self, terms: Sequence[CutTerm]) -> _FewWords:
        together = [self.standing(text, field) for text, field in self.joined(terms)]
        few = _FewWords([], [], [phrase for phrase in together if phrase is not None])
        for cut in terms:
            for word in cut.words:
                found = [part for field in self.where(cut.term.field) for part in self.found_in(word, field)]
                few.found.extend(found)
                few.every.append(self._any(found))
        return few

    def found_in(self, word: str, field: QueryField) -> list[tantivy.Query]:
        """Return queries that hit what has a word in a field, whose scores add up."""
        if self.is_common(word, field):
            return [self._common_word(word, field)]
        return self._whole_parts(word, [field])

    def standing(self, text: str, field: QueryField) -> tantivy.Query | None:
        """Return what hits where a folded text stands as it is; None where it is empty."""
        placed = gram_phrase(text)
        return self._phrase(text, field, placed) if placed else None

    def may_stand(self, text: str, field: QueryField) -> int:
        """Return a number of listings that is not less than those in which a folded text stands as it is."""
        name = grams_field(field)
        return min((self._document_frequency(name, pair) for pair in gram_tokens(text)[1::2]), default=0)

    def joined(self, terms: Sequence[CutTerm]) -> list[tuple[str, QueryField]]:
        """Return each text as which the words of a few terms stand together, and where that earns more."""
        return [(text, field) for text, fields in self._joined(terms) for field in fields]

    def _joined(self, terms: Sequence[CutTerm]) -> list[tuple[str, tuple[QueryField, ...]]]:
        joined = [(cut.folded, self.where(cut.term.field)) for cut in terms if cut.folded not in cut.wanted]
        if len(terms) > 1 and len({cut.term.field for cut in terms}) == 1:
            text = fold_text(" ".join(cut.term.text for cut in terms))
            joined.append((text, self.where(terms[0].term.field)))
        return joined

    def _parts_of_few(self, terms: Sequence[CutTerm]) -> list[tantivy.Query]:
        few = self._few_words(terms)
        if not self._scored and all(map(is_met_inside, (word for cut in terms for word in cut.wanted or ("",)))):
            return few.every  # where the words stand together, or all of them stand, each of them does
        return few.found + ([self._all(few.every)] if len(few.every) > 1 else []) + few.together

    def _telling(self, terms: Sequence[CutTerm]) -> list[tuple[str, str, float]]:
        weights: dict[tuple[str, str], float] = {}
        for cut in terms:
            words, pairs = words_and_pairs(cut.folded)
            for field in self.where(cut.term.field):
                weight = FIELD_WEIGHTS[field]
                weights.update(dict.fromkeys([(words_field(field), word) for word in words], weight))
                weights.update(dict.fromkeys([(grams_field(field), pair) for pair in pairs], weight * _GRAM_WEIGHT))
        return telling_tokens(weights, self._document_frequency)

    def where(self, field: QueryField | None) -> tuple[QueryField, ...]:
        """Return where a part is looked for that names this field, or none."""
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
        if folded and (self._scored or not is_part_of_lines(folded)):
            parts += [self._term(words_field(field), folded, FIELD_WEIGHTS[field]) for field in fields]
        if len(folded) > 1 or not folded.isascii():
            parts += self._together(folded, fields)
        return parts

    def is_common(self, word: str, field: QueryField) -> bool:
        """True where a word has hits enough without those that only contain its characters, which are slow to tell."""
        return len(word) > 2 and self._document_frequency(words_field(field), word) > _COMMON_DOCUMENTS

    def _common_word(self, word: str, field: QueryField) -> tantivy.Query:
        """Rank by the word alone; hits that only contain its characters come last, and only when complete."""
        ranked = self._term(words_field(field), word, FIELD_WEIGHTS[field] * (1 + _GRAM_WEIGHT))
        if not self._complete:
            self.is_complete = False
            return ranked
        contained = self._placed(field, gram_phrase(word), 1.0)
        if not self._scored and is_part_of_lines(word):
            return self._any([ranked, self._contained_otherwise(word, field, contained)])
        return self._engine.disjunction_max_query([ranked, self._engine.const_score_query(contained, CONTAINED_SCORE)])

    def _contained_otherwise(self, word: str, field: QueryField, contained: tantivy.Query) -> tantivy.Query:
        """Return what contains a word but has it not as such: characters are compared where only its pairs stand."""
        must, name = self._occur.Must, grams_field(field)
        clauses = [(must, self._term(name, pair, 1.0)) for _, pair in gram_phrase(word)]
        clauses.append((self._occur.MustNot, self._term(words_field(field), word, 1.0)))
        return self._engine.boolean_query([(must, self._engine.boolean_query(clauses)), (must, contained)])

    def _together(self, folded: str, fields: Sequence[QueryField]) -> list[tantivy.Query]:
        return [phrase for field in fields if (phrase := self.standing(folded, field)) is not None]

    def _phrase(self, folded: str, field: QueryField, placed: list[tuple[int, str]]) -> tantivy.Query:
        """Return what contains a text. Where the phrase lacks the rarest of its pairs, only what has it is compared."""
        phrase = self._placed(field, placed, FIELD_WEIGHTS[field] * _GRAM_WEIGHT)
        if len(placed) < 2:
            return phrase
        name = grams_field(field)
        often = {pair: self._document_frequency(name, pair) for pair in gram_tokens(folded)[1::2]}
        rarest = min(often, key=often.__getitem__)
        if _RARER * often[rarest] > min(often[pair] for _, pair in placed):
            return phrase
        stands = self._engine.const_score_query(self._term(name, rarest, 1.0), 0.0)
        return self._all([stands, phrase])

    def _one_off(self, term: Term) -> tantivy.Query:
        """Hit lines that contain the term, or the term with one other character in any place."""
        folded = fold_text(term.text)
        fields = self.where(term.field)
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
        return self._any(
            [
                self._engine.boolean_query([(self._occur.Must, self._term(SOUND_PAIRS, pair, 1.0)) for pair in pairs])
                for pairs in self._heard_in(texts)
            ]
        )

    def _heard_in(self, texts: Iterable[str]) -> list[tuple[str, ...]]:
        """Return for each text that is looked for its pairs of syllables."""
        asked = list(dict.fromkeys(tuple(dict.fromkeys(sound_pairs(text))) for text in texts))
        if len(asked) > _FEW_WORDS:
            asked = telling_sounds(asked, lambda pair: self._document_frequency(SOUND_PAIRS, pair))
        return [pairs for pairs in asked if pairs]

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

    def _all(self, parts: list[tantivy.Query]) -> tantivy.Query:
        return self._engine.boolean_query([(self._occur.Must, part) for part in parts])

    def _any(self, parts: list[tantivy.Query]) -> tantivy.Query:
        if len(parts) == 1:
            return parts[0]
        return self._engine.boolean_query([(self._occur.Should, part) for part in parts])
