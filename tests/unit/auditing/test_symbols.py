import pytest

from kerasarchive import schema
from kerasarchive._auditing import trusted
from kerasarchive.auditing.symbols import Symbols, public


@pytest.fixture(scope="module")
def symbols():
    return Symbols(tuple(trusted(schema.load("keras==2.15.0"))))


def node(module, class_name, registered=None, config=None):
    return {"module": module, "class_name": class_name, "registered_name": registered, "config": config or {}}


def function(module, name, registered=None):
    return {"module": module, "class_name": "function", "config": name, "registered_name": registered or name}


BUILTIN = [
    node("keras.layers", "Dense"),
    node("keras.src.layers.core.dense", "Dense"),
    node("keras.src.engine.functional", "Functional", "Functional"),
    node("keras.engine.functional", "Functional"),
    node("tf_keras.layers", "Dense"),
    node("tensorflow.keras.layers", "Dense"),
    node("tensorflow.python.keras.layers.core", "Dense"),
    node(None, "Dense"),
    node(None, "Model"),
    node(None, "Custom>Adam"),
    node("keras.optimizers", "Adam", "Custom>Adam"),
    node("keras.optimizers.legacy", "SGD"),
    node("keras.initializers", "GlorotUniform"),
    node("keras.src.ops.numpy", "Mean"),
    node("keras.src.layers.core.tf_op_layer", "TFOpLambda"),
    node("keras.mixed_precision", "Policy"),
    node(None, "LocallyConnected1D"),
    node(None, "Convolution2D"),
    function("keras.activations", "relu"),
    function("keras.src.activations.activations", "gelu"),
    function("keras.losses", "mean_squared_error"),
    function("keras.ops", "sin"),
    function("keras.src.ops.numpy", "sin"),
    function("builtins", "relu"),
    function("builtins", "softmax_v2"),
    function("builtins", "sum"),
    function("keras.applications.resnet", "preprocess_input"),
    function("keras.src.backend", "relu"),
]
CUSTOM = [
    node("pkg.layers", "Dense"),
    node("pkg.layers", "Dense", "pkg>Dense"),
    node(None, "Mine", "pkg>Mine"),
    node(None, "pkg>Mine"),
    node(None, "Mine"),
    node("keras_hub.src.layers", "Thing", "keras_hub>Thing"),
    node("bayesflow.networks", "MLP", "bayesflow>MLP"),
    node("custom", "MyCell", "labpkg>MyCell"),
    function("builtins", "my_act", "function"),
    function("pkg.functions", "act", "pkg>act"),
]
FORBIDDEN = [
    node("os", "system"),
    node("builtins", "exec"),
    node("subprocess", "Popen", "pkg>Popen"),
    node("importlib", "import_module"),
    node("numpy", "load"),
    node("torch", "load"),
    node("keras.utils", "get_file"),
    node("keras.src.utils.file_utils", "get_file"),
    node("keras.config", "enable_unsafe_deserialization"),
    node("keras.src.backend.common.global_state", "set_global_attribute"),
    node("keras.callbacks", "BackupAndRestore"),
    node("keras.saving", "load_model", "pkg>load_model"),
    function("builtins", "eval"),
    function("builtins", "open"),
    function("builtins", "getattr"),
    function(None, "exec"),
    function("shutil", "rmtree"),
    function("keras.utils", "get_file"),
    function("keras.api.utils", "get_file"),
    function("tf_keras.utils", "get_file"),
    function("keras.src.saving.saving_lib", "load_model"),
    function("keras.datasets.mnist", "load_data"),
    function("keras.tree", "map_structure"),
    function("keras.layers", "deserialize"),
    function("keras.activations", "deserialize"),
    function("keras.src.layers.serialization", "deserialize"),
    function("keras.metrics", "get"),
    function("keras.backend", "set_floatx"),
    function("keras.src.backend.config", "set_floatx"),
    function("keras.backend", "eval"),
    function("keras.models", "clone_model"),
    function("builtins", "os.system"),
    function("builtins", "keras.utils.get_file"),
    node("keras.models", "load_model"),
    node(None, "subprocess.Popen"),
    node("keras.ops", "deserialize"),
    function("tensorflow.io", "write_file"),
    function("numpy.core", "fromfile"),
]


@pytest.mark.parametrize("value", BUILTIN, ids=str)
def test_builtin(symbols, value):
    assert symbols.resolve(value).kind == "builtin"


@pytest.mark.parametrize("value", CUSTOM, ids=str)
def test_custom(symbols, value):
    assert symbols.resolve(value).kind == "custom"


@pytest.mark.parametrize("value", FORBIDDEN, ids=str)
def test_forbidden(symbols, value):
    assert symbols.resolve(value).kind == "forbidden"


def test_unknown(symbols):
    assert symbols.resolve(node("keras.layers", "Teleport")).kind == "unknown"


@pytest.mark.parametrize(
    ("module", "expected"),
    [("keras.src.ops.numpy", "keras.ops.numpy"), ("keras.api.src.ops", "keras.ops"), ("tf_keras.src.layers", "keras.layers"),
     ("tf_keras", "keras"), ("tensorflow.keras.layers", "keras.layers"), ("keras.layers", "keras.layers"), ("os", "os")],
)  # fmt: skip
def test_public(module, expected):
    assert public(module) == expected
