"""Load archives in one real release and say what they compute. The only module that imports Keras; nothing imports it.

It is run by path with the Python of that release (3.7 or later; standard library, NumPy and Keras alone). Each line on
standard input is a request in JSON, each line on standard output the answer to it; what the libraries print goes to
standard error. A request: ``{"path", "inputs": npz|None, "outputs": npz to write, "fit": bool, "compile": bool,
"limit": seconds, "case": what the module of outputs is told}``.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import json
import os
import signal
import sys
import time
import traceback
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_MESSAGE = 600
"""Characters of an error that are handed on."""


def limit_memory(nbytes: int) -> None:
    """Let no archive take the whole machine: at most `nbytes` of private memory for this process."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (nbytes, nbytes))
    except (ImportError, ValueError, OSError):
        pass


def forbid_network() -> None:
    """From here on every attempt to reach another machine raises (an archive may name remote files)."""

    def refuse(event: str, arguments: Any) -> None:
        if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname"):
            message = "the probe has no network"
            raise PermissionError(message)

    if hasattr(sys, "addaudithook"):
        sys.addaudithook(refuse)


@contextlib.contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise TimeoutError in what runs longer (Keras 3.8 to 3.10 never give up on a graph that cannot be rebuilt)."""
    if not seconds or not hasattr(signal, "setitimer"):
        yield
        return

    def stop(number: int, frame: Any) -> None:
        message = "no end after %g s" % seconds  # noqa: UP031
        raise TimeoutError(message)

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def import_keras(library: str) -> Any:
    """The module that this release calls Keras: ``keras``, ``tensorflow.keras`` or ``tf_keras``."""
    if library == "tensorflow":
        return importlib.import_module("tensorflow").keras
    return importlib.import_module(library)


def is_eager(library: str, version: str) -> bool:
    """Whether models can be called with values: standalone Keras before 2.4 and TensorFlow 1 only run graphs."""
    if library == "keras" and tuple(int(part) for part in version.split(".")[:2]) < (2, 4):
        return False
    tensorflow: Any = sys.modules.get("tensorflow")
    return not hasattr(tensorflow, "executing_eagerly") or bool(tensorflow.executing_eagerly())


def import_module(name: str) -> Any:
    """Import a module of custom objects by its dotted name or by the path of its ``.py`` file."""
    if not name.endswith(".py"):
        return importlib.import_module(name)
    sys.path.insert(0, os.path.dirname(os.path.abspath(name)))  # noqa: PTH100, PTH120 - bytes-alike on every Python
    spec = importlib.util.spec_from_file_location(os.path.splitext(os.path.basename(name))[0], name)  # noqa: PTH119, PTH122
    module = importlib.util.module_from_spec(spec)  # type: ignore[arg-type]
    sys.modules[module.__name__] = module
    spec.loader.exec_module(module)  # type: ignore[union-attr]
    return module


def custom_objects(names: Any) -> dict[str, Any]:
    """Every class and function that the named modules define, by name."""
    found = {}
    for name in names:
        module = import_module(name)
        for key, value in vars(module).items():
            if not key.startswith("_") and getattr(value, "__module__", None) == module.__name__:
                found[key] = value
    return found


def one_line(error: BaseException) -> str:
    """What went wrong, in one line: the exception's type and the part of its text that says most."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = " ".join(lines)
    if len(text) > MAX_MESSAGE:
        text = text[: MAX_MESSAGE // 2] + " ... " + text[-MAX_MESSAGE // 2 :]
    return type(error).__name__ + ": " + text


def flatten(value: Any) -> tuple[str, list[tuple[str, Any]]]:
    """(kind, [(key, leaf)]) of a structure: kind is single, list, dict or nest."""
    if isinstance(value, dict):
        if any(isinstance(item, (dict, list, tuple)) for item in value.values()):
            return "nest", _leaves(value)
        return "dict", [(str(key), item) for key, item in value.items()]
    if isinstance(value, (list, tuple)):
        kind = "nest" if any(isinstance(item, (dict, list, tuple)) for item in value) else "list"
        leaves = _leaves(value)
        return kind, [(str(index), leaf) for index, (_, leaf) in enumerate(leaves)]
    return "single", [("", value)]


def _leaves(value: Any, key: str = "") -> list[tuple[str, Any]]:
    items = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for name, item in items:
        at = str(name) if not key else key + "." + str(name)
        if isinstance(item, (dict, list, tuple)):
            found.extend(_leaves(item, at))
        else:
            found.append((at, item))
    return found


def to_array(value: Any) -> Any:
    """A NumPy array that `savez` can keep; sparse and ragged tensors are made dense, bfloat16 becomes float32."""
    import numpy as np

    if type(value).__name__ in ("SparseTensor", "SparseTensorValue"):
        tf = importlib.import_module("tensorflow")

        value = tf.sparse.to_dense(value)
    elif type(value).__name__ == "RaggedTensor":
        value = value.to_tensor()
    if hasattr(value, "detach"):
        value = value.detach().cpu()
    if hasattr(value, "numpy"):
        value = value.numpy()
    array = np.asarray(value)
    if array.dtype == object:
        array = np.array([item.decode() if isinstance(item, bytes) else str(item) for item in array.ravel()]).reshape(
            array.shape
        )
    elif array.dtype.kind not in "biufcSU":
        array = array.astype("float32")
    return array


class Session:
    """One Keras, many archives."""

    def __init__(self, library: str, modules: Any, outputs: str = "") -> None:
        self.keras = import_keras(library)
        modules_by_name: Any = sys.modules
        self.tensorflow = modules_by_name.get("tensorflow")
        self.version = str(getattr(self.keras, "__version__", "") or getattr(self.tensorflow, "__version__", ""))
        if library == "tensorflow":
            self.version = str(self.tensorflow.__version__)
        self.backend = self.keras.backend.backend() if hasattr(self.keras.backend, "backend") else "tensorflow"
        self.three = library == "keras" and self.version.startswith("3")
        self.graphs = not self.three and not is_eager(library, self.version)
        self.custom = custom_objects(modules)
        self.outputs = import_module(outputs).outputs if outputs else None

    def tensor(self, array: Any) -> Any:
        """A tensor of the backend; text becomes a TensorFlow string tensor. Graphs are fed with arrays."""
        if self.graphs:
            return array
        if array.dtype.kind in "SU":
            tf = importlib.import_module("tensorflow")

            return tf.constant(array.astype("S") if array.dtype.kind == "U" else array)
        if self.three:
            return self.keras.ops.convert_to_tensor(array)
        if self.tensorflow is not None and hasattr(self.tensorflow, "convert_to_tensor"):
            return self.tensorflow.convert_to_tensor(array)
        return array

    def nest(self, kind: str, arrays: dict[str, Any]) -> Any:
        """The argument to call the model with, from the flat arrays ``in_*`` by key."""
        tensors = {key: self.tensor(array) for key, array in arrays.items()}
        if kind == "single":
            return next(iter(tensors.values()))
        if kind == "dict":
            return tensors
        ordered = [tensors[key] for key in sorted(tensors, key=lambda key: (len(key), key))]
        if kind == "nest":
            return [ordered[0], ordered[1:]]
        return ordered

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Load one archive, call it, write what it gave; never raises for what the archive does wrong."""
        answer: dict[str, Any] = {"ok": False, "stage": "load"}
        started = time.time()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                with limited(request.get("limit", 0)):
                    self._run(request, answer)
                answer["ok"] = True
            except Exception as error:
                answer["error"] = one_line(error)
                answer["traceback"] = traceback.format_exc(limit=-6)[-4000:]
            # What Keras says of the archive; deprecations are between the libraries.
            said = {str(item.message)[:MAX_MESSAGE] for item in caught if issubclass(item.category, UserWarning)}
            answer["warnings"] = sorted(said)[:20]
        answer["seconds"] = round(time.time() - started, 3)
        return answer

    def _run(self, request: dict[str, Any], answer: dict[str, Any]) -> None:
        import numpy as np

        if hasattr(self.keras.backend, "clear_session"):  # not of Keras 1 on Theano
            self.keras.backend.clear_session()
        options: dict[str, Any] = {} if request.get("compile", True) else {"compile": False}
        if self.custom:
            options["custom_objects"] = self.custom
        model = self.keras.models.load_model(request["path"], **options)
        answer["class"] = type(model).__name__
        answer["weights"] = len(model.weights)
        out: dict[str, Any] = {}
        answer["stage"] = "state"
        answer["training"] = self._training(model, out)
        if request.get("inputs"):
            answer["stage"] = "inputs"
            with np.load(request["inputs"], allow_pickle=False) as data:
                kind = json.loads(str(data["_meta"])).get("kind", "list")
                arrays = {name[3:]: data[name] for name in data.files if name.startswith("in_")}
                targets = [data[name] for name in data.files if name.startswith("y_")]
            inputs = self.nest(kind, arrays)
            answer["stage"] = "predict"
            answer["kind"], leaves = flatten(self._call(model, inputs))
            answer["outputs"] = [key for key, _ in leaves]
            out.update(("out_" + key, to_array(leaf)) for key, leaf in leaves)
            if request.get("fit") and answer["training"].get("loss") is not None:
                answer["stage"] = "fit"
                self._fit(model, inputs, targets, out, answer)
        if self.outputs is not None:
            answer["stage"] = "predict"
            out.update(("out_" + key, to_array(leaf)) for key, leaf in self.outputs(model, request.get("case")).items())
        answer["stage"] = "write"
        if request.get("outputs"):
            np.savez(request["outputs"], **out)
        answer["stage"] = "done"

    def _call(self, model: Any, inputs: Any) -> Any:
        """What the model computes in inference; stateful layers of graphs start from zero."""
        if not self.graphs:
            return model(inputs, training=False)
        if getattr(model, "stateful", False):
            model.reset_states()
        return model.predict_on_batch(inputs)

    def _values(self, variables: Any) -> list[Any]:
        """The values of an optimizer's variables as arrays."""
        if self.graphs:
            return [to_array(value) for value in self.keras.backend.batch_get_value(list(variables))]
        return [to_array(variable) for variable in variables]

    def _fit(self, model: Any, inputs: Any, targets: list[Any], out: dict[str, Any], answer: dict[str, Any]) -> None:
        """One real training step on these inputs; then the model is called again."""
        import numpy as np

        if not targets:
            targets = [make_target(out["out_" + key], str(answer["training"].get("loss"))) for key in answer["outputs"]]
            out.update(("y_%d" % index, target) for index, target in enumerate(targets))  # noqa: UP031
        if self.backend != "jax":
            model.run_eagerly = True  # one step is not worth compiling; JAX is slower without
        target = targets[0] if answer["kind"] == "single" else list(targets)
        if answer["kind"] == "dict":
            target = dict(zip(answer["outputs"], targets))  # noqa: B905 - Python 3.7
        loss = model.train_on_batch(inputs, target)
        out["fit_loss"] = np.asarray(loss[0] if isinstance(loss, (list, tuple)) else loss, dtype="float64")
        _, leaves = flatten(self._call(model, inputs))
        out.update(("fit_" + key, to_array(leaf)) for key, leaf in leaves)
        self._training(model, out, prefix="fitstate_")

    def _training(self, model: Any, out: dict[str, Any], prefix: str = "state_") -> dict[str, Any]:
        """Facts on how the model is compiled; the optimizer's variables go to `out`."""
        import numpy as np

        optimizer = getattr(model, "optimizer", None)
        if optimizer is None:
            return {}
        facts = {
            "optimizer": type(optimizer).__name__,
            "legacy": ".legacy" in type(optimizer).__module__ or ".optimizer_v2" in type(optimizer).__module__,
        }
        if type(optimizer).__name__ == "LossScaleOptimizer":
            inner = getattr(optimizer, "inner_optimizer", None)
            facts["inner"] = type(inner).__name__
        variables = getattr(optimizer, "weights" if self.graphs else "variables", None)
        if callable(variables) and not isinstance(variables, (list, tuple)):
            variables = variables()
        arrays = self._values(variables or ())
        for index, array in enumerate(arrays):
            out[prefix + str(index)] = array
        facts["names"] = [str(getattr(variable, "path", None) or variable.name) for variable in variables or ()]
        facts["count"] = len(arrays)
        facts["abs"] = float(sum(np.abs(array.astype("float64")).sum() for array in arrays))
        momentum = getattr(optimizer, "momentum", None)
        if self.graphs:
            momentum = self.keras.backend.get_value(momentum) if hasattr(momentum, "name") else momentum
            rate = getattr(optimizer, "learning_rate", None) if hasattr(optimizer, "learning_rate") else optimizer.lr
            facts["lr"] = facts["last_lr"] = _number(self.keras.backend.get_value(rate))
        else:
            facts["lr"] = learning_rate(optimizer)
            facts["last_lr"] = learning_rate(optimizer, back=1)
        facts["momentum"] = _number(momentum)
        facts["loss"] = describe_loss(getattr(model, "loss", None))
        facts["reduction"] = getattr(getattr(model, "loss", None), "reduction", None)
        return facts


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def learning_rate(optimizer: Any, back: int = 0) -> float | None:
    """The rate of the next step, or a schedule's `back` steps ago; None if the optimizer has none."""
    optimizer = getattr(optimizer, "inner_optimizer", None) or optimizer
    rate = getattr(optimizer, "_learning_rate", None)
    if not (callable(rate) and hasattr(rate, "get_config")):
        rate = getattr(optimizer, "learning_rate", None)
    if callable(rate) and hasattr(rate, "get_config"):
        rate = rate(max(int(to_array(optimizer.iterations)) - back, 0))
    try:
        return float(to_array(rate))
    except (TypeError, ValueError):
        return None


def describe_loss(loss: Any) -> Any:
    """A loss as plain JSON: names of classes and functions in the structure that `compile` was given."""
    if loss is None or isinstance(loss, str):
        return loss
    if isinstance(loss, dict):
        return {str(key): describe_loss(value) for key, value in loss.items()}
    if isinstance(loss, (list, tuple)):
        return [describe_loss(value) for value in loss]
    return getattr(loss, "__name__", None) or type(loss).__name__


def make_target(output: Any, loss: str) -> Any:
    """A plausible target for an output, the same for the same shape: classes for sparse losses, else values in [0, 1]."""
    import numpy as np

    random = np.random.RandomState(1)
    if "sparse" in loss.lower():
        return random.randint(0, output.shape[-1], size=output.shape[:-1]).astype("int32")
    target = random.uniform(0.05, 0.95, size=output.shape).astype("float32")
    if "categorical" in loss.lower() or "kl" in loss.lower():
        target /= target.sum(axis=-1, keepdims=True)
    return target


def main() -> None:
    """Answer requests until standard input ends."""
    options = json.loads(sys.argv[1])
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def send(message: dict[str, Any]) -> None:
        answers.write(json.dumps(message) + "\n")
        answers.flush()

    if options.get("memory"):
        limit_memory(options["memory"])
    try:
        session = Session(options.get("library", "keras"), options.get("modules", ()), options.get("call", ""))
    except Exception as error:
        send({"ready": False, "error": one_line(error)})
        return
    forbid_network()
    send({"ready": True, "release": session.version, "backend": session.backend, "python": sys.version.split()[0]})
    for line in sys.stdin:
        send(session.answer(json.loads(line)))


if __name__ == "__main__":
    main()
