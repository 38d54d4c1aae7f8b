"""Asks a vision-language model for a second opinion on a picture. What it claims is checked elsewhere."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jianwei.captions.chat import ChatModel, cut_note, paid_for, tokens_of
from jianwei.captions.opinion_answer import UnreadableAnswerError, read_claims
from jianwei.captions.opinion_prompt import SCHEMA, instructions, prompt_version, question
from jianwei.captions.picture_parts import picture_parts
from jianwei.errors import ModelError
from jianwei.images.decoding import decode_picture
from jianwei.ports.opinions import Opinion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwei.captions.chat import ChatAnswer
    from jianwei.captions.endpoint import VisionEndpoint
    from jianwei.ports.opinions import GuideCategory, PictureQuestion

_LONGEST_ANSWER_TOKENS = 2048
"""Twenty claims with quotations and reasons."""
_TRIES = 2


class ChatOpinionModel:
    """Gives opinions with a chat model. Safe to call from several threads at once."""

    def __init__(self, endpoint: VisionEndpoint, guide: Sequence[GuideCategory], *, max_pixels: int) -> None:
        """Prepare connections; none is opened yet. `guide` are the categories that the model may name.

        Raises:
            ModelError: the address is not one of HTTP.
        """
        longest = max(endpoint.longest_answer_tokens, _LONGEST_ANSWER_TOKENS)
        self._endpoint = replace(endpoint, longest_answer_tokens=longest)
        self._chat = ChatModel(self._endpoint)
        self._instructions = instructions(guide)
        self._version = prompt_version(guide)
        self._max_pixels = max_pixels

    @property
    def model_id(self) -> str:
        """Name of the model and version of all that it is told; opinions are stored under it."""
        return f"{self._endpoint.model}#opinion-{self._version}"

    @property
    def parallelism(self) -> int:
        """How many threads should call `judge` at once."""
        return self._endpoint.server.concurrency

    def judge(self, picture: bytes, about: PictureQuestion) -> Opinion:
        """Return what the model says of one encoded picture; an unusable answer is asked for once more.

        Raises:
            PictureDecodeError: it is not a picture we can read.
            ModelError: the endpoint refused, failed or answered nonsense twice.
        """
        pixels = decode_picture(picture, max_pixels=self._max_pixels).pixels
        parts = picture_parts(pixels, longest_side_px=self._endpoint.longest_side_px)
        answers: list[ChatAnswer] = []
        problem = ""
        with paid_for(answers):
            for _ in range(_TRIES):
                asked = question(about, problem=problem)
                answers.append(self._chat.ask(self._instructions, asked, parts, schema=SCHEMA))
                try:
                    claims, rejections = read_claims(answers[-1].text)
                except UnreadableAnswerError as error:
                    problem, unusable = str(error), error
                else:
                    return Opinion(claims, rejections, *tokens_of(answers))
            raise self._unusable(answers[-1], unusable) from unusable

    def close(self) -> None:
        """Close the connections."""
        self._chat.close()

    def _unusable(self, answer: ChatAnswer, problem: UnreadableAnswerError) -> ModelError:
        said = " ".join(answer.text[:160].split())
        cut, model = cut_note(answer), self._endpoint.model
        return ModelError(
            f"{model} did not give an opinion in the form that it was asked for ({problem.english}), but answered: "
            f"{said!r}.{cut.en} Use a model that sees pictures, writes Chinese and follows a JSON form.",
            zh=f"{model} 没有按要求的格式给出意见（{problem}），返回：“{said}”。{cut.zh}"
            "请使用能看图、书写中文并遵循 JSON 格式的模型。",
            model=model,
        )
