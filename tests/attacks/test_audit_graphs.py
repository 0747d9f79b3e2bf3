"""SavedModels whose graph reads or writes files (row G1), in the main graph, its functions and further graphs."""

import struct

import pytest

from kerasarchive import api


def number(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def field(place, value):
    if isinstance(value, int):
        return number(place << 3) + number(value)
    value = value.encode() if isinstance(value, str) else value
    return number(place << 3 | 2) + number(len(value)) + value


def node(name, operation, *, calls=None, prints=None, inputs=()):
    attributes = b"".join(field(3, each) for each in inputs)
    if calls:
        attributes += field(5, field(1, "f") + field(2, field(10, field(1, calls))))
    if prints:
        attributes += field(5, field(1, "output_stream") + field(2, field(2, prints)))
    return field(1, name) + field(2, operation) + attributes


def function(name, *nodes):
    return field(1, field(1, field(1, name)) + b"".join(field(3, each) for each in nodes))


def graph(main=(), functions=(), tag="serve", more=b""):
    definition = b"".join(field(1, each) for each in main) + field(2, b"".join(functions))
    saver = field(2, "StatefulPartitionedCall_1:0") + field(3, "StatefulPartitionedCall_2")
    nodes = field(1, field(4, field(1, "_user") + field(2, b"")))
    return field(
        2, field(1, field(4, tag) + field(5, "2.15.0")) + field(2, definition) + field(3, saver) + field(7, nodes) + more
    )


PRINTS = field(5, field(1, "output_stream") + field(2, field(2, "file:///tmp/x")))
SAVES = function("__inference__traced_save_7", node("a", "SaveV2"), node("b", "MergeV2Checkpoints"))
RESTORES = function("__inference__traced_restore_9", node("a", "RestoreV2"))
SAVER = (
    node("StatefulPartitionedCall_1", "StatefulPartitionedCall", calls="__inference__traced_save_7"),
    node("StatefulPartitionedCall_2", "StatefulPartitionedCall", calls="__inference__traced_restore_9"),
)
HONEST = graph(
    [*SAVER, node("x", "MatMul")],
    [SAVES, RESTORES, function("__inference_call_1", node("p", "PrintV2", prints="stderr"))],
)


@pytest.fixture
def audit(tmp_path):
    def run(*graphs):
        (tmp_path / "saved_model.pb").write_bytes(field(1, 1) + b"".join(graphs))
        (subject,) = api.audit(tmp_path).subjects
        assert subject.skipped == ()
        return [(finding.rule, finding.severity) for finding in subject.findings if finding.rank]

    return run


def test_what_saves_the_model_is_no_danger(audit):
    assert audit(HONEST) == []
    assert audit(graph([node("save/SaveV2", "SaveV2"), node("save/RestoreV2_1", "RestoreV2")])) == []


@pytest.mark.parametrize(
    "operation", ["WriteFile", "ReadFile", "MatchingFiles", "PyFunc", "EagerPyFunc", "TextLineDataset", "TFRecordDatasetV2",
                  "CacheDatasetV2", "SnapshotDatasetV2", "ExperimentalCSVDataset", "DebugNumericSummaryV2", "DistributedSave",
                  "DataServiceDatasetV4", "LoadAndRemapMatrix", "RpcServerStart"]
)
def test_effects(audit, operation):
    bad = node("n", operation)
    for graphs in (
        [graph([bad])],
        [graph([], [function("f", bad)])],
        [HONEST, graph([], [function("f", bad)], tag="train")],
    ):
        assert audit(*graphs) == [("KAV107", "high")]


HOSTILE = {
    "main": graph([*SAVER, node("evil", "SaveV2")], [SAVES, RESTORES]),
    "function": graph(SAVER, [SAVES, RESTORES, function("__inference_call_1", node("n", "SaveV2"))]),
    "a name alone makes no saver": graph(
        [*SAVER, node("init", "StatefulPartitionedCall", calls="__inference__traced_save_8")],
        [SAVES, RESTORES, function("__inference__traced_save_8", node("n", "SaveV2"))],
    ),
    "the saver called by the model": graph(
        SAVER, [function("__inference__traced_save_7", node("n", "SaveV2")), RESTORES,
                function("__inference_call_1", node("c", "PartitionedCall", calls="__inference__traced_save_7"))],
    ),
    "print to a file": graph([node("p", "PrintV2", prints="file:///tmp/x")]),
    "print to a file, said before what it is": graph([field(1, "p") + PRINTS + field(2, "PrintV2")]),
    "a saver's name on what runs on loading": graph(
        [node("save/evil", "SaveV2"), node("init", "NoOp", inputs=["^save/evil"])],
        more=field(4, field(1, "saved_model_main_op") + field(2, field(1, field(1, "init"))))),
    "a saver's name on what a signature needs": graph(
        [node("save/RestoreV2", "RestoreV2"), node("add", "AddV2", inputs=["save/RestoreV2:1"])],
        more=field(5, field(1, "serving_default") + field(2, field(2, field(1, "out") + field(2, field(1, "add:0")))))),
    "second graph": HONEST + graph([], [function("g", node("n", "RestoreV2"))], tag="other"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_savers_elsewhere(audit, name):
    assert audit(HOSTILE[name]) == [("KAV107", "high")]


def test_damage_is_a_gap_or_a_finding(tmp_path):
    (tmp_path / "saved_model.pb").write_bytes(field(1, 1) + HONEST[:-3] + struct.pack("<I", 7))
    assert api.audit(tmp_path).exit_code in (1, 2)
