"""Our training beside cn_clip's own step: the same tiny model, pairs and order, loss by loss."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.reference.reference_packages import reference_package
from tests.reference.test_parity_cn_clip import TEXT, VIT
from tests.reference.training_data import made_data, picture

from jianwei.encoders.pixels import prepare_pictures
from jianwei.training.base import read_base
from jianwei.training.batches import epoch_batches
from jianwei.training.learning_rate import learning_rate
from jianwei.training.options import TrainingOptions
from jianwei.training.running import encoder_inputs, fine_tune

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.reference, pytest.mark.filterwarnings("ignore")]

OPTIONS = TrainingOptions(epochs=5, batch=16, part=6, learning_rate=2e-4, device="cpu", validation_share=0.0)


def test_the_first_twenty_losses_are_those_of_cn_clips_own_step(tmp_path: Path, monkeypatch: Any) -> None:
    torch = reference_package("torch")
    clip = reference_package("cn_clip.clip.model")
    training = reference_package("cn_clip.training.train")
    # Its step puts the numbers of the pairs on a GPU whatever the model is on.
    monkeypatch.setattr(torch.Tensor, "cuda", lambda tensor, *_, **__: tensor)
    torch.manual_seed(5)
    # Dropout would draw other numbers in each implementation.
    still = {name: 0.0 if "dropout_prob" in name else value for name, value in TEXT.items()}
    model = clip.CLIP(**VIT, **still).train()
    torch.save({"state_dict": model.state_dict()}, tmp_path / "clip.pt")
    base, data = read_base(tmp_path / "clip.pt"), made_data(64)
    report = fine_tune(base, data, tmp_path / "out", OPTIONS, models_folder=tmp_path / "none")
    inputs = encoder_inputs(base, data, tmp_path / "out" / "model")
    optimiser = torch.optim.AdamW(model.parameters(), betas=(0.9, 0.98), eps=1e-6, weight_decay=OPTIONS.weight_decay)
    arguments = SimpleNamespace(
        accum_freq=1,
        mask_ratio=0,
        distillation=False,
        aggregate=False,
        local_device_rank=0,
        precision="fp32",
        report_training_batch_acc=False,
    )
    losses: list[float] = []
    for epoch in range(OPTIONS.epochs):
        for batch in epoch_batches(data.pairs, OPTIONS, epoch):
            optimiser.param_groups[0]["lr"] = learning_rate(OPTIONS, len(losses), 20)
            pixels = torch.from_numpy(
                prepare_pictures([picture(data.pairs[at].picture) for at in batch.numbers], base.image)
            )
            ids = torch.from_numpy(inputs.token_ids(batch.texts))
            ids = torch.nn.functional.pad(ids, (0, base.text.context_length - ids.shape[1]))
            cross_entropy = torch.nn.CrossEntropyLoss()
            loss = training.get_loss(model, pixels, ids, cross_entropy, cross_entropy, arguments)[0]
            loss.backward()
            optimiser.step()
            optimiser.zero_grad()
            model.logit_scale.data.clamp_(0, 4.6052)
            losses.append(float(loss.detach()))
    assert len(losses) == len(report.losses) == 20
    assert losses[-1] < losses[0]
    assert np.abs(np.subtract(losses, report.losses)).max() < 1e-3
