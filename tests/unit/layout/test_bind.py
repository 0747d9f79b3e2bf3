"""How containers are numbered in tf.keras 2.12 to 2.15, from stores made up for the purpose."""

from kerasarchive.layout.bind import DEPENDENCIES, bind
from kerasarchive.layout.lay import lay
from kerasarchive.model.archive import Member
from kerasarchive.model.objects import Object
from kerasarchive.model.weights import Tensor


class Store:
    member = "model.weights.h5"

    def __init__(self, *paths):
        self._tensors = {path: Tensor(path, (index + 1,), "float32", 4, 4) for index, path in enumerate(paths)}

    def tensors(self):
        return self._tensors

    def groups(self):
        found = {}
        for path in self._tensors:
            while path := path.rpartition("/")[0]:
                found[path] = None
        return tuple(found)


def sequential(*classes):
    layers = [Object(cls, "keras.layers", {"name": f"{cls}_{index}"}) for index, cls in enumerate(classes)]
    return Object("Sequential", "keras", {"name": "s", "layers": layers})


def owners(root):
    return [
        (layer.own_name, [source.path for source in layer.states[""].variables.values()]) for layer in root.config["layers"]
    ]


def test_in_2_12_a_layer_with_weights_takes_two_numbers():
    store = Store(f"{DEPENDENCIES}/dense/vars/0", f"{DEPENDENCIES}/dense_2/vars/0", f"{DEPENDENCIES}/dense_4/vars/0")
    bound = bind(sequential("Dense", "Dense", "Dense"), store)
    assert owners(bound.root) == [(f"Dense_{i}", [path]) for i, path in enumerate(store.tensors())]
    assert [to for _, to in lay(bound.root).weights.moves] == [f"layers/dense{end}/vars/0" for end in ("", "_1", "_2")]


def test_in_2_14_it_takes_one():
    store = Store(f"{DEPENDENCIES}/dense/vars/0", f"{DEPENDENCIES}/dense_1/vars/0")
    bound = bind(sequential("Dense", "Dense"), store)
    assert bound.unclaimed == ()
    assert [to for _, to in lay(bound.root).weights.moves] == ["layers/dense/vars/0", "layers/dense_1/vars/0"]


def test_a_vocabulary_counts_as_a_weight_and_moves_with_its_layer():
    members = tuple(
        Member(f"assets/{DEPENDENCIES}/string_lookup{end}/vocabulary.txt", 1, 1) for end in ("", "_2")
    )
    bound = bind(sequential("StringLookup", "StringLookup"), Store(), members)
    assert bound.unclaimed == ()
    assert lay(bound.root).assets == {
        members[0].name: "assets/layers/string_lookup/vocabulary.txt",
        members[1].name: "assets/layers/string_lookup_1/vocabulary.txt",
    }


def test_what_no_layer_owns_is_told_not_guessed():
    bound = bind(sequential("Dense"), Store("layers/dense/vars/0", "layers/dense_1/vars/0"))
    assert bound.unclaimed == ("layers/dense_1/vars/0",)


def test_windows_wrote_backslashes():
    bound = bind(sequential("Dense"), Store("layers\\dense/vars/0"))
    assert owners(bound.root) == [("Dense_0", ["layers\\dense/vars/0"])]


def test_both_directions_of_one_config_have_their_own_weights():
    inner = Object("GRU", "keras.layers", {"name": "gru"})
    wrapper = Object("Bidirectional", "keras.layers", {"name": "b", "layer": inner})
    root = Object("Sequential", "keras", {"name": "s", "layers": [wrapper]})
    store = Store(*(f"layers/bidirectional/{way}_layer/cell/vars/0" for way in ("forward", "backward")))
    bound = bind(root, store)
    gru = bound.root.config["layers"][0].config["layer"]
    assert set(gru.states) == {"forward_layer", "backward_layer"}
    assert set(lay(bound.root).weights.tensors) == set(store.tensors())
