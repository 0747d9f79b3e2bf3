"""Reviewed lists behind the allowlist: what the schemas of the releases that kav knows cannot say."""

from __future__ import annotations

FUNCTION_NAMESPACES = ("keras.activations.", "keras.losses.", "keras.metrics.", "keras.ops.", "keras.random.")
"""Where Keras's public functions on tensors stand. No other public function belongs into a model."""

NOT_ON_TENSORS = frozenset({"deserialize", "serialize", "get"})
"""Functions in these namespaces that make objects from configs: `deserialize` leads around safe_mode."""

FUNCTION_FAMILIES = frozenset({"activations", "ops", "losses", "metrics", "random", "backend", "legacy"})
"""Packages of Keras in whose private modules these functions are defined, or were in older releases."""

MODEL_NAMESPACES = frozenset({
    "activations", "constraints", "dtype_policies", "engine", "feature_column", "initializers", "layers", "legacy",
    "legacy_tf_layers", "losses", "metrics", "mixed_precision", "models", "ops", "optimizer_v1", "optimizer_v2",
    "optimizers", "premade", "premade_models", "quantizers", "random", "regularizers", "backend", "trainers",
})  # fmt: skip
"""Packages of Keras, private or public, whose classes may stand in a config."""

LEGACY_CLASSES = frozenset({
    # Keras 0.x and 1.x
    "AtrousConv1D", "AtrousConv2D", "AtrousConvolution1D", "AtrousConvolution2D", "AutoEncoder", "Container",
    "Convolution1D", "Convolution2D", "Convolution3D", "CosineMerge", "Deconv2D", "Deconvolution2D", "Graph", "Highway",
    "LambdaMerge", "MaxoutDense", "Merge", "ParametricSoftplus", "SeparableConvolution2D", "SReLU", "Siamese",
    "TimeDistributedDense", "TimeDistributedMerge", "TimeDistributedConvolution2D", "BatchNormalizationV1",
    # Keras 2 and tf.keras
    "AbstractRNNCell", "BatchNormalizationV2", "ClassMethod", "CuDNNGRU", "CuDNNLSTM", "CudnnGRU", "CudnnLSTM",
    "ConvLSTM2DCell", "ConvRecurrent2D", "DenseFeatures", "EinsumDense", "GRUV1", "InputSpec", "InstanceMethod",
    "InstanceProperty",
    "LSTMV1", "LinearModel", "LocallyConnected1D", "LocallyConnected2D", "Model", "PeepholeLSTMCell",
    "Policy", "PolicyV1", "RandomFourierFeatures", "RandomHeight", "RandomWidth", "Recurrent", "SequenceFeatures",
    "SlicingOpLambda", "SyncBatchNormalization", "TFOptimizer", "TFOpLambda", "TensorFlowOp", "TensorFlowOpLayer",
    "ThresholdedReLU", "WideDeepModel", "AddMetric", "AddLoss", "WithBiasConstraint", "RadialConstraint",
    "LossScaleOptimizer", "LossScaleOptimizerV1", "LossScaleOptimizerV3", "DynamicLossScale", "FixedLossScale",
    "UnitNorm", "NonNeg", "MaxNorm", "MinMaxNorm", "VarianceScaling", "PolicyMap", "CategoryEncoding",
    "CategoryCrossing", "CombinerPreprocessingLayer", "PreprocessingLayer", "PreprocessingStage",
    "FunctionalPreprocessingStage",
    "ReduceSumMetric", "MeanMetricWrapper", "LossFunctionWrapper", "SumOverBatchSizeMetricWrapper",
})  # fmt: skip
"""Classes of releases older than the oldest schema."""

TENSORFLOW_FUNCTIONS = frozenset({
    "swish", "softmax_v2", "leaky_relu", "sin", "cos", "tan", "tanh", "exp", "log", "sqrt", "square", "abs", "sigmoid",
    "relu", "relu6", "elu", "selu", "softplus", "softsign", "identity", "crelu_v2", "log_softmax_v2", "gelu", "silu",
    "hard_sigmoid", "linear", "mse", "mae", "mape", "msle", "MSE", "MAE", "MAPE", "MSLE", "kld", "KLD", "cosine",
    "cosine_proximity", "logcosh", "bce", "BCE", "acc", "ce",
})  # fmt: skip
"""Functions of TensorFlow and old Keras whose bare names archives hold where Keras lost the module; all are pure."""

NEVER_KERAS = frozenset({
    "IPython", "absl", "aiohttp", "boto3", "cffi", "cloudpickle", "distutils", "dill", "fsspec", "gevent", "google",
    "h5py", "httpx", "jax", "jaxlib", "joblib", "lxml", "ml_dtypes", "mlflow", "numba", "numpy", "pandas", "paramiko",
    "pexpect", "pip", "pkg_resources", "psutil", "pyarrow", "pytest", "requests", "rich", "scipy", "setuptools",
    "sklearn",
    "six", "smart_open", "tensorboard", "tensorflow", "tf", "tf2onnx", "torch", "torchvision", "triton", "twisted",
    "urllib3", "wheel", "win32api", "yaml", "zmq",
})  # fmt: skip
"""Packages that are often beside Keras, hold functions with effects, and define no objects of Keras models."""

LEGACY_WORDS = {
    "activation": frozenset({"hard_tanh", "time_distributed_softmax", "softmax_v2"}),
    "initializer": frozenset({"zero", "one", "uniform", "normal", "identity", "orthogonal", "glorot_normal", "lecun_uniform"}),
    "regularizer": frozenset({"l1", "l2", "l1l2", "l1_l2", "activity_l1", "activity_l2", "activity_l1l2"}),
    "constraint": frozenset({"maxnorm", "nonneg", "unitnorm", "max_norm", "non_neg", "unit_norm", "min_max_norm"}),
    "loss": frozenset({"crossentropy", "mean_absolute_percentage_error", "mean_squared_logarithmic_error", "rmse",
                       "cosine_proximity", "logcosh", "sparse_categorical_crossentropy"}),
    "metric": frozenset({"accuracy", "acc", "crossentropy", "ce", "fmeasure", "fbeta_score", "precision", "recall",
                         "matthews_correlation", "cosine_proximity", "top_k_categorical_accuracy"}),
    "optimizer": frozenset({"sgd", "rmsprop", "adagrad", "adadelta", "adam", "adamax", "nadam", "ftrl"}),
}  # fmt: skip
"""Names of built-in objects in releases older than the oldest schema."""
