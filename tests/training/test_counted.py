import torch

from mer.training.counted import coins, orders, substream, words


def test_words_are_those_of_splitmix64():
    found = [value % 2**64 for value in words(torch.tensor([1234567]), 3)[0].tolist()]
    assert found == [6457827717110365317, 3203168211198807973, 9817491932198370423]  # the generator's known output


def test_a_stream_does_not_depend_on_those_beside_it():
    seeds = torch.tensor([3, 4, 5])
    assert torch.equal(coins(seeds, (2, 64))[1], coins(seeds[1:2], (2, 64))[0])
    assert torch.equal(words(seeds, 9)[2, :4], words(seeds[2:], 4)[0])


def test_coins_are_fair_and_differ_from_step_to_step():
    seeds = substream(torch.tensor([1]), 1)
    first, second = coins(seeds, (64, 100))[0], coins(substream(seeds, 2), (64, 100))[0]
    assert abs(first.float().mean() - 0.5) < 0.02
    assert abs((first == second).float().mean() - 0.5) < 0.02


def test_coins_are_the_bits_of_the_words():
    seeds = torch.tensor([8])
    word = words(seeds, 1)[0, 0].item()
    assert coins(seeds, (64,))[0].tolist() == [bool(word >> bit & 1) for bit in range(64)]


def test_orders_shuffle_what_counts_and_leave_the_rest_behind():
    found = orders(torch.tensor([1, 2]), torch.tensor([20, 30]), 30)
    assert sorted(found[0, :20].tolist()) == list(range(20))
    assert found[0, 20:].tolist() == list(range(20, 30))
    assert sorted(found[1].tolist()) == list(range(30)) != found[1].tolist()
    alone = orders(torch.tensor([1]), torch.tensor([20]), 20)
    assert torch.equal(alone[0], found[0, :20])
