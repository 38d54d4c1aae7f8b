"""What a step makes smaller, as functions of unit vectors alone; and how a large batch goes through little memory."""

from __future__ import annotations

import math
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SIGMOID_BATCH = 32_768
"""Pairs of a batch of SigLIP's own training; its first bias of −10 is about −log of it."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is known of a batch beside its vectors.

    `same` (n, n) bool marks duplicates that are no negatives. `refuted` (m, dims) are the vectors of texts that are not
    true of the pictures `refuted_of` (m,). `teacher` are a teacher's own vectors of the same pictures and texts.
    """

    same: Tensor
    refuted_of: Tensor | None = None
    teacher: tuple[Tensor, Tensor] | None = None
    distil_weight: float = 0.0


def contrastive(images: Tensor, texts: Tensor, scale: Tensor, judgement: Judgement, refuted: Tensor | None) -> Tensor:
    """Return the symmetric cross-entropy of each pair against the others of its batch.

    Source: Radford et al., "Learning Transferable Visual Models From Natural Language Supervision" (2021), figure 3;
    duplicates are left out of the sums, refuted texts stand among the others of their own picture only.
    """
    logits = (scale.exp() * images @ texts.T).masked_fill(judgement.same, -torch.inf)
    own = torch.arange(len(logits), device=logits.device)
    by_picture = logits
    if refuted is not None and judgement.refuted_of is not None:
        extra = scale.exp() * images @ refuted.T
        elsewhere = judgement.refuted_of[None, :] != own[:, None]
        by_picture = torch.cat([logits, extra.masked_fill(elsewhere, -torch.inf)], dim=1)
    return (functional.cross_entropy(by_picture, own) + functional.cross_entropy(logits.T, own)) / 2


def pairwise(
    images: Tensor, texts: Tensor, scale: Tensor, bias: Tensor, judgement: Judgement, refuted: Tensor | None
) -> Tensor:
    """Return SigLIP's loss: each picture and text is judged by itself to belong together or not.

    Source: Zhai et al., "Sigmoid Loss for Language Image Pre-Training" (2023), algorithm 1. Summed over all and divided
    by the number of pairs; duplicates are left out.

    Ours: the bias is that of a batch of `SIGMOID_BATCH`, of whose candidates one is right. Where fewer meet, a
    candidate is right more often, by `batch_odds`, which is added here (Bayes' rule). Without it every step of a small
    batch would first pull all vectors together to make up for the bias, and random weights never come apart again.
    """
    odds = bias + batch_odds(len(images))
    logits = scale.exp() * images @ texts.T + odds
    signs = 2 * torch.eye(len(logits), device=logits.device) - 1
    losses = -functional.logsigmoid(signs * logits).masked_fill(judgement.same, 0.0)
    total = losses.sum()
    if refuted is not None and judgement.refuted_of is not None:
        own = (images[judgement.refuted_of] * refuted).sum(dim=1)
        total = total - functional.logsigmoid(-(scale.exp() * own + odds)).sum()
    return total / len(logits)


def batch_odds(pairs: int) -> float:
    """Return the logarithm of how much likelier a candidate is right in a batch of so many pairs, two or more."""
    return math.log((SIGMOID_BATCH - 1) / (pairs - 1))


def distilled(images: Tensor, texts: Tensor, scale: Tensor, teacher: tuple[Tensor, Tensor]) -> Tensor:
    """Return how far the student's order of each row and column is from the teacher's (both directions, in nats).

    The teacher's vectors may be of another length. Source: the relational loss of Hinton et al., "Distilling the
    Knowledge in a Neural Network" (2015), applied to the rows of the similarity matrix at the student's temperature.
    """
    mine = scale.exp() * images @ texts.T
    theirs = scale.detach().exp() * teacher[0] @ teacher[1].T
    losses = [
        functional.kl_div(
            functional.log_softmax(student, dim=1),
            functional.log_softmax(master, dim=1),
            reduction="batchmean",
            log_target=True,
        )
        for student, master in ((mine, theirs), (mine.T, theirs.T))
    ]
    return (losses[0] + losses[1]) / 2


def plain_backward(
    encoders: Sequence[Callable[[], Tensor]],
    loss_of: Callable[[list[Tensor]], Tensor],
    *,
    arithmetic: Callable[[], AbstractContextManager[object]] = nullcontext,
    enlarged: Callable[[Tensor], Tensor] = lambda loss: loss,
) -> float:
    """Give every leaf the gradient of a loss over the vectors of all encoders, all in memory at once.

    `enlarged` multiplies the loss, and with it every gradient; what is returned is the loss itself.
    """
    with arithmetic():
        vectors = [encode() for encode in encoders]
    loss = loss_of([part.float() for part in vectors])
    enlarged(loss).backward()
    return float(loss.detach())


def cached_backward(
    encoders: Sequence[Callable[[], Tensor]],
    loss_of: Callable[[list[Tensor]], Tensor],
    *,
    arithmetic: Callable[[], AbstractContextManager[object]] = nullcontext,
    enlarged: Callable[[Tensor], Tensor] = lambda loss: loss,
) -> float:
    """Give every leaf the gradient of a loss over all vectors while only one encoder's inside is in memory at once.

    Each encoder returns the vectors of one part and must return the same ones when it is called again. First all
    vectors are made without gradients, then the loss and its gradient at each vector, then each part again, through
    which that gradient is passed on. `enlarged` as in `plain_backward`. Source: Gao et al., "Scaling Deep Contrastive
    Learning Batch Size under Memory Limited Setup" (2021).
    """
    with torch.no_grad(), arithmetic():
        vectors = [encode().float() for encode in encoders]
    for part in vectors:
        part.requires_grad_()
    loss = loss_of(vectors)
    enlarged(loss).backward()
    value = float(loss.detach())
    for encode, part in zip(encoders, vectors, strict=True):
        if part.grad is None:
            continue
        with arithmetic():
            again = encode()
        if again.requires_grad:
            again.backward(part.grad.to(again.dtype))
    return value
