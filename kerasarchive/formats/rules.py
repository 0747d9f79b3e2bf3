"""What the readers have to say about containers: code, slug, severity and what to do, in one table."""

from __future__ import annotations

from dataclasses import dataclass

from kerasarchive.model.finding import Finding
from kerasarchive.model.location import Location


@dataclass(frozen=True, slots=True)
class ReaderRule:
    """One kind of finding of the readers. `explains` says why it matters."""

    code: str
    name: str
    severity: str
    explains: str
    remedy: str = ""


_REWRITE = "Get the archive from where it came from once more, or save it again from the model."

_TABLE = (
    ReaderRule(
        "KAV201", "zip-duplicate-member", "high",
        "Two members have the same name. Keras reads the last one; other tools read the first.",
        _REWRITE,
    ),
    ReaderRule(
        "KAV202", "zip-case-collision", "medium",
        "Two members' names differ in case alone, so that one overwrites the other on some systems.",
        _REWRITE,
    ),
    ReaderRule(
        "KAV203", "zip-unsafe-name", "high",
        "A member's name leads out of the folder that it would be extracted to, or means different files to "
        "different tools.",
        "Do not extract it with a tool that trusts names.",
    ),
    ReaderRule(
        "KAV204", "zip-symlink", "high",
        "A member is a symbolic link or another special file; Keras writes regular files only.",
        "Do not extract it.",
    ),
    ReaderRule(
        "KAV205", "zip-encrypted", "high",
        "A member is encrypted; Keras cannot read it, nor can kav.",
        "Decrypt the archive first.",
    ),
    ReaderRule(
        "KAV206", "zip-overlap", "high",
        "Two members share bytes, as in zip bombs.",
        _REWRITE,
    ),
    ReaderRule(
        "KAV207", "zip-gap", "medium",
        "Bytes between the members belong to none: room for hidden content.",
        _REWRITE,
    ),
    ReaderRule(
        "KAV208", "zip-prefix", "medium",
        "Something stands before the first member: the file may be another type of file at the same time.",
        _REWRITE,
    ),
    ReaderRule(
        "KAV209", "zip-trailing-data", "medium",
        "Something stands behind the end of the archive.",
        _REWRITE,
    ),
    ReaderRule(
        "KAV210", "zip-second-archive", "high",
        "A second archive's end record is in the file, so that another reader may see other members.",
        _REWRITE,
    ),
    ReaderRule(
        "KAV211", "zip-header-mismatch", "high",
        "A member's own header contradicts the central directory.",
        _REWRITE,
    ),
    ReaderRule(
        "KAV212", "zip-hidden-entry", "high",
        "A member's header stands in the file but not in the central directory: some readers see it, Keras "
        "does not.",
        _REWRITE,
    ),
    ReaderRule(
        "KAV213", "zip-bad-checksum", "high",
        "A member's content does not match its checksum: damaged or altered.",
        _REWRITE,
    ),
    ReaderRule(
        "KAV214", "zip-unknown-method", "medium",
        "A member is compressed in a way that kav does not read.",
        "Repack the archive with stored or deflated members.",
    ),
    ReaderRule(
        "KAV215", "zip-bomb", "high",
        "The members' declared content is out of all proportion to the file.",
        "Do not load it.",
    ),
    ReaderRule(
        "KAV216", "zip-unicode-name", "medium",
        "A member carries a second, different name in an extra field, which some readers use and others do "
        "not.",
        _REWRITE,
    ),
    ReaderRule(
        "KAV217", "zip-wrong-size", "high",
        "A member's content is not of the size that the archive says.",
        _REWRITE,
    ),
    ReaderRule(
        "KAV218", "zip-truncated", "high",
        "A member reaches beyond the end of the file.",
        _REWRITE,
    ),
    ReaderRule(
        "KAV219", "zip-entry-count", "medium",
        "The archive's end record contradicts its central directory.",
        _REWRITE,
    ),
    ReaderRule(
        "KAV230", "json-duplicate-key", "high",
        "A JSON object has the same key twice. Keras takes the last; other readers may take the first.",
        _REWRITE,
    ),
    ReaderRule(
        "KAV231", "json-too-large", "high",
        "A JSON document is larger, wider or deeper than any honest model's.",
        "Raise kav's limit if you made this file yourself.",
    ),
    ReaderRule(
        "KAV232", "json-invalid", "high",
        "A JSON document cannot be parsed.",
        _REWRITE,
    ),
    ReaderRule(
        "KAV233", "json-huge-integer", "high",
        "An integer has so many digits that Python refuses it; Keras fails on it.",
        _REWRITE,
    ),
    ReaderRule(
        "KAV234", "json-encoding", "low",
        "A JSON document is not plain UTF-8; some releases of Keras cannot read it.",
        "Save it as UTF-8 without a byte order mark.",
    ),
    ReaderRule(
        "KAV240", "polyglot", "high",
        "The file is of two types at once; which one is read depends on its name.",
        _REWRITE,
    ),
    ReaderRule(
        "KAV241", "misnamed", "low",
        "The file's name promises another format than its content has, and Keras goes by the name.",
        "Rename it, or let `kav migrate` write the format that you want.",
    ),
    ReaderRule(
        "KAV242", "member-missing", "medium",
        "A part that Keras needs to load the model is not there.",
        _REWRITE,
    ),
    ReaderRule(
        "KAV243", "directory-special-file", "high",
        "An unpacked archive holds a symbolic link or a special file; it was not followed.",
        "Replace it with the file itself if you trust where it points.",
    ),
    ReaderRule(
        "KAV244", "stray-code", "low",
        "Code lies in the folder beside the models. Keras does not run it, but whoever follows a README, imports the folder or "
        "loads a native library from it does.",
        "Read it before you run it; audit the model's file alone if it is yours.",
    ),
    ReaderRule(
        "KAV301", "hdf5-external-link", "high",
        "A link leads into another file. kav did not follow it.",
        "Do not load it: old releases of Keras read whatever file it names.",
    ),
    ReaderRule(
        "KAV302", "hdf5-soft-link", "medium",
        "A symbolic link inside the HDF5 file. Keras writes none and newer releases refuse it; kav did not "
        "follow it.",
        _REWRITE,
    ),
    ReaderRule(
        "KAV303", "hdf5-external-storage", "high",
        "A dataset's values are taken from another file. kav did not read them.",
        "Do not load it: old releases of Keras read whatever file it names.",
    ),
    ReaderRule(
        "KAV304", "hdf5-virtual-dataset", "high",
        "A dataset is assembled from other datasets, perhaps of other files. kav did not read it.",
        "Do not load it: old releases of Keras read whatever file it names.",
    ),
    ReaderRule(
        "KAV305", "hdf5-shared-object", "medium",
        "An object has two places in the tree, or a group contains itself. kav lists it once.",
        _REWRITE,
    ),
    ReaderRule(
        "KAV306", "hdf5-unknown-filter", "medium",
        "A dataset is compressed with a filter that h5py does not bring along.",
        "Repack the file with h5repack.",
    ),
    ReaderRule(
        "KAV307", "hdf5-unusual-type", "medium",
        "A dataset's element type is none that Keras writes for weights.",
        _REWRITE,
    ),
    ReaderRule(
        "KAV308", "hdf5-committed-type", "low",
        "The file holds a named datatype, which Keras never writes.",
        _REWRITE,
    ),
    ReaderRule(
        "KAV309", "hdf5-too-large", "high",
        "The HDF5 file has more objects, levels or attribute bytes than any honest model's.",
        "Raise kav's limit if you made this file yourself.",
    ),
    ReaderRule(
        "KAV310", "hdf5-shape-bomb", "high",
        "A dataset declares far more values than the file stores: loading it would allocate them all.",
        "Do not load it.",
    ),
    ReaderRule(
        "KAV311", "hdf5-truncated", "high",
        "The HDF5 file is shorter than it says, or a dataset reaches beyond its end.",
        _REWRITE,
    ),
    ReaderRule(
        "KAV312", "hdf5-user-block", "medium",
        "Something stands before the HDF5 signature: the file may be another type of file at the same time.",
        _REWRITE,
    ),
    ReaderRule(
        "KAV313", "hdf5-broken", "high",
        "A part of the HDF5 file cannot be read.",
        _REWRITE,
    ),
    ReaderRule(
        "KAV320", "shard-outside", "high",
        "The shard map names a file outside its own folder.",
        "Do not load it.",
    ),
    ReaderRule(
        "KAV321", "shard-missing", "high",
        "The shard map names a file that is not there.",
        "Put all shards beside the `.weights.json`.",
    ),
    ReaderRule(
        "KAV322", "shard-map", "medium",
        "The shard map and the shards contradict each other.",
        _REWRITE,
    ),
    ReaderRule(
        "KAV330", "npz-unusual", "high",
        "Weights are stored as npz, which holds pickled Python objects.",
        "Save the model again with weights in HDF5, which is Keras's default.",
    ),
    ReaderRule(
        "KAV340", "tf-damaged", "high",
        "A part of a SavedModel or TensorFlow checkpoint cannot be read, or contradicts itself.",
        _REWRITE,
    ),
    ReaderRule(
        "KAV341", "tf-tensor", "high",
        "A tensor of a SavedModel or TensorFlow checkpoint is not what the index says: its bytes do not match their "
        "checksum or size, lie outside of their file, or belong to another tensor too.",
        _REWRITE,
    ),
    ReaderRule(
        "KAV342", "tf-no-objects", "info",
        "A checkpoint of TensorFlow 1 names its tensors freely and does not say which object owns them.",
        "Load it into the model that it belongs to, and save that.",
    ),
    ReaderRule(
        "KAV343", "tf-no-keras", "info",
        "A SavedModel holds a model's computation for whoever serves it. Only where tf.keras saved it does it say what "
        "layers the model has, without which no Keras can load it as a model.",
        "Build the model from its source, load the weights, and save it with `model.save`.",
    ),
)  # fmt: skip

RULES: dict[str, ReaderRule] = {rule.name: rule for rule in _TABLE}
"""Every rule of the readers by its name."""


def finding(name: str, message: str, location: Location | None = None, *, severity: str = "") -> Finding:
    """A Finding of the rule `name`, with the rule's severity unless told otherwise."""
    rule = RULES[name]
    return Finding(rule.code, rule.name, severity or rule.severity, message, location or Location(), remedy=rule.remedy)
