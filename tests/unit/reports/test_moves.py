from kerasarchive.reports._moves import runs


def test_neighbours_that_shift_together_are_one_line():
    moves = [(f"o/vars/{i}", f"o/vars/{i + 1}") for i in range(1, 25)] + [("a/b", "a/c"), ("l/d/vars/0", "l/e/vars/0")]
    assert list(runs(moves)) == [("o/vars/1...24", "o/vars/2...25"), ("a/b", "a/c"), ("l/d/vars/0", "l/e/vars/0")]


def test_moves_that_only_look_alike_stay_apart():
    moves = [("o/vars/1", "o/vars/2"), ("o/vars/2", "o/vars/4"), ("p/vars/3", "o/vars/5")]
    assert list(runs(moves)) == moves
