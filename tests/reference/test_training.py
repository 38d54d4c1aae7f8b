"""Training with torch: it learns by heart, goes on as if never stopped, and what it leaves is what was trained."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.reference.reference_packages import reference_package
from tests.reference.training_data import RESNET_WRITERS, WRITERS, made_data, made_pairs, picture

from jianwei.encoders.conversion import import_model
from jianwei.encoders.conversion.architecture import ResNet
from jianwei.encoders.opening import open_encoder
from jianwei.encoders.pixels import prepare_pictures
from jianwei.errors import SettingsError, TrainingError
from jianwei.training.base import FIRST_BIAS, FIRST_SCALES, Base, read_base
from jianwei.training.measuring import measured
from jianwei.training.options import TrainingOptions
from jianwei.training.running import STATE_FILE, TrainingData, TrainingReport, fine_tune

if TYPE_CHECKING:
    from pathlib import Path

    from jianwei.training.progress import Moment

torch = pytest.importorskip("torch")
from jianwei.training.learning.residual_network import residual_vectors  # noqa: E402  # needs torch

pytestmark = pytest.mark.reference

# A temperature of 100, as the tiny models have it, is that of a model that has learnt long ago.
QUICK = TrainingOptions(
    epochs=2, batch=16, part=8, learning_rate=1e-3, device="cpu", validation_share=0.25, state_every_s=0
)


@pytest.fixture(params=sorted(WRITERS))
def base(request: pytest.FixtureRequest, tmp_path: Path) -> Base:
    if request.param == "siglip2":
        reference_package("tokenizers")
    return beginning(WRITERS[request.param](tmp_path / "base"))


@pytest.fixture
def chinese(tmp_path: Path) -> Base:
    return beginning(WRITERS["chinese-clip"](tmp_path / "base"))


def beginning(path: Path) -> Base:
    base = read_base(path)
    scales = {"logit_scale": np.full((), FIRST_SCALES[base.family], np.float32)} | (
        {"logit_bias": np.full((), FIRST_BIAS, np.float32)} if base.family == "siglip2" else {}
    )
    return replace(base, tensors={**base.tensors, **scales})


def train(base: Base, data: TrainingData, out: Path, options: TrainingOptions, **more: Any) -> TrainingReport:
    return fine_tune(base, data, out, options, models_folder=out / "none", **more)


def model_bytes(report: TrainingReport) -> bytes:
    return (report.folder / "model.safetensors").read_bytes()


def test_sixty_four_pairs_are_learnt_by_heart_and_are_so_after_the_export(base: Base, tmp_path: Path) -> None:
    data = made_data(64)
    # Where each pair is judged by itself, the first hundred steps only find the bias.
    epochs = 300 if base.family == "siglip2" else 160
    options = replace(
        QUICK, epochs=epochs, batch=64, part=64, learning_rate=3e-3, validation_share=0.0, state_every_s=60
    )
    report = train(base, data, tmp_path / "out", options)
    assert report.losses[-1] < report.losses[0] / 2
    manifest = import_model(report.folder, models_folder=tmp_path / "models", name="tuned")
    assert manifest.family == base.family
    encoder = open_encoder(tmp_path / "models" / "tuned", arithmetic="fp32")
    images = encoder.encode_images([picture(pair.picture) for pair in data.pairs])
    texts = encoder.encode_texts([pair.texts[0] for pair in data.pairs])
    encoder.close()
    found = measured(images, texts, data.pairs)
    assert found.texts[:, 0].mean() == found.pictures[:, 0].mean() == 1.0


@pytest.mark.parametrize("method", ["full", "locked", "lora"])
def test_a_run_that_is_taken_up_again_ends_with_the_same_weights(chinese: Base, tmp_path: Path, method: Any) -> None:
    options = replace(QUICK, method=method, epochs=3, hidden_patches=0.5)
    whole = train(chinese, made_data(60), tmp_path / "whole", options)

    def stop(moment: Moment) -> None:
        if (moment.epoch, moment.step) == (1, 2) and not moment.measured:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(chinese, made_data(60), tmp_path / "parts", options, show=stop)
    again = train(chinese, made_data(60), tmp_path / "parts", replace(options, part=4))
    assert len(again.losses) == len(whole.losses)
    assert np.allclose(again.losses, whole.losses, atol=1e-5)
    same = train(chinese, made_data(60), tmp_path / "parts", options)  # nothing is left to do
    assert model_bytes(same) == model_bytes(again)


def test_the_same_options_taken_up_again_give_the_same_bytes(chinese: Base, tmp_path: Path) -> None:
    whole = train(chinese, made_data(40), tmp_path / "whole", QUICK)
    steps = itertools.count()

    def stop(_: Moment) -> None:
        if next(steps) == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(chinese, made_data(40), tmp_path / "parts", QUICK, show=stop)
    assert model_bytes(train(chinese, made_data(40), tmp_path / "parts", QUICK)) == model_bytes(whole)


@pytest.mark.parametrize("duplicates", [False, True])
def test_the_cached_loss_equals_the_plain_one(base: Base, tmp_path: Path, duplicates: bool) -> None:
    pairs = made_pairs(24)
    if duplicates:
        pairs = [replace(pair, product=f"demo:{at // 3}") for at, pair in enumerate(pairs)]
    data = TrainingData([replace(pair, dismissed=("not so",)) for pair in pairs], 0, picture)
    losses, tensors = [], []
    for part in (24, 5):
        options = replace(QUICK, epochs=3, batch=24, part=part, validation_share=0.0, checkpointing=part == 5)
        report = train(base, data, tmp_path / str(part), options)
        losses.append(report.losses)
        tensors.append(read_base(report.folder).tensors)
    assert np.allclose(losses[0], losses[1], rtol=1e-5, atol=1e-5)
    # Adam divides by the size of the gradient, so rounding moves a weight by up to a tenth of a step.
    assert max(np.abs(tensors[0][name] - tensors[1][name]).max() for name in tensors[0]) < 0.3 * options.learning_rate


def test_what_is_exported_is_what_transformers_calculates(base: Base, tmp_path: Path) -> None:
    transformers = reference_package("transformers")
    report = train(base, made_data(32), tmp_path / "out", replace(QUICK, method="lora"))
    import_model(report.folder, models_folder=tmp_path / "models", name="tuned")
    classes = {"clip": "CLIPModel", "chinese-clip": "ChineseCLIPModel", "siglip2": "SiglipModel"}
    model = getattr(transformers, classes[base.family]).from_pretrained(report.folder).eval()
    encoder = open_encoder(tmp_path / "models" / "tuned", arithmetic="fp32")
    ours = encoder.encode_images([picture(str(at)) for at in range(4)])
    encoder.close()
    from jianwei.encoders.pixels import prepare_pictures

    pixels = torch.from_numpy(prepare_pictures([picture(str(at)) for at in range(4)], base.image))
    with torch.no_grad():
        output = model.get_image_features(pixel_values=pixels)
    theirs = np.asarray(getattr(output, "pooler_output", output))
    theirs /= np.linalg.norm(theirs, axis=1, keepdims=True)
    assert np.abs(ours - theirs).max() < 1e-4


def test_few_candidates_are_likelier_right_than_those_of_siglips_own_batches() -> None:
    from jianwei.training.learning.losses import SIGMOID_BATCH, Judgement, batch_odds, pairwise

    assert batch_odds(SIGMOID_BATCH) == 0.0
    nothing_known = torch.zeros(64, 1)
    judgement = Judgement(torch.zeros(64, 64, dtype=torch.bool))
    bias = torch.tensor(-np.log(SIGMOID_BATCH - 1), dtype=torch.float32, requires_grad=True)
    pairwise(nothing_known, nothing_known, torch.tensor(0.0), bias, judgement, None).backward()
    assert bias.grad is not None
    assert abs(float(bias.grad)) < 1e-4  # the bias of a large batch is right for one of 64 that knows nothing


def test_a_locked_picture_tower_stays_as_it_was(chinese: Base, tmp_path: Path) -> None:
    report = train(chinese, made_data(32), tmp_path / "out", replace(QUICK, method="locked", validation_share=0.0))
    after = read_base(report.folder).tensors
    changed = {name for name in after if not np.array_equal(after[name], chinese.tensors[name])}
    assert changed
    assert not [name for name in changed if name.startswith("image.")]


def test_a_teacher_is_followed(chinese: Base, tmp_path: Path) -> None:
    import_model(WRITERS["clip"](tmp_path / "teacher"), models_folder=tmp_path / "models", name="teacher")
    teacher = open_encoder(tmp_path / "models" / "teacher", arithmetic="fp32")
    options = replace(QUICK, epochs=15, distil_weight=1.0, validation_share=0.0)
    report = train(chinese, made_data(32), tmp_path / "out", options, teacher=teacher)
    teacher.close()
    assert report.losses[-1] < report.losses[0] / 2


def test_the_report_compares_before_and_after(chinese: Base, tmp_path: Path) -> None:
    report = train(chinese, made_data(64), tmp_path / "out", QUICK)
    record = report.record
    assert (record["pairs"], record["pairs_measured"]) == (48, 16)
    assert {row["query"] for row in record["measured"]} == {"text", "picture"}
    assert "| text | R@1 |" in (report.folder / "README.md").read_text("utf-8")


def test_no_better_epoch_ends_the_run_and_the_best_is_kept(chinese: Base, tmp_path: Path) -> None:
    options = replace(QUICK, epochs=50, patience=2, learning_rate=1e-7)
    report = train(chinese, made_data(40), tmp_path / "out", options)
    assert report.stopped_early
    assert len(report.losses) < 50


@pytest.mark.filterwarnings("ignore")
def test_a_loss_that_is_no_number_stops_and_keeps_the_last_state(chinese: Base, tmp_path: Path) -> None:
    tensors = {**chinese.tensors, "text.token": np.full_like(chinese.tensors["text.token"], np.nan)}
    broken = replace(chinese, tensors=tensors)
    with pytest.raises(TrainingError, match=r"step 1 is not a number.*--learning-rate"):
        train(broken, made_data(40), tmp_path / "out", replace(QUICK, validation_share=0.0))


def test_too_little_memory_names_the_part_that_fits(
    chinese: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jianwei.training.learning import loop

    def hungry(tensors: Any, architecture: Any, ids: Any, **more: Any) -> Any:
        if len(ids) > 3:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return loop_text(tensors, architecture, ids, **more)

    loop_text: Any = vars(loop)["text_vectors"]
    monkeypatch.setattr(loop, "text_vectors", hungry)
    with pytest.raises(TrainingError, match=r"8 pairs at once. 2 at once fit.*--part 2"):
        train(chinese, made_data(40), tmp_path / "out", replace(QUICK, validation_share=0.0))


def test_a_state_of_another_run_is_refused(chinese: Base, tmp_path: Path) -> None:
    train(chinese, made_data(40), tmp_path / "out", QUICK)
    with pytest.raises(TrainingError, match=r"were others.*--out"):
        train(chinese, made_data(41), tmp_path / "out", QUICK)
    (tmp_path / "out" / STATE_FILE).write_bytes(b"PK")
    with pytest.raises(TrainingError, match="damaged"):
        train(chinese, made_data(40), tmp_path / "out", QUICK)


def test_a_device_that_is_not_there_is_told(chinese: Base, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"'warp'.*auto, cpu"):
        train(chinese, made_data(40), tmp_path / "out", replace(QUICK, device="warp"))


@pytest.mark.parametrize("arithmetic", ["bf16", "fp16"])
def test_half_the_bits_train_too(chinese: Base, tmp_path: Path, arithmetic: Any) -> None:
    options = replace(QUICK, arithmetic=arithmetic, epochs=8)
    report = train(chinese, made_data(32), tmp_path / "out", options)
    exact = train(chinese, made_data(32), tmp_path / "exact", replace(options, arithmetic="fp32"))
    assert report.losses[-1] < report.losses[0]
    assert np.allclose(report.losses[:3], exact.losses[:3], atol=0.05)


def test_gradients_that_float16_cannot_hold_are_skipped_and_the_scaling_goes_on_where_it_stood(
    chinese: Base, tmp_path: Path
) -> None:
    options = replace(QUICK, arithmetic="fp16", epochs=3)
    whole = train(chinese, made_data(32), tmp_path / "whole", options)
    steps = itertools.count()

    def stop(_: Moment) -> None:
        if next(steps) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(chinese, made_data(32), tmp_path / "parts", options, show=stop)
    assert model_bytes(train(chinese, made_data(32), tmp_path / "parts", options)) == model_bytes(whole)


def test_a_gpu_without_bfloat16_gets_float16(monkeypatch: pytest.MonkeyPatch) -> None:
    from jianwei.training.learning.devices import chosen_precision

    assert chosen_precision("auto", "cpu").half is None
    for has_it, half in ((True, torch.bfloat16), (False, torch.float16)):
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda has_it=has_it, **_: has_it)
        assert chosen_precision("auto", "cuda").half is half


@pytest.mark.parametrize("family", sorted(RESNET_WRITERS))
def test_a_resnet_learns_in_parts_as_in_one_piece_and_what_is_exported_is_what_was_trained(
    family: str, tmp_path: Path
) -> None:
    base = beginning(RESNET_WRITERS[family](tmp_path / "base"))
    data = made_data(16)
    options = replace(QUICK, epochs=8, batch=16, part=16, learning_rate=3e-4, validation_share=0.0)
    whole = train(base, data, tmp_path / "whole", options)
    report = train(base, data, tmp_path / "out", replace(options, part=6, checkpointing=True))
    assert np.allclose(whole.losses, report.losses, rtol=1e-4)
    assert report.losses[-1] < report.losses[0] - 0.1
    import_model(report.folder, models_folder=tmp_path / "models", name="tuned")
    encoder = open_encoder(tmp_path / "models" / "tuned", arithmetic="fp32")
    images = encoder.encode_images([picture(pair.picture) for pair in data.pairs])
    encoder.close()
    trained = read_base(report.folder)
    tower = trained.architecture.image
    assert isinstance(tower, ResNet)
    pixels = prepare_pictures([picture(pair.picture) for pair in data.pairs], trained.image)
    tensors = {name: torch.from_numpy(values) for name, values in trained.tensors.items()}
    with torch.no_grad():
        own = residual_vectors(tensors, tower, torch.from_numpy(pixels)).numpy()
    assert np.abs(images - own).max() < 1e-4
    still = [name for name in base.tensors if name.endswith(("running_mean", "running_var"))]
    assert still
    assert all(np.array_equal(trained.tensors[name], base.tensors[name]) for name in still)
