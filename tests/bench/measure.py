"""One measurement in a process of its own: seconds and peak memory as a line of JSON. Run by `bench.py`."""

import json
import resource
import sys
import time


def main() -> None:
    what, path = sys.argv[1:3]
    started = time.perf_counter()
    if what == "keras":
        import keras

        imported = time.perf_counter()
        keras.models.load_model(path)
        done = time.perf_counter()
        facts = {"seconds": done - started, "import": imported - started, "load": done - imported}
    else:
        from kerasarchive import api

        function = getattr(api, what)
        function(path)  # warm: modules, schemas and the file's pages are in memory, as Keras's are when it loads
        times = []
        for _ in range(int(sys.argv[3])):
            begun = time.perf_counter()
            function(path)
            times.append(time.perf_counter() - begun)
        facts = {"seconds": min(times)}
    print(json.dumps(facts | {"peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))


if __name__ == "__main__":
    main()
