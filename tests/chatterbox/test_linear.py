"""A row of a product does not depend on the rows beside it."""

import pytest
import torch

from inference.engines.chatterbox.linear import packed
from tests.chatterbox.speaking import runner_for
from tests.chatterbox.test_batching import crowd

SHAPES = [(16, 48), (64, 8194), (1024, 3072), (1024, 6563), (4096, 1024), (3072, 768)]


@pytest.fixture(params=[1, 2, 3])
def threads(request):
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("biased", [True, False])
def test_a_row_gives_the_same_bits_alone_and_among_others(shape, biased, threads):
    inputs, outputs = shape
    random = torch.Generator().manual_seed(0)
    weight = torch.randn(outputs, inputs, generator=random)
    bias = torch.randn(outputs, generator=random) if biased else None
    product = packed(weight, bias, "float32")
    rows = torch.randn(64, inputs, generator=random)
    alone = torch.cat([product(row[None]) for row in rows])
    assert torch.allclose(alone, torch.nn.functional.linear(rows, weight, bias), atol=2e-3)
    for count in (2, 3, 4, 5, 8, 16, 33, 64):
        assert torch.equal(product(rows[:count]), alone[:count])


@pytest.mark.parametrize("name", ["multilingual-v2", "turbo"])
@pytest.mark.parametrize("threads", [2], indirect=True)
def test_logits_are_the_same_bits_alone_and_in_a_crowd(name, checkpoint_of, threads):
    checkpoint = checkpoint_of(name)
    runner = runner_for(checkpoint, slots=8)
    utterances = crowd(runner, checkpoint, 8, temperature=0.8, most_tokens=12)
    alone = [logits_of(runner, [each])[0] for each in utterances[:4]]
    for one, other in zip(alone, logits_of(runner, utterances), strict=False):
        assert torch.equal(one, other)


@torch.inference_mode()
def logits_of(runner, utterances):
    """Return the logits that each token of each utterance was drawn from, (tokens, vocabulary)."""
    slots = [runner.admit(each) for each in utterances]
    drawn = {slot: [] for slot in slots}
    while any(slot in runner._running for slot in slots):
        before = runner._logits.clone()
        for commit in runner.step():
            assert commit.error is None
            assert commit.tokens or commit.done
            drawn[commit.slot].append(before[commit.slot])
            if commit.done:
                runner.release(commit.slot)
    return [torch.stack(drawn[slot]) for slot in slots]
