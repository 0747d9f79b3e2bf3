"""A TensorFlow operation in the graph has effects outside of the model: it reads or writes files, or runs code.

tf.keras up to 2.15 records calls of TensorFlow functions as ``TFOpLambda`` layers and raw graph nodes as
``TensorFlowOpLayer``. Most are arithmetic. Some read or write files (``io.write_file``), load native libraries
(``load_op_library``), call Python (``py_function``) or reach every one of these through ``raw_ops``; they run whenever
the model is called, and no safe mode asks. Keras 3 has no such layers and refuses to load them.

A SavedModel is a graph of TensorFlow operations as a whole: the same that act outside of the model are looked for in it,
in its functions too, however it was made. TensorFlow runs some of them already on loading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from kerasarchive.auditing._tensorflow import PURE_CLASSES, is_pure
from kerasarchive.auditing.evidence import Evidence, Site
from kerasarchive.auditing.rule import Rule
from kerasarchive.model.finding import Finding
from kerasarchive.model.location import Location

_EFFECTS = re.compile(
    r"^(compat\.v[12]\.)?(io\.(?!decode_|encode_|parse_|serialize_|deserialize_)|raw_ops\.|load_|py_func|numpy_function|"
    r"autograph|data\.|summary\.|train\.|saved_model|config\.|distribute|tpu\.|queue\.|audio\.|lookup\.|print$|Print$|"
    r"gfile|logging|app\.|flags|sysconfig|test\.|profiler|debugging\.|mlir|xla\.|read_file|write_file|matching_files|"
    r"eager_py_func|import_graph_def|function$|Variable|resource|contrib)"
)
_EFFECT_OPS = re.compile(
    r"(ReadFile|WriteFile|MatchingFiles|PyFunc|EagerPy|LoadLibrary|Print|Save|Restore|Dataset|Iterator|Summary|"
    r"WholeFile|Reader|FileSystem|Shell|DebugIdentity|RemoteCall|SendTPU|_Send|_Recv|LookupTable|InitializeTable|Queue)"
)
_NAME = re.compile(r"^[A-Za-z_][\w.]*$")


_GRAPH_EFFECTS = re.compile(
    r"^(ReadFile|WriteFile|MatchingFiles|\w*PyFunc\w*|WholeFileReader\w*|TextLineReader\w*|TFRecordReader\w*|"
    r"FixedLengthRecordReader\w*|TextLineDataset\w*|TFRecordDataset\w*|FixedLengthRecordDataset\w*|FileSystem\w*|"
    r"\w*SummaryFileWriter|\w*SummaryDbWriter|(Experimental)?LMDB\w*|(Experimental)?Sql\w*|(Experimental)?CSVDataset\w*|"
    r"Debug(Identity|Nan|Numeric)\w*|RemoteCall|RpcC\w*|RpcS\w*|TryRpc|Rpc|Shell\w*|CacheDataset\w*|SnapshotDataset\w*|"
    r"DataServiceDataset\w*|DistributedSave|\w*DatasetToTFRecord|GenerateVocabRemapping|LoadAndRemapMatrix|"
    r"SerializeTRTResource|SaveDataset\w*|DatasetFromGraph|LoadDataset\w*|GenerateBigQueryReaderPartitions|BigQueryReader)$"
)
"""Operations that no trained model needs; what saves and restores variables stands in every SavedModel."""


def check(evidence: Evidence) -> Iterator[Finding]:
    """Every recorded TensorFlow call and graph node."""
    if evidence.archive.objects is not None:
        for name, count in evidence.archive.objects.operations().items():
            if _GRAPH_EFFECTS.match(name):
                times = f" ({count:,} times)" if count > 1 else ""
                message = f"the graph has the operation {name}{times}, which acts outside of the model"
                yield RULE.finding(message, Location("saved_model.pb"))
        for effect in evidence.archive.objects.effects():
            message = f"the graph has the operation {effect}, which writes or reads a file of its own choice"
            yield RULE.finding(message, Location("saved_model.pb"))
    for site in evidence.sites:
        if not site.class_name:
            continue
        name = site.class_name.rpartition(">")[2]
        if name in ("TFOpLambda", "ClassMethod", "InstanceMethod", "InstanceProperty", "SlicingOpLambda"):
            yield from _call(site)
        elif name in ("TensorFlowOpLayer", "TensorFlowOp"):
            yield from _graph_node(site)


def _call(site: Site) -> Iterator[Finding]:
    config = site.config
    owner = config.get("cls_symbol", config.get("cls_ref"))
    if owner is not None and owner not in PURE_CLASSES:
        place = site.location.at("config", "cls_symbol" if "cls_symbol" in config else "cls_ref")
        yield RULE.finding(f"calls a method of tf.{str(owner)[:100]}, which is none of TensorFlow's tensors", place)
    function = config.get("function", config.get("method_name", config.get("attr_name")))
    if function is None:
        return
    if not isinstance(function, str) or not _NAME.match(function):
        yield RULE.finding("names its TensorFlow function in a way that TensorFlow never does", _at(site))
    elif _EFFECTS.match(function):
        yield RULE.finding(f"calls tf.{function}, which acts outside of the model", _at(site))
    elif "function" not in config:
        if function.startswith("_"):
            message = f"takes the attribute {function!r}, which is none of a tensor's own"
            yield RULE.finding(message, _at(site), severity="medium", confidence="likely")
    elif function.startswith("keras.") and not is_pure(function):
        yield RULE.finding(f"calls tf.{function}, which belongs into no model", _at(site))
    elif not is_pure(function):
        message = f"calls tf.{function}, which kav does not know to be free of effects"
        yield RULE.finding(message, _at(site), severity="medium", confidence="possible")


def _at(site: Site) -> Any:
    return site.location.at("config", "function") if "function" in site.config else site.location


def _graph_node(site: Site) -> Iterator[Finding]:
    node = site.config.get("node_def")
    name = node.get("op") if isinstance(node, dict) else node
    place = site.location.at("config", "node_def")
    if isinstance(name, str) and (match := _EFFECT_OPS.search(name)):
        # A text is a serialized message, where the operation's name stands in one piece.
        shown = name if isinstance(node, dict) else match.group()
        yield RULE.finding(f"runs the graph operation {shown}, which acts outside of the model", place)
    elif isinstance(node, dict) and not (isinstance(name, str) and re.fullmatch(r"[A-Za-z]\w*", name)):
        yield RULE.finding("does not say which graph operation it runs", place, severity="medium")
    elif (
        isinstance(node, str) and re.search(r"\bop\s*:", node) and not re.search(r'\bop\s*:\s*"\w+"(?!\s*["\'])', node)
    ):
        yield RULE.finding("says in an odd way which graph operation it runs", place, severity="medium")


RULE = Rule(
    code="KAV107",
    name="tensorflow-side-effect",
    severity="high",
    remedy="Do not load it with tf.keras.",
    check=check,
    passing=(
        {"class_name": "TFOpLambda", "config": {"name": "t", "function": "math.reduce_mean"}},
        {"class_name": "TFOpLambda", "config": {"name": "t", "function": "__operators__.add"}},
        {"class_name": "TFOpLambda", "config": {"name": "t", "function": "concat"}},
        {"class_name": "TFOpLambda", "config": {"name": "t", "function": "compat.v1.nn.max_pool"}},
        {"class_name": "TFOpLambda", "config": {"name": "t", "function": "keras.backend.softmax"}},
        {"class_name": "TFOpLambda", "config": {"name": "t", "function": "image.resize"}},
        {"class_name": "ClassMethod", "config": {"cls_symbol": "RaggedTensor", "method_name": "from_row_splits"}},
        {"class_name": "InstanceMethod", "config": {"attr_name": "to_tensor"}},
        {"class_name": "SlicingOpLambda", "config": {"name": "t", "function": "__operators__.getitem"}},
        {"class_name": "TensorFlowOpLayer", "config": {"node_def": 'name: "x" op: "AddV2"'}},
    ),
    failing=(
        {"class_name": "TFOpLambda", "config": {"name": "t", "function": "io.write_file"}},
        {"class_name": "TFOpLambda", "config": {"name": "t", "function": "raw_ops.ReadFile"}},
        {
            "class_name": "TFOpLambda",
            "module": "keras.src.layers.core.tf_op_layer",
            "config": {"function": "py_function"},
        },
        {"class_name": "TFOpLambda", "config": {"name": "t", "function": "keras.utils.get_file"}},
        {"class_name": "TFOpLambda", "config": {"name": "t", "function": "keras.backend.set_floatx"}},
        {"class_name": "TFOpLambda", "config": {"name": "t", "function": "map_fn"}},
        {"class_name": "ClassMethod", "config": {"cls_symbol": "io.TFRecordWriter", "method_name": "close"}},
        {"class_name": "InstanceProperty", "config": {"attr_name": "__dict__"}},
        {"class_name": "TensorFlowOpLayer", "config": {"node_def": 'name: "x" op: "WriteFile"'}},
        {"class_name": "TensorFlowOpLayer", "config": {"node_def": {"name": "x", "op": "ReadFile"}}},
        {"class_name": "TensorFlowOpLayer", "config": {"node_def": "name: 'x' op: 'Wri' 'teFile'"}},
        {"class_name": "TensorFlowOpLayer", "config": {"node_def": {"name": "x", "op": ["ReadFile"]}}},
    ),
)
