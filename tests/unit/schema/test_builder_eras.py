"""The source analysis on what older sources look like: no exports, star imports, tables made on each call."""

import io
import tarfile
import zipfile

import pytest

from kerasarchive.errors import SchemaError
from kerasarchive.schema.builder.distribution import obtain, read
from kerasarchive.schema.builder.origin import Origin
from kerasarchive.schema.builder.release import define
from kerasarchive.schema.builder.source import Source

ONE = {
    "keras/__init__.py": "__version__ = '1.0'\n",
    "keras/utils/__init__.py": "",
    "keras/utils/generic_utils.py": """
def get_from_module(identifier, module_params, module_name, instantiate=False, kwargs=None):
    if type(identifier) is dict:
        name = identifier.pop('name')
        return module_params.get(name)(**identifier)
    return identifier
""",
    "keras/utils/layer_utils.py": """
from .generic_utils import get_from_module
from ..layers import *
from ..models import Model, Sequential
def layer_from_config(config, custom_objects={}):
    class_name = config['class_name']
    if class_name == 'Sequential':
        layer_class = Sequential
    elif class_name in ['Model', 'Container']:
        layer_class = Model
    else:
        layer_class = get_from_module(class_name, globals(), 'layer')
    return layer_class.from_config(config['config'])
""",
    "keras/engine/__init__.py": "from .topology import Layer, Container\n",
    "keras/engine/topology.py": """
class Layer(object):
    def __init__(self, **kwargs):
        allowed_kwargs = {'input_shape', 'name', 'trainable'}
        for kwarg in kwargs.keys():
            assert kwarg in allowed_kwargs, 'Keyword argument not understood: ' + kwarg
    def get_config(self):
        return {'name': self.name}
    @classmethod
    def from_config(cls, config):
        return cls(**config)
class Container(Layer):
    def __init__(self, input, output, name=None): ...
""",
    "keras/models.py": """
from .engine import Container
import json
class Model(Container): ...
class Sequential(Model):
    def __init__(self, layers=[], name=None): ...
def load_model(path):
    training_config = json.loads(path)
    optimizer = training_config['optimizer_config']
    mode = training_config['sample_weight_mode'] if path else None
    more = training_config.get('weighted_metrics')
""",
    "keras/layers/__init__.py": """
from __future__ import absolute_import
from ..engine import Layer
from .core import *
from .convolutional import *
""",
    "keras/layers/core.py": """
from __future__ import absolute_import
from .. import initializations, regularizers
from ..engine import Layer
__all__ = ['Dense', 'Merge']
def helper(): ...
class _Hidden(Layer): ...
class Dense(Layer):
    def __init__(self, output_dim, init='uniform', W_regularizer=None, dim_ordering='default', **kwargs):
        if dim_ordering == 'default':
            dim_ordering = 'tf'
        if dim_ordering not in {'tf', 'th'}:
            raise Exception('no')
        self.init = initializations.get(init)
        self.W_regularizer = regularizers.get(W_regularizer)
        super(Dense, self).__init__(**kwargs)
    def call(self, x, mask=None): ...
class Merge(Layer):
    def __init__(self, layers=None, mode='sum', name=None): ...
    @classmethod
    def from_config(cls, config):
        mode_type = config.pop('mode_type')
        if mode_type == 'function':
            mode = globals()[config['mode']]
        else:
            mode = config['mode']
        return cls(**config)
""",
    "keras/layers/convolutional.py": """
from ..engine import Layer
class Convolution2D(Layer):
    def __init__(self, nb_filter, border_mode='valid', **kwargs):
        assert border_mode in {'valid', 'same'}, 'Invalid border mode'
        if nb_filter != 'many':
            raise ValueError(nb_filter)
        super(Convolution2D, self).__init__(**kwargs)
Conv2D = Convolution2D
""",
    "keras/initializations.py": """
from .utils.generic_utils import get_from_module
def uniform(shape, scale=0.05): ...
def zero(shape): ...
def get(identifier, **kwargs):
    return get_from_module(identifier, globals(), 'initialization', kwargs=kwargs)
""",
    "keras/regularizers.py": """
class Regularizer(object): ...
class WeightRegularizer(Regularizer):
    def __init__(self, l1=0., l2=0.): ...
def l2(l=0.01):
    return WeightRegularizer(l2=l)
from .utils.generic_utils import get_from_module
def get(identifier, kwargs=None):
    return get_from_module(identifier, globals(), 'regularizer', instantiate=True, kwargs=kwargs)
""",
}


@pytest.fixture(scope="module")
def one():
    return define(Source(ONE))


def test_public_names_are_those_of_the_packages(one):
    assert one["keras.layers.Dense"]["x-kav-path"] == "keras.layers.core.Dense"
    assert one["keras.layers.Convolution2D"]["x-kav-exports"] == [
        "keras.layers.Conv2D"]
    assert "keras.models.Sequential" in one


def test_a_star_import_takes_what_all_names(one):
    assert "keras.layers._Hidden" not in one
    assert "keras.layers.core._Hidden" in one
    assert "keras.layers.helper" not in one["functions"]["enum"]
    assert "keras.initializations.uniform" in one["functions"]["enum"]


def test_the_table_of_layers_is_what_the_reader_looks_in(one):
    table = one["names.layer"]
    assert table["x-kav-classes"] == {
        "Container": "keras.models.Model", "Conv2D": "keras.layers.Convolution2D", "Dense": "keras.layers.Dense",
        "Convolution2D": "keras.layers.Convolution2D", "Layer": "keras.layers.Layer", "Merge": "keras.layers.Merge",
        "Model": "keras.models.Model", "Sequential": "keras.models.Sequential"}
    assert "x-kav-key" not in table


def test_small_objects_of_keras_1_say_their_class_under_name(one):
    assert one["names.regularizer"] == {
        "enum": ["Regularizer", "WeightRegularizer", "l2"], "x-kav-key": "name",
        "x-kav-classes": {"Regularizer": "keras.regularizers.Regularizer",
                          "WeightRegularizer": "keras.regularizers.WeightRegularizer"}}
    assert one["names.initializer"]["x-kav-classes"] == {}


def test_roles_of_keras_1(one):
    assert one["keras.models.Model"]["x-kav-role"] == "model"
    assert one["keras.models.Container"]["x-kav-role"] == "model"


def test_asserts_refuse(one):
    assert one["keras.layers.Dense"]["additionalProperties"] is False
    assert {"input_shape", "name", "trainable"} <= set(one["keras.layers.Dense"]["properties"])
    assert one["keras.layers.Convolution2D"]["properties"]["border_mode"]["enum"] == ["same", "valid"]
    assert one["keras.layers.Convolution2D"]["properties"]["nb_filter"]["enum"] == ["many"]


def test_words_that_are_replaced_before_a_check_are_accepted(one):
    assert one["keras.layers.Dense"]["properties"]["dim_ordering"]["enum"] == ["default", "tf", "th"]


def test_what_every_branch_reads_is_required(one):
    assert one["keras.layers.Merge"]["required"] == ["mode", "mode_type"]


def test_what_a_call_takes(one):
    assert one["keras.layers.Dense"]["x-kav-call"]["arguments"] == ["x", "mask"]


def test_what_the_reader_wants_of_a_training_config(one):
    assert one["training"] == {
        "type": "object", "required": ["optimizer_config"],
        "properties": {"optimizer_config": {}, "sample_weight_mode": {}, "weighted_metrics": {}}}


TWO = {
    "keras/__init__.py": "",
    "keras/legacy/__init__.py": "",
    "keras/legacy/interfaces.py": """
def generate_legacy_interface(allowed_positional_args=None, conversions=None, preprocessor=None, value_conversions=None):
    ...
def conv_args_preprocessor(args, kwargs):
    converted = []
    if len(args) == 1:
        if 'nb_row' in kwargs and 'nb_col' in kwargs:
            kernel_size = (kwargs.pop('nb_row'), kwargs.pop('nb_col'))
            kwargs['kernel_size'] = kernel_size
    return args, kwargs, converted
def more_args_preprocessor(args, kwargs):
    if 'dropout' in kwargs:
        kwargs.pop('dropout')
    args, kwargs, converted = conv_args_preprocessor(args, kwargs)
    return args, kwargs, converted
legacy_conv_support = generate_legacy_interface(
    allowed_positional_args=['filters', 'kernel_size'],
    conversions=[('nb_filter', 'filters'), ('dim_ordering', 'data_format')],
    value_conversions={'dim_ordering': {'tf': 'channels_last', 'default': None}},
    preprocessor=more_args_preprocessor)
""",
    "keras/engine/__init__.py": "",
    "keras/engine/base_layer.py": "class Layer(object):\n    def __init__(self, name=None): ...\n",
    "keras/layers/__init__.py": """
from ..engine.base_layer import Layer
from .rnn import *
from .conv import Conv
from ..generic import deserialize_keras_object
def deserialize(config, custom_objects=None):
    from .. import models
    globs = globals()
    globs['Model'] = models.Model
    return deserialize_keras_object(config, module_objects=globs, custom_objects=custom_objects)
""",
    "keras/layers/conv.py": """
from ..engine.base_layer import Layer
from ..legacy import interfaces
from .. import initializers
class Conv(Layer):
    @interfaces.legacy_conv_support
    def __init__(self, filters, kernel_size, data_format=None, start='zeros', **kwargs):
        self.start = initializers.get(start)
        super(Conv, self).__init__(**kwargs)
""",
    "keras/layers/rnn.py": """
from ..engine.base_layer import Layer
class RNN(Layer):
    def __init__(self, cell, **kwargs): ...
    def get_config(self):
        return {'cell': 1}
    def __call__(self, inputs, initial_state=None): ...
    def call(self, inputs, mask, training=None): ...
class Fast(RNN):
    def __init__(self, units, **kwargs):
        super(RNN, self).__init__(**kwargs)
    def get_config(self):
        base = super(RNN, self).get_config()
        return dict(list(base.items()) + list({'units': 1}.items()))
    def build(self):
        self.kernel = self.add_weight(shape=(1,))
""",
    "keras/models.py": "from .engine.base_layer import Layer\nclass Network(Layer): ...\nclass Model(Network): ...\n",
    "keras/generic.py": "def deserialize_keras_object(config, module_objects=None, custom_objects=None): ...\n",
    "keras/initializers.py": """
from .generic import deserialize_keras_object
class Initializer(object): ...
class Zeros(Initializer):
    def __init__(self, mode='fan_in'):
        mode = mode.lower()
        if mode not in {'fan_in', 'fan_out'}:
            raise ValueError(mode)
zero = zeros = Zeros
def deserialize(config):
    return deserialize_keras_object(config, module_objects=globals())
def get(identifier):
    if isinstance(identifier, dict):
        return deserialize(identifier)
    elif isinstance(identifier, six.string_types):
        return deserialize({'class_name': str(identifier), 'config': {}})
    raise ValueError(identifier)
""",
}


@pytest.fixture(scope="module")
def two():
    return define(Source(TWO))


def test_names_of_keras_1_that_keras_2_converts(two):
    properties = two["keras.layers.Conv"]["properties"]
    assert properties["nb_filter"] == {"x-kav-to": "filters", "x-kav-by": "legacy"}
    assert properties["nb_row"] == properties["nb_col"] == {"x-kav-to": "kernel_size", "x-kav-by": "legacy"}
    assert properties["dropout"] == {"x-kav-by": "legacy"}
    assert properties["dim_ordering"]["x-kav-values"] == {"tf": "channels_last", "default": None}
    assert two["keras.layers.Conv"]["required"] == ["filters", "kernel_size"]


def test_a_getter_takes_what_it_tests_for(two):
    assert two["keras.layers.Conv"]["properties"]["start"]["type"] == ["object", "string"]


def test_aliases_are_words(two):
    table = two["names.initializer"]
    assert table["enum"] == ["Initializer", "Zeros", "zero", "zeros"]
    assert table["x-kav-classes"]["zero"] == "keras.initializers.Zeros"


def test_a_lowered_word_is_taken_in_any_case(two):
    assert two["keras.initializers.Zeros"]["properties"]["mode"] == {
        "type": "string", "x-kav-words": ["fan_in", "fan_out"], "default": "fan_in"}


def test_super_may_skip_a_class(two):
    fast = two["keras.layers.Fast"]
    assert list(fast["properties"]) == ["units", "name"]
    assert "x-kav-stored" not in fast or "cell" not in fast["x-kav-stored"]


def test_a_call_takes_what_call_and_its_wrapper_take(two):
    call = two["keras.layers.RNN"]["x-kav-call"]
    assert call == {"arguments": ["inputs", "mask", "training", "initial_state"], "required": ["inputs", "mask"]}


def test_local_additions_to_a_table(two):
    assert two["names.layer"]["x-kav-classes"]["Model"] == "keras.models.Model"
    assert two["keras.models.Network"]["x-kav-role"] == "model"


THREE = {
    "tensorflow/python/keras/__init__.py": "",
    "tensorflow/python/keras/engine/__init__.py": "",
    "tensorflow/python/keras/engine/base.py": """
from tensorflow.python.util.tf_export import keras_export
@keras_export('keras.layers.Layer')
class Layer(object):
    def __init__(self, name=None, **kwargs): ...
""",
    "tensorflow/python/keras/layers/__init__.py": """
from tensorflow.python import tf2
if tf2.enabled():
  from tensorflow.python.keras.layers.rnn_v2 import LSTM
  from tensorflow.python.keras.layers.rnn import LSTM as LSTMV1
else:
  from tensorflow.python.keras.layers.rnn import LSTM
  LSTMV1 = LSTM
""",
    "tensorflow/python/keras/layers/rnn.py": """
from tensorflow.python.keras.engine import base
from tensorflow.python.util.tf_export import keras_export
@keras_export(v1=['keras.layers.LSTM'])
class LSTM(base.Layer): ...
@keras_export('keras.layers.Old')
class Old(base.Layer): ...
""",
    "tensorflow/python/keras/layers/rnn_v2.py": """
from tensorflow.python.keras.layers import rnn
from tensorflow.python.util.tf_export import keras_export
@keras_export('keras.layers.LSTM')
class LSTM(rnn.LSTM): ...
""",
    "tensorflow/python/keras/layers/serialization.py": """
from tensorflow.python import tf2
from tensorflow.python.keras.engine import base
from tensorflow.python.keras.layers import rnn, rnn_v2
ALL_MODULES = (base, rnn)
ALL_V2_MODULES = (rnn_v2,)
LOCAL = threading.local()
def populate_deserializable_objects():
  LOCAL.ALL_OBJECTS = {}
  generic_utils.populate_dict_with_module_objects(LOCAL.ALL_OBJECTS, ALL_MODULES, obj_filter=lambda x: x)
  if tf2.enabled():
    generic_utils.populate_dict_with_module_objects(LOCAL.ALL_OBJECTS, ALL_V2_MODULES, obj_filter=lambda x: x)
  LOCAL.ALL_OBJECTS['Older'] = rnn.Old
  LOCAL.ALL_OBJECTS['Oldest'] = LOCAL.ALL_OBJECTS['Older']
def deserialize(config, custom_objects=None):
  populate_deserializable_objects()
  return deserialize_keras_object(config, module_objects=LOCAL.ALL_OBJECTS, custom_objects=custom_objects)
""",
    "tensorflow/python/keras/initializers.py": """
from tensorflow.python import tf2
from tensorflow.python.ops import init_ops
def deserialize(config, custom_objects=None):
  if tf2.enabled():
    module_objects = {obj_name: getattr(init_ops, obj_name) for obj_name in dir(init_ops)}
  else:
    module_objects = globals()
  return deserialize_keras_object(config, module_objects=module_objects)
""",
    "tensorflow/python/ops/init_ops.py": """
@tf_export('zeros_initializer', 'keras.initializers.Zeros')
class Zeros(Initializer):
  def __init__(self, dtype=None): ...
class Initializer(object): ...
""",
    "tensorflow/python/keras/optimizers.py": """
def deserialize(config, custom_objects=None):
  from tensorflow.python.keras.optimizer_v2 import adam
  all_classes = {'adam': adam.Adam}
  return deserialize_keras_object(config, module_objects=all_classes)
""",
    "tensorflow/python/keras/optimizer_v2/__init__.py": "",
    "tensorflow/python/keras/optimizer_v2/adam.py": """
class OptimizerV2(object): ...
class Adam(OptimizerV2):
  def __init__(self, beta_1=0.9):
    self._set_hyper('beta_1', beta_1)
""",
}


@pytest.fixture(scope="module")
def three():
    return define(Source(THREE), "tensorflow.python.keras")


def test_exports_of_the_first_api_alone_are_no_public_names(three):
    assert three["keras.layers.LSTM"]["x-kav-path"] == "tensorflow.python.keras.layers.rnn_v2.LSTM"
    first = three["tensorflow.python.keras.layers.rnn.LSTM"]
    assert first["x-kav-aliases"] == ["tensorflow.python.keras.layers.LSTMV1"]


def test_tables_that_a_helper_fills(three):
    classes = three["names.layer"]["x-kav-classes"]
    assert classes["LSTM"] == "keras.layers.LSTM"
    assert classes["Older"] == classes["Oldest"] == "keras.layers.Old"


def test_modules_beside_the_package(three):
    assert three["keras.initializers.Zeros"]["x-kav-path"] == "tensorflow.python.ops.init_ops.Zeros"
    assert three["names.initializer"]["x-kav-classes"]["Zeros"] == "keras.initializers.Zeros"


def test_optimizers_of_tables_with_local_imports(three):
    name = "tensorflow.python.keras.optimizer_v2.adam.Adam"
    assert three["names.optimizer"]["x-kav-classes"] == {"adam": name}
    assert three[name]["properties"]["beta_1"]["type"] == ["boolean", "number"]


def test_members_of_wheels_and_sdists(tmp_path):
    wheel = tmp_path / "Pkg-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as made:
        for name in ("Pkg-1.0.data/purelib/top/pkg/__init__.py", "top/pkg/more.py", "top/pkg/more_test.py", "top/ops.py",
                     "top/other.py", "top/pkg/tests/x.py", "top/pkg/data.bin"):
            made.writestr(name, f"# {name}\n")
    assert sorted(read(wheel, "top/pkg", ("ops.py",))) == ["ops.py", "pkg/__init__.py", "pkg/more.py"]
    sdist = tmp_path / "pkg-0.9.tar.gz"
    with tarfile.open(sdist, "w:gz") as made:
        for name in ("pkg-0.9/pkg/__init__.py", "pkg-0.9/setup.py"):
            entry = tarfile.TarInfo(name)
            entry.size = 3
            made.addfile(entry, io.BytesIO(b"#!\n"))
    assert list(read(sdist, "pkg")) == ["pkg/__init__.py"]
    assert obtain(Origin("pkg", "1.0", "top/pkg", "top.pkg"), tmp_path) == wheel
    assert obtain(Origin("PKG", "0.9.0", "pkg", "pkg", sdist=True), tmp_path) == sdist
    sdist.write_bytes(b"no archive")
    with pytest.raises(SchemaError, match="the sdist cannot be read"):
        read(sdist, "pkg")
