"""Runs with the Python of a real release: is a config taken? One JSON object a line in, one a line out; nothing is saved.

    python trial.py keras|tensorflow [custom.py] < configs > answers
"""

import importlib.util
import json
import os
import signal
import sys
import warnings
from pathlib import Path

LIMIT = 5.0
"""Seconds for one config; some releases never give up on a graph that cannot be rebuilt."""


def reader(library):
    """(the function that makes an object of a config, what clears the session)."""
    if library == "keras":
        import keras

        return keras.saving.deserialize_keras_object, keras.backend.clear_session
    import tensorflow as tf
    from keras.src.saving import saving_lib, serialization_lib

    saving_lib._SAVING_V3_ENABLED.value = True
    return serialization_lib.deserialize_keras_object, tf.keras.backend.clear_session


def stop(number, frame):
    message = "no end"
    raise TimeoutError(message)


def main():
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("LAB_MODE", "k3" if sys.argv[1] == "keras" else "tfk")
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    warnings.simplefilter("ignore")
    read, clear = reader(sys.argv[1])
    for path in sys.argv[2:]:
        sys.path.insert(0, str(Path(path).parent))
        spec = importlib.util.spec_from_file_location("custom", path)
        module = sys.modules["custom"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    signal.signal(signal.SIGALRM, stop)
    for number, line in enumerate(sys.stdin):
        request = json.loads(line)
        if number % 50 == 0:
            clear()
        signal.setitimer(signal.ITIMER_REAL, LIMIT)
        try:
            taken = not isinstance(read(request["config"]), dict)
        except Exception:
            taken = False
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        answers.write(json.dumps({"id": request["id"], "taken": taken}) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
